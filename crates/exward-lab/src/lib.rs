//! The simulated estate: loopback servers that answer like Exchange of any build, middle boxes,
//! imitations and broken peers, so that everybody can try exward without owning such a server, and so
//! that its answers can be scored against the truth.
//!
//! Everything here is simulated and says so. No face takes a logon, a mail or a command.
//!
//! 1. [`profile`]: what an estate is made of;
//! 2. [`estate`]: which face stands where, drawn from a seed;
//! 3. [`answer`] and [`mail`]: what a face says, as pure functions;
//! 4. [`serve`]: the sockets;
//! 5. [`logs`]: a made-up log for a hunt;
//! 6. [`fleet`] and [`explore`]: an estate that can be updated, and many rollouts on it;
//! 7. [`truth`] and [`score`]: what is so, and how a run compares.

pub mod answer;
pub mod behaviour;
mod decoy;
pub mod dns;
pub mod estate;
pub mod explore;
pub mod fault;
pub mod fleet;
pub mod logs;
pub mod mail;
mod middlebox;
pub mod profile;
pub mod request;
pub mod score;
pub mod script;
mod seed;
pub mod serve;
pub mod stay;
pub mod tls;
pub mod truth;
mod voice;
