//! Random estates and policies: mostly sound, so that waves come about, with everything that can be
//! wrong in some of them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::estate::{estate, name, nights, now, policy, ring, seen, server};
use super::graph::{CU13, CU14_NEW, CU14_OLD, E2016, SE_NEW, SE_OLD, build, catalog_with, moves};
use crate::catalog::Catalog;
use crate::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Inventory, Item, Observed, PoolName, Role,
    Server, SiteName, Value, Witness,
};
use crate::policy::{Blackout, Emergency, Goal, Pin, Policy, Selector};

/// Something that is mostly as it should be.
fn mostly<T: Clone + std::fmt::Debug + 'static>(
    good: T,
    others: Vec<T>,
) -> impl Strategy<Value = T> {
    prop_oneof![14 => Just(good), 1 => prop::sample::select(others)]
}

/// A yes-or-no fact: fresh, stale or unknown.
fn fact(good: bool) -> impl Strategy<Value = Option<Observed<bool>>> {
    mostly(
        Some(seen(good, 5)),
        vec![
            None,
            Some(seen(!good, 5)),
            Some(seen(good, 61)),
            Some(seen(good, 60)),
            Some(seen(!good, 90)),
            Some(seen(good, 24 * 60 + 1)),
        ],
    )
}

fn a_server() -> impl Strategy<Value = Server> {
    let builds = vec![SE_OLD, CU14_OLD, CU14_OLD, CU14_NEW, CU13, SE_NEW, E2016];
    let facts = (fact(true), fact(true), fact(false), fact(false), fact(false), fact(true));
    let place = (0..4_usize, 0..4_usize, prop::option::weighted(0.2, 0..3_u32));
    let kind = (prop_oneof![12 => Just(Role::Mailbox), 1 => Just(Role::Edge)], any::<bool>());
    let age = mostly(10_i64, vec![24 * 60, 24 * 60 + 1]);
    (prop::sample::select(builds), facts, place, kind, age, fact(true)).prop_map(
        |(number, facts, (site, pool, max), (role, pilot), age, en_us)| {
            let mut it = server("EX", None, number);
            let (in_service, healthy, pending, backup, watermark, vc) = facts;
            for (item, fact) in [
                (Item::InService, in_service),
                (Item::Healthy, healthy),
                (Item::PendingReboot, pending),
                (Item::BackupRunning, backup),
                (Item::SetupWatermark, watermark),
                (Item::Vc2013, vc),
            ] {
                it.facts.remove(&item);
                if let Some(Observed { value, at, source }) = fact {
                    let fact = Observed { value: Value::Flag(value), at, source };
                    it.facts.insert(item, fact);
                }
            }
            if en_us.is_none() {
                it.facts.remove(&Item::Language);
            }
            it.role = role;
            it.build = Some(seen(build(number), age));
            it.site = (site < 3).then(|| SiteName::new(&format!("S{site}")));
            it.pool = (pool < 3).then(|| PoolName::new(&format!("P{pool}")));
            it.active_databases_max = max;
            it.tags = pilot.then(|| "pilot".into()).into_iter().collect();
            it
        },
    )
}

#[derive(Clone, Debug)]
struct Copy {
    state: CopyState,
    queues: (u32, u32),
    index: Option<bool>,
    kept: (bool, bool),
}

fn a_copy() -> impl Strategy<Value = Copy> {
    let states =
        vec![CopyState::Suspended, CopyState::Seeding, CopyState::Failed, CopyState::Dismounted];
    let queues = mostly((0, 0), vec![(10, 50), (11, 0), (0, 51)]);
    let kept = mostly((false, false), vec![(true, false), (false, true)]);
    let index = mostly(None, vec![Some(true), Some(false)]);
    (mostly(CopyState::Healthy, states), queues, index, kept)
        .prop_map(|(state, queues, index, kept)| Copy { state, queues, index, kept })
}

