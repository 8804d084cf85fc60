//! Marks: they change with what a page shows, and with nothing else.

use exward_store::StoreUrl;
use exward_store::store::{Mark, NewJob, NewWebhook, RunKind, TenantId};
use jiff::SignedDuration;

use crate::estate::{Estate, day, seen};

const HOLD: SignedDuration = SignedDuration::from_hours(1);

/// Holds that a mark is unlike the one before, and gives it.
#[track_caller]
fn changed(before: &Mark, now: Mark, what: &str) -> Mark {
    assert_ne!(*before, now, "MK1: {what}");
    now
}

pub(crate) async fn change_with_what_is_seen(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let other = Estate::of_tenant(estate.store.clone(), "south").await;
    let mark = async || estate.store.estate_mark(estate.tenant).await.unwrap();
    let mut last = mark().await;
    assert_eq!(last, mark().await, "nothing has happened");
    estate.observe(&[seen("ex1", 1, "a")]).await;
    last = changed(&last, mark().await, "a server that is new");
    estate.observe(&[seen("ex1", 2, "a")]).await;
    last = changed(&last, mark().await, "the same server, seen again");
    other.observe(&[seen("ex1", 1, "z")]).await;
    assert_eq!(last, mark().await, "MK2");
    let server = estate.id("ex1").await;
    let labels = (Some("Oslo"), &["dmz".to_owned()][..]);
    estate.store.set_labels(estate.tenant, server, labels, "ana", day(3)).await.unwrap();
    last = changed(&last, mark().await, "a label");
    estate.store.note_catalog(&[1; 32], "2026-10-15".parse().unwrap(), &[], day(3)).await.unwrap();
    last = changed(&last, mark().await, "another catalog");
    estate.store.end_run(estate.tenant, estate.run, day(4), &[]).await.unwrap();
    last = changed(&last, mark().await, "the end of a run");
    for (begun, at) in (0..i64::from(exward_store::store::RUNS_MARKED)).zip(5..) {
        let (kind, source) = (RunKind::Feed, begun.to_string());
        estate.store.begin_run(estate.tenant, kind, &source, "test", day(at)).await.unwrap();
        last = changed(&last, mark().await, "a run");
    }
}

pub(crate) async fn change_with_what_is_done(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, own) = (&estate.store, estate.tenant);
    let other = Estate::of_tenant(store.clone(), "south").await.tenant;
    let put = async |tenant: Option<TenantId>, kind| {
        let new =
            NewJob { tenant, kind, payload: "{}", once_key: None, due_at: day(1), made_by: "test" };
        store.put_job(&new, day(1)).await.unwrap().job
    };
    let mark = async || store.work_mark(own).await.unwrap();
    let mut last = mark().await;
    put(Some(other), "elsewhere").await;
    store.enqueue_event(other, "test", "{}", day(1)).await.unwrap();
    assert_eq!(last, mark().await, "MK2");
    let job = put(Some(own), "check").await;
    last = changed(&last, mark().await, "a job");
    let held = store.claim_job("one", &["check"], day(2), HOLD).await.unwrap().unwrap();
    last = changed(&last, mark().await, "it runs");
    store.progress_job(held.claim, 7, Some(9), day(2), HOLD).await.unwrap();
    last = changed(&last, mark().await, "how far it is");
    store.progress_job(held.claim, 7, Some(9), day(3), HOLD).await.unwrap();
    assert_eq!(last, mark().await, "that its holder lives is no news");
    store.fail_job(held.claim, "no answer", Some(day(4)), day(3)).await.unwrap();
    last = changed(&last, mark().await, "it is tried again later");
    store.cancel_job(Some(own), job, "ana", day(4)).await.unwrap();
    last = changed(&last, mark().await, "it is cancelled");
    put(None, "reassess").await;
    last = changed(&last, mark().await, "a job for all");
    let before = store.estate_mark(own).await.unwrap();
    let held = store.claim_job("one", &["reassess"], day(5), HOLD).await.unwrap().unwrap();
    store.progress_job(held.claim, 5_000, None, day(5), HOLD).await.unwrap();
    changed(&last, mark().await, "its progress");
    changed(&before, store.estate_mark(own).await.unwrap(), "its progress on the estate");
    let hook = NewWebhook { url: "https://a.example", secret: "key", events: &[] };
    store.put_webhook(own, &hook, "ana", day(6)).await.unwrap();
    store.enqueue_event(own, "test", "{}", day(6)).await.unwrap();
    last = mark().await;
    let held = store.claim_delivery(day(6), HOLD).await.unwrap().unwrap();
    store.delivery_failed(held.claim, "gone", None, day(6)).await.unwrap();
    changed(&last, mark().await, "a message that nobody took");
}
