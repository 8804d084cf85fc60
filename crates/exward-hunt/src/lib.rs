//! Bytes to sightings, and the verdict of the hunt. No sockets, no files, no clock (A2).
//!
//! One value's way: bytes of a file → [`kind`] says what it is → a reader draws a [`Record`] from each
//! line or event that the `engine` could not rule out → [`sigma`] rules and typed rules look at it →
//! [`Sighting`]s → [`correlate`] joins them → [`HuntSummary`], one for a server.
//!
//! # Invariants
//! * **H1 reading never fails whole** (A11): what could not be read is named with file, line and reason.
//! * **H2 everything has a limit** (A12): [`limits`] holds them all; memory does not grow with a log.
//! * **H3 the prefilter never hides a match**: what it passes over, no rule would have matched.
//! * **H4 absence has a span**: no answer without what was covered, from when to when.

pub mod archive;
mod bundled;
pub mod correlate;
mod engine;
mod hunter;
pub mod kind;
mod known;
pub mod limits;
pub mod mask;
pub mod reader;
mod record;
pub mod shell;
mod sighting;
pub mod sigma;
mod source;
pub mod summary;
mod typed;
pub mod verdict;
pub mod yara;

pub use hunter::{Evidence, Hunter, ReadSeek, RefusedRule, RuleFile};
pub use record::{Fields, Record, Values};
pub use sighting::{Confidence, RuleFacts, Sighting, Stage};
pub use source::{Channel, SOURCES, Source};
pub use summary::{
    Counts, Coverage, Examined, HUNT_VERDICTS, HuntSummary, HuntVerdict, Noted, Spans,
};
