//! What a hunt tells: how far each source reaches, what was found in it, and what it comes to.
//!
//! [`Examined`] is what one file gave, or many together; [`HuntSummary`] is the answer for one server.
//!
//! # Invariants
//! * **S1 nothing is lost in silence.** What a limit leaves out is counted.
//! * **S2 the order of files does not matter** to what is counted and to how far the sources reach.

mod examined;
mod spans;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use exward_core::assess::Urgency;
use exward_read::Skipped;
use jiff::Timestamp;

use crate::correlate::Chain;
use crate::{Sighting, Source, Stage};

pub use examined::Examined;
pub use spans::Spans;

/// What was read of one source: how far it reaches, and how much it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The kind of log or place.
    pub source: Source,
    /// The oldest record; `None` if none has a time.
    pub from: Option<Timestamp>,
    /// The newest record.
    pub to: Option<Timestamp>,
    /// Records, events or files that rules looked at, those that a prefilter ruled out included.
    pub records: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Files, members of archives included.
    pub files: u64,
}

impl Coverage {
    /// Nothing read of a source yet.
    #[must_use]
    pub fn none_of(source: Source) -> Self {
        Self { source, from: None, to: None, records: 0, bytes: 0, files: 0 }
    }
}

/// Something harmless that looks like an attack, named once so that nobody wonders: our own probes,
/// Exchange's own tests. Never decides anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted {
    /// What it is, for machines: `exward-probe`, `own-report`, ….
    pub what: String,
    /// What it is, as a sentence without its full stop.
    pub sentence: String,
    /// How often.
    pub count: u64,
    /// The first time.
    pub from: Option<Timestamp>,
    /// The last time.
    pub to: Option<Timestamp>,
    /// Addresses that it came from; at most [`crate::limits::NOTED_ACTORS_MAX`].
    pub actors: BTreeSet<String>,
}

/// What a hunt comes to for one server. Ordered from nothing to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HuntVerdict {
    /// The sources that would show it were read, and hold no trace; within their span.
    NothingFound,
    /// What was read cannot tell.
    NotEnoughEvidence,
    /// Someone asked whether the hole is there.
    Scanned,
    /// The hole was used; nothing shows that it worked.
    Attempted,
    /// The server answered an exploit as if it worked, or may hold a web shell.
    ExploitReached,
    /// A web shell, or what intruders do inside.
    Compromised,
}

/// Every verdict, from nothing to the worst.
pub const HUNT_VERDICTS: [HuntVerdict; 6] = [
    HuntVerdict::NothingFound,
    HuntVerdict::NotEnoughEvidence,
    HuntVerdict::Scanned,
    HuntVerdict::Attempted,
    HuntVerdict::ExploitReached,
    HuntVerdict::Compromised,
];

impl HuntVerdict {
    /// The name in machine output; never changes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingFound => "nothing-found",
            Self::NotEnoughEvidence => "not-enough-evidence",
            Self::Scanned => "scanned",
            Self::Attempted => "attempted",
            Self::ExploitReached => "exploit-reached",
            Self::Compromised => "compromised",
        }
    }

    /// What it asks of the operator.
    #[must_use]
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::Compromised | Self::ExploitReached => Urgency::Act,
            Self::NotEnoughEvidence | Self::Scanned | Self::Attempted => Urgency::CannotTell,
            Self::NothingFound => Urgency::NothingToDo,
        }
    }

    /// How loudly it asks to act: 0 not at all, and the greater before the lesser. Kept in stores; never changes.
    #[must_use]
    pub const fn alarm(self) -> u8 {
        match self {
            Self::Compromised => 2,
            Self::ExploitReached => 1,
            Self::NotEnoughEvidence | Self::Scanned | Self::Attempted | Self::NothingFound => 0,
        }
    }
}

impl fmt::Display for HuntVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many sightings there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// By rule id, those that were not kept included.
    pub rules: BTreeMap<String, u64>,
    /// Of those that were kept, by stage.
    pub stages: BTreeMap<Stage, u64>,
}

/// The answer of a hunt for one server: the same value behind every output (A13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HuntSummary {
    /// The server; `None` if nothing names it.
    pub server: Option<String>,
    /// Every name in the evidence. More than one means: evidence of several servers.
    pub servers: BTreeSet<String>,
    /// What it comes to.
    pub verdict: HuntVerdict,
    /// Why, most important first; never empty.
    pub reasons: Vec<String>,
    /// What to do now.
    pub next_step: String,
    /// How far each source reaches, in the order of [`Source`].
    pub covered: Vec<Coverage>,
    /// Where records of a source lie, by source: what lies between is a gap.
    pub spans: BTreeMap<Source, Spans>,
    /// What was not there to be read, with the place where it lies on a server; gaps.
    pub missing: Vec<String>,
    /// What looks like an attack and is none.
    pub noted: Vec<Noted>,
    /// What could not be read: file or member, and why.
    pub skipped: Vec<(String, Skipped)>,
    /// How many more could not be read.
    pub skipped_more: u64,
    /// How many sightings, by rule and by stage.
    pub counts: Counts,
    /// Sightings that belong together, worst first; each sighting is in exactly one.
    pub chains: Vec<Chain>,
    /// All sightings that were kept, in time order; those without a time last.
    pub sightings: Vec<Sighting>,
    /// Sightings that were counted and not kept.
    pub sightings_more: u64,
}

/// A time in a sentence: `2026-11-20 02:00:00 UTC`. What a log says of a second's parts is no news to a person.
pub(crate) fn in_words(at: Timestamp) -> String {
    at.strftime("%F %T UTC").to_string()
}
