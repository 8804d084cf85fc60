//! Jobs and schedules.

use std::collections::BTreeSet;

use exward_store::store::{JobFilter, JobState, NewJob, StoreError, TenantId};
use exward_store::{Store, StoreUrl};
use jiff::SignedDuration;

use crate::{at, open, tenants};

const HOLD: SignedDuration = SignedDuration::from_millis(10);

fn check(key: Option<&str>) -> NewJob<'_> {
    NewJob {
        tenant: None,
        kind: "check",
        payload: "{}",
        once_key: key,
        due_at: at(0),
        made_by: "test",
    }
}

async fn each_is_claimed_once(stores: Vec<Store>, jobs: usize) {
    let new = vec![check(None); jobs];
    stores[0].put_jobs(&new, at(0)).await.unwrap();
    let mut working = Vec::new();
    for (owner, store) in stores.into_iter().enumerate() {
        working.push(tokio::spawn(async move {
            let (owner, mut mine) = (owner.to_string(), Vec::new());
            let hold = SignedDuration::from_hours(1);
            while let Some(held) = store.claim_job(&owner, &["check"], at(1), hold).await.unwrap() {
                store.finish_job(held.claim, at(1)).await.unwrap();
                mine.push(held.claim.job);
            }
            mine
        }));
    }
    let mut all = Vec::new();
    for one in working {
        all.extend(one.await.unwrap());
    }
    assert_eq!(all.len(), jobs, "K1");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), jobs, "K1");
}

pub(crate) async fn four_tasks_claim_each_once(url: StoreUrl) {
    let store = open(&url).await;
    each_is_claimed_once(vec![store; 4], 2_000).await;
}

pub(crate) async fn three_processes_claim_each_once(url: StoreUrl) {
    let stores = vec![open(&url).await, open(&url).await, open(&url).await];
    each_is_claimed_once(stores, 300).await;
}

pub(crate) async fn a_dead_holder_is_replaced_and_refused(url: StoreUrl) {
    let store = open(&url).await;
    let job = store.put_job(&check(None), at(0)).await.unwrap().job;
    let first = store.claim_job("one", &["check"], at(0), HOLD).await.unwrap().unwrap();
    assert!(store.claim_job("two", &["check"], at(9), HOLD).await.unwrap().is_none(), "K1");
    store.progress_job(first.claim, 1, Some(2), at(9), HOLD).await.unwrap();
    assert!(store.claim_job("two", &["check"], at(18), HOLD).await.unwrap().is_none(), "K1");
    let second = store.claim_job("two", &["check"], at(19), HOLD).await.unwrap().unwrap();
    assert_eq!((second.claim.job, second.claim.number, second.attempts), (job, 2, 2));
    let stale = first.claim;
    for late in [
        store.finish_job(stale, at(20)).await,
        store.fail_job(stale, "x", None, at(20)).await,
        store.progress_job(stale, 2, None, at(20), HOLD).await,
        store.give_job_back(stale).await,
    ] {
        assert!(matches!(late, Err(StoreError::Conflict { .. })), "K2 {late:?}");
    }
    store.fail_job(second.claim, "no route", Some(at(50)), at(20)).await.unwrap();
    assert!(store.claim_job("one", &["check"], at(49), HOLD).await.unwrap().is_none());
    let third = store.claim_job("one", &["check"], at(50), HOLD).await.unwrap().unwrap();
    store.fail_job(third.claim, "no route\0", None, at(51)).await.unwrap();
    let seen = store.job(None, job).await.unwrap();
    assert_eq!((seen.state, seen.attempts, seen.done), (JobState::Failed, 3, 1));
    assert_eq!((seen.reason.as_deref(), seen.ended_at), (Some("no route\u{fffd}"), Some(at(51))));
    store.retry_job(None, job, "ana", at(60)).await.unwrap();
    let fourth = store.claim_job("one", &["check"], at(60), HOLD).await.unwrap().unwrap();
    store.cancel_job(None, job, "ana", at(61)).await.unwrap();
    let late = store.finish_job(fourth.claim, at(62)).await;
    assert!(matches!(late, Err(StoreError::Conflict { .. })), "K2 cancelled");
    let again = store.cancel_job(None, job, "ana", at(63)).await.unwrap_err();
    assert_eq!(again.to_string(), "the job is cancelled");
}

