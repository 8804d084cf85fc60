//! The server as browsers and programs meet it: the built program on a port of its own, over real sockets.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod away;
mod demo;
mod doings;
mod events;
mod first_start;
mod http;
mod limits;
mod pages;
mod rollouts;
mod schemathesis;
mod server;
mod stopping;
mod tls;
