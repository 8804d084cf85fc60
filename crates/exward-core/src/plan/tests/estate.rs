//! Small estates, written as text.
//!
//! ```text
//! EX01 DAG1 15.2.1544.9 site=Bern pool=mail pending-reboot=yes
//! EX02 DAG1 15.2.1544.9 in-service=no
//! EX09 - 15.2.1544.9 edge
//! DB1: EX01 mounted, EX02 healthy
//! ```
//! What is not said is as it should be: every server in service, healthy, freshly seen; the first member
//! manages its DAG; the witness is up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};

use crate::fleet::{
    CopyState, Dag, DagName, DatabaseCopy, DatabaseName, Inventory, Item, Observed, PoolName, Role,
    Server, ServerName, SiteName, Value, Witness,
};
use crate::policy::{Approvals, Gates, Goal, Limits, Policy, Ring, Selector, Window};

/// The `now` of every test: a Tuesday noon in UTC.
pub(super) const NOW: &str = "2026-11-24T12:00:00Z";

pub(super) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(super) fn name(text: &str) -> ServerName {
    ServerName::new(text)
}

/// A fact seen so many minutes ago.
pub(super) fn seen<T>(value: T, minutes_ago: i64) -> Observed<T> {
    Observed { value, at: now() - SignedDuration::from_mins(minutes_ago), source: "test".into() }
}

/// A server of which everything is known and as it should be.
pub(super) fn server(server: &str, dag: Option<&str>, build: &str) -> Server {
    let facts = [
        (Item::InService, Value::Flag(true)),
        (Item::Healthy, Value::Flag(true)),
        (Item::PendingReboot, Value::Flag(false)),
        (Item::BackupRunning, Value::Flag(false)),
        (Item::SetupWatermark, Value::Flag(false)),
        (Item::DotNet, Value::Number(528_040)),
        (Item::Vc2013, Value::Flag(true)),
        (Item::Language, Value::Text("en-US".into())),
    ];
    Server {
        name: name(server),
        role: Role::Mailbox,
        dag: dag.map(DagName::new),
        site: None,
        pool: None,
        tags: BTreeSet::new(),
        build: Some(seen(build.parse().unwrap(), 10)),
        facts: facts.into_iter().map(|(item, value)| (item, seen(value, 10))).collect(),
        active_databases_max: None,
    }
}

fn word(server: &mut Server, word: &str) {
    match word.split_once('=') {
        None if word == "edge" => server.role = Role::Edge,
        None if word == "tools" => server.role = Role::ManagementTools,
        None => {
            server.tags.insert(word.into());
        }
        Some(("site", it)) => server.site = Some(SiteName::new(it)),
        Some(("pool", it)) => server.pool = Some(PoolName::new(it)),
        Some(("max", it)) => server.active_databases_max = Some(it.parse().unwrap()),
        Some(("build", "unknown")) => server.build = None,
        Some((item, "unknown")) => {
            server.facts.remove(&item.parse().unwrap());
        }
        Some((item, value)) => {
            let (value, age) = value
                .split_once('@')
                .map_or((value, 10), |(value, age)| (value, age.parse().unwrap()));
            let item: Item = item.parse().unwrap();
            let value = Value::parse(item.kind(), value).unwrap();
            server.facts.insert(item, seen(value, age));
        }
    }
}

fn copy(database: &str, text: &str) -> DatabaseCopy {
    let mut words = text.split_whitespace();
    let server = name(words.next().unwrap());
    let mut copy = DatabaseCopy {
        database: DatabaseName::new(database),
        server,
        state: CopyState::Healthy,
        copy_queue_len: 0,
        replay_queue_len: 0,
        index_healthy: None,
        lagged: false,
        activation_suspended: false,
    };
    for word in words {
        match word {
            "mounted" => copy.state = CopyState::Mounted,
            "dismounted" => copy.state = CopyState::Dismounted,
            "healthy" => copy.state = CopyState::Healthy,
            "suspended" => copy.state = CopyState::Suspended,
            "seeding" => copy.state = CopyState::Seeding,
            "failed" => copy.state = CopyState::Failed,
            "lagged" => copy.lagged = true,
            "kept" => copy.activation_suspended = true,
            "noindex" => copy.index_healthy = Some(false),
            "copy-queue" => copy.copy_queue_len = 11,
            "replay-queue" => copy.replay_queue_len = 51,
            _ => panic!("{word}"),
        }
    }
    copy
}

/// The estate of a text.
pub(super) fn estate(text: &str) -> Inventory {
    let mut inventory = Inventory::default();
    let mut copies: BTreeMap<DagName, Vec<DatabaseCopy>> = BTreeMap::new();
    for line in text.lines().map(str::trim).filter(|it| !it.is_empty()) {
        if let Some((database, places)) = line.split_once(':') {
            let new: Vec<_> = places.split(',').map(|it| copy(database, it)).collect();
            let dag = inventory.servers[&new[0].server].dag.clone().unwrap();
            copies.entry(dag).or_default().extend(new);
            continue;
        }
        let mut words = line.split_whitespace();
        let (ex, dag, build) =
            (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let mut it = server(ex, Some(dag).filter(|it| *it != "-"), build);
        words.for_each(|text| word(&mut it, text));
        inventory.servers.insert(it.name.clone(), it);
    }
    let dags: BTreeSet<DagName> =
        inventory.servers.values().filter_map(|it| it.dag.clone()).collect();
    for dag in dags {
        let of = inventory.servers.values().filter(|it| it.dag.as_ref() == Some(&dag));
        let members: BTreeSet<ServerName> = of.map(|it| it.name.clone()).collect();
        let first = members.first().cloned().unwrap();
        let it = Dag {
            name: dag.clone(),
            witness: Some(Witness { host: name("FS01"), healthy: Some(seen(true, 10)) }),
            primary_active_manager: Some(seen(first, 10)),
            copies: Some(seen(copies.remove(&dag).unwrap_or_default(), 10)),
            members,
        };
        inventory.dags.insert(dag, it);
    }
    inventory
}

/// One ring with everybody, no canaries, no soak, no windows; no limits but the DAG's.
pub(super) fn policy() -> Policy {
    Policy {
        goal: Goal::Latest,
        rings: vec![ring("all", Selector { everything: true, ..Selector::default() })],
        pools: Limits { default_max: 100, max: BTreeMap::new() },
        sites: Limits { default_max: 100, max: BTreeMap::new() },
        blackouts: Vec::new(),
        pins: Vec::new(),
        gates: Gates::default(),
        approvals: Approvals::default(),
        emergency: None,
    }
}

pub(super) fn ring(name: &str, select: Selector) -> Ring {
    Ring {
        name: crate::fleet::RingName::new(name),
        select,
        canaries: 0,
        unavailable_max: None,
        soak_minutes: 60,
        failures_max: 0,
        windows: Vec::new(),
    }
}

/// Servers with this tag.
pub(super) fn tagged(tag: &str) -> Selector {
    Selector { tags: BTreeSet::from([tag.into()]), ..Selector::default() }
}

/// Every night from one full hour to another, UTC.
pub(super) fn nights(from: i8, to: i8) -> Window {
    let hour = |it| date(2026, 1, 1).at(it, 0, 0, 0).time();
    Window {
        weekdays: (1..=7).collect(),
        from: hour(from),
        to: hour(to),
        zone: jiff::tz::TimeZone::UTC,
    }
}
