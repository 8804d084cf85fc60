//! P1 to P12 over random estates: what the second opinion says of each plan, and for each what it must
//! never say. The name of the invariant is in the failure.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::estate::now;
use super::graph::{SE_NEW, catalog_without};
use super::random::{Case, a_case, a_goal};
use crate::blueprint::{Blueprint, BlueprintId};
use crate::fleet::{Item, Server, SiteName, Value, fresh};
use crate::plan::{Hold, Parent, PlanReport, check_against, check_child, plan};
use crate::policy::Limits;

fn planned(case: &Case) -> (Blueprint, PlanReport) {
    plan(&case.policy, &case.catalog, &case.inventory, None, now())
}

/// What the second opinion says under one name.
fn broken(case: &Case, invariant: &str) -> Vec<String> {
    let (blueprint, report) = planned(case);
    let Case { policy, catalog, inventory } = case;
    let broken = check_against(&blueprint, &report, policy, catalog, inventory);
    broken.into_iter().filter(|it| it.invariant == invariant).map(|it| it.what).collect()
}

macro_rules! holds {
    ($($name:ident: $invariant:literal;)+) => {$(
        proptest! {
            #[test]
            fn $name(case in a_case()) {
                prop_assert_eq!(broken(&case, $invariant), Vec::<String>::new(), $invariant);
            }
        }
    )+};
}

holds! {
    p2_one_out_per_dag: "P2";
    p3_never_worse: "P3";
    p4_all_accounted: "P4";
    p5_quorum: "P5";
    p6_copies: "P6";
    p7_limits: "P7";
    p8_one_transaction: "P8";
    p9_order: "P9";
    p10_allowed_moves: "P10";
    p11_unknown_is_not_healthy: "P11";
    p12_windows: "P12";
}

/// True if the fact is fresh and says so.
fn says(server: &Server, item: Item, value: bool) -> bool {
    fresh(server.facts.get(&item), now(), 60) == Ok(&Value::Flag(value))
}

fn serves(server: &Server) -> bool {
    says(server, Item::InService, true) && says(server, Item::Healthy, true)
}

