//! A server's holes over time: each new, open, reopened, fixed, or accepted until a day.
//!
//! Nothing here is kept per CVE: a history of what was seen is folded with the catalog of today, so that a
//! new catalog says at once what every server had, and since when.
//!
//! # Invariants
//! * **H1 unknown changes nothing.** A stretch in which nobody could tell neither opens a hole nor closes one.
//! * **H2 not before it was public.** A hole is open from the day its CVE was published, never earlier.
//! * **H3 fixed when seen fixed.** A hole is fixed at the beginning of the first stretch that shows it closed,
//!   and reopened when a later one shows it open.
//! * **H4 as of.** What is said as of a time depends on nothing that was seen after it.
//! * **H5 in parts.** A history folded in two parts gives the same as at once.
//! * **H6 accepted is not fixed.** An acceptance in force hides the state and nothing else: days go on, and
//!   when it ends the hole stands there as before.
//! * **H7 counted is counted.** The last point of a burn-down is what counting all servers would give.

mod burn_down;
mod history;
mod known;

use std::sync::Arc;

use jiff::Timestamp;

pub use burn_down::{Point, Turn, burn_down};
pub use history::History;
pub use known::{Known, OpenState};

use crate::catalog::Advisory;

/// For so many days after it was first open a hole is called new: a week, so that whoever looks once a week
/// sees each new one once.
pub const NEW_DAYS: i64 = 7;

/// A stretch of time in which a server was seen the same way.
///
/// What it shows holds until the next one begins: nobody saw anything else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span<'c> {
    /// When it was first seen so.
    pub from: Timestamp,
    /// When it was last seen so.
    pub to: Timestamp,
    /// What was known of its CVEs; servers that are alike share it.
    pub statuses: Arc<Known<'c>>,
}

/// Someone answers for a hole staying open for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The CVE; `None`: everything on this server.
    pub cve: Option<String>,
    /// In force before this moment.
    pub until: Timestamp,
    /// Who answers for it.
    pub by: String,
    /// Why.
    pub why: String,
    /// In force from this moment on.
    pub at: Timestamp,
    /// When it was taken back, if it was.
    pub revoked_at: Option<Timestamp>,
}

impl Acceptance {
    /// True if it is in force at this moment.
    #[must_use]
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.at <= now && now < self.until && self.revoked_at.is_none_or(|it| now < it)
    }

    /// True if it is about this CVE, written in any case.
    #[must_use]
    pub fn concerns(&self, cve: &str) -> bool {
        self.cve.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(cve))
    }
}

/// How it is with a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingState {
    /// Open, for the first time, since less than [`NEW_DAYS`].
    New,
    /// Open.
    Open,
    /// Open again after it was fixed.
    Reopened,
    /// Closed.
    Fixed,
    /// Open, and someone answers for it.
    Accepted {
        /// In force before this moment.
        until: Timestamp,
        /// Who.
        by: String,
        /// Why.
        why: String,
    },
}

impl FindingState {
    /// Name in machine output: `new`, `open`, `reopened`, `fixed`, `accepted`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Fixed => "fixed",
            Self::Accepted { .. } => "accepted",
        }
    }

    /// True for everything but what is fixed: an accepted hole is a hole.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        !matches!(self, Self::Fixed)
    }
}

/// One hole of one server over time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'c> {
    /// The CVE.
    pub advisory: &'c Advisory,
    /// How it is with it.
    pub state: FindingState,
    /// When it was open for the first time.
    pub opened_at: Timestamp,
    /// When it was opened last, if it was fixed in between.
    pub reopened_at: Option<Timestamp>,
    /// When it was fixed; `None` while it is open.
    pub fixed_at: Option<Timestamp>,
    /// How often it was opened again after it was fixed.
    pub reopened: u32,
    /// Whole days that it was open, all openings together.
    pub days_open: u32,
    /// When the server was last seen in a way that says open or closed. Before `opened_at` if its CVE was
    /// published after the server was last seen.
    pub last_confirmed: Timestamp,
}

impl<'c> Finding<'c> {
    /// Its CVE: `CVE-2021-34473`.
    #[must_use]
    pub const fn cve(&self) -> &'c str {
        self.advisory.id.as_str()
    }

    /// True if it is known to be exploited, by the catalog of today.
    #[must_use]
    pub const fn is_kev(&self) -> bool {
        self.advisory.kev.is_some()
    }
}

/// The findings of one server as of a time: known exploited first, then severe, then old ([`Advisory::urgency`]).
///
/// Spans may come in any order. No history gives no findings.
#[must_use]
pub fn fold<'c>(
    spans: &[Span<'c>],
    acceptances: &[Acceptance],
    as_of: Timestamp,
) -> Vec<Finding<'c>> {
    let mut sorted: Vec<&Span<'c>> = spans.iter().filter(|it| it.from <= as_of).collect();
    sorted.sort_by_key(|it| (it.from, it.to));
    let mut history = History::default();
    for span in sorted {
        history.add(span);
    }
    history.findings(acceptances, as_of)
}

#[cfg(test)]
mod tests;
