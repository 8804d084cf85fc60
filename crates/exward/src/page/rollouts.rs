//! *Rollouts*: who leaves in which wave, who waits for what, and how it goes.

use super::badge::Badge;
use super::chart::Picture;
use super::layout::Frame;
use super::show::{Count, Shown, When};
use askama::Template;

/// The list.
#[derive(Template)]
#[template(path = "serve/rollouts.html")]
pub(crate) struct Rollouts {
    pub(crate) frame: Frame,
    /// Newest first.
    pub(crate) lines: Vec<Line>,
    /// Older ones that are left out.
    pub(crate) more: Count,
    /// False: there are more than [`Self::more`] says.
    pub(crate) is_all: bool,
}

/// A rollout in the list.
pub(crate) struct Line {
    /// Begin of its blueprint's SHA-256, as its address names it.
    pub(crate) id: String,
    pub(crate) state: Stage,
    pub(crate) is_simulated: bool,
    pub(crate) servers: Count,
    pub(crate) current: Count,
    /// What happened last.
    pub(crate) last: Shown,
    pub(crate) last_at: Option<When>,
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Nobody approved it, or the approval is over.
    Planned,
    /// Approved, and nobody carries it out.
    Approved,
    Running,
    /// By command, or because it is halted.
    Paused,
    Halted,
    Aborted,
    Finished,
}

/// One rollout.
#[derive(Template)]
#[template(path = "serve/rollout.html")]
pub(crate) struct Rollout {
    pub(crate) frame: Frame,
    pub(crate) run: Run,
    pub(crate) approvals: Vec<Approval>,
    /// What changed, once it ended: before and after by server.
    pub(crate) changes: Vec<Change>,
}

/// The live part: a rollout as it runs.
#[derive(Template)]
#[template(path = "serve/run.html")]
pub(crate) struct Run {
    /// Begin of the address of its tenant.
    pub(crate) base: String,
    pub(crate) form_key: String,
    /// Whether who looks may pause, resume, abort and approve.
    pub(crate) may_approve: bool,
    pub(crate) id: String,
    pub(crate) state: Stage,
    pub(crate) is_simulated: bool,
    /// Why it is halted; None: it is not.
    pub(crate) halted: Option<Shown>,
    /// One sentence of how it stands.
    pub(crate) sentence: Shown,
    pub(crate) servers: Count,
    pub(crate) ended: Count,
    /// Minutes gone, and expected for all.
    pub(crate) elapsed_minutes: Option<Count>,
    pub(crate) expected_minutes: Option<Count>,
    /// In the order of the waves.
    pub(crate) rows: Vec<Row>,
    /// [`waves`](super::chart::waves::waves).
    pub(crate) picture: Picture,
    /// Servers that wait for something, and for what.
    pub(crate) holds: Vec<Hold>,
    /// The last entries of the journal, newest first.
    pub(crate) entries: Vec<(When, Shown)>,
}

/// A server in a rollout.
pub(crate) struct Row {
    pub(crate) name: Shown,
    /// From 1.
    pub(crate) wave: Count,
    pub(crate) state: Badge,
    pub(crate) from: Shown,
    pub(crate) to: Shown,
    /// For example `4 of 9: install Jun26SU`; empty before and after.
    pub(crate) step: Shown,
    pub(crate) elapsed_minutes: Option<Count>,
    pub(crate) expected_minutes: Option<Count>,
    /// Why it waits, is held or quarantined; may be empty.
    pub(crate) why: Shown,
}

/// Who waits for what.
pub(crate) struct Hold {
    pub(crate) server: Shown,
    pub(crate) waits_for: Shown,
    pub(crate) why: Shown,
}

/// An approval.
pub(crate) struct Approval {
    pub(crate) by: Shown,
    pub(crate) at: When,
    pub(crate) until: When,
}

/// What became of a server.
pub(crate) struct Change {
    pub(crate) server: Shown,
    pub(crate) what: Shown,
    pub(crate) before: Shown,
    pub(crate) after: Shown,
}

impl Stage {
    pub(crate) const fn badge(self) -> Badge {
        use super::badge::Tone;
        match self {
            Self::Planned => Badge::new("planned, not approved", Tone::Soft),
            Self::Approved => Badge::new("approved", Tone::Look),
            Self::Running => Badge::new("running", Tone::Look),
            Self::Paused => Badge::new("paused", Tone::Look),
            Self::Halted => Badge::new("halted", Tone::Act),
            Self::Aborted => Badge::new("aborted", Tone::Act),
            Self::Finished => Badge::new("finished", Tone::Fine),
        }
    }

    /// Whether more is to come, so that a page follows it.
    pub(crate) const fn is_live(self) -> bool {
        !matches!(self, Self::Aborted | Self::Finished)
    }

    /// For machines.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Approved => "approved",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Halted => "halted",
            Self::Aborted => "aborted",
            Self::Finished => "finished",
        }
    }

    /// Whether it can be paused.
    pub(crate) const fn can_pause(self) -> bool {
        matches!(self, Self::Running)
    }

    pub(crate) const fn can_resume(self) -> bool {
        matches!(self, Self::Paused | Self::Halted)
    }

    pub(crate) const fn can_abort(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Halted)
    }

    pub(crate) const fn can_approve(self) -> bool {
        matches!(self, Self::Planned | Self::Approved)
    }
}

impl askama::filters::HtmlSafe for Run {}
