//! Keeping what was seen.

use exward_store::StoreUrl;
use exward_store::store::{Observed, SEEN_MAX, Seen, Store};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, query};

use crate::estate::{Estate, day, is_conflict, seen};

fn observed(new: u64, changed: u64, unchanged: u64, past: u64, late: &[&str]) -> Observed {
    let late = late.iter().map(|&it| it.to_owned()).collect();
    Observed { new, changed, unchanged, past, late }
}

pub(crate) async fn keeps_intervals(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let first = estate.observe(&[seen("a", 1, "v"), seen("b", 1, "v")]).await;
    assert_eq!(first, observed(2, 0, 0, 0, &[]));
    let second = estate.observe(&[seen("a", 2, "v"), seen("b", 2, "w"), seen("c", 2, "v")]).await;
    assert_eq!(second, observed(1, 1, 1, 0, &[]));
    estate.observe(&[seen("a", 3, "v"), seen("b", 3, "v")]).await;
    assert_eq!(estate.intervals("a").await, "1–3 v ×3");
    assert_eq!(estate.intervals("b").await, "1–1 v ×1, 2–2 w ×1, 3–3 v ×1");

    let named = Seen { name: Some("EX01".into()), site: Some("Oslo".into()), ..seen("a", 4, "v") };
    estate.observe(&[named]).await;
    estate.observe(&[seen("a", 5, "w")]).await;
    let a = estate.store.server(estate.tenant, estate.id("a").await).await.unwrap();
    assert_eq!((a.name.as_deref(), a.site.as_deref()), (Some("EX01"), Some("Oslo")));
    assert_eq!((a.first_seen, a.last_seen), (day(1), day(5)));
    assert_eq!(a.standing, seen("a", 5, "w").standing);
    assert_eq!(a.imprint, Some(estate.imprint("w").await));
}

pub(crate) async fn is_the_same_when_done_again(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let days: Vec<Vec<Seen>> = [(1, "v"), (2, "v"), (3, "w")]
        .map(|(at, body)| vec![seen("a", at, body), seen("b", at, "v")])
        .into();
    for seen in days.iter().chain(&days).chain(days.iter().rev()) {
        estate.observe(seen).await;
    }
    assert_eq!(estate.intervals("a").await, "1–2 v ×2, 3–3 w ×1");
    assert_eq!(estate.intervals("b").await, "1–3 v ×3");
    assert_eq!(estate.store.turns(estate.tenant).await.unwrap().len(), 3);
}

pub(crate) async fn keeps_what_arrives_late(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    estate.observe(&[seen("a", 10, "v"), seen("a", 12, "v"), seen("a", 20, "w")]).await;
    let check = async |at, body, became: Observed, intervals: &str| {
        assert_eq!(estate.observe(&[seen("a", at, body)]).await, became, "{at} {body}");
        assert_eq!(estate.intervals("a").await, intervals, "{at} {body}");
    };
    let (past, same, late) =
        (observed(0, 0, 0, 1, &[]), observed(0, 0, 1, 0, &[]), observed(0, 0, 0, 0, &["a"]));
    check(11, "v", same.clone(), "10–12 v ×2, 20–20 w ×1").await;
    check(11, "w", late.clone(), "10–12 v ×2, 20–20 w ×1").await;
    check(12, "w", late.clone(), "10–12 v ×2, 20–20 w ×1").await;
    check(20, "v", late, "10–12 v ×2, 20–20 w ×1").await;
    check(14, "v", same, "10–14 v ×3, 20–20 w ×1").await;
    check(16, "x", past.clone(), "10–14 v ×3, 16–16 x ×1, 20–20 w ×1").await;
    check(2, "w", past, "2–2 w ×1, 10–14 v ×3, 16–16 x ×1, 20–20 w ×1").await;

    let a = estate.store.server(estate.tenant, estate.id("a").await).await.unwrap();
    assert_eq!((a.first_seen, a.last_seen), (day(2), day(20)));
    assert_eq!(a.standing, seen("a", 20, "w").standing);
    let turns = estate.store.turns(estate.tenant).await.unwrap();
    estate.store.recompute_turns(estate.tenant).await.unwrap();
    assert_eq!(estate.store.turns(estate.tenant).await.unwrap(), turns);
}

pub(crate) async fn takes_a_server_twice(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let newest_first = [seen("a", 3, "w"), seen("b", 1, "v"), seen("a", 1, "v"), seen("a", 2, "v")];
    assert_eq!(estate.observe(&newest_first).await, observed(2, 1, 1, 0, &[]));
    assert_eq!(estate.intervals("a").await, "1–2 v ×2, 3–3 w ×1");
}

pub(crate) async fn is_all_or_nothing(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let many = |count: usize| -> Vec<Seen> {
        (0..count).map(|it| seen(&format!("server {it}"), 1, "v")).collect()
    };
    is_conflict(estate.store.observe(estate.tenant, estate.run, &many(SEEN_MAX + 1)).await);
    assert_eq!(estate.store.summary(estate.tenant).await.unwrap().servers, 0);
    assert_eq!(estate.observe(&many(SEEN_MAX)).await, observed(1_000, 0, 0, 0, &[]));
    assert_eq!(estate.observe(&many(SEEN_MAX)).await, observed(0, 0, 1_000, 0, &[]));
}

/// What was seen is not changed, whoever tries.
pub(crate) async fn is_append_only(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    estate.observe(&[seen("a", 1, "v"), seen("a", 2, "v"), seen("b", 1, "w")]).await;
    let mut connection = behind_the_back(&url).await;
    for change in [
        "body = 'x'",
        "digest = (SELECT digest FROM imprint WHERE body = 'w')",
        "imprint = (SELECT id FROM imprint WHERE body = 'w')",
        "from_at = from_at - 1",
        "to_at = to_at - 1",
        "times = times - 1",
        "server = server + 1",
        "run = run + 1",
        "id = id + 90",
    ] {
        let text = format!("UPDATE observation SET {change} WHERE body = 'v'");
        let refused = query(AssertSqlSafe(text)).execute(&mut connection).await;
        let said = refused.unwrap_err().to_string();
        assert!(said.contains("observations are append-only"), "{change}: {said}");
    }
    assert_eq!(estate.intervals("a").await, "1–2 v ×2");
}

async fn behind_the_back(url: &StoreUrl) -> AnyConnection {
    let text = match url {
        StoreUrl::Sqlite(path) => {
            format!("sqlite://{}", path.display().to_string().replace(' ', "%20"))
        }
        StoreUrl::Postgres(url) => url.clone(),
    };
    AnyConnection::connect(&text).await.unwrap()
}

/// Many write the same servers at the same time: nothing is lost, and nobody is refused.
pub(crate) async fn takes_turns(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (tenant, run) = (estate.tenant, estate.run);
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store: Store = estate.store.clone();
            tokio::spawn(async move {
                for at in 0..5 {
                    let servers: Vec<Seen> = (0..20)
                        .map(|it| {
                            seen(&format!("s{}", (it * 7 + writer) % 20), at, &format!("v{it}"))
                        })
                        .collect();
                    store.observe(tenant, run, &servers).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let turns = estate.store.turns(tenant).await.unwrap();
    assert_eq!(turns.iter().map(|it| it.delta).sum::<i64>(), 20);
    estate.store.recompute_turns(tenant).await.unwrap();
    assert_eq!(estate.store.turns(tenant).await.unwrap(), turns, "S2");
    assert_eq!(estate.store.runs(tenant, 1, None).await.unwrap()[0].servers, 4 * 5 * 20);
}
