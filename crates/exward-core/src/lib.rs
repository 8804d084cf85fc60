//! What exward knows and decides. No IO, no clock, no randomness, no environment, no serde (A2).
//!
//! Read it in the order in which a value travels:
//!
//! 1. [`build`] and [`product`]: what a version number says by itself;
//! 2. [`catalog`]: what Microsoft has published, as plain data with queries;
//! 3. [`evidence`]: one thing seen on one server;
//! 4. [`identify`]: many pieces of evidence become one [`identify::Identity`];
//! 5. [`config`]: what is known of the server's configuration;
//! 6. [`assess`]: identity × catalog × configuration become a [`assess::Verdict`];
//! 7. [`report`]: everything said about one server, the same for every output (A13);
//! 8. [`front_ends`]: several servers behind one target, the worst of which counts;
//! 9. [`explain`]: what one build, CVE or KB means;
//! 10. [`fleet`] and [`policy`]: the estate as it was seen, and what its owner allows;
//! 11. [`route`]: the way through the update graph;
//! 12. [`plan`]: all of that becomes a [`blueprint`], and a reason for every server that waits;
//! 13. [`standing`]: what of the evidence decides, and one row a server;
//! 14. [`finding`]: a server's holes over time;
//! 15. [`alarm`]: which of its hunts speaks for it.
//!
//! [`tls`] says what a handshake told; [`sentence`] keeps the lists in what they say short.

pub mod alarm;
pub mod assess;
pub mod blueprint;
pub mod build;
pub mod catalog;
pub mod config;
pub mod evidence;
pub mod explain;
pub mod finding;
pub mod fleet;
pub mod front_ends;
pub mod identify;
pub mod news;
pub mod plan;
pub mod policy;
pub mod product;
pub mod report;
pub mod route;
pub mod sentence;
pub mod standing;
pub mod tls;
