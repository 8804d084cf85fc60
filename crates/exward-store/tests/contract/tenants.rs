//! Tenants and their runs.

use exward_store::StoreUrl;
use exward_store::store::{RunId, RunKind, ServerFilter, SkippedLine, TenantId};

use crate::estate::{Estate, day, is_conflict, is_missing, seen};

pub(crate) async fn have_names(url: StoreUrl) {
    let Estate { store, tenant, .. } = Estate::new(&url).await;
    for name in ["north", "", "North", "a b", "../x", &"x".repeat(65)] {
        is_conflict(store.make_tenant(name, day(0)).await);
    }
    store.make_tenant("east", day(1)).await.unwrap();
    let names: Vec<String> = store.tenants().await.unwrap().into_iter().map(|it| it.name).collect();
    assert_eq!(names, ["east", "north"]);
    let north = store.tenant("north").await.unwrap().unwrap();
    assert_eq!((north.id, north.made_at), (tenant, day(0)));
    assert_eq!(store.tenant("west").await.unwrap(), None);
}

pub(crate) async fn keep_their_runs(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let Estate { store, tenant, run, .. } = &estate;
    estate.observe(&[seen("a", 1, "v"), seen("b", 1, "v")]).await;
    estate.observe(&[seen("a", 2, "v"), seen("b", 2, "w")]).await;
    let skipped = [SkippedLine { place: "feed.json:17".into(), why: "it is \"empty\"".into() }];
    store.end_run(*tenant, *run, day(3), &skipped).await.unwrap();
    is_conflict(store.end_run(*tenant, *run, day(4), &[]).await);
    let next = store.begin_run(*tenant, RunKind::Feed, "x", "y", day(4)).await.unwrap();

    let runs = store.runs(*tenant, 10, None).await.unwrap();
    assert_eq!(runs.iter().map(|it| it.id).collect::<Vec<_>>(), [next, *run]);
    assert_eq!(runs[0].ended_at, None);
    let ended = store.runs(*tenant, 10, Some(next)).await.unwrap().remove(0);
    assert_eq!((ended.servers, ended.changed, ended.ended_at), (4, 3, Some(day(3))));
    assert_eq!(ended.skipped, skipped);

    let many = vec![skipped[0].clone(); 1_003];
    store.end_run(*tenant, next, day(5), &many).await.unwrap();
    let ended = store.runs(*tenant, 1, None).await.unwrap().remove(0);
    assert_eq!(ended.skipped.len(), 1_001);
    assert_eq!(ended.skipped[1_000].why, "3 more lines were skipped");
}

pub(crate) async fn see_nothing_of_each_other(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let store = &north.store;
    north.observe(&[seen("mail", 1, "v"), seen("other", 1, "a")]).await;
    south.observe(&[seen("mail", 2, "w")]).await;

    let page = store.servers(south.tenant, &ServerFilter::default(), None, 10).await.unwrap();
    let targets: Vec<&str> = page.rows.iter().map(|it| &*it.target).collect();
    assert_eq!(targets, ["mail"]);
    assert_eq!(store.summary(south.tenant).await.unwrap().servers, 1);
    assert_eq!(store.turns(south.tenant).await.unwrap().len(), 1);
    assert_ne!(north.id("mail").await, south.id("mail").await);

    let theirs = north.id("mail").await;
    is_missing(store.server(south.tenant, theirs).await);
    is_missing(store.set_labels(south.tenant, theirs, (None, &[]), "eve", day(9)).await);
    is_missing(store.observe(south.tenant, north.run, &[]).await);
    is_missing(store.end_run(south.tenant, north.run, day(9), &[]).await);
    assert_eq!(store.runs(south.tenant, 10, None).await.unwrap().len(), 1);

    let nobody = TenantId(4_711);
    is_missing(store.begin_run(nobody, RunKind::Hunt, "", "", day(0)).await);
    is_missing(store.observe(nobody, RunId(1), &[]).await);
    is_missing(store.drop_before(nobody, day(0)).await);
    is_missing(store.recompute_turns(nobody).await);
}