pub(crate) async fn jobs_are_listed_counted_and_dropped(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let of = |tenant: Option<TenantId>, due| NewJob { tenant, due_at: at(due), ..check(Some("k")) };
    let late = store.put_job(&of(Some(acme), 9), at(0)).await.unwrap();
    let soon = store.put_job(&of(Some(other), 5), at(0)).await.unwrap();
    assert!(late.new && soon.new, "K3: a key belongs to its tenant");
    let twice = store.put_job(&of(Some(acme), 1), at(0)).await.unwrap();
    assert_eq!((twice.job, twice.new), (late.job, false), "K3");
    assert!(store.claim_job("x", &["hunt"], at(9), HOLD).await.unwrap().is_none(), "kind");
    assert!(store.claim_job("x", &[], at(9), HOLD).await.unwrap().is_none(), "no kind");
    let held = store.claim_job("x", &["hunt", "check"], at(9), HOLD).await.unwrap().unwrap();
    assert_eq!(held.claim.job, soon.job, "the one that is due for the longest time");
    store.finish_job(held.claim, at(10)).await.unwrap();
    let seen = async |within, state| -> Vec<_> {
        let filter = JobFilter { state, kind: Some("check") };
        let jobs = store.jobs(within, &filter, None, 9).await.unwrap();
        jobs.iter().map(|it| it.id).collect()
    };
    assert_eq!(seen(None, None).await, [soon.job, late.job]);
    assert_eq!(seen(None, Some(JobState::Done)).await, [soon.job]);
    assert_eq!(seen(Some(acme), None).await, [late.job], "S3");
    let foreign = store.cancel_job(Some(acme), soon.job, "x", at(9)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })), "S3");
    let counts = store.job_counts(None).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|it| (it.state, it.jobs, it.first_due_at)).collect();
    assert_eq!(counts, [(JobState::Done, 1, at(5)), (JobState::Waiting, 1, at(9))]);
    assert_eq!(store.drop_jobs(at(10)).await.unwrap(), 0);
    assert_eq!(store.drop_jobs(at(11)).await.unwrap(), 1);
}

pub(crate) async fn a_schedule_makes_one_job_a_time(url: StoreUrl) {
    let stores = [open(&url).await, open(&url).await];
    let store = &stores[0];
    let [acme, other] = tenants(&url).await;
    let minute = |it: i64| at(it * 60_000);
    let id = store.put_schedule(acme, "mail.example", 10, minute(1), "ana", at(0)).await.unwrap();
    assert!(store.due_schedules("check", at(59_999), 9).await.unwrap().is_empty());
    let (one, two) = tokio::join!(
        stores[0].due_schedules("check", minute(1), 9),
        stores[1].due_schedules("check", minute(1), 9),
    );
    let made = [one.unwrap(), two.unwrap()].concat();
    assert_eq!(made.len(), 1, "T1 {made:?}");
    let job = store.job(Some(acme), made[0].job).await.unwrap();
    assert_eq!(job.payload, format!("{{\"schedule\":{},\"target\":\"mail.example\"}}", id.0));
    assert!(store.due_schedules("check", minute(11), 9).await.unwrap().is_empty(), "T2 not ended");
    let held = store.claim_job("x", &["check"], minute(12), HOLD).await.unwrap().unwrap();
    store.finish_job(held.claim, minute(12)).await.unwrap();
    let after_a_day_off = minute(1_500);
    assert_eq!(store.due_schedules("check", after_a_day_off, 9).await.unwrap().len(), 1, "T2");
    assert!(store.due_schedules("check", after_a_day_off, 9).await.unwrap().is_empty(), "T2");
    assert_eq!(store.schedules(acme, None, 9).await.unwrap()[0].next_at, minute(1_501), "T2");
    assert!(store.schedules(other, None, 9).await.unwrap().is_empty(), "S3");
    let foreign = store.remove_schedule(other, id, "x", at(0)).await;
    assert!(matches!(foreign, Err(StoreError::NotFound { .. })), "S3");
    store.remove_schedule(acme, id, "ana", at(0)).await.unwrap();
    assert!(store.schedules(acme, None, 9).await.unwrap().is_empty());
}

pub(crate) async fn a_dropped_file_is_read_once(url: StoreUrl) {
    let store = open(&url).await;
    let [acme, other] = tenants(&url).await;
    let put = async |tenant, digest: u8, name: &str| {
        let put = store.put_dropped(tenant, &[digest; 32], name, &check(None), at(0)).await;
        put.unwrap().is_some()
    };
    assert!(put(acme, 1, "a.csv").await);
    assert!(!put(acme, 1, "b.csv").await, "the same under another name");
    assert!(put(other, 1, "a.csv").await, "S3");
    assert!(put(acme, 2, "c.csv").await);
    assert!(!put(acme, 2, "c.csv").await);
    assert_eq!(store.jobs(None, &JobFilter::default(), None, 9).await.unwrap().len(), 3);
}
