//! Forgetting.

use exward_store::StoreUrl;
use exward_store::store::StoreError;

use crate::estate::{Estate, day, seen};

pub(crate) async fn drops_what_says_nothing_anymore(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let store = &north.store;
    for (at, body) in [(1, "v"), (3, "w"), (5, "w"), (9, "x"), (12, "v")] {
        north.observe(&[seen("a", at, body), seen("still", at, "v")]).await;
        south.observe(&[seen("a", at, body)]).await;
    }
    north.observe(&[seen("gone", 1, "v")]).await;
    let a = north.id("a").await;
    let before = store.spans(north.tenant, a, Some(day(8))).await.unwrap();

    assert_eq!(store.drop_before(north.tenant, day(7)).await.unwrap(), 1);
    // On day 7, `a` was what it was last seen to be on day 5.
    assert_eq!(north.intervals("a").await, "3–5 w ×2, 9–9 x ×1, 12–12 v ×1");
    assert_eq!(north.intervals("gone").await, "1–1 v ×1");
    assert_eq!(north.intervals("still").await, "1–12 v ×5");
    assert_eq!(store.spans(north.tenant, a, Some(day(8))).await.unwrap(), before[1..]);
    assert_eq!(south.intervals("a").await, "1–1 v ×1, 3–5 w ×2, 9–9 x ×1, 12–12 v ×1");

    let turns = store.turns(north.tenant).await.unwrap();
    store.recompute_turns(north.tenant).await.unwrap();
    assert_eq!(store.turns(north.tenant).await.unwrap(), turns, "S2");
    assert_eq!(store.drop_before(north.tenant, day(99)).await.unwrap(), 2);
    assert_eq!(north.intervals("a").await, "12–12 v ×1");
}

pub(crate) async fn refuses_what_it_forgot(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    estate.observe(&[seen("a", 1, "v"), seen("a", 9, "w")]).await;
    let a = estate.id("a").await;
    assert_eq!(store.retention(tenant).await.unwrap(), None);
    store.drop_before(tenant, day(5)).await.unwrap();
    // Nobody remembers again what was forgotten.
    store.drop_before(tenant, day(2)).await.unwrap();
    assert_eq!(store.retention(tenant).await.unwrap(), Some(day(5)));
    let refused = store.spans(tenant, a, Some(day(4))).await;
    assert!(
        matches!(refused, Err(StoreError::BeforeRetention { since }) if since == day(5)),
        "{refused:?}"
    );
    assert!(store.spans(tenant, a, Some(day(5))).await.is_ok());
    assert_eq!(estate.observe(&[seen("a", 3, "x")]).await.late, ["a"]);
    assert_eq!(estate.intervals("a").await, "1–1 v ×1, 9–9 w ×1");
}
