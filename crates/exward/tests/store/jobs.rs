//! Three servers share the jobs of one store, and one of them is killed.

use std::collections::BTreeMap;

use exward_store::store::{JobState, NewJob};
use jiff::Timestamp;

use crate::memory::{Memory, is_whole, number};
use crate::place::{Opened, Place};
use crate::program::{Serving, wait_until};

const JOBS: usize = 10_000;

/// Seconds for all of them. What the killed server held at that moment is free again after half a minute.
const SECONDS_MAX: u64 = 600;

/// Jobs of one call.
const PUT_AT_ONCE: usize = 1_000;

/// Puts jobs that each check a build number of its own, which needs no host.
pub(crate) fn put_checks(opened: &Opened, jobs: usize) {
    let store = &opened.store;
    let now = Timestamp::now();
    let tenant = match opened.wait(store.tenant("default")).unwrap() {
        Some(tenant) => tenant.id,
        None => opened.wait(store.make_tenant("default", now)).unwrap(),
    };
    let targets: Vec<String> =
        (0..jobs).map(|it| format!("15.2.{}.{}", 1000 + it / 100, it % 100)).collect();
    let payloads: Vec<String> =
        targets.iter().map(|it| format!("{{\"target\":\"{it}\"}}")).collect();
    for payloads in payloads.chunks(PUT_AT_ONCE) {
        let job = |payload| NewJob {
            tenant: Some(tenant),
            kind: "check",
            payload,
            once_key: None,
            due_at: now,
            made_by: "test",
        };
        let new: Vec<NewJob<'_>> = payloads.iter().map(|it| job(it)).collect();
        opened.wait(store.put_jobs(&new, now)).unwrap();
    }
}

/// How many jobs are done.
pub(crate) fn done(opened: &Opened) -> u64 {
    let counts = opened.wait(opened.store.job_counts(None)).unwrap();
    counts.iter().filter(|it| it.state == JobState::Done).map(|it| it.jobs).sum()
}

/// True once all of them are done, and nothing else is left to do either.
pub(crate) fn are_all_done(opened: &Opened, jobs: usize) -> bool {
    let counts = opened.wait(opened.store.job_counts(None)).unwrap();
    let is_left = |it: JobState| matches!(it, JobState::Waiting | JobState::Running);
    done(opened) >= u64::try_from(jobs).unwrap() && !counts.iter().any(|it| is_left(it.state))
}

/// Fails unless each of these checks was done, and has one run, one server and one observation.
#[track_caller]
pub(crate) fn each_has_one_effect(place: &Place, jobs: usize) -> Memory {
    is_whole(place);
    let memory = Memory::of(place);
    for job in memory.rows("job") {
        assert_eq!(job["state"], "done", "{job:?}");
    }
    let mut runs: BTreeMap<&str, u32> = BTreeMap::new();
    for run in memory.rows("run") {
        assert!(!run["ended_at"].is_null(), "{run:?}");
        *runs.entry(run["source"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(runs.len(), jobs);
    assert!(runs.values().all(|it| *it == 1), "a job has two runs");
    assert_eq!((memory.rows("server").len(), memory.rows("observation").len()), (jobs, jobs));
    assert!(memory.rows("observation").iter().all(|it| number(&it["times"]) == 1));
    memory
}

#[test]
#[ignore = "needs PostgreSQL"]
fn each_job_has_its_effect_once_when_one_of_three_servers_is_killed() {
    let place = Place::postgres("jobs");
    let opened = place.open();
    put_checks(&opened, JOBS);
    let mut servers: Vec<Serving> = (0..3).map(|_| Serving::start(&place.url)).collect();
    let third = u64::try_from(JOBS / 3).unwrap();
    wait_until("a third is done", SECONDS_MAX, || done(&opened) >= third);
    let killed = servers.pop().unwrap().address.clone();
    wait_until("all are done", SECONDS_MAX, || are_all_done(&opened, JOBS));
    let memory = each_has_one_effect(&place, JOBS);
    let mut owners: BTreeMap<&str, u32> = BTreeMap::new();
    for job in memory.rows("job") {
        *owners.entry(job["owner"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(owners.len(), 3, "not all have worked: {owners:?}");
    assert!(owners.keys().any(|it| it.contains(&killed)), "{owners:?}");
}
