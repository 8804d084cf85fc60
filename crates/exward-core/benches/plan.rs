//! What a plan of a very large estate costs: 10,000 DAGs of four members, four databases with four
//! copies each; pools, sites and three rings.
//!
//! Targets: a whole plan in at most 2 s and 1 GB; a plan that follows another one after a fact has
//! changed in at most 200 ms.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]
#![expect(clippy::arithmetic_side_effects, reason = "a bench counts a few things")]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::catalog::{Catalog, Entitlement, Facts, Kind, MoveKind, MoveRule, Moves, Release};
use exward_core::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Inventory, Item, Observed, PoolName,
    RingName, Role, Server, ServerName, SiteName, Value, Witness,
};
use exward_core::plan::{Parent, PlanReport, check, plan};
use exward_core::policy::{Approvals, Gates, Goal, Limits, Policy, Ring, Selector};
use exward_core::product::{Cu, Product};
use jiff::{SignedDuration, Timestamp};

const DAGS: usize = 10_000;
const MEMBERS: usize = 4;
const DATABASES: usize = 4;
const SITES: usize = 50;
/// DAGs that share a pool.
const DAGS_PER_POOL: usize = 20;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn seen<T>(value: T) -> Observed<T> {
    Observed { value, at: now() - SignedDuration::from_mins(10), source: "bench".into() }
}

fn release(update: Option<&str>, kind: Kind, number: &str, released: &str) -> Release {
    Release {
        product: Product::Se,
        cu: Cu::Rtm,
        update: update.map(str::to_owned),
        kind,
        released: released.parse().ok(),
        build: number.parse().unwrap(),
        kb: None,
        cumulative: true,
        entitlement: Entitlement::Public,
        note: String::new(),
        source: "bench".to_owned(),
    }
}

fn catalog() -> Catalog {
    let su = MoveRule {
        kind: MoveKind::Su,
        from: "SE".parse().unwrap(),
        to: "SE".parse().unwrap(),
        expected_minutes: 45,
        note: String::new(),
        source: "bench".to_owned(),
    };
    Catalog::new(Facts {
        as_of: "2026-11-20".parse().unwrap(),
        releases: vec![
            release(None, Kind::Rtm, "15.2.2562.17", "2025-07-01"),
            release(Some("Apr26SU"), Kind::Su, "15.2.2562.20", "2026-04-14"),
            release(Some("Oct26SU"), Kind::Su, "15.2.2562.30", "2026-10-13"),
        ],
        advisories: Vec::new(),
        lifecycles: Vec::new(),
        overrides: Vec::new(),
        defaults: Vec::new(),
        disagreements: Vec::new(),
        moves: Moves { rules: vec![su], ..Moves::default() },
    })
}

fn server_name(dag: usize, member: usize) -> ServerName {
    ServerName::new(&format!("EX{dag:05}-{member}"))
}

fn server(dag: usize, member: usize) -> Server {
    let facts = [
        (Item::InService, true),
        (Item::Healthy, true),
        (Item::PendingReboot, false),
        (Item::BackupRunning, false),
        (Item::SetupWatermark, false),
        (Item::Vc2013, true),
    ];
    let tag = match dag % 100 {
        0 => "pilot",
        1..10 => "early",
        _ => "broad",
    };
    Server {
        name: server_name(dag, member),
        role: Role::Mailbox,
        dag: Some(DagName::new(&format!("DAG{dag:05}"))),
        site: Some(SiteName::new(&format!("S{}", (dag + member) % SITES))),
        pool: Some(PoolName::new(&format!("P{}", dag / DAGS_PER_POOL))),
        tags: BTreeSet::from([tag.into()]),
        build: Some(seen("15.2.2562.20".parse().unwrap())),
        facts: facts.map(|(item, flag)| (item, seen(Value::Flag(flag)))).into(),
        active_databases_max: Some(4),
    }
}

