//! The estate watches what is done to it, from its true state.
//!
//! What a fault does by itself is no breach; an order that is given although its harm could be seen is.

use exward_core::blueprint::{Action, Stage};
use exward_core::build::Build;
use exward_core::fleet::ServerName;
use exward_drive::effects::{EffectError, Order, Work};
use exward_drive::state::NodeState;
use jiff::Timestamp;

use super::{Fleet, Machine};

/// An invariant of `exward_drive` that an order has broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// When.
    pub at: Timestamp,
    /// On which server.
    pub server: ServerName,
    /// Its name: `X1`.
    pub invariant: &'static str,
    /// What was done.
    pub what: String,
}

impl Fleet {
    /// Looks at an order before it is carried out.
    pub(super) fn watch(&mut self, index: usize, order: &Order<'_>) {
        let Work::Step(action) = order.work else { return };
        if action == Action::GoOnline {
            self.watch_return(index);
        }
        if !matches!(action.stage(), Stage::Leave | Stage::Install) {
            return;
        }
        if let Some(machine) = self.machines.get_mut(index) {
            machine.ours = true;
        }
        let Some(group) = self.machines.get(index).and_then(|it| self.groups.get(it.group?)) else {
            return;
        };
        let others: Vec<usize> = group.members.iter().copied().filter(|it| *it != index).collect();
        let (all, witness) = (group.members.len(), group.witness_healthy);
        // Whoever we took out counts until it is truly back.
        let out = |it: &&Machine| it.ours && !(it.reachable && it.state.in_service());
        let other = others.iter().filter_map(|it| self.machines.get(*it)).find(out);
        if let Some(other) = other {
            let what = format!("{action} while {} is out", other.name);
            self.breach(index, "X3", what);
        }
        let up = |it: &&usize| {
            let machine = self.machines.get(**it);
            machine.is_some_and(|it| it.reachable && it.state.node == Some(NodeState::Up))
        };
        let even = all.is_multiple_of(2);
        let up = others.iter().filter(up).count().saturating_add(usize::from(even && witness));
        let votes = all.saturating_add(usize::from(even));
        if up.saturating_mul(2) <= votes {
            self.breach(index, "X1", format!("{action} leaves {up} of {votes} votes"));
        }
        self.watch_copies(index, action);
    }

    fn watch_copies(&mut self, index: usize, action: Action) {
        let group = self.machines.get(index).and_then(|it| self.groups.get(it.group?));
        let Some(group) = group else { return };
        let lost = group.databases.iter().find(|database| {
            let mut copies = database.copies.iter();
            let here = copies.any(|it| it.machine == index);
            let elsewhere = database
                .copies
                .iter()
                .any(|copy| copy.machine != index && !copy.lagged && self.can_host(copy.machine));
            here && !elsewhere
        });
        if let Some(database) = lost {
            let what = format!("{action} takes the last healthy copy of {}", database.name);
            self.breach(index, "X2", what);
        }
    }

    fn watch_return(&mut self, index: usize) {
        let Some(machine) = self.machines.get(index) else { return };
        let lost = machine.initial.mitigations.difference(&machine.state.mitigations).next();
        if let Some(lost) = lost.cloned() {
            self.breach(index, "X5", format!("returns without mitigation {lost}"));
        }
    }

    /// The files of a build were written: never older ones, never the same again.
    pub(super) fn proved_once(&mut self, index: usize, build: Build) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let again = machine.installed.contains(&build);
        let older = machine.state.build.is_some_and(|it| build < it);
        machine.installed.push(build);
        if again {
            self.breach(index, "X4", format!("{build} was installed twice"));
        }
        if older {
            self.breach(index, "X4", format!("{build} is older than what was installed"));
        }
    }

    /// An order has had its effect: the only one under its number.
    pub(super) fn carried_out(&mut self, index: usize, order: &Order<'_>) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let key = (order.blueprint, order.number);
        let (_, times) = machine.carried.entry(key).or_insert((order.work, 0));
        *times = times.saturating_add(1);
        if *times > 1 {
            let what =
                format!("order {}, {}, had its effect {times} times", order.number, order.work);
            self.breach(index, "X8", what);
        }
    }

    /// An order whose number was used already: it may be the same one again, and nothing else.
    pub(super) fn watch_number(
        &mut self,
        index: usize,
        order: &Order<'_>,
    ) -> Result<(), EffectError> {
        let Some(machine) = self.machines.get(index) else { return Ok(()) };
        let carried = machine.carried.get(&(order.blueprint, order.number));
        let Some((work, _)) = carried.filter(|(work, _)| *work != order.work) else {
            return Ok(());
        };
        let what = format!("order {} was {work}, and is now {}", order.number, order.work);
        let why = format!(
            "on {}, {what}: the journal has lost entries; look at the servers that were under way, and restore it",
            machine.name
        );
        self.breach(index, "X8", what);
        Err(EffectError::Lost { why })
    }

    fn breach(&mut self, index: usize, invariant: &'static str, what: String) {
        let Some(machine) = self.machines.get(index) else { return };
        let server = machine.name.clone();
        self.breaches.push(Breach { at: self.now, server, invariant, what });
    }
}
