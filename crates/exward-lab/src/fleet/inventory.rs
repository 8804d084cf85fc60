//! The estate as somebody would write it down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::fleet::Item;
use exward_core::fleet::{Inventory, Observed, Role, Server, Value};

use super::{Fleet, Machine};

/// Where its facts come from.
pub(super) const SOURCE: &str = "lab (simulated)";

impl Fleet {
    /// A complete observation of the estate, now.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        let servers = self.machines.iter().map(|it| (it.name.clone(), self.server(it)));
        let named = |it: &usize| self.machines.get(*it).map(|machine| machine.name.clone());
        let dags = self.groups.iter().map(|it| (it.name.clone(), self.dag(it, named)));
        let now = |facts: &exward_core::fleet::Facts| {
            let seen = |value: &Value| self.observed(value.clone());
            facts.iter().map(|(item, fact)| (*item, seen(&fact.value))).collect()
        };
        Inventory {
            organization: now(&self.organization),
            servers: servers.collect(),
            dags: dags.collect(),
        }
    }

    fn observed<T>(&self, value: T) -> Observed<T> {
        Observed { value, at: self.now, source: Arc::from(SOURCE) }
    }

    fn server(&self, machine: &Machine) -> Server {
        let mut facts = BTreeMap::new();
        let dag = machine.group.and_then(|it| self.groups.get(it)).map(|it| it.name.clone());
        // Of a server that does not answer nothing is known.
        if machine.reachable {
            for (item, fact) in &machine.facts {
                facts.insert(*item, self.observed(fact.value.clone()));
            }
            let state = &machine.state;
            facts.insert(Item::InService, self.observed(Value::Flag(state.in_service())));
            facts
                .insert(Item::Healthy, self.observed(Value::Flag(state.probes_pass == Some(true))));
            if let Some(pending) = state.pending_reboot {
                facts.insert(Item::PendingReboot, self.observed(Value::Flag(pending)));
            }
        }
        Server {
            name: machine.name.clone(),
            role: Role::Mailbox,
            dag,
            site: Some(machine.site.clone()),
            pool: Some(machine.pool.clone()),
            tags: BTreeSet::new(),
            build: machine.state.build.filter(|_| machine.reachable).map(|it| self.observed(it)),
            facts,
            active_databases_max: None,
        }
    }
}