proptest! {
    #[test]
    fn p1_pure(case in a_case()) {
        prop_assert_eq!(planned(&case), planned(&case.clone()), "P1");
    }

    /// A hold is only said where it is true, as far as it can be told without the planner.
    #[test]
    fn p4_no_server_waits_for_nothing(case in a_case()) {
        let (_, report) = planned(&case);
        let servers = &case.inventory.servers;
        for (name, hold) in &report.held {
            let server = &servers[name];
            let dag = server.dag.as_ref().and_then(|it| case.inventory.dags.get(it));
            let others = || dag.into_iter().flat_map(|it| &it.members).filter(|it| *it != name);
            let true_hold = match hold {
                Hold::Current { build } => server.build.as_ref().unwrap().value == *build,
                Hold::Fact { .. } | Hold::NoRoute { .. } | Hold::Conditions { .. } => true,
                Hold::Pinned { .. } => name.as_str().starts_with("D0"),
                Hold::NoRing => case.policy.rings.iter().all(|it| !it.select.selects(server)),
                Hold::OutOfService => says(server, Item::InService, false),
                Hold::Unhealthy { .. } => says(server, Item::Healthy, false),
                Hold::Backup => says(server, Item::BackupRunning, true),
                Hold::DagDegraded { member, .. } => {
                    others().any(|it| it == member) && servers.get(member).is_none_or(|it| !serves(it))
                }
                Hold::Quorum { up, of } => {
                    let witness = dag.unwrap().witness.as_ref();
                    let well = witness.and_then(|it| it.healthy.as_ref()).is_some_and(|it| it.value);
                    let even = dag.unwrap().members.len() % 2 == 0;
                    let votes = others().count() + usize::from(well && even);
                    let all = others().count() + 1 + usize::from(witness.is_some() && even);
                    votes == *up && all == *of && 2 * votes <= all
                }
                Hold::Copies { database, healthy, needed } => {
                    let copies = dag.unwrap().copies.as_ref().unwrap();
                    let on: BTreeSet<_> = copies.value.iter()
                        .filter(|it| it.database == *database).map(|it| &it.server).collect();
                    on.contains(name) && healthy < needed && *healthy < on.len()
                }
                Hold::Room { .. } => others().any(|it| servers[it].active_databases_max.is_some()),
                Hold::Pool { pool } => server.pool.as_ref() == Some(pool),
                Hold::Site { site } => server.site.as_ref() == Some(site),
                Hold::RingLimit { ring } => case.policy.rings.iter()
                    .any(|it| it.name == *ring && it.unavailable_max.is_some()),
                Hold::NoWindow { ring, .. } => case.policy.rings.iter()
                    .any(|it| it.name == *ring && !it.windows.is_empty()),
            };
            prop_assert!(true_hold, "P4: {} is held by {:?}", name, hold);
            prop_assert!(!hold.why().is_empty() && !hold.frees().is_empty(), "P4: {hold:?}");
        }
    }

    /// One site, and nothing else that limits: in most random estates a pool is full first.
    #[test]
    fn p7_the_limit_of_a_site_alone(mut case in a_case(), max in 1..3_u32) {
        case.policy.pools = Limits { default_max: 100, max: BTreeMap::new() };
        case.policy.sites = Limits { default_max: max, max: BTreeMap::new() };
        for ring in &mut case.policy.rings {
            (ring.canaries, ring.unavailable_max) = (0, None);
        }
        for server in case.inventory.servers.values_mut() {
            server.site = Some(SiteName::new("S0"));
        }
        prop_assert_eq!(broken(&case, "P7"), Vec::<String>::new(), "P7");
    }

    /// Nobody is in a later wave who could have gone in an earlier one.
    #[test]
    fn p7_waves_are_full(case in a_case()) {
        let (blueprint, _) = planned(&case);
        let out = |same: &dyn Fn(&Server) -> bool| {
            case.inventory.servers.values().filter(|it| same(it) && !serves(it)).count()
        };
        for (at, wave) in blueprint.waves.iter().enumerate().filter(|(_, it)| !it.canary) {
            let mut waiting = BTreeMap::new();
            let later = blueprint.waves[at + 1..].iter().filter(|it| it.ring == wave.ring);
            for update in later.flat_map(|it| &it.updates) {
                let key = update.dag.as_ref().map_or(update.server.as_str(), |it| it.as_str());
                waiting.entry(key).or_insert(update);
            }
            for update in waiting.into_values() {
                let same_dag = |dag| wave.updates.iter().any(|it| it.dag.as_ref() == Some(dag));
                let pool = update.pool.as_ref().is_some_and(|pool| {
                    let leaving = wave.updates.iter().filter(|it| it.pool.as_ref() == Some(pool));
                    let out = out(&|it| it.pool.as_ref() == Some(pool));
                    leaving.count() + out >= case.policy.pools.of(pool) as usize
                });
                let site = update.site.as_ref().is_some_and(|site| {
                    let leaving = wave.updates.iter().filter(|it| it.site.as_ref() == Some(site));
                    let out = out(&|it| it.site.as_ref() == Some(site));
                    leaving.count() + out >= case.policy.sites.of(site) as usize
                });
                let ring = case.policy.rings[wave.ring].unavailable_max.is_some();
                let waits = update.dag.as_ref().is_some_and(same_dag) || pool || site || ring;
                prop_assert!(waits, "P7: {} could go in wave {}", update.server, at);
            }
        }
    }

    /// A child counts on and never aims lower, whatever its own goal.
    #[test]
    fn p10_no_child_aims_lower(case in a_case(), goal in a_goal()) {
        let (parent, _) = planned(&case);
        let mut after = case;
        after.policy.goal = goal;
        let link = Parent { id: BlueprintId([7; 32]), blueprint: &parent };
        let (child, report) =
            plan(&after.policy, &after.catalog, &after.inventory, Some(link), now());
        let broken = check_child(&child, &parent, &after.catalog);
        prop_assert!(broken.is_empty(), "P10: {broken:?}");
        prop_assert_eq!(child.parent, Some(link.id), "P10");
        let Case { policy, catalog, inventory } = &after;
        let broken = check_against(&child, &report, policy, catalog, inventory);
        prop_assert!(broken.is_empty(), "{broken:?}");
        // A build that was withdrawn since is no floor any more.
        let catalog = catalog_without(SE_NEW);
        let (child, _) = plan(policy, &catalog, inventory, Some(link), now());
        prop_assert!(child.updates().all(|it| it.to.to_string() != SE_NEW), "P10");
        prop_assert!(check_child(&child, &parent, &catalog).is_empty(), "P10");
    }
}
