//! The only code that touches another machine (A3): it asks Exchange servers what any anonymous client may
//! ask, politely, and brings back what they said.
//!
//! The way of a target: [`endpoint`] (what the text means) → [`conduct`] and [`scope`] (may it be asked?) →
//! [`order`] → [`run`] and [`pace`] (when?) → [`dns`] → [`tls`] and [`probe`] (what does it say?) → [`journal`]
//! (kept) → [`visit`] (evidence, through `exward-read`).
//!
//! And the way out of the house for what others want to be told: [`outbound`].
//!
//! # Invariants
//! * **A3 one door.** No other crate opens a socket to somebody else's machine.
//! * **A14 weakened TLS** exists in [`tls`] and nowhere else here.
//! * Whom, how fast and what: the invariants of [`conduct`], [`pace`] and [`probe`]; of [`outbound`].

pub mod address;
pub mod conduct;
mod connection;
pub mod dns;
pub mod endpoint;
pub mod journal;
pub mod limits;
pub mod order;
pub mod outbound;
pub mod pace;
pub mod probe;
pub mod run;
pub mod scope;
pub mod tls;
pub mod visit;