fn copies(dag: usize) -> Vec<DatabaseCopy> {
    let places = (0..DATABASES).flat_map(|at| (0..MEMBERS).map(move |member| (at, member)));
    let copy = |(at, member)| DatabaseCopy {
        database: DatabaseName::new(&format!("DB{dag:05}-{at}")),
        server: server_name(dag, member),
        state: if at == member { CopyState::Mounted } else { CopyState::Healthy },
        copy_queue_len: 0,
        replay_queue_len: 0,
        index_healthy: None,
        lagged: false,
        activation_suspended: false,
    };
    places.map(copy).collect()
}

fn inventory() -> Inventory {
    let mut inventory = Inventory::default();
    for at in 0..DAGS {
        for member in 0..MEMBERS {
            let it = server(at, member);
            inventory.servers.insert(it.name.clone(), it);
        }
        let name = DagName::new(&format!("DAG{at:05}"));
        let dag = Dag {
            name: name.clone(),
            members: (0..MEMBERS).map(|it| server_name(at, it)).collect(),
            witness: Some(Witness { host: ServerName::new("FS01"), healthy: Some(seen(true)) }),
            primary_active_manager: Some(seen(server_name(at, 0))),
            copies: Some(seen(copies(at))),
        };
        inventory.dags.insert(name, dag);
    }
    inventory
}

fn ring(tag: &str, canaries: u32) -> Ring {
    Ring {
        name: RingName::new(tag),
        select: Selector { tags: BTreeSet::from([tag.into()]), ..Selector::default() },
        canaries,
        unavailable_max: None,
        soak_minutes: 60,
        failures_max: 1,
        windows: Vec::new(),
    }
}

fn policy() -> Policy {
    Policy {
        goal: Goal::Latest,
        rings: vec![ring("pilot", 2), ring("early", 1), ring("broad", 0)],
        pools: Limits { default_max: 10, max: BTreeMap::new() },
        sites: Limits { default_max: 100, max: BTreeMap::new() },
        blackouts: Vec::new(),
        pins: Vec::new(),
        gates: Gates::default(),
        approvals: Approvals::default(),
        emergency: None,
    }
}

/// The most memory this process ever had, in MiB; `None` where the system does not say it so.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "a bench measures its own process")]
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|it| it / 1024)
}

#[cfg(not(unix))]
fn peak_mib() -> Option<u64> {
    None
}

fn say(what: &str) {
    match peak_mib() {
        Some(peak) => println!("peak memory after {what}: {peak} MiB"),
        None => println!("peak memory after {what}: not known here"),
    }
}

/// What the bench measures must be a plan, not an estate on hold.
fn assert_whole(blueprint: &Blueprint, report: &PlanReport, held: usize) {
    assert_eq!(report.held.len(), held);
    assert_eq!(blueprint.updates().count(), DAGS * MEMBERS - held);
}

fn whole_estate(criterion: &mut Criterion) {
    let (policy, catalog, mut inventory) = (policy(), catalog(), inventory());
    say("the inventory");
    let (parent, report) = plan(&policy, &catalog, &inventory, None, now());
    say("one plan");
    assert_whole(&parent, &report, 0);
    println!("{} servers in {} waves", report.chosen.len(), parent.waves.len());
    drop(report);
    criterion.bench_function("plan 10,000 DAGs", |bencher| {
        bencher.iter_with_large_drop(|| plan(&policy, &catalog, &inventory, None, now()));
    });
    let changed = inventory.servers.get_mut(&server_name(77, 2)).unwrap();
    changed.facts.insert(Item::Healthy, seen(Value::Flag(false)));
    let link = Parent { id: BlueprintId([7; 32]), blueprint: &parent };
    let (child, report) = plan(&policy, &catalog, &inventory, Some(link), now());
    assert_whole(&child, &report, MEMBERS);
    drop((child, report));
    criterion.bench_function("plan 10,000 DAGs again after one changed fact", |bencher| {
        bencher.iter_with_large_drop(|| plan(&policy, &catalog, &inventory, Some(link), now()));
    });
    assert_eq!(check(&parent, &catalog), []);
    criterion.bench_function("check 10,000 DAGs", |bencher| {
        bencher.iter(|| check(&parent, &catalog).len());
    });
    say("everything");
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).measurement_time(Duration::from_secs(10));
    targets = whole_estate
}
criterion_main!(benches);
