//! Where a job stands.

use std::fmt;
use std::str::FromStr;

use crate::store::StoreError;

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// For its time, or for somebody to claim it.
    Waiting,
    /// Somebody has claimed it.
    Running,
    /// It was done.
    Done,
    /// It was given up.
    Failed,
    /// Somebody did not want it any more.
    Cancelled,
}

/// A text that is no state of a job.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of a job; states are waiting, running, done, failed, cancelled")]
pub struct ParseJobStateError(pub String);

impl JobState {
    /// All.
    pub const ALL: [Self; 5] =
        [Self::Waiting, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// Its name, in the database and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub(super) fn kept(text: &str) -> Result<Self, StoreError> {
        let damaged = |what: ParseJobStateError| StoreError::Damaged { what: what.to_string() };
        text.parse().map_err(damaged)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for JobState {
    type Err = ParseJobStateError;

    fn from_str(text: &str) -> Result<Self, ParseJobStateError> {
        let state = Self::ALL.into_iter().find(|it| it.name() == text);
        state.ok_or_else(|| ParseJobStateError(text.to_owned()))
    }
}
