//! Many rollouts on the simulated estate, each drawn from a number: plan, approve, run with faults, be
//! killed and go on, and look at what has become of it.
//!
//! Every failure names the seed, and [`run_one`] with it is the same run again.

mod policy;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_core::fleet::ServerName;
use exward_core::plan::plan;
use exward_core::policy::Policy;
use exward_drive::approve::Approved;
use exward_drive::clock::Clock;
use exward_drive::effects::{EffectError, Effects, Order};
use exward_drive::executor::{Executor, RunEnd};
use exward_drive::journal::{
    Approval, Command, Commanded, Entry, Journal, JournalError, Lease, Line, MemoryJournal, Written,
};
use exward_drive::prove::{differences, is_offline};
use exward_drive::state::{DagState, End, ServerState};
use exward_drive::watch::Nobody;
use jiff::{SignedDuration, Timestamp};

pub use policy::varied;

use crate::fleet::{Breach, Fleet, FleetPlan, SharedFleet};
use crate::seed::Dice;

/// Most times an executor is killed in one run.
const KILLS_MAX: u32 = 40;

/// How many restarts one run may need; more is a run that never ends.
const RUNS_MAX: usize = 400;

/// When executors are killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kills {
    /// Never.
    None,
    /// At the call of this number, once, counted over all of journal and servers.
    At(u64),
    /// Again and again, after so many calls on average.
    Every(usize),
}

/// What one run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Explored {
    /// Calls of journal and servers: where an executor can be killed.
    pub calls: u64,
    /// How each update ended.
    pub ends: BTreeMap<ServerName, End>,
    /// What was done that must not be.
    pub breaches: Vec<Breach>,
    /// What else is wrong, each with the name of its invariant.
    pub wrong: Vec<String>,
    /// True if the rollout halted on its way.
    pub halted: bool,
}

/// Plans and carries out one rollout. `id` stands for the hash of the blueprint's file.
#[must_use]
pub fn run_one(
    catalog: &Catalog,
    policy: &Policy,
    fleet_plan: &FleetPlan,
    kills: Kills,
    id: BlueprintId,
) -> Explored {
    let fleet = SharedFleet::new(Fleet::new(catalog, fleet_plan));
    let (blueprint, _report) = plan(policy, catalog, &fleet.inventory(), None, fleet_plan.start);
    run_blueprint(catalog, &blueprint, &fleet, fleet_plan.seed, kills, id)
}

/// Carries out a blueprint on an estate, to its end.
#[must_use]
pub fn run_blueprint(
    catalog: &Catalog,
    blueprint: &Blueprint,
    fleet: &SharedFleet,
    seed: u64,
    kills: Kills,
    id: BlueprintId,
) -> Explored {
    let mut explored = Explored::default();
    let journal = MemoryJournal::default();
    let start = fleet.now();
    let until = start.saturating_add(SignedDuration::from_hours(24 * 365)).unwrap_or(start);
    let approval = Approval { by: "lab".to_owned(), at: start, until };
    let approved =
        match Approved::new(blueprint, id, catalog, std::slice::from_ref(&approval), start) {
            Ok(approved) => approved,
            Err(error) => {
                explored.wrong.push(format!("a plan was refused: {error}"));
                return explored;
            }
        };
    let mut memory = journal.clone();
    let kept = memory
        .keep(Line::Unowned, id, blueprint.parent, &[])
        .and_then(|()| memory.approve(id, &approval));
    if let Err(error) = kept {
        explored.wrong.push(error.to_string());
        return explored;
    }
    let doom = Doom::new(seed, kills);
    for _ in 0..RUNS_MAX {
        let doors = (Doomed(fleet.clone(), doom.clone()), Doomed(journal.clone(), doom.clone()));
        let ended = Executor::new(approved, "lab", doors.0, doors.1, fleet.clone(), Nobody)
            .and_then(|mut it| it.run());
        match ended {
            Ok(RunEnd::Halted { .. }) => {
                explored.halted = true;
                let now = fleet.now();
                let _resumed = memory.command(id, now, "lab", Command::Resume);
                journal.owner_died();
            }
            Ok(_) => break,
            Err(_) if doom.has_struck() => {
                doom.next();
                journal.owner_died();
            }
            Err(error) => {
                explored.wrong.push(format!("X7: the run stopped: {error}"));
                break;
            }
        }
    }
    explored.calls = doom.calls();
    look(&mut explored, blueprint, fleet, &mut memory, id);
    explored
}

/// Looks at what has become of every server.
fn look(
    explored: &mut Explored,
    blueprint: &Blueprint,
    fleet: &SharedFleet,
    journal: &mut MemoryJournal,
    id: BlueprintId,
) {
    for written in journal.entries(id).unwrap_or_default() {
        if let Entry::Ended { server, end, .. } = written.entry
            && explored.ends.insert(server.clone(), end).is_some()
        {
            explored.wrong.push(format!("X7: {server} ended twice"));
        }
    }
    let fleet = fleet.lock();
    explored.breaches = fleet.breaches().to_vec();
    for update in blueprint.updates() {
        let server = &update.server;
        let (Some(truth), Some(initial)) = (fleet.truth(server), fleet.initial(server)) else {
            continue;
        };
        let changed = || differences(truth, initial);
        let build = truth.build;
        let wrong = match explored.ends.get(server) {
            None => Some("X7: has not ended".to_owned()),
            Some(End::Current) if build != Some(update.to) => {
                Some(format!("X7: is current, but its build is {build:?}"))
            }
            Some(End::Restored(_)) if build != Some(update.from) => {
                Some(format!("X7: is restored, but its build is {build:?}"))
            }
            Some(End::Current | End::Restored(_)) => {
                let changed = changed();
                (!changed.is_empty()).then(|| format!("X6: {}", changed.join("; ")))
            }
            Some(End::Held(_)) => {
                let changed = changed();
                let touched =
                    truth.boot != initial.boot || build != initial.build || !changed.is_empty();
                touched.then(|| format!("X7: is held, but was touched: {}", changed.join("; ")))
            }
            Some(End::Quarantined(why)) => {
                let free = fleet.answers(server) && !is_offline(truth);
                let told = why.contains("could not be isolated");
                (free && !told).then(|| format!("X7: is quarantined, but in service: {why}"))
            }
        };
        explored.wrong.extend(wrong.map(|it| format!("{it} ({server})")));
    }
}

