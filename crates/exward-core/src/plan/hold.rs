//! Why a server waits, and what would free it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::build::Build;
use crate::fleet::{DatabaseName, PoolName, RingName, ServerName, SiteName, Unusable};
use crate::route::RefusedWay;

/// Why a server is in no wave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// It is where it should be.
    Current {
        /// Its build.
        build: Build,
    },
    /// A fact is unknown or stale (P11).
    Fact {
        /// Which: `build`, `services and health sets`, `copies of DAG1`.
        what: String,
        /// Unknown or stale.
        why: Unusable,
    },
    /// The admin keeps it.
    Pinned {
        /// The last day.
        until: Date,
        /// Why.
        reason: Arc<str>,
    },
    /// No ring selects it.
    NoRing,
    /// The update graph has no way.
    NoRoute {
        /// Why, in a sentence.
        why: String,
        /// What was looked at.
        refused: Vec<RefusedWay>,
    },
    /// Conditions that an admin must see to.
    Conditions {
        /// What is not met: `Visual C++ 2013 redistributable is no: install it`.
        unmet: Vec<String>,
        /// Ways that were refused.
        refused: Vec<RefusedWay>,
    },
    /// It is out of service: somebody works on it.
    OutOfService,
    /// It is not healthy: an update would hide the cause.
    Unhealthy {
        /// What shows it.
        what: String,
    },
    /// Another member of its DAG is out of service, unhealthy or unseen (P3).
    DagDegraded {
        /// Which member.
        member: ServerName,
        /// What is wrong with it.
        why: String,
    },
    /// Without it the DAG would lose quorum (P5).
    Quorum {
        /// Votes that are surely up without it.
        up: usize,
        /// Votes in all.
        of: usize,
    },
    /// A database would lose its last healthy copies (P6).
    Copies {
        /// The database.
        database: DatabaseName,
        /// Healthy copies elsewhere.
        healthy: usize,
        /// Needed.
        needed: usize,
    },
    /// The policy keeps all of its pool in service, or enough of it is out already (P7).
    Pool {
        /// The pool.
        pool: PoolName,
    },
    /// The same for its site (P7).
    Site {
        /// The site.
        site: SiteName,
    },
    /// The same for its ring (P7).
    RingLimit {
        /// The ring.
        ring: RingName,
    },
    /// No window of its ring is long enough, or none opens outside blackouts (P12).
    NoWindow {
        /// The ring.
        ring: RingName,
        /// Minutes needed.
        needed_minutes: u32,
    },
}
