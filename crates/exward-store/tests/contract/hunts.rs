//! Hunts and what they have found.

use exward_store::StoreUrl;
use exward_store::store::{HuntOfServer, Hunted, SightingSeen};

use crate::estate::{Estate, day, is_missing, seen};

pub(crate) fn hunted(target: &str, at: i64, verdict: &str, sightings: usize) -> Hunted {
    let sighting = |number: usize| SightingSeen {
        at: (number != 1).then(|| day(at)),
        stage: "exploit".into(),
        confidence: "high".into(),
        rule: format!("rule {number}"),
        body: "{}".into(),
    };
    Hunted {
        target: target.into(),
        at: day(at),
        verdict: verdict.into(),
        alarm: verdict == "compromised",
        from: Some(day(at - 30)),
        to: Some(day(at)),
        body: r#"{"files":3}"#.into(),
        sightings: (0..sightings).map(sighting).collect(),
    }
}

pub(crate) async fn are_kept(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let store = &north.store;
    let hunted = hunted("a", 2, "attempted", 1_203);
    let hunt = store.keep_hunt(north.tenant, north.run, &hunted).await.unwrap();
    let a = north.id("a").await;
    let kept = store.hunts(north.tenant, a).await.unwrap();
    assert_eq!((kept.len(), kept[0].id, &*kept[0].body), (1, hunt, r#"{"files":3}"#));
    assert_eq!((kept[0].from, kept[0].run), (Some(day(-28)), north.run));

    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.sightings(north.tenant, hunt, after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        found.extend(page.into_iter().map(|it| it.sighting));
    }
    assert_eq!(found, hunted.sightings);

    is_missing(store.hunts(south.tenant, a).await);
    is_missing(store.sightings(south.tenant, hunt, None, 9).await);
    is_missing(store.keep_hunt(south.tenant, north.run, &hunted).await);
}

pub(crate) async fn are_shown_by_the_newest(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    for hunted in [hunted("a", 5, "compromised", 1), hunted("a", 3, "scanned", 0)] {
        store.keep_hunt(tenant, estate.run, &hunted).await.unwrap();
    }
    let shown = async || store.server(tenant, estate.id("a").await).await.unwrap();
    let a = shown().await;
    let wanted =
        HuntOfServer { verdict: "compromised".into(), from: Some(day(-25)), to: Some(day(5)) };
    assert_eq!((a.hunt, a.imprint), (Some(wanted.clone()), None));
    assert_eq!(&*a.standing.verdict, "unknown");

    // A server that was only hunted on is new to those who check it, and keeps its hunt.
    let observed = estate.observe(&[seen("a", 4, "v")]).await;
    assert_eq!((observed.new, observed.changed), (1, 0));
    let a = shown().await;
    assert_eq!((a.hunt, a.first_seen, a.last_seen), (Some(wanted), day(4), day(5)));
    assert_eq!(store.summary(tenant).await.unwrap().hunted, [("compromised".to_owned(), 1)]);
    assert_eq!(store.turns(tenant).await.unwrap().len(), 1);
}
