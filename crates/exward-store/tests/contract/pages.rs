//! What pages and exports ask: labels, what was seen last, newest hunts, the imprints of a tenant.

use exward_store::StoreUrl;
use exward_store::store::{HuntGroup, Hunted, ImprintId, ServerFilter, ServerId};

use crate::estate::{Estate, day, seen};

fn hunted(target: &str, at: i64, verdict: &str) -> Hunted {
    let body = format!("{{\"day\":{at}}}");
    let (from, to) = (Some(day(at - 9)), Some(day(at)));
    let (target, verdict) = (target.into(), verdict.into());
    Hunted { target, at: day(at), verdict, alarm: 0, from, to, body, sightings: Vec::new() }
}

pub(crate) async fn labels_are_those_of_the_tenant(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    north.observe(&[seen("a", 1, "a"), seen("b", 1, "a"), seen("c", 1, "a")]).await;
    south.observe(&[seen("a", 1, "a")]).await;
    let store = &north.store;
    assert_eq!(store.labels(north.tenant).await.unwrap(), <_>::default());
    let (a, b) = (north.id("a").await, north.id("b").await);
    let tags = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let set = async |tenant, server, site, all: &[&str]| {
        store.set_labels(tenant, server, (site, &tags(all)), "kim", day(1)).await.unwrap();
    };
    set(north.tenant, a, None, &["edge", "dag-1"]).await;
    set(north.tenant, b, Some("Oslo"), &["edge"]).await;
    set(south.tenant, south.id("a").await, Some("Rome"), &[]).await;
    let labels = store.labels(north.tenant).await.unwrap();
    assert_eq!((labels.sites, labels.tags), (tags(&["Oslo"]), tags(&["dag-1", "edge"])), "S3");
}

pub(crate) async fn the_newest_of_every_server_comes_in_pages(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    north.observe(&[seen("a", 1, "a"), seen("b", 1, "v")]).await;
    north.observe(&[seen("a", 5, "b"), seen("a", 7, "b")]).await;
    south.observe(&[seen("z", 1, "z")]).await;
    let store = &north.store;
    let keep = async |hunted: Hunted| store.keep_hunt(north.tenant, north.run, &hunted).await;
    keep(hunted("a", 3, "scanned")).await.unwrap();
    keep(hunted("a", 4, "attempted")).await.unwrap();
    keep(hunted("only hunted", 4, "attempted")).await.unwrap();
    let (mut after, mut all) = (ServerId(0), Vec::new());
    while let Some(last) = {
        let page = store.newest(north.tenant, after, 2).await.unwrap();
        let last = page.last().map(|it| it.server);
        all.extend(page);
        last
    } {
        after = last;
    }
    let told = all.iter().map(|it| {
        let hunt = it.hunt.as_ref().map(|hunt| hunt.verdict.clone());
        (it.target.as_str(), it.body.as_deref(), it.at, hunt, it.hunt_body.as_deref())
    });
    let attempted = || Some("attempted".to_owned());
    let fourth = Some("{\"day\":4}");
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("a", Some("b"), Some(day(7)), attempted(), fourth),
            ("b", Some("v"), Some(day(1)), None, None),
            ("only hunted", None, None, attempted(), fourth),
        ]
    );
    let hunts = store
        .speaking_hunts(north.tenant, HuntGroup::Said("attempted"), ServerId(0), 9)
        .await
        .unwrap();
    let told: Vec<_> = hunts.iter().map(|(target, it)| (target.as_str(), it.at)).collect();
    assert_eq!(told, [("a", day(4)), ("only hunted", day(4))]);
    let a = north.id("a").await;
    let later =
        store.speaking_hunts(north.tenant, HuntGroup::Said("attempted"), a, 9).await.unwrap();
    assert_eq!(later.len(), 1, "after the first server");
    assert!(
        store
            .speaking_hunts(north.tenant, HuntGroup::Said("scanned"), ServerId(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .speaking_hunts(south.tenant, HuntGroup::Said("attempted"), ServerId(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn imprints_are_asked_about_within_a_tenant(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    north.observe(&[seen("a", 1, "a"), seen("b", 1, "v"), seen("c", 1, "v")]).await;
    north.observe(&[seen("a", 2, "v")]).await;
    south.observe(&[seen("z", 1, "z")]).await;
    let store = &north.store;
    let of = store.imprints_of(north.tenant, ImprintId(0), 9).await.unwrap();
    let mut bodies: Vec<_> = of.iter().map(|it| it.1.as_str()).collect();
    bodies.sort_unstable();
    assert_eq!(bodies, ["a", "v"], "also what no server stands on any more");
    let v = north.imprint("v").await;
    let all = ServerFilter { imprints: Some(vec![v]), ..ServerFilter::default() };
    let page = store.servers(north.tenant, &all, None, 9).await.unwrap();
    assert_eq!(page.rows.len(), 3);
    let none = ServerFilter { imprints: Some(vec![]), ..ServerFilter::default() };
    assert!(store.servers(north.tenant, &none, None, 9).await.unwrap().rows.is_empty());
    let servers = [north.id("a").await, south.id("z").await];
    let on = store.standing_on(north.tenant, &servers).await.unwrap();
    assert_eq!(on, [(servers[0], v)], "S3");
    let runs = [north.run, south.run];
    let sources = store.sources(north.tenant, &runs).await.unwrap();
    assert_eq!(sources, [(north.run, "a test".to_owned())], "S3");
}
