//! Hunts and what they have found.

use exward_store::StoreUrl;
use exward_store::store::{
    HUNTS_MAX, HuntId, HuntOfServer, HuntRow, Hunted, Settling, SightingSeen, StoreError,
};

use crate::estate::{Estate, day, is_conflict, is_missing, seen};

pub(crate) fn hunted(target: &str, at: i64, verdict: &str, sightings: usize) -> Hunted {
    let sighting = |number: usize| SightingSeen {
        at: (number != 1).then(|| day(at)),
        stage: "exploit".into(),
        confidence: "high".into(),
        rule: format!("rule {number}"),
        body: "{}".into(),
        alarm: verdict == "compromised",
        trace: Some([u8::try_from(number % 256).unwrap(); 32]),
    };
    Hunted {
        target: target.into(),
        at: day(at),
        verdict: verdict.into(),
        alarm: u8::from(verdict == "compromised") * 2,
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

pub(crate) async fn are_shown_by_the_one_that_speaks(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    for hunted in [hunted("a", 5, "compromised", 1), hunted("a", 3, "scanned", 0)] {
        store.keep_hunt(tenant, estate.run, &hunted).await.unwrap();
    }
    let shown = async || store.server(tenant, estate.id("a").await).await.unwrap();
    let a = shown().await;
    let wanted = HuntOfServer {
        verdict: "compromised".into(),
        from: Some(day(-25)),
        to: Some(day(5)),
        is_settled: false,
    };
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

fn settling(hunt: HuntId, why: &str) -> Settling {
    Settling { hunt, by: "ana".into(), why: why.into() }
}

/// What the list of servers says of the only one: the hunt's last day, and how it stands.
async fn said(estate: &Estate) -> (i64, &'static str) {
    let page = estate.store.servers(estate.tenant, &Default::default(), None, 9).await.unwrap();
    let [row] = &*page.rows else { panic!("one server: {:?}", page.rows) };
    let hunt = row.hunt.as_ref().unwrap();
    let last = hunt.to.unwrap().duration_since(day(0)).as_hours() / 24;
    let stands = match (row.alarm, hunt.is_settled) {
        (true, false) => "alarm",
        (false, true) => "settled",
        (false, false) => "quiet",
        (true, true) => "both",
    };
    agrees(estate, row.id, hunt).await;
    (last, stands)
}

/// The row is what the hunts come to, by the core's own words (S2).
async fn agrees(estate: &Estate, server: exward_store::store::ServerId, shown: &HuntOfServer) {
    let hunts = estate.store.hunts(estate.tenant, server).await.unwrap();
    let heard: Vec<_> = hunts.iter().map(HuntRow::heard).collect();
    let speaks = &hunts[exward_core::alarm::speaking(&heard, day(1_000)).unwrap()];
    assert_eq!((&speaks.verdict, speaks.to), (&shown.verdict, shown.to));
    assert_eq!(speaks.settled.is_some(), shown.is_settled);
}

pub(crate) async fn an_alarm_stands_until_it_is_settled(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let (store, tenant) = (&north.store, north.tenant);
    let keep = async |hunted: &Hunted| store.keep_hunt(tenant, north.run, hunted).await.unwrap();
    let alarm = keep(&hunted("a", 3, "compromised", 2)).await;
    let quiet = keep(&hunted("a", 5, "nothing-found", 0)).await;
    assert_eq!(said(&north).await, (3, "alarm"), "HU1");
    // What was kept late does not hide it, either.
    keep(&hunted("a", 1, "scanned", 1)).await;
    assert_eq!(said(&north).await, (3, "alarm"), "HU1");

    is_missing(store.settle(south.tenant, &settling(alarm, "none of yours"), day(6)).await);
    is_conflict(store.settle(tenant, &settling(quiet, "no alarm"), day(6)).await);
    is_conflict(store.settle(tenant, &settling(alarm, " "), day(6)).await);
    is_conflict(store.settle(tenant, &settling(alarm, &"x".repeat(2_001)), day(6)).await);
    is_conflict(store.raise(tenant, alarm, "ana", day(6)).await);
    assert_eq!(said(&north).await, (3, "alarm"));

    store.settle(tenant, &settling(alarm, "rebuilt from scratch"), day(6)).await.unwrap();
    is_conflict(store.settle(tenant, &settling(alarm, "twice"), day(6)).await);
    assert_eq!(said(&north).await, (5, "quiet"));
    store.raise(tenant, alarm, "kim", day(7)).await.unwrap();
    assert_eq!(said(&north).await, (3, "alarm"));
    is_missing(store.raise(south.tenant, alarm, "kim", day(7)).await);

    let audit = store.audit(Some(tenant), None, 9).await.unwrap();
    let noted =
        audit.iter().map(|it| format!("{} {} {}: {}", it.actor, it.action, it.subject, it.detail));
    let noted: Vec<_> = noted.collect();
    assert_eq!(
        noted,
        [
            "kim hunt.raise compromised on a: ",
            "ana hunt.settle compromised on a: rebuilt from scratch"
        ],
        "HU3"
    );
}

pub(crate) async fn the_same_traces_are_settled_once(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    let keep = async |hunted: &Hunted| store.keep_hunt(tenant, estate.run, hunted).await.unwrap();
    // Three nights, the same traces; the last night has one less, since logs are rotated.
    keep(&hunted("a", 1, "compromised", 3)).await;
    let second = keep(&hunted("a", 2, "compromised", 3)).await;
    store.settle(tenant, &settling(second, "a test of ours"), day(2)).await.unwrap();
    assert_eq!(said(&estate).await, (2, "settled"), "HU2: the first night, too");
    keep(&hunted("a", 3, "compromised", 2)).await;
    assert_eq!(said(&estate).await, (3, "settled"), "HU2");
    let summary = store.summary(tenant).await.unwrap();
    assert_eq!((summary.settled, summary.hunted.len(), summary.verdicts[0].alarms), (1, 0, 0));

    // One trace more, and it stands.
    let fourth = keep(&hunted("a", 4, "compromised", 4)).await;
    assert_eq!(said(&estate).await, (4, "alarm"), "HU2");
    store.settle(tenant, &settling(fourth, "that one as well"), day(5)).await.unwrap();
    // What is told from nothing else is not known again.
    let mut cut = hunted("a", 6, "compromised", 2);
    cut.sightings[1].trace = None;
    keep(&cut).await;
    assert_eq!(said(&estate).await, (6, "alarm"), "HU2");

    // An alarm of which no trace was kept is settled with no other one.
    let mut bare = hunted("b", 1, "compromised", 1);
    let b = keep(&bare).await;
    store.settle(tenant, &settling(b, "looked at"), day(2)).await.unwrap();
    bare.sightings.clear();
    bare.at = day(3);
    let bare = keep(&bare).await;
    let b = store.hunts(tenant, estate.id("b").await).await.unwrap();
    assert_eq!((b[0].id, b[0].settled.is_none(), b[1].settled.is_some()), (bare, true, true));
    let twice = store.settle(tenant, &settling(HuntId(b[1].id.0), "again"), day(4)).await;
    assert!(matches!(twice, Err(StoreError::Conflict { .. })));
}

pub(crate) async fn an_old_alarm_is_never_out_of_sight(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let keep = async |hunted: &Hunted| {
        estate.store.keep_hunt(estate.tenant, estate.run, hunted).await.unwrap()
    };
    let alarm = keep(&hunted("a", 0, "compromised", 1)).await;
    for at in 1..=i64::from(HUNTS_MAX) + 1 {
        keep(&hunted("a", at, "scanned", 0)).await;
    }
    let server = estate.id("a").await;
    let hunts = estate.store.hunts(estate.tenant, server).await.unwrap();
    assert_eq!(hunts.len(), HUNTS_MAX as usize);
    assert!(hunts.is_sorted_by(|a, b| a.at > b.at), "newest first");
    assert_eq!(hunts.last().unwrap().id, alarm, "HU1");
    assert_eq!(said(&estate).await, (0, "alarm"), "HU1");
}
