//! Simulated rollouts: each fault alone, kills everywhere, many seeds.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use exward_core::blueprint::BlueprintId;
use exward_core::catalog::Catalog;
use exward_core::fleet::ServerName;
use exward_core::policy::Policy;
use exward_drive::state::End;
use exward_lab::explore::{Explored, Kills, run_one, varied};
use exward_lab::fleet::{EndKind, FAULTS, FaultPlan, FleetPlan};

/// A policy that lets a whole estate be updated without a break.
const POLICY: &str = r#"
goal = "latest"

[pools]
default_max = 100

[gates]
single_copy_allowed = true

[[rings]]
name = "all"
everything = true
canaries = 0
soak_minutes = 30
failures_max = 0
unavailable_max = 100
"#;

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
}

fn policy() -> Policy {
    exward_read::policy::read(POLICY).unwrap()
}

fn estate(seed: u64, faults: FaultPlan) -> FleetPlan {
    let start = "2026-11-24T01:00:00Z".parse().unwrap();
    FleetPlan { seed, dags: 4, members: 4, standalone: 0, start, faults }
}

/// Seed of an estate whose first DAG goes from 2019 to SE: CU, SU and mitigations in one change.
const TO_SE: u64 = 10;

fn id() -> BlueprintId {
    BlueprintId([7; 32])
}

#[track_caller]
fn sound(explored: &Explored, what: &str) {
    assert!(explored.breaches.is_empty(), "{what}: {:?}", explored.breaches);
    assert!(explored.wrong.is_empty(), "{what}: {:?}", explored.wrong);
    assert!(!explored.ends.is_empty(), "{what}: nothing was updated");
}

#[test]
fn an_estate_without_faults_becomes_current() {
    let explored = run_one(&catalog(), &policy(), &estate(1, FaultPlan::None), Kills::None, id());
    sound(&explored, "no fault");
    let other: Vec<_> = explored.ends.iter().filter(|(_, end)| **end != End::Current).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn every_fault_alone_ends_as_it_should() {
    let (catalog, policy) = (catalog(), policy());
    for &fault in FAULTS {
        let server = ServerName::new("EX00001-2");
        let plan = estate(TO_SE, FaultPlan::Listed(vec![(server.clone(), fault)]));
        let explored = run_one(&catalog, &policy, &plan, Kills::None, id());
        sound(&explored, fault.name());
        let end = explored.ends.get(&server);
        let expected = end.is_some_and(|it| fault.expected().contains(&EndKind::of(it)));
        assert!(expected, "{}: {:?} expected, not {end:?}", fault.name(), fault.expected());
    }
}

#[test]
fn an_executor_may_die_at_every_boundary() {
    let (catalog, policy) = (catalog(), policy());
    let server = ServerName::new("EX00001-2");
    for &fault in FAULTS {
        let mut plan = estate(TO_SE, FaultPlan::Listed(vec![(server.clone(), fault)]));
        plan.dags = 1;
        let whole = run_one(&catalog, &policy, &plan, Kills::None, id());
        let calls = run_one(&catalog, &policy, &plan, Kills::At(u64::MAX), id()).calls;
        assert!(calls > 100, "{}: {calls} calls", fault.name());
        for call in 1..=calls {
            let explored = run_one(&catalog, &policy, &plan, Kills::At(call), id());
            sound(&explored, &format!("{} killed at {call} of {calls}", fault.name()));
            assert_eq!(explored.ends.len(), whole.ends.len(), "{} at {call}", fault.name());
        }
    }
}

#[test]
fn many_estates_with_many_faults_stay_sound() {
    let (catalog, policy) = (catalog(), policy());
    for seed in 0..2000 {
        let plan = estate(seed, FaultPlan::Random(30));
        let explored = run_one(&catalog, &varied(&policy, seed), &plan, Kills::Every(60), id());
        assert!(explored.breaches.is_empty(), "seed {seed}: {:?}", explored.breaches);
        assert!(explored.wrong.is_empty(), "seed {seed}: {:?}", explored.wrong);
    }
}