/// When the executor's next death comes, shared by its doors.
#[derive(Clone)]
struct Doom(Rc<DoomState>);

struct DoomState {
    kills: Kills,
    dice: Cell<u64>,
    calls: Cell<u64>,
    next: Cell<u64>,
    struck: Cell<bool>,
    killed: Cell<u32>,
}

impl Doom {
    fn new(seed: u64, kills: Kills) -> Self {
        let doom = Self(Rc::new(DoomState {
            kills,
            dice: Cell::new(seed),
            calls: Cell::new(0),
            next: Cell::new(u64::MAX),
            struck: Cell::new(false),
            killed: Cell::new(0),
        }));
        match kills {
            Kills::None => {}
            Kills::At(call) => doom.0.next.set(call),
            Kills::Every(_) => doom.draw(),
        }
        doom
    }

    fn draw(&self) {
        let Kills::Every(calls) = self.0.kills else { return self.0.next.set(u64::MAX) };
        let killed = self.0.killed.get();
        if killed >= KILLS_MAX {
            return self.0.next.set(u64::MAX);
        }
        let mut dice = Dice::for_item(self.0.dice.get(), u64::from(killed).wrapping_add(1 << 32));
        let pause = dice.below(calls.saturating_mul(2).max(1));
        let pause = u64::try_from(pause).unwrap_or(0).saturating_add(1);
        self.0.next.set(self.0.calls.get().saturating_add(pause));
    }

    /// True if the executor dies before this call, and once more after it.
    fn strikes(&self) -> bool {
        if self.0.struck.get() {
            return true;
        }
        let call = self.0.calls.get().saturating_add(1);
        self.0.calls.set(call);
        let strikes = call >= self.0.next.get();
        self.0.struck.set(strikes);
        strikes
    }

    fn has_struck(&self) -> bool {
        self.0.struck.get()
    }

    fn calls(&self) -> u64 {
        self.0.calls.get()
    }

    fn next(&self) {
        self.0.struck.set(false);
        self.0.killed.set(self.0.killed.get().saturating_add(1));
        self.draw();
    }
}

/// A door through which nothing passes once the executor is dead. Each call is counted twice: it can die
/// before its effect, or right after.
struct Doomed<T>(T, Doom);

impl<T> Doomed<T> {
    fn pass<R, E>(
        &mut self,
        call: impl FnOnce(&mut T) -> Result<R, E>,
        dead: impl Fn() -> E,
    ) -> Result<R, E> {
        if self.1.strikes() {
            return Err(dead());
        }
        let passed = call(&mut self.0)?;
        if self.1.strikes() { Err(dead()) } else { Ok(passed) }
    }
}

fn dead_effects() -> EffectError {
    EffectError::Lost { why: "the executor was killed".to_owned() }
}

fn dead_journal() -> JournalError {
    JournalError::Damaged { what: "the executor was killed".to_owned() }
}

impl Effects for Doomed<SharedFleet> {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        // To look changes nothing: dying before or after it is the same.
        self.0.server(server)
    }

    fn dag(&mut self, dag: &exward_core::fleet::DagName) -> Result<Arc<DagState>, EffectError> {
        self.0.dag(dag)
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        self.pass(|it| it.order(order), dead_effects)
    }
}

impl Journal for Doomed<MemoryJournal> {
    fn keep(
        &mut self,
        line: Line,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        self.0.keep(line, id, parent, bytes)
    }

    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError> {
        self.0.approve(id, approval)
    }

    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError> {
        self.0.approvals(id)
    }

    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError> {
        self.0.make_current(id)
    }

    fn line(&mut self, id: BlueprintId) -> Result<Option<Line>, JournalError> {
        self.0.line(id)
    }

    fn current(&mut self, line: Line) -> Result<Option<BlueprintId>, JournalError> {
        self.0.current(line)
    }

    fn lease(&mut self, id: BlueprintId, owner: &str) -> Result<Lease, JournalError> {
        self.0.lease(id, owner)
    }

    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError> {
        self.pass(|it| it.append(lease, id, at, entry), dead_journal)
    }

    fn entries(&mut self, id: BlueprintId) -> Result<Vec<Written>, JournalError> {
        self.0.entries(id)
    }

    fn command(
        &mut self,
        id: BlueprintId,
        at: Timestamp,
        by: &str,
        command: Command,
    ) -> Result<(), JournalError> {
        self.0.command(id, at, by, command)
    }

    fn commands(&mut self, id: BlueprintId, after: u64) -> Result<Vec<Commanded>, JournalError> {
        self.0.commands(id, after)
    }
}
