//! `exward check` on hosts: whom it asks, what it asks, and what it says afterwards.
//!
//! Everything is asked in the simulated estate on loopback addresses. It runs inside the test, so that what reached
//! each face can be counted; `exward` itself runs as the built program.
#![expect(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod estate;
mod interruption;
mod names;
mod resume;
mod scope;
mod score;
mod shards;
mod wire;
