//! Bytes to exward's domain types. No sockets, no files, no decisions (A2).
//!
//! # Invariants
//! * **R1 reading never fails whole** (A11): every reader gives what it could read, and names what
//!   it could not with line and reason ([`Skipped`]).
//! * **R2 everything has a limit** (A12): [`limits`] holds them all.
//! * **R3 a reader never decides.** It says what stood there; `exward-core` weighs it.

pub mod answer;
pub mod catalog;
pub mod clixml;
pub mod healthchecker;
pub mod inside;
pub mod limits;
pub mod record;
mod skipped;
pub mod table;

pub use record::{Reading, Record};
pub use skipped::Skipped;
