//! The estate, looked at once: what every DAG, pool and site has that can be relied on.
//!
//! A fact that is unknown or stale is kept as such ([`Trouble::Unseen`]); nothing here fills it in.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::copies::Copies;
use super::hold::Hold;
use crate::fleet::{
    Dag, DagName, Inventory, Item, PoolName, Role, Server, ServerName, SiteName, Unusable, Value,
    fresh,
};
use crate::policy::Gates;

/// What is wrong with a server, so that nobody may rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A component is not Active.
    OutOfService,
    /// Services or health sets show a problem.
    Unhealthy,
    /// One of the two is not known, or there is no entry of the server at all.
    Unseen(&'static str, Unusable),
}

impl Trouble {
    /// What is wrong, as the end of a sentence about the server.
    pub(super) fn text(self) -> String {
        match self {
            Self::OutOfService => "is out of service".to_owned(),
            Self::Unhealthy => "is not healthy".to_owned(),
            Self::Unseen(what, why) => {
                format!("cannot be relied on ({what} {})", super::hold::seen(why))
            }
        }
    }

    /// Why the server itself waits.
    pub(super) fn hold(self) -> Hold {
        match self {
            Self::OutOfService => Hold::OutOfService,
            Self::Unhealthy => Hold::Unhealthy { what: Item::Healthy.title().to_owned() },
            Self::Unseen(what, why) => Hold::Fact { what: what.to_owned(), why },
        }
    }
}

/// A yes-or-no fact of a server. A value of another kind is as good as none.
pub(super) fn flag(
    server: &Server,
    item: Item,
    now: Timestamp,
    age_minutes_max: i64,
) -> Result<bool, Unusable> {
    match fresh(server.facts.get(&item), now, age_minutes_max)? {
        Value::Flag(flag) => Ok(*flag),
        Value::Number(_) | Value::Text(_) | Value::Date(_) | Value::Windows(_) => {
            Err(Unusable::Unknown)
        }
    }
}

/// What keeps others from relying on the server; `None`: it is known to be in service and healthy.
pub(super) fn trouble(server: &Server, now: Timestamp, gates: &Gates) -> Option<Trouble> {
    let ask = |item: Item, what: &'static str, bad: Trouble| match flag(
        server,
        item,
        now,
        gates.health_age_minutes_max,
    ) {
        Ok(true) => None,
        Ok(false) => Some(bad),
        Err(why) => Some(Trouble::Unseen(what, why)),
    };
    ask(Item::InService, "component states", Trouble::OutOfService)
        .or_else(|| ask(Item::Healthy, "services and health sets", Trouble::Unhealthy))
}

/// A member of a DAG.
pub(super) struct Member<'a> {
    pub(super) name: &'a ServerName,
    /// `None`: nothing is known of it (A3 of [`crate::fleet`]).
    pub(super) server: Option<&'a Server>,
    pub(super) trouble: Option<Trouble>,
}

/// The vote of the witness.
#[derive(Clone, Copy)]
pub(super) enum WitnessVote {
    None,
    Up,
    Down,
    Unseen(Unusable),
}

/// A DAG with everything that its gates ask.
pub(super) struct DagView<'a> {
    pub(super) dag: &'a Dag,
    /// By name.
    pub(super) members: Vec<Member<'a>>,
    pub(super) witness: WitnessVote,
    pub(super) manager: Result<&'a ServerName, Unusable>,
    pub(super) copies: Result<Copies<'a>, Unusable>,
}

impl<'a> DagView<'a> {
    fn new(dag: &'a Dag, inventory: &'a Inventory, now: Timestamp, gates: &Gates) -> Self {
        // Members mostly follow each other in the inventory: the next server is looked at before all.
        let mut ahead = inventory.servers.range::<ServerName, _>(..);
        let mut find = |name: &ServerName| {
            let next = ahead.next().filter(|(key, _)| *key == name);
            let found = next.or_else(|| {
                ahead = inventory.servers.range(name..);
                ahead.next().filter(|(key, _)| *key == name)
            });
            found.map(|(_, server)| server)
        };
        let seen = |name: &'a ServerName| {
            let server = find(name);
            let nothing = || Some(Trouble::Unseen("state", Unusable::Unknown));
            Member {
                name,
                server,
                trouble: server.map_or_else(nothing, |it| trouble(it, now, gates)),
            }
        };
        let members: Vec<Member<'a>> = dag.members.iter().map(seen).collect();
        let age_max = gates.health_age_minutes_max;
        let witness = match dag.witness.as_ref().filter(|_| dag.witness_votes()) {
            None => WitnessVote::None,
            Some(witness) => match fresh(witness.healthy.as_ref(), now, age_max) {
                Ok(true) => WitnessVote::Up,
                Ok(false) => WitnessVote::Down,
                Err(why) => WitnessVote::Unseen(why),
            },
        };
        let copies = fresh(dag.copies.as_ref(), now, age_max);
        Self {
            dag,
            witness,
            manager: fresh(dag.primary_active_manager.as_ref(), now, age_max),
            copies: copies.map(|it| Copies::new(it, &members, gates)),
            members,
        }
    }

    /// Place of a member; `None` if the DAG does not list it.
    pub(super) fn place(&self, server: &ServerName) -> Option<usize> {
        self.members.binary_search_by(|it| it.name.cmp(server)).ok()
    }

    /// Members other than the one at `place`.
    pub(super) fn others(&self, place: usize) -> impl Iterator<Item = &Member<'a>> {
        self.members.iter().enumerate().filter(move |(at, _)| *at != place).map(|(_, it)| it)
    }
}

/// The estate, indexed.
pub(super) struct Estate<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) now: Timestamp,
    pub(super) gates: &'a Gates,
    pub(super) dags: BTreeMap<&'a DagName, DagView<'a>>,
    /// Servers that a DAG lists and that name another one, or none.
    pub(super) contested: BTreeMap<&'a ServerName, &'a DagName>,
}

impl<'a> Estate<'a> {
    pub(super) fn new(inventory: &'a Inventory, gates: &'a Gates, now: Timestamp) -> Self {
        let view = |(name, dag)| (name, DagView::new(dag, inventory, now, gates));
        let dags: BTreeMap<_, _> = inventory.dags.iter().map(view).collect();
        let mut contested = BTreeMap::new();
        for (&name, view) in &dags {
            for member in &view.members {
                if member.server.is_some_and(|it| it.dag.as_ref() != Some(name)) {
                    contested.insert(member.name, name);
                }
            }
        }
        Self { inventory, now, gates, dags, contested }
    }

    /// True if the server cannot be relied on now, and so counts as out of its pool, site and ring.
    pub(super) fn is_out(&self, server: &Server) -> bool {
        server.role != Role::ManagementTools && trouble(server, self.now, self.gates).is_some()
    }

    /// Who is out, by pool and by site.
    pub(super) fn out(&self) -> Out {
        let mut out = Out::default();
        for server in self.inventory.servers.values().filter(|it| self.is_out(it)) {
            if let Some(pool) = &server.pool {
                out.pools.entry(pool.clone()).or_default().insert(server.name.clone());
            }
            if let Some(site) = &server.site {
                out.sites.entry(site.clone()).or_default().insert(server.name.clone());
            }
        }
        out
    }
}

/// Servers that are out of service already.
#[derive(Default)]
pub(super) struct Out {
    pub(super) pools: BTreeMap<PoolName, BTreeSet<ServerName>>,
    pub(super) sites: BTreeMap<SiteName, BTreeSet<ServerName>>,
}
