//! A simulated estate that can be updated: DAGs with members, witness and database copies, services with
//! start types, component states per requester, installers that take time and end in every way that is
//! known. One seed and a virtual clock decide everything.
//!
//! **Simulated.** Nothing here touches a server; durations are plausible, not measured.
//!
//! [`SharedFleet`] is the handle: it implements [`Effects`](exward_drive::effects::Effects) and
//! [`Clock`](exward_drive::clock::Clock). [`Fleet::breaches`] lists what an executor did that it must
//! not: the estate itself watches, from its true state.
//!
//! # Invariants
//! * **F1 the same again.** Seed and orders decide everything; time passes in one jump or in many.
//! * **F2 once.** An order's number is carried out once, however often it arrives.

mod draw;
mod effects;
mod events;
mod faces;
mod fault;
mod group;
mod installer;
mod inventory;
pub mod link;
mod monitor;
mod orders;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use exward_core::blueprint::BlueprintId;
use exward_core::fleet::{DagName, Facts, PoolName, ServerName, SiteName};
use exward_drive::effects::{Authority, Work};
use exward_drive::state::ServerState;
use jiff::{SignedDuration, Timestamp};

pub use effects::SharedFleet;
pub use faces::Live;
pub use fault::{EndKind, FAULTS, Fault, FaultPlan};
pub use monitor::Breach;

use crate::seed::Dice;
use events::Event;
use group::Group;

/// What an estate is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPlan {
    /// Decides everything else.
    pub seed: u64,
    /// How many DAGs.
    pub dags: usize,
    /// Members of each.
    pub members: usize,
    /// Servers in no DAG.
    pub standalone: usize,
    /// When its clock starts.
    pub start: Timestamp,
    /// What goes wrong.
    pub faults: FaultPlan,
}

/// One simulated server.
#[derive(Clone, Debug)]
struct Machine {
    name: ServerName,
    /// Place of its DAG.
    group: Option<usize>,
    site: SiteName,
    pool: PoolName,
    facts: Facts,
    state: Arc<ServerState>,
    /// What it was like in the beginning.
    initial: Arc<ServerState>,
    /// It answers.
    reachable: bool,
    /// The highest authority that it has seen.
    authority: Authority,
    /// The last number seen of each blueprint's orders.
    orders: BTreeMap<BlueprintId, u32>,
    /// What was carried out under each number, and how often: more than once is a breach.
    carried: BTreeMap<(BlueprintId, u32), (Work, u32)>,
    /// Out of service because of an order of ours.
    ours: bool,
    /// The last order whose installer found another one running: 1618, seen when that one has ended.
    turned_away: Option<u32>,
    /// What goes wrong on it, with how often that was seen already.
    faults: Vec<(Fault, u32)>,
    /// The build that it began with, and successful installations: none may be repeated.
    installed: Vec<exward_core::build::Build>,
    dice: Dice,
}

/// The estate.
#[derive(Debug)]
pub struct Fleet {
    now: Timestamp,
    machines: Vec<Machine>,
    names: BTreeMap<ServerName, usize>,
    groups: Vec<Group>,
    group_names: BTreeMap<DagName, usize>,
    organization: Facts,
    events: BinaryHeap<Reverse<(Timestamp, u64, usize, Event)>>,
    sequence: u64,
    breaches: Vec<Breach>,
}

impl Fleet {
    /// Its time.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Every server, by name.
    pub fn servers(&self) -> impl Iterator<Item = &ServerName> {
        self.names.keys()
    }

    /// What a server is truly like, whether it answers or not; `None`: there is none of this name.
    #[must_use]
    pub fn truth(&self, server: &ServerName) -> Option<&Arc<ServerState>> {
        self.machines.get(*self.names.get(server)?).map(|it| &it.state)
    }

    /// What a server was like in the beginning.
    #[must_use]
    pub fn initial(&self, server: &ServerName) -> Option<&Arc<ServerState>> {
        self.machines.get(*self.names.get(server)?).map(|it| &it.initial)
    }

    /// True if a server answers.
    #[must_use]
    pub fn answers(&self, server: &ServerName) -> bool {
        let machine = self.names.get(server).and_then(|it| self.machines.get(*it));
        machine.is_some_and(|it| it.reachable)
    }

    /// The name of a server's DAG; `None`: in none, or no such server.
    #[must_use]
    pub fn dag_of(&self, server: &ServerName) -> Option<String> {
        let machine = self.machines.get(*self.names.get(server)?)?;
        Some(self.groups.get(machine.group?)?.name.to_string())
    }

    /// What goes wrong on a server.
    #[must_use]
    pub fn faults(&self, server: &ServerName) -> Vec<Fault> {
        let machine = self.names.get(server).and_then(|it| self.machines.get(*it));
        machine.map(|it| it.faults.iter().map(|(fault, _)| *fault).collect()).unwrap_or_default()
    }

    /// What an executor did that it must not, in order; empty is what it should be.
    #[must_use]
    pub fn breaches(&self) -> &[Breach] {
        &self.breaches
    }

    /// Lets time pass until `until`; a time that is past already changes nothing.
    pub fn pass(&mut self, until: Timestamp) {
        while let Some(Reverse((at, _, _, _))) = self.events.peek()
            && *at <= until
        {
            let Some(Reverse((at, _, index, event))) = self.events.pop() else { return };
            self.now = at.max(self.now);
            self.happens(index, event);
        }
        self.now = self.now.max(until);
    }

    /// Something will happen to a machine in so many minutes.
    fn later(&mut self, index: usize, minutes: i64, event: Event) {
        let at = self.now.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(self.now);
        self.sequence = self.sequence.wrapping_add(1);
        self.events.push(Reverse((at, self.sequence, index, event)));
    }

    /// Changes what a machine is like, and what follows from that.
    fn change(&mut self, index: usize, change: impl FnOnce(&mut ServerState)) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let broken =
            machine.has(Fault::ProbeBroken) && machine.state.build != machine.initial.build;
        let state = Arc::make_mut(&mut machine.state);
        change(state);
        let up = state.services.iter().zip(&machine.initial.services);
        let all_up = up.into_iter().all(|(now, was)| now.running || !was.running);
        state.probes_pass = Some(all_up && !broken);
        if let Some(group) = machine.group.and_then(|it| self.groups.get_mut(it)) {
            group.seen = None;
        }
    }

    /// A number of minutes near this one, drawn for a machine.
    fn minutes(&mut self, index: usize, near: i64) -> i64 {
        let Some(machine) = self.machines.get_mut(index) else { return near };
        let share = machine.dice.below(61);
        let percent = i64::try_from(share).unwrap_or(0).saturating_add(70);
        near.saturating_mul(percent).checked_div(100).unwrap_or(near).max(1)
    }
}

impl Machine {
    fn has(&self, fault: Fault) -> bool {
        self.faults.iter().any(|(it, _)| *it == fault)
    }

    /// True if the fault strikes now: on its first `times` occasions.
    fn strikes(&mut self, fault: Fault, times: u32) -> bool {
        let Some((_, seen)) = self.faults.iter_mut().find(|(it, _)| *it == fault) else {
            return false;
        };
        *seen = seen.saturating_add(1);
        *seen <= times
    }
}

#[cfg(test)]
mod tests;
