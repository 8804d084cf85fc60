//! Invariants of the executor at their edges, each named in its failure: what the explorer cannot see from
//! the estate alone.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::arithmetic_side_effects, reason = "sums in a test")]
#![expect(clippy::wildcard_enum_match_arm, reason = "other entries do not matter here")]

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use exward_core::blueprint::{Action, Blueprint, BlueprintId};
use exward_core::catalog::Catalog;
use exward_core::fleet::{DagName, ServerName};
use exward_core::plan::plan;
use exward_drive::approve::Approved;
use exward_drive::clock::{Clock, Waited};
use exward_drive::effects::{Authority, EffectError, Effects, Order, Work};
use exward_drive::executor::{DriveError, Executor, RunEnd};
use exward_drive::journal::{Approval, Entry, Journal, Line, MemoryJournal, Written};
use exward_drive::state::{DagState, End, ServerState};
use exward_drive::watch::Nobody;
use exward_lab::fleet::{Fault, FaultPlan, Fleet, FleetPlan, SharedFleet};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

const ID: BlueprintId = BlueprintId([7; 32]);

/// Seed of an estate whose first DAG goes from 2019 to SE: CU, SU and mitigations in one change.
const TO_SE: u64 = 10;

/// An estate, its blueprint and an empty journal that holds the approval.
struct World {
    catalog: Catalog,
    fleet: SharedFleet,
    blueprint: Blueprint,
    journal: MemoryJournal,
    approval: Approval,
}

impl World {
    fn new(ring: &str, faults: Vec<(&str, Fault)>) -> Self {
        let catalog = exward_read::catalog::built_in().unwrap();
        let policy = format!(
            "goal = \"latest\"\n[pools]\ndefault_max = 100\n[gates]\nsingle_copy_allowed = true\n\
             [[rings]]\nname = \"all\"\neverything = true\ncanaries = 0\nsoak_minutes = 30\n{ring}\n"
        );
        let policy = exward_read::policy::read(&policy).unwrap();
        let faults = faults.into_iter().map(|(it, fault)| (ServerName::new(it), fault)).collect();
        let start: Timestamp = "2026-11-24T01:00:00Z".parse().unwrap();
        let faults = FaultPlan::Listed(faults);
        let estate = FleetPlan { seed: TO_SE, dags: 2, members: 4, standalone: 0, start, faults };
        let fleet = SharedFleet::new(Fleet::new(&catalog, &estate));
        let (blueprint, _) = plan(&policy, &catalog, &fleet.inventory(), None, start);
        assert!(blueprint.updates().count() > 1, "nothing to update");
        let until = start + SignedDuration::from_hours(24 * 60);
        let approval = Approval { by: "lab".to_owned(), at: start, until };
        let mut journal = MemoryJournal::default();
        journal.keep(Line::Unowned, ID, None, &[]).unwrap();
        journal.approve(ID, &approval).unwrap();
        Self { catalog, fleet, blueprint, journal, approval }
    }

    fn executor<E: Effects, C: Clock>(
        &self,
        effects: E,
        clock: C,
    ) -> Executor<'_, E, MemoryJournal, C, Nobody> {
        let approvals = std::slice::from_ref(&self.approval);
        let start = self.approval.at;
        let approved = Approved::new(&self.blueprint, ID, &self.catalog, approvals, start).unwrap();
        Executor::new(approved, "lab", effects, self.journal.clone(), clock, Nobody).unwrap()
    }

    fn entries(&self) -> Vec<Written> {
        self.journal.clone().entries(ID).unwrap()
    }

    /// Every server, as it truly is.
    fn truth(&self) -> Vec<Arc<ServerState>> {
        let fleet = self.fleet.lock();
        fleet.servers().map(|it| Arc::clone(fleet.truth(it).unwrap())).collect()
    }
}

/// Counts the orders that servers took.
#[derive(Clone)]
struct Counting(SharedFleet, Rc<Cell<u32>>);

impl Effects for Counting {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        self.0.server(server)
    }

    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError> {
        self.0.dag(dag)
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        self.0.order(order)?;
        self.1.set(self.1.get() + 1);
        Ok(())
    }
}

