//! The way from one build to another through the update graph, and why another way is refused.
//!
//! A [`Route`] is what the catalog allows; whether one server meets its conditions is asked with
//! [`Hop::unmet`].
//!
//! # Invariants
//! * **G1 allowed moves only.** Every hop follows a rule of the catalog and ends at a listed build that
//!   is not withdrawn.
//! * **G2 never backwards.** Every hop ends at a newer build than it starts from.
//! * **G3 whole.** A way through a CU or an in-place upgrade ends on an SU of that CU: the newest, or
//!   the one that is the goal. A server is never left on a bare CU if the catalog has an SU for it.
//!   Between two of them no SU is installed: the server is not back in service there.
//! * **G4 unknown is not met.** A condition whose fact is unknown or stale is unmet, and says which.
//! * **G5 no fix is lost.** No way ends at an update that came out before the one the server has: a
//!   newer CU with an older SU has fewer fixes.
//!
//! HUs count as SUs: an HU holds all earlier SUs of its CU, and some fixes came in one first (Microsoft's
//! record of CVE-2024-26198 names Apr24HU, that of CVE-2025-53786 Apr25HU).

mod search;
mod start;
mod unmet;

use std::fmt;

use jiff::civil::Date;

use crate::build::Build;
pub use unmet::self_service;

use crate::catalog::{Catalog, Condition, KnownProblem, MoveKind, MoveRule, Release};
use crate::fleet::{Unusable, Value};
use crate::policy::Goal;

/// What a restart of Windows takes with Exchange's services, in minutes; exward's own estimate.
pub const RESTART_MINUTES: u32 = 15;

/// One move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop<'c> {
    /// What it is.
    pub kind: MoveKind,
    /// The rule that allows it; its note is for the admin.
    pub rule: &'c MoveRule,
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
    /// The catalog has no update graph.
    #[error("the catalog has no update graph (moves.csv), so no move is known")]
    NoGraph,
    /// It is newer than what the catalog knows of its CU or product.
    #[error("{build} is newer than the catalog, which knows up to {as_of}")]
    NewerThanCatalog {
        /// The build.
        build: Build,
        /// Day up to which the catalog knows.
        as_of: Date,
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
/// For [`Goal::Latest`] these are: the newest CU of every product that can be reached in place, with its
/// newest SU, and the newest SU of its own CU while that is still serviced. Where that SU is for ESU
/// customers only, the newest public one is a way of its own. The newest product comes first, then the
/// newest fixes, then the shorter way.
///
/// # Errors
/// [`NoRoute`] says why there is none.
pub fn routes(catalog: &Catalog, from: Build, goal: Goal) -> Result<Routes<'_>, NoRoute> {
    if catalog.moves().rules.is_empty() {
        return Err(NoRoute::NoGraph);
    }
    match goal {
        Goal::Latest => search::latest(catalog, from),
        Goal::Build(to) => search::to_build(catalog, from, to),
    }
}

impl<'c> Hop<'c> {
    fn new(catalog: &'c Catalog, rule: &'c MoveRule, to: &'c Release) -> Self {
        let moves = catalog.moves();
        let has = |it: &&KnownProblem| it.builds.0 <= to.build && to.build <= it.builds.1;
        Self {
            kind: rule.kind,
            rule,
            to,
            conditions: moves.conditions.iter().filter(|it| it.is_for(rule.kind, to)).collect(),
            problems: moves.problems.iter().filter(has).collect(),
            expected_minutes: rule.expected_minutes,
        }
    }

    /// How often Windows restarts: before and after a CU, after an SU ("Upgrade Exchange to the latest
    /// cumulative update", Microsoft Learn).
    #[must_use]
    pub const fn restarts(&self) -> u32 {
        match self.kind {
            MoveKind::Cu | MoveKind::InPlace => 2,
            MoveKind::Su => 1,
            MoveKind::Migrate => 0,
        }
    }
}

impl<'c> Route<'c> {
    /// How long installations and restarts mostly take in all, in minutes. Prerequisites, leaving
    /// service and returning to it come on top.
    #[must_use]
    pub fn expected_minutes(&self) -> u32 {
        let of = |hop: &Hop<'_>| {
            hop.expected_minutes.saturating_add(hop.restarts().saturating_mul(RESTART_MINUTES))
        };
        self.hops.iter().fold(0, |sum, hop| sum.saturating_add(of(hop)))
    }

    /// Where it ends.
    #[must_use]
    pub fn end(&self) -> Option<&'c Release> {
        self.hops.last().map(|it| it.to)
    }
}

impl fmt::Display for Hop<'_> {
    /// `SU to Oct26SU (15.2.2562.56)`, `CU to 2019 CU15 (15.2.1748.10)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Release { product, cu, build, .. } = self.to;
        match self.kind {
            MoveKind::Su => write!(f, "SU to {} ({build})", self.to.level()),
            MoveKind::Cu => write!(f, "CU to {product} {cu} ({build})"),
            MoveKind::InPlace => write!(f, "in-place upgrade to {product} {cu} ({build})"),
            MoveKind::Migrate => write!(f, "new servers with {product} {cu} ({build})"),
        }
    }
}
