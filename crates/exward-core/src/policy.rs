//! What the owner of an estate allows: rings, windows, limits, pins. Data; the planner obeys it.
//!
//! # Invariants
//! * **L1 the narrower reading.** Where a window, a blackout or a limit can be read in two ways, the
//!   one that allows less holds (a clock hour that occurs twice, a pin without an end).
//! * **L2 nothing by default that an admin would not do by hand.** The defaults take one member of a
//!   DAG at a time, never the last healthy copy, and nothing outside a window once one is given.

mod window;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;

pub use window::{Blackout, Opening, Window, earliest_start, may_run};

use crate::build::Build;
use crate::fleet::{DagName, PoolName, RingName, Server, ServerName, SiteName};

/// Where every server is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The newest build that the server can get to.
    Latest,
    /// This build.
    Build(Build),
}

/// Which servers a ring, a pin or a window is about. A server is selected if any of the lists names it;
/// with `everything` set, every server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// Every server.
    pub everything: bool,
    /// These servers.
    pub servers: BTreeSet<ServerName>,
    /// Members of these DAGs.
    pub dags: BTreeSet<DagName>,
    /// Servers of these sites.
    pub sites: BTreeSet<SiteName>,
    /// Servers with one of these tags.
    pub tags: BTreeSet<Arc<str>>,
}

impl Selector {
    /// True if it selects this server.
    #[must_use]
    pub fn selects(&self, server: &Server) -> bool {
        self.everything
            || self.servers.contains(&server.name)
            || server.dag.as_ref().is_some_and(|it| self.dags.contains(it))
            || server.site.as_ref().is_some_and(|it| self.sites.contains(it))
            || server.tags.iter().any(|it| self.tags.contains(it))
    }
}

/// Servers that are updated together with the same care, after the rings before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Its name: `pilot`, `broad`.
    pub name: RingName,
    /// Who is in it; a server belongs to the first ring that selects it.
    pub select: Selector,
    /// So many servers go alone, one after the other, before the rest of the ring.
    pub canaries: u32,
    /// Most servers of the ring out of service at a time; `None`: pools and sites alone limit.
    pub unavailable_max: Option<u32>,
    /// How long a wave must stay healthy before the next one starts, in minutes.
    pub soak_minutes: u32,
    /// More failed servers than this halt the rollout.
    pub failures_max: u32,
    /// When servers may be taken out of service; empty: at any time.
    pub windows: Vec<Window>,
}

/// Keeps servers where they are until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Which servers.
    pub select: Selector,
    /// The last day on which it holds.
    pub until: Date,
    /// Why, in the admin's words.
    pub reason: Arc<str>,
    /// Who asked for it.
    pub by: Arc<str>,
}

/// Limits of what must be true of a DAG before a member leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gates {
    /// Most log files not yet copied of a copy that counts as healthy.
    pub copy_queue_len_max: u32,
    /// Most log files not yet replayed of a copy that counts as healthy.
    pub replay_queue_len_max: u32,
    /// Healthy copies that every database of the member must keep on other members, in a DAG of more
    /// than two members. At least 1.
    pub healthy_copies_min: u32,
    /// True: a two-member DAG may be updated although one copy is left while a member is out.
    pub single_copy_allowed: bool,
    /// Oldest facts that decide about health, in minutes.
    pub health_age_minutes_max: i64,
    /// Oldest facts that decide about prerequisites and builds, in minutes.
    pub facts_age_minutes_max: i64,
}

impl Default for Gates {
    /// Queues of 10 and 50 (`notes/updating.md` 2.3), one healthy copy left, a two-member DAG only if
    /// allowed, health seen within the hour, other facts within a day.
    fn default() -> Self {
        Self {
            copy_queue_len_max: 10,
            replay_queue_len_max: 50,
            healthy_copies_min: 1,
            single_copy_allowed: false,
            health_age_minutes_max: 60,
            facts_age_minutes_max: 24 * 60,
        }
    }
}

/// Most servers of a pool or a site out of service at a time: those named, and for all others the
/// default. Zero keeps every server of it in service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits<K: Ord> {
    /// For a pool or site that is not named.
    pub default_max: u32,
    /// For these.
    pub max: BTreeMap<K, u32>,
}

impl<K: Ord> Limits<K> {
    /// The limit of one.
    #[must_use]
    pub fn of(&self, key: &K) -> u32 {
        self.max.get(key).copied().unwrap_or(self.default_max)
    }
}

/// What changes while a hole that the update closes is known to be exploited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emergency {
    /// Soak of every ring, in minutes, if shorter than its own.
    pub soak_minutes: u32,
    /// True: windows and blackouts do not hold. A blueprint that uses this names it, and its approver
    /// must be one of [`Approvals::emergency_by`].
    pub windows_ignored: bool,
}

/// Who may approve a blueprint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals {
    /// So many different people; 0 counts as 1.
    pub needed: u32,
    /// Who may; empty: anybody who names himself.
    pub by: BTreeSet<Arc<str>>,
    /// Who may approve a blueprint that ignores windows; empty: nobody.
    pub emergency_by: BTreeSet<Arc<str>>,
}

/// What the owner of an estate allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Where to.
    pub goal: Goal,
    /// The rings, first to last. A server that none selects is held.
    pub rings: Vec<Ring>,
    /// Limits of load-balancer pools.
    pub pools: Limits<PoolName>,
    /// Limits of sites.
    pub sites: Limits<SiteName>,
    /// Days without any update.
    pub blackouts: Vec<Blackout>,
    /// Servers kept where they are.
    pub pins: Vec<Pin>,
    /// Health and freshness.
    pub gates: Gates,
    /// Who may approve.
    pub approvals: Approvals,
    /// The profile for known-exploited holes; `None`: the same rules as ever.
    pub emergency: Option<Emergency>,
}

impl Policy {
    /// The first ring that selects the server, with its place.
    #[must_use]
    pub fn ring_of(&self, server: &Server) -> Option<(usize, &Ring)> {
        self.rings.iter().enumerate().find(|(_, ring)| ring.select.selects(server))
    }

    /// The pin that holds the server on this day, the longest one.
    #[must_use]
    pub fn pin_of(&self, server: &Server, today: Date) -> Option<&Pin> {
        let holding = self.pins.iter().filter(|pin| today <= pin.until);
        holding.filter(|pin| pin.select.selects(server)).max_by_key(|pin| pin.until)
    }

    /// True if at this instant a blackout holds.
    #[must_use]
    pub fn is_blackout(&self, at: Timestamp) -> bool {
        self.blackouts.iter().any(|it| it.holds(at))
    }
}
