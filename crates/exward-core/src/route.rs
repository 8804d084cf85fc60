//! The way from one build to another through the update graph, and why another way is refused.
//!
//! A [`Route`] is what the catalog allows; whether one server meets its conditions is asked with
//! [`Hop::unmet`].
//!
//! # Invariants
//! * **G1 allowed moves only.** Every hop follows a rule of the catalog and ends at a listed build that
//!   is not withdrawn.
//! * **G2 never backwards.** Every hop ends at a newer build than it starts from.
//! * **G3 whole.** After a CU or an in-place upgrade comes the newest SU of that CU: a server is never
//!   left on a bare CU if the catalog has an SU for it.
//! * **G4 unknown is not met.** A condition whose fact is unknown or stale is unmet, and says which.

use jiff::Timestamp;

use crate::build::Build;
use crate::catalog::{Catalog, Condition, KnownProblem, MoveKind, Release};
use crate::fleet::{Facts, Unusable, Value};
use crate::policy::Goal;

/// One move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop<'c> {
    /// What it is.
    pub kind: MoveKind,
    /// Where it ends.
    pub to: &'c Release,
    /// What it needs.
    pub conditions: Vec<&'c Condition>,
    /// What is known against it.
    pub problems: Vec<&'c KnownProblem>,
    /// How long the installation mostly takes.
    pub expected_minutes: u32,
}

/// A way that the graph allows; at least one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<'c> {
    /// Its moves, in order.
    pub hops: Vec<Hop<'c>>,
}

/// A way that was looked at and is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedWay {
    /// Which: `SU on 2019 CU14`, `build 15.2.1748.42`.
    pub way: String,
    /// Why.
    pub why: String,
}

/// Every way to a goal, the best first, and the ways refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes<'c> {
    /// Ways the graph allows, best first: the supported product before an older one. Never empty.
    pub allowed: Vec<Route<'c>>,
    /// Ways refused whatever the server is like.
    pub refused: Vec<RefusedWay>,
}

/// Why there is no way.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoRoute {
    /// It is there already.
    #[error("{build} is already there")]
    Current {
        /// The build.
        build: Build,
    },
    /// The catalog has no such build to start from.
    #[error("{build} is not in the catalog, so no move from it is known")]
    UnknownStart {
        /// The build.
        build: Build,
    },
    /// The catalog has no such build to go to.
    #[error("{build} is not in the catalog, so it is no goal")]
    UnknownGoal {
        /// The build.
        build: Build,
    },
    /// The goal is older.
    #[error("{to} is older than {from}; an update never goes backwards")]
    Backwards {
        /// Where it is.
        from: Build,
        /// Where it would go.
        to: Build,
    },
    /// Only by new servers.
    #[error("{from} cannot be updated to {what} in place: {why}")]
    MigrateOnly {
        /// Where it is.
        from: Build,
        /// Where it would go.
        what: String,
        /// What to do, with its source.
        why: String,
    },
    /// Every way there is refused.
    #[error("no allowed way from {from}: {}", refused.first().map_or("no rule of the catalog begins there", |it| it.why.as_str()))]
    Refused {
        /// Where it is.
        from: Build,
        /// What was looked at.
        refused: Vec<RefusedWay>,
    },
}

/// A condition or known problem that stands against a hop on one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unmet<'c> {
    /// The fact is not what it must be.
    Fails {
        /// The condition.
        condition: &'c Condition,
        /// What was seen.
        seen: Value,
    },
    /// The fact is unknown or stale (G4).
    Unsure {
        /// The condition.
        condition: &'c Condition,
        /// Which of the two.
        why: Unusable,
    },
    /// A known problem refuses the move on this server.
    Problem(&'c KnownProblem),
    /// A known problem might; the fact that decides is unknown or stale.
    ProblemUnsure {
        /// The problem.
        problem: &'c KnownProblem,
        /// Which of the two.
        why: Unusable,
    },
}

/// The ways from a build to a goal.
///
/// # Errors
/// [`NoRoute`] says why there is none.
pub fn routes<'c>(catalog: &'c Catalog, from: Build, goal: Goal) -> Result<Routes<'c>, NoRoute> {
    let _ = (catalog, goal);
    Err(NoRoute::UnknownStart { build: from })
}

impl<'c> Hop<'c> {
    /// What stands against this hop on a server with these facts, self-service conditions included.
    #[must_use]
    pub fn unmet(
        &self,
        server: &Facts,
        organization: &Facts,
        now: Timestamp,
        age_minutes_max: i64,
    ) -> Vec<Unmet<'c>> {
        let _ = (server, organization, now, age_minutes_max);
        Vec::new()
    }
}