/// A DAG with one to six members; databases with an active copy and some passive ones.
#[derive(Clone, Debug)]
struct DagDraft {
    members: Vec<Server>,
    unseen: bool,
    stray: bool,
    witness: Option<Option<Observed<bool>>>,
    manager: Option<Observed<usize>>,
    copies_age: Option<i64>,
    databases: Vec<(usize, Vec<(usize, Copy)>)>,
}

fn a_dag() -> impl Strategy<Value = DagDraft> {
    let manager = (0..6_usize, mostly(5_i64, vec![60, 61]), prop::bool::weighted(0.95));
    let databases = prop::collection::vec(
        (0..6_usize, prop::collection::vec((0..6_usize, a_copy()), 1..5)),
        0..5,
    );
    let odd = (prop::bool::weighted(0.05), prop::bool::weighted(0.03));
    let copies_age = mostly(Some(5), vec![None, Some(60), Some(61)]);
    let witness = prop::option::weighted(0.9, fact(true));
    let members = prop::collection::vec(a_server(), 1..7);
    (members, odd, witness, manager, copies_age, databases).prop_map(
        |(members, (unseen, stray), witness, (manager, age, known), copies_age, databases)| {
            let manager = known.then(|| seen(manager, age));
            DagDraft { members, unseen, stray, witness, manager, copies_age, databases }
        },
    )
}

impl DagDraft {
    fn add_to(self, at: usize, inventory: &mut Inventory) {
        let dag = DagName::new(&format!("DAG{at}"));
        let count = self.members.len();
        let member = |place: usize| name(&format!("D{at}M{}", place % count));
        let mut copies = Vec::new();
        for (number, (active, passive)) in self.databases.into_iter().enumerate() {
            let database = DatabaseName::new(&format!("DB{at}{number}"));
            let sound = Copy {
                state: CopyState::Mounted,
                queues: (0, 0),
                index: None,
                kept: (false, false),
            };
            for (place, it) in std::iter::once((active, sound)).chain(passive) {
                copies.push(DatabaseCopy {
                    database: database.clone(),
                    server: member(place),
                    state: it.state,
                    copy_queue_len: it.queues.0,
                    replay_queue_len: it.queues.1,
                    index_healthy: it.index,
                    lagged: it.kept.0,
                    activation_suspended: it.kept.1,
                });
            }
        }
        let mut it = Dag {
            name: dag.clone(),
            members: (0..count).map(member).collect(),
            witness: self.witness.map(|healthy| Witness { host: name("FS01"), healthy }),
            primary_active_manager: self.manager.map(|it| Observed {
                value: member(it.value),
                at: it.at,
                source: it.source,
            }),
            copies: self.copies_age.map(|age| seen(copies, age)),
        };
        for (place, mut server) in self.members.into_iter().enumerate() {
            server.name = member(place);
            server.role = Role::Mailbox;
            server.dag = Some(dag.clone()).filter(|_| !self.stray || place > 0);
            inventory.servers.insert(server.name.clone(), server);
        }
        if self.unseen {
            it.members.insert(name(&format!("D{at}GHOST")));
        }
        inventory.dags.insert(dag, it);
    }
}

pub(super) fn an_estate() -> impl Strategy<Value = Inventory> {
    let alone = prop::collection::vec((a_server(), prop::bool::weighted(0.1)), 0..5);
    (prop::collection::vec(a_dag(), 0..4), alone, fact(true)).prop_map(|(dags, alone, licence)| {
        let mut inventory = estate("");
        for (at, dag) in dags.into_iter().enumerate() {
            dag.add_to(at, &mut inventory);
        }
        for (at, (mut server, tools)) in alone.into_iter().enumerate() {
            server.name = name(&format!("A{at}"));
            if tools {
                server.role = Role::ManagementTools;
            }
            inventory.servers.insert(server.name.clone(), server);
        }
        if let Some(it) = licence {
            let fact = Observed { value: Value::Flag(it.value), at: it.at, source: it.source };
            inventory.organization.insert(Item::SeLicence, fact);
        }
        inventory
    })
}

