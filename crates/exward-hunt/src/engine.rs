//! Which lines may matter, at the speed of memory; only those are parsed and tested.
//!
//! Way of a block: [`blocks`] reads and cuts it at line ends → [`fold`] lower-cases it → [`prefilter`] looks for
//! the rules' needles, all at once → a [`stems`] memo answers for paths seen before → what is left is parsed by
//! the log's [`crate::reader::LineFormat`] and tested by the rules whose needles the line holds ([`plan`]).
//!
//! # Invariants
//! * **G1 nothing hidden**: a line that a rule would match is tested by that rule (H3); the slow reference that
//!   parses every line finds the same (`tests/reference.rs`).
//! * **G2 constant memory**: one block, one line's carry, a bounded memo.
//! * **G3 disguise is looked through**: a line that percent-encodes ordinary letters is decoded twice before the
//!   needles are looked for.

mod blocks;
mod fold;
mod lines;
mod plan;
mod prefilter;
mod scan;
mod stems;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test counts a few things")]
mod tests;

pub(crate) use plan::{Plan, Watcher};
pub(crate) use scan::{Found, LineSink, scan_lines};
