//! What was seen of one server over time.

use exward_store::StoreUrl;
use exward_store::store::ServerId;

use crate::estate::{Estate, day, interval, is_missing, seen};

pub(crate) async fn are_cut_at_a_moment(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    for (at, body) in [(1, "v.1"), (3, "v.1"), (4, "v.2"), (6, "v.2"), (8, "w")] {
        estate.observe(&[seen("a", at, body)]).await;
    }
    let a = estate.id("a").await;
    let as_of = async |at: i64| {
        let spans = estate.store.spans(estate.tenant, a, Some(day(at))).await.unwrap();
        spans.iter().map(interval).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(as_of(0).await, "");
    assert_eq!(as_of(1).await, "1–1 v.1 ×2");
    assert_eq!(as_of(2).await, "1–2 v.1 ×2");
    assert_eq!(as_of(5).await, "1–3 v.1 ×2, 4–5 v.2 ×2");
    assert_eq!(as_of(99).await, "1–3 v.1 ×2, 4–6 v.2 ×2, 8–8 w ×1");
    let spans = estate.store.spans(estate.tenant, a, None).await.unwrap();
    assert_eq!(spans[0].imprint, spans[1].imprint);
    assert_eq!((&*spans[2].imprint_body, spans[2].run), ("w", estate.run));
}

pub(crate) async fn belong_to_a_tenant(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    north.observe(&[seen("a", 1, "v")]).await;
    is_missing(north.store.spans(south.tenant, north.id("a").await, None).await);
    is_missing(north.store.spans(north.tenant, ServerId(999), Some(day(3))).await);
}