pub(super) fn a_policy() -> impl Strategy<Value = Policy> {
    let rings =
        (0..3_u32, 0..3_u32, prop::option::of(1..4_u32), prop::option::of(0..4_u32), 0..90_u32);
    let limits = (0..4_u32, 0..5_u32, prop::option::of(0..3_u32));
    let windows = (0..4_usize, prop::bool::weighted(0.2), prop::bool::weighted(0.9));
    let gates = (1..3_u32, any::<bool>());
    let more =
        (prop::option::weighted(0.1, 0..3_usize), prop::option::of((0..40_u32, any::<bool>())));
    (rings, limits, windows, gates, more).prop_map(|(rings, limits, windows, gates, more)| {
        let mut it = policy();
        let (pilots, canaries, pilot_max, broad_max, soak) = rings;
        let mut pilot = ring("pilot", super::estate::tagged("pilot"));
        (pilot.canaries, pilot.unavailable_max, pilot.soak_minutes) = (pilots, pilot_max, soak);
        let (window, blackout, everybody) = windows;
        let nights =
            [vec![], vec![nights(22, 5)], vec![nights(1, 9), nights(20, 23)], vec![nights(2, 3)]];
        pilot.windows = nights[window].clone();
        (it.rings[0].canaries, it.rings[0].unavailable_max) = (canaries, broad_max);
        it.rings[0].windows = nights[(window + 1) % 3].clone();
        if !everybody {
            let dags = (0..2).map(|at| DagName::new(&format!("DAG{at}"))).collect();
            it.rings[0].select = Selector { dags, ..Selector::default() };
        }
        it.rings.insert(0, pilot);
        let (pool, site, named) = limits;
        (it.pools.default_max, it.sites.default_max) = (pool.max(1), site.max(1));
        it.pools.max = named.map(|max| (PoolName::new("P0"), max)).into_iter().collect();
        it.sites.max = BTreeMap::from([(SiteName::new("S2"), site)]);
        (it.gates.healthy_copies_min, it.gates.single_copy_allowed) = gates;
        if blackout {
            let [first, last] = [date(2026, 11, 25), date(2026, 11, 26)];
            let reason = "closing of the books".into();
            it.blackouts.push(Blackout { first, last, zone: TimeZone::UTC, reason });
        }
        let (pin, emergency) = more;
        it.pins.extend(pin.map(|at| Pin {
            select: Selector {
                servers: BTreeSet::from([name(&format!("D0M{at}"))]),
                ..Selector::default()
            },
            until: date(2026, 11, 24),
            reason: "no".into(),
            by: "somebody".into(),
        }));
        it.emergency = emergency
            .map(|(soak_minutes, windows_ignored)| Emergency { soak_minutes, windows_ignored });
        it
    })
}

/// Goals: mostly the newest.
pub(super) fn a_goal() -> impl Strategy<Value = Goal> {
    let goals = [SE_NEW, CU14_NEW, "15.2.1748.30"].map(|it| Goal::Build(build(it)));
    mostly(Goal::Latest, goals.into())
}

pub(super) fn a_catalog() -> impl Strategy<Value = Catalog> {
    any::<bool>().prop_map(|exploited| catalog_with(exploited, moves()))
}

/// What a plan is made from.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) policy: Policy,
    pub(super) catalog: Catalog,
    pub(super) inventory: Inventory,
}

pub(super) fn a_case() -> impl Strategy<Value = Case> {
    (a_policy(), a_goal(), a_catalog(), an_estate()).prop_map(
        |(mut policy, goal, catalog, inventory)| {
            policy.goal = goal;
            assert!(inventory.servers.values().all(|it| it.build.iter().all(|it| it.at <= now())));
            Case { policy, catalog, inventory }
        },
    )
}