/// A clock that interrupts after so many waits, and again after each refill.
#[derive(Clone)]
struct Interrupting(SharedFleet, Rc<Cell<u32>>);

impl Clock for Interrupting {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn wait_until(&mut self, until: Timestamp) -> Waited {
        let Some(left) = self.1.get().checked_sub(1) else { return Waited::Interrupted };
        self.1.set(left);
        self.0.wait_until(until)
    }
}

/// Looks at every order before the servers do (X8).
struct Looking {
    fleet: SharedFleet,
    journal: MemoryJournal,
    orders: BTreeMap<ServerName, BTreeMap<u32, Work>>,
    wrong: Rc<RefCell<Vec<String>>>,
}

impl Looking {
    fn look(&mut self, order: &Order<'_>) -> Option<String> {
        let (server, number) = (order.server, order.number);
        let entries = self.journal.entries(ID).unwrap();
        let intent = entries.iter().any(|it| {
            matches!(&it.entry, Entry::Intent { server, number, work, .. }
                if server == order.server && *number == order.number && *work == order.work)
        });
        if !intent {
            return Some(format!("order {number} of {server} has no intent: {}", order.work));
        }
        let given = self.orders.entry(server.clone()).or_default();
        let before = given.insert(number, order.work);
        if before.is_some_and(|it| it != order.work) {
            return Some(format!("order {number} of {server} is two orders: {}", order.work));
        }
        let newest = given.keys().next_back().copied();
        (newest != Some(number)).then(|| format!("order {number} of {server} comes late"))
    }
}

impl Effects for Looking {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        self.fleet.server(server)
    }

    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError> {
        self.fleet.dag(dag)
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        let wrong = self.look(order);
        self.wrong.borrow_mut().extend(wrong);
        self.fleet.order(order)
    }
}

#[test]
fn x8_every_order_has_its_intent_and_its_own_number() {
    let world = World::new("unavailable_max = 100", vec![("EX00001-2", Fault::OrdersLost)]);
    let wrong = Rc::new(RefCell::new(Vec::new()));
    let (fleet, journal) = (world.fleet.clone(), world.journal.clone());
    let looking = Looking { fleet, journal, orders: BTreeMap::new(), wrong: Rc::clone(&wrong) };
    let end = world.executor(looking, world.fleet.clone()).run();
    assert_eq!(*wrong.borrow(), Vec::<String>::new(), "X8");
    assert_eq!(end.unwrap(), RunEnd::Finished, "X8");
}

#[test]
fn x9_who_was_taken_over_changes_nothing_and_stops() {
    for waits in [1, 5, 20, 60, 120, 200] {
        let world = World::new("unavailable_max = 100", Vec::new());
        let refill = Rc::new(Cell::new(waits));
        let old_clock = Interrupting(world.fleet.clone(), Rc::clone(&refill));
        let taken = Rc::new(Cell::new(0));
        let effects = Counting(world.fleet.clone(), Rc::clone(&taken));
        let mut old = world.executor(effects, old_clock);
        assert_eq!(old.run().unwrap(), RunEnd::Interrupted);
        world.journal.owner_died();
        let new_clock = Interrupting(world.fleet.clone(), Rc::new(Cell::new(10)));
        let mut new = world.executor(world.fleet.clone(), new_clock);
        assert_eq!(new.run().unwrap(), RunEnd::Interrupted);
        let (entries, before) = (world.entries(), taken.get());
        refill.set(1000);
        let stopped = match old.run() {
            Err(error) => error,
            Ok(end) => panic!("X9: after {waits} waits the old executor went on: {end:?}"),
        };
        let lost = matches!(stopped, DriveError::Journal(_) | DriveError::Effects(_));
        assert!(lost, "X9: {stopped}");
        assert!(world.entries() == entries, "X9: after {waits} waits it wrote");
        assert_eq!(taken.get(), before, "X9: after {waits} waits servers took its orders");
    }
}

