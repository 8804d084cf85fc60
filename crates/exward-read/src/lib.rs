//! Bytes to exward's domain types. No sockets, no files, no decisions (A2).
//!
//! # Invariants
//! * **R1 reading never fails whole** (A11): every reader gives what it could read, and names what
//!   it could not with line and reason ([`Skipped`]).
//! * **R2 everything has a limit** (A12): [`limits`] holds them all.
//! * **R3 a reader never decides.** It says what stood there; `exward-core` weighs it.

pub mod answer;
pub mod blueprint;
pub mod catalog;
pub mod clixml;
mod document;
pub mod feed;
pub mod folder;
mod format;
pub mod healthchecker;
pub mod inside;
pub mod inventory;
pub mod kept;
pub mod limits;
pub mod lines;
pub mod list;
pub mod policy;
pub mod record;
pub mod recording;
pub mod setup_log;
mod skipped;
mod source;
pub mod table;
pub mod text;

pub use document::Problem;
pub use format::{Format, ParseFormatError, detect, format_names};
pub use record::{Reading, Record};
pub use skipped::Skipped;
pub use source::{Item, SourceError, read};
