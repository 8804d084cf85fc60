//! Where one server's update stands: folded from the journal's entries, live and after a restart alike.
//!
//! # Invariants
//! * **G1 one way.** [`Progress::apply`] is the only way in which progress changes; the executor applies
//!   what it has appended, so that a replay comes to the same.

use std::sync::Arc;

use exward_core::blueprint::Stage;
use jiff::Timestamp;

use crate::effects::Work;
use crate::journal::{Entry, Outcome, Track};
use crate::state::{End, ServerState};

/// An order whose outcome is not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenOrder {
    /// Its number.
    pub number: u32,
    /// What.
    pub work: Work,
    /// When its intent was written.
    pub at: Timestamp,
    /// True if it is to cure a failure of the step.
    pub cure: bool,
    /// Starts of Windows before it.
    pub boot: u32,
}

/// Where one server's update stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When it was recorded, and with that begun.
    pub began: Option<Timestamp>,
    /// What it was like.
    pub recorded: Option<Arc<ServerState>>,
    /// Which way it goes; `None`: forward.
    pub turned: Option<Track>,
    /// The next step of that way.
    pub place: u32,
    /// When that step came up.
    pub place_since: Option<Timestamp>,
    /// Numbers of orders used.
    pub orders: u32,
    /// The order under way.
    pub open: Option<OpenOrder>,
    /// Why the step last failed, if it has and no cure was begun since.
    pub failed: Option<(Timestamp, String)>,
    /// Failures of this step.
    pub failures_here: u32,
    /// Failures in all.
    pub failures: u32,
    /// Repairs and restarts given as cures.
    pub cures: u32,
    /// True once the intent of an installation was written: the point of no return.
    pub past_return: bool,
    /// True once an installation failed that may have changed something.
    pub harmed: bool,
    /// How it ended.
    pub end: Option<End>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What it was like then.
    pub last: Option<Arc<ServerState>>,
}

impl Progress {
    /// Applies an entry about this server. Entries about the rollout change nothing.
    pub fn apply(&mut self, at: Timestamp, entry: &Entry) {
        match entry {
            Entry::Recorded { state, .. } => {
                self.began = Some(at);
                self.recorded = Some(Arc::clone(state));
                self.came_to(at, 0);
            }
            Entry::Intent { number, step, work, cure, boot, .. } => {
                self.orders = *number;
                self.place = *step;
                let (number, work, cure, boot) = (*number, *work, *cure, *boot);
                self.open = Some(OpenOrder { number, work, at, cure, boot });
                self.past_return |= installs(work);
                self.cures = self.cures.saturating_add(u32::from(cure));
                self.failed = None;
            }
            Entry::Outcome { step, outcome, .. } => self.outcome(at, *step, outcome),
            Entry::Turned { track, .. } => {
                self.turned = Some(track.clone());
                self.open = None;
                self.came_to(at, 0);
            }
            Entry::Ended { end, state, .. } => {
                self.end = Some(end.clone());
                self.ended = Some(at);
                self.last.clone_from(state);
                self.open = None;
            }
            Entry::Began { .. }
            | Entry::WaveBegan { .. }
            | Entry::Halted { .. }
            | Entry::Finished => {}
        }
    }

    fn outcome(&mut self, at: Timestamp, step: u32, outcome: &Outcome) {
        let open = self.open.take();
        match outcome {
            // After a cure the step comes up again.
            Outcome::Done | Outcome::AlreadyDone if open.is_some_and(|it| it.cure) => {
                self.place_since = Some(at);
            }
            Outcome::Done | Outcome::AlreadyDone => self.came_to(at, step.saturating_add(1)),
            Outcome::Failed { why, harmless } => {
                self.harmed |= open.is_some_and(|it| installs(it.work)) && !harmless;
                self.failed = Some((at, why.clone()));
                self.failures_here = self.failures_here.saturating_add(1);
                self.failures = self.failures.saturating_add(1);
                self.place_since = Some(at);
            }
        }
    }

    fn came_to(&mut self, at: Timestamp, place: u32) {
        self.place = place;
        self.place_since = Some(at);
        self.failed = None;
        self.failures_here = 0;
    }

    /// True if it has begun and not ended.
    #[must_use]
    pub const fn is_under_way(&self) -> bool {
        self.began.is_some() && self.end.is_none()
    }
}

const fn installs(work: Work) -> bool {
    matches!(work, Work::Step(action) if matches!(action.stage(), Stage::Install))
}
