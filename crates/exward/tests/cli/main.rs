//! The program as an operator runs it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asking;
mod bad_input;
mod carry_out;
mod check;
mod corpus;
mod hunt;
mod plan;
mod report;
mod rollout;
mod run;
mod setup_log;
