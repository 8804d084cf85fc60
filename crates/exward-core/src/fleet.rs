//! The estate as it was seen: servers, DAGs, database copies, and what is known of each.
//!
//! An [`Inventory`] is always incomplete and outdated; it says how incomplete and how old. Whether a
//! fact is fresh enough is asked with the time and an age, never assumed.
//!
//! # Invariants
//! * **A1 unknown is absent.** What was not seen is not in the maps; nobody fills it with a default.
//! * **A2 dated.** Every fact carries when and from where it was seen.
//! * **A3 a member counts, seen or not.** A DAG lists its members itself: a member without an entry of
//!   its own is a server of which nothing is known.
//!
//! Terms: "Manage database availability groups" and "Server component states", Microsoft Learn.

mod item;
mod name;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;

pub use item::{ITEMS, Item, ParseItemError, Scope, Value, ValueKind, WindowsServer};
pub use name::{DagName, DatabaseName, PoolName, RingName, ServerName, SiteName};

use crate::build::Build;

/// A value with when and from where it was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed<T> {
    /// What was seen.
    pub value: T,
    /// When.
    pub at: Timestamp,
    /// From where, in the words of whoever collected it: `Get-ExchangeServer`, `HealthChecker`.
    pub source: Arc<str>,
}

/// Why a fact cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unusable {
    /// It was never seen.
    Unknown,
    /// It was seen too long ago: so many minutes.
    Stale {
        /// Age in minutes.
        age_minutes: i64,
    },
}

/// The value of a fact that was seen no longer than `age_minutes_max` before `now`. A fact from the
/// future counts as fresh: clocks of collectors differ.
///
/// # Errors
/// [`Unusable`] if there is none, or it is older.
pub fn fresh<T>(
    fact: Option<&Observed<T>>,
    now: Timestamp,
    age_minutes_max: i64,
) -> Result<&T, Unusable> {
    let fact = fact.ok_or(Unusable::Unknown)?;
    let age_minutes = now.duration_since(fact.at).as_mins();
    if age_minutes > age_minutes_max {
        Err(Unusable::Stale { age_minutes })
    } else {
        Ok(&fact.value)
    }
}

/// Facts by what they say; absent is unknown (A1).
pub type Facts = BTreeMap<Item, Observed<Value>>;

/// What a server is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Mailbox server: everything but Edge since 2016.
    Mailbox,
    /// Edge Transport server.
    Edge,
    /// Only the management tools: no service, but SUs are due there too.
    ManagementTools,
}

/// One server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its Windows name.
    pub name: ServerName,
    /// What it is for.
    pub role: Role,
    /// The DAG it says it belongs to; `None`: standalone.
    pub dag: Option<DagName>,
    /// Its Active Directory site; `None`: not known.
    pub site: Option<SiteName>,
    /// The load-balancer pool that it answers in; `None`: in none.
    pub pool: Option<PoolName>,
    /// Free words that a policy may select by: `canary`, `dr`.
    pub tags: BTreeSet<Arc<str>>,
    /// File version of ExSetup.exe. `AdminDisplayVersion` shows the CU only and must not stand here.
    pub build: Option<Observed<Build>>,
    /// What else is known of it: items of [`Scope::Server`].
    pub facts: Facts,
    /// `MaximumActiveDatabases`; `None`: no limit.
    pub active_databases_max: Option<u32>,
}

/// The file share witness of a DAG.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The server with the share.
    pub host: ServerName,
    /// Whether the share is in use and can be reached; `None`: not known.
    pub healthy: Option<Observed<bool>>,
}

/// State of a database copy, as `Get-MailboxDatabaseCopyStatus` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CopyState {
    /// The active copy, in use.
    Mounted,
    /// The active copy, not in use.
    Dismounted,
    /// A passive copy that may become active.
    Healthy,
    /// A passive copy whose replication an admin has suspended.
    Suspended,
    /// A passive copy being made anew.
    Seeding,
    /// A passive copy that needs repair (`Failed`, `FailedAndSuspended`, `DisconnectedAndHealthy`, …).
    Failed,
}

/// One copy of a database on one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseCopy {
    /// The database.
    pub database: DatabaseName,
    /// The member it is on.
    pub server: ServerName,
    /// Its state.
    pub state: CopyState,
    /// Log files not yet copied.
    pub copy_queue_len: u32,
    /// Log files not yet replayed.
    pub replay_queue_len: u32,
    /// Content index; `None`: not known, or none (2019 and later have no index of their own kind).
    pub index_healthy: Option<bool>,
    /// A lagged copy never counts as one that may become active.
    pub lagged: bool,
    /// Activation suspended by an admin.
    pub activation_suspended: bool,
}

/// A database availability group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dag {
    /// Its name.
    pub name: DagName,
    /// Every member, seen or not (A3).
    pub members: BTreeSet<ServerName>,
    /// Its witness; `None`: none is configured.
    pub witness: Option<Witness>,
    /// The member that is primary active manager; `None`: not known.
    pub primary_active_manager: Option<Observed<ServerName>>,
    /// Every copy of every database; `None`: never seen. All copies of a DAG are seen together.
    pub copies: Option<Observed<Vec<DatabaseCopy>>>,
}

impl Dag {
    /// Votes of the cluster with every member up: members, and the witness if they are even.
    #[must_use]
    pub fn votes(&self) -> usize {
        let members = self.members.len();
        let witness = usize::from(self.witness_votes());
        members.saturating_add(witness)
    }

    /// True if the witness has a vote: with an even number of members.
    #[must_use]
    pub fn witness_votes(&self) -> bool {
        self.witness.is_some() && self.members.len().is_multiple_of(2)
    }
}

/// The estate as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Facts of the organisation: items of [`Scope::Organization`].
    pub organization: Facts,
    /// Every server seen.
    pub servers: BTreeMap<ServerName, Server>,
    /// Every DAG seen.
    pub dags: BTreeMap<DagName, Dag>,
}
