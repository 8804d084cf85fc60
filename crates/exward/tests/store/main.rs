//! What the store comes to when something ends badly: the built program on real databases, killed, without room,
//! without its database, and fed with what nobody means well.
#![cfg(unix)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its numbers are small"
)]

mod away;
mod full;
mod hostile;
#[path = "../serve/http.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod http;
mod jobs;
mod killed;
mod memory;
mod migrating;
mod place;
mod program;
