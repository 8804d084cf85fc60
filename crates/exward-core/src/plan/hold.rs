//! Why a server waits, and what would free it.

use std::sync::Arc;

use jiff::civil::Date;

use crate::build::Build;
use crate::fleet::{DatabaseName, PoolName, RingName, ServerName, SiteName, Unusable};
use crate::route::RefusedWay;
use crate::sentence::first_few;

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
    /// A backup of its databases is running: leaving service would break it off.
    Backup,
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
    /// An active database would find no member with room for it (`MaximumActiveDatabases`).
    Room {
        /// The database.
        database: DatabaseName,
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

/// Things listed in a sentence before it says how many more there are.
const LISTED_MAX: usize = 3;

impl Hold {
    /// Why it waits, in a sentence without its name and without a full stop.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Current { build } => format!("it is where it should be: {build}"),
            Self::Fact { what, why } => format!("{what}: {}", seen(*why)),
            Self::Pinned { until, reason } => {
                format!("the policy keeps it until {until}: {reason}")
            }
            Self::NoRing => "no ring of the policy selects it".to_owned(),
            Self::NoRoute { why, .. } => why.clone(),
            Self::Conditions { unmet, .. } => first_few(unmet, LISTED_MAX),
            Self::OutOfService => "it is out of service: somebody works on it".to_owned(),
            Self::Unhealthy { what } => {
                format!("it is not healthy ({what}): an update would hide the cause")
            }
            Self::Backup => "a backup is running, which would break off".to_owned(),
            Self::DagDegraded { member, why } => {
                format!("{member} of the same DAG {why}, and only one member may be out")
            }
            Self::Quorum { up, of } => format!(
                "without it {up} of {of} votes of its DAG would surely be up, which is no majority"
            ),
            Self::Copies { database, healthy, needed } => {
                let copies = if *healthy == 1 { "copy" } else { "copies" };
                format!(
                    "{database} would have {healthy} healthy {copies} elsewhere that may become \
                     active, and needs {needed}"
                )
            }
            Self::Room { database } => format!(
                "no other member has room for the active database {database} \
                 (MaximumActiveDatabases)"
            ),
            Self::Pool { pool } => {
                format!("pool {pool} may not have one more server out of service")
            }
            Self::Site { site } => {
                format!("site {site} may not have one more server out of service")
            }
            Self::RingLimit { ring } => {
                format!("ring {ring} may not have one more server out of service")
            }
            Self::NoWindow { ring, needed_minutes } => {
                format!("no window of ring {ring} holds {needed_minutes} minutes outside blackouts")
            }
        }
    }

    /// What would free it, as an order to an admin without a full stop.
    #[must_use]
    pub fn frees(&self) -> String {
        match self {
            Self::Current { .. } => "nothing to do".to_owned(),
            Self::Fact { .. } => "collect the inventory again".to_owned(),
            Self::Pinned { until, .. } => format!("plan again after {until}, or lift the pin"),
            Self::NoRing => "add it to a ring of the policy".to_owned(),
            Self::NoRoute { refused, .. } => match refused.first() {
                Some(RefusedWay { way, why }) => format!("see to what refuses {way}: {why}"),
                None => "choose a goal that an update leads to, or move its mailboxes to a new \
                         server"
                    .to_owned(),
            },
            Self::Conditions { .. } => {
                "see to these conditions, then collect the inventory again".to_owned()
            }
            Self::OutOfService => {
                "put it in service again with the requester that took it out".to_owned()
            }
            Self::Unhealthy { .. } => "repair it, then collect the inventory again".to_owned(),
            Self::Backup => "let the backup end, then collect the inventory again".to_owned(),
            Self::DagDegraded { member, .. } => {
                format!(
                    "bring {member} back in service and see it healthy, then collect the inventory \
                     again"
                )
            }
            Self::Quorum { .. } => {
                "bring the witness or another member back, or add a witness or a member".to_owned()
            }
            Self::Copies { database, .. } => format!(
                "repair or add a copy of {database} on another member; in a DAG of two, \
                 allow a single copy in the policy"
            ),
            Self::Room { database } => format!(
                "raise MaximumActiveDatabases of a member with a healthy copy of {database}, or \
                 add a copy"
            ),
            Self::Pool { pool } => {
                format!("bring servers of pool {pool} back, or raise its limit in the policy")
            }
            Self::Site { site } => {
                format!("bring servers of site {site} back, or raise its limit in the policy")
            }
            Self::RingLimit { ring } => {
                format!("bring servers of ring {ring} back, or raise its limit in the policy")
            }
            Self::NoWindow { ring, needed_minutes } => {
                format!("give ring {ring} a window of at least {needed_minutes} minutes")
            }
        }
    }
}

/// `last seen 3 hours ago, which is too long`, or `never seen`.
pub(super) fn seen(why: Unusable) -> String {
    match why {
        Unusable::Unknown => "never seen".to_owned(),
        Unusable::Stale { age_minutes } => {
            format!("last seen {} ago, which is too long", age(age_minutes))
        }
    }
}

/// An age as people say it: minutes up to two hours, hours up to two days.
fn age(minutes: i64) -> String {
    match minutes {
        1 => "1 minute".to_owned(),
        ..120 => format!("{minutes} minutes"),
        120..2880 => format!("{} hours", minutes / 60),
        2880.. => format!("{} days", minutes / (24 * 60)),
    }
}
