//! Carries out a [`Blueprint`](exward_core::blueprint::Blueprint): intent before effect, proof after
//! it, and a way back from every step before the point of no return.
//!
//! Knows no SQL, no socket and no clock: the outside comes through three traits, [`effects::Effects`]
//! (servers), [`journal::Journal`] (memory) and [`clock::Clock`] (time). Today the lab implements
//! `Effects`, so **every effect is simulated**; the on-box agent comes later behind the same trait.
//!
//! # Invariants
//! * **X1 quorum.** No act of ours takes a DAG's quorum.
//! * **X2 copies.** No act of ours takes the last copy of a database that is or may become active.
//! * **X3 one out per DAG.** No act of ours takes a member out while another one is out.
//! * **X4 never backwards.** A server's build never becomes lower, nor is an installation repeated that
//!   was proved.
//! * **X5 mitigations.** No server returns to service with fewer mitigations than it had.
//! * **X6 restored.** Who ends `Current` or `Restored` has component states, start types and activation
//!   policy exactly as recorded.
//! * **X7 ends.** Every server that was touched ends `Current`, `Restored` or `Quarantined`.
//! * **X8 once.** No order is carried out twice: each has a key, and its intent is written first.
//! * **X9 one executor.** Whoever has lost the lease, or has an older generation, changes nothing.
//! * **X10 halt.** After more failures than a ring allows no further server leaves service.
//!
//! Sources: `notes/updating.md` sections 2 and 7; "Perform maintenance on DAG members", Microsoft Learn.

pub mod approve;
pub mod clock;
pub mod cure;
pub mod effects;
pub mod executor;
pub mod gates;
pub mod journal;
pub mod progress;
pub mod prove;
pub mod report;
pub mod state;
pub mod watch;
pub mod way;
