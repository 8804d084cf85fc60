//! DAGs: where databases are active, and what a DAG looks like from outside.

use std::sync::Arc;

use exward_core::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Observed, ServerName, Witness,
};
use exward_drive::state::{Activation, ActivationPolicy, DagState, NodeState};
use jiff::Timestamp;

use super::{Fault, Fleet};

/// One copy of a database.
#[derive(Clone, Copy, Debug)]
pub(super) struct DatabaseCopyOn {
    /// The machine it is on.
    pub(super) machine: usize,
    pub(super) lagged: bool,
}

/// One database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    pub(super) name: DatabaseName,
    pub(super) copies: Vec<DatabaseCopyOn>,
    /// The machine with the active copy.
    pub(super) active: usize,
}

/// One DAG.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) name: DagName,
    pub(super) members: Vec<usize>,
    pub(super) witness: ServerName,
    pub(super) witness_healthy: bool,
    /// The machine that is primary active manager.
    pub(super) manager: usize,
    pub(super) databases: Vec<Database>,
    /// What was last made of it; `None`: something has changed.
    pub(super) seen: Option<Arc<DagState>>,
}

impl Fleet {
    /// True if this machine can take databases over.
    pub(super) fn can_host(&self, index: usize) -> bool {
        self.machines.get(index).is_some_and(|it| {
            it.reachable
                && it.state.node == Some(NodeState::Up)
                && it.state.copies_healthy == Some(true)
                && it.state.activation.is_some_and(may_activate)
        })
    }

    /// Moves what is active on a machine to others that can take it; counts again.
    pub(super) fn move_actives(&mut self, index: usize) {
        let Some(place) = self.machines.get(index).and_then(|it| it.group) else { return };
        let Some(group) = self.groups.get(place) else { return };
        let mut stays = self.machines.get(index).is_some_and(|it| it.has(Fault::ActiveStays));
        let mut moves = Vec::new();
        for (number, database) in group.databases.iter().enumerate() {
            // One of them stays: the first.
            if database.active != index || std::mem::take(&mut stays) {
                continue;
            }
            let able = |it: &&DatabaseCopyOn| {
                it.machine != index && !it.lagged && self.can_host(it.machine)
            };
            if let Some(copy) = database.copies.iter().find(able) {
                moves.push((number, copy.machine));
            }
        }
        let next = group.members.iter().find(|it| **it != index && self.can_host(**it)).copied();
        let Some(group) = self.groups.get_mut(place) else { return };
        for (number, to) in moves {
            if let Some(database) = group.databases.get_mut(number) {
                database.active = to;
            }
        }
        if group.manager == index
            && let Some(next) = next
        {
            group.manager = next;
        }
        self.recount(place);
    }

    /// A failover storm: one database comes back to a machine that can still host.
    pub(super) fn actives_return(&mut self, index: usize) {
        let Some(place) = self.machines.get(index).and_then(|it| it.group) else { return };
        if !self.can_host(index) {
            return;
        }
        if let Some(group) = self.groups.get_mut(place)
            && let Some(database) = group
                .databases
                .iter_mut()
                .find(|it| it.copies.iter().any(|copy| copy.machine == index && !copy.lagged))
        {
            database.active = index;
        }
        self.recount(place);
    }

    pub(super) fn witness(&mut self, index: usize, healthy: bool) {
        let place = self.machines.get(index).and_then(|it| it.group);
        if let Some(group) = place.and_then(|it| self.groups.get_mut(it)) {
            group.witness_healthy = healthy;
            group.seen = None;
        }
    }

    /// Writes to each member how many databases are active on it.
    pub(super) fn recount(&mut self, place: usize) {
        let Some(group) = self.groups.get(place) else { return };
        let (members, manager) = (group.members.clone(), group.manager);
        for member in members {
            let Some(group) = self.groups.get(place) else { return };
            let active = group.databases.iter().filter(|it| it.active == member).count();
            let active = u32::try_from(active).unwrap_or(u32::MAX);
            self.change(member, |it| {
                it.active_copies = active;
                it.primary_active_manager = member == manager;
            });
        }
    }