#[test]
fn x9_servers_refuse_who_is_older() {
    let world = World::new("unavailable_max = 100", Vec::new());
    let server = ServerName::new("EX00001-2");
    let mut fleet = world.fleet.clone();
    let recorded = fleet.server(&server).unwrap();
    let mut order = |epoch, number, action| {
        let authority = Authority { generation: 1, epoch };
        let (recorded, work) = (Some(&*recorded), Work::Step(action));
        let server = &server;
        fleet.order(&Order {
            authority,
            blueprint: ID,
            server,
            number,
            work,
            recorded,
            redirect_to: None,
        })
    };
    assert_eq!(order(2, 1, Action::DrainTransport), Ok(()), "X9");
    let before = world.truth();
    let stale = order(1, 2, Action::GoOffline);
    assert!(
        matches!(stale, Err(EffectError::Stale { .. })),
        "X9: obeyed epoch 1 after 2: {stale:?}"
    );
    assert!(world.truth() == before, "X9: an order of epoch 1 changed a server after epoch 2");
}

/// Servers that obey somebody newer.
struct Newer(SharedFleet);

impl Effects for Newer {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        self.0.server(server)
    }

    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError> {
        self.0.dag(dag)
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        let newest = Authority { generation: 9, epoch: 9 };
        Err(EffectError::Stale { server: order.server.to_string(), newest })
    }
}

#[test]
fn x9_who_is_stale_stops_at_once() {
    let world = World::new("unavailable_max = 100", Vec::new());
    let stopped = world.executor(Newer(world.fleet.clone()), world.fleet.clone()).run();
    let stale = matches!(stopped, Err(DriveError::Effects(EffectError::Stale { .. })));
    assert!(stale, "X9: servers obey somebody newer, and it ended with {stopped:?}");
    let intents = world.entries();
    let intents = intents.iter().filter(|it| matches!(it.entry, Entry::Intent { .. })).count();
    assert_eq!(intents, 1, "X9: it went on to the next order");
}

/// What follows the first failure in the journal, up to the end of the run.
fn begun_after_failure(world: &World) -> Vec<ServerName> {
    let failed = |it: &Written| {
        matches!(&it.entry, Entry::Ended { end: End::Restored(_) | End::Quarantined(_), .. })
    };
    let entries = world.entries();
    let after = entries.into_iter().skip_while(|it| !failed(it));
    let begun = after.filter_map(|it| match it.entry {
        Entry::Recorded { server, .. } => Some(server),
        _ => None,
    });
    begun.collect()
}

#[test]
fn x10_after_too_many_failures_nobody_leaves_service() {
    let faults = || vec![("EX00001-2", Fault::QueueStuck)];
    let world = World::new("failures_max = 0", faults());
    let end = world.executor(world.fleet.clone(), world.fleet.clone()).run().unwrap();
    assert!(matches!(end, RunEnd::Halted { .. }), "X10: one failure, none allowed: {end:?}");
    assert_eq!(begun_after_failure(&world), Vec::new(), "X10: began after the halt");
    // The same failure where one is allowed: the others go on.
    let world = World::new("failures_max = 1", faults());
    let end = world.executor(world.fleet.clone(), world.fleet.clone()).run().unwrap();
    assert_eq!(end, RunEnd::Finished, "X10: one failure, one allowed");
    assert!(!begun_after_failure(&world).is_empty(), "X10: one failure is allowed, and it halted");
}

#[test]
fn p12_who_is_late_waits_for_the_next_window() {
    let window = r#"windows = [{ from = "20:00", to = "12:00", zone = "UTC" }]"#;
    let world = World::new(window, Vec::new());
    let late: Timestamp = "2026-11-24T13:00:00Z".parse().unwrap();
    world.fleet.lock().pass(late);
    let end = world.executor(world.fleet.clone(), world.fleet.clone()).run().unwrap();
    assert_eq!(end, RunEnd::Finished, "P12");
    let mut begun = 0;
    for written in world.entries() {
        if let Entry::Recorded { server, .. } = written.entry {
            let hour = TimeZone::UTC.to_datetime(written.at).hour();
            assert!(!(12..20).contains(&hour), "P12: {server} began at {}", written.at);
            begun += 1;
        }
    }
    assert!(begun > 1, "P12: nobody began");
}