    /// What a DAG looks like; `None` if no member answers.
    pub(super) fn see(&mut self, place: usize) -> Option<Arc<DagState>> {
        let now = self.now;
        if let Some(seen) = &mut self.groups.get_mut(place)?.seen {
            // Nothing has changed; it is seen now all the same.
            if seen.dag.copies.as_ref().is_some_and(|it| it.at != now) {
                seen_at(&mut Arc::make_mut(seen).dag, now);
            }
            return Some(Arc::clone(seen));
        }
        let group = self.groups.get(place)?;
        let answering =
            |it: &&usize| self.machines.get(**it).is_some_and(|machine| machine.reachable);
        group.members.iter().find(answering)?;
        let named = |it: &usize| self.machines.get(*it).map(|machine| machine.name.clone());
        let members = || group.members.iter().filter_map(|it| self.machines.get(*it));
        let in_service = members().map(|it| {
            let seen = it.reachable.then(|| it.state.in_service());
            (it.name.clone(), seen)
        });
        let activation = members().map(|it| {
            let seen = it.state.activation.filter(|_| it.reachable).map(may_activate);
            (it.name.clone(), seen)
        });
        let state = DagState {
            dag: self.dag(group, named),
            in_service: in_service.collect(),
            activation: activation.collect(),
        };
        let seen = Arc::new(state);
        self.groups.get_mut(place)?.seen = Some(Arc::clone(&seen));
        Some(seen)
    }

    /// A DAG as an inventory shows it.
    pub(super) fn dag(
        &self,
        group: &Group,
        named: impl Fn(&usize) -> Option<ServerName> + Copy,
    ) -> Dag {
        let source: Arc<str> = "lab (simulated)".into();
        let copies = group.databases.iter().flat_map(|database| {
            database.copies.iter().filter_map(move |copy| {
                Some(DatabaseCopy {
                    database: database.name.clone(),
                    server: named(&copy.machine)?,
                    state: self.copy_state(database, copy),
                    copy_queue_len: 0,
                    replay_queue_len: if copy.lagged { 4000 } else { 3 },
                    index_healthy: None,
                    lagged: copy.lagged,
                    activation_suspended: copy.lagged || self.blocks(copy.machine),
                })
            })
        });
        let seen = |value| Observed { value, at: self.now, source: Arc::clone(&source) };
        Dag {
            name: group.name.clone(),
            members: group.members.iter().filter_map(named).collect(),
            witness: Some(Witness {
                host: group.witness.clone(),
                healthy: Some(seen(group.witness_healthy)),
            }),
            primary_active_manager: named(&group.manager).map(|value| Observed {
                value,
                at: self.now,
                source: Arc::clone(&source),
            }),
            copies: Some(Observed {
                value: copies.collect(),
                at: self.now,
                source: source.clone(),
            }),
        }
    }

    /// True if nothing may become active on a machine.
    fn blocks(&self, index: usize) -> bool {
        let activation = self.machines.get(index).and_then(|it| it.state.activation);
        !activation.is_some_and(may_activate)
    }

    fn copy_state(&self, database: &Database, copy: &DatabaseCopyOn) -> CopyState {
        let Some(machine) = self.machines.get(copy.machine) else { return CopyState::Failed };
        let healthy = machine.reachable && machine.state.copies_healthy == Some(true);
        match (healthy, database.active == copy.machine) {
            (true, true) => CopyState::Mounted,
            (true, false) => CopyState::Healthy,
            (false, true) => CopyState::Dismounted,
            (false, false) => CopyState::Failed,
        }
    }
}

/// True if databases may become active under this policy; from another site is not looked at.
fn may_activate(activation: Activation) -> bool {
    activation.policy != ActivationPolicy::Blocked && !activation.disabled_and_move_now
}

/// Everything about a DAG was seen at this time.
fn seen_at(dag: &mut Dag, at: Timestamp) {
    if let Some(copies) = &mut dag.copies {
        copies.at = at;
    }
    if let Some(manager) = &mut dag.primary_active_manager {
        manager.at = at;
    }
    if let Some(healthy) = dag.witness.as_mut().and_then(|it| it.healthy.as_mut()) {
        healthy.at = at;
    }
}
