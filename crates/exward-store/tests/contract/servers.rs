//! Lists and counts of servers.

use exward_store::StoreUrl;
use exward_store::store::{Cursor, Seen, ServerFilter, StandingRow, VerdictCount};

use crate::estate::{Estate, day, is_conflict, is_missing, seen};

/// Servers with ranks.
async fn ranked(url: &StoreUrl, servers: &[(&str, i64)]) -> Estate {
    let estate = Estate::new(url).await;
    let seen: Vec<Seen> = servers
        .iter()
        .map(|(target, rank)| {
            let seen = seen(target, 1, "v");
            Seen { standing: StandingRow { rank: *rank, ..seen.standing.clone() }, ..seen }
        })
        .collect();
    estate.observe(&seen).await;
    estate
}

async fn targets(estate: &Estate, filter: &ServerFilter) -> String {
    let page = estate.store.servers(estate.tenant, filter, None, 500).await.unwrap();
    page.rows.iter().map(|it| &*it.target).collect::<Vec<_>>().join(" ")
}

pub(crate) async fn come_worst_first(url: StoreUrl) {
    let servers = [("b", 5), ("a", 5), ("é", 5), ("Z", 5), ("low", -3), ("high", 90)];
    let estate = ranked(&url, &servers).await;
    assert_eq!(pages(&estate).await, ["high Z", "a b", "é low"]);
    assert!("nonsense".parse::<Cursor>().is_err());

    // A hunt that asks to act stands before every verdict, and stays there when it is seen again.
    for target in ["low", "b"] {
        let hunted = crate::hunts::hunted(target, 2, "compromised", 0);
        estate.store.keep_hunt(estate.tenant, estate.run, &hunted).await.unwrap();
    }
    estate.observe(&[seen("low", 3, "a")]).await;
    let low = StandingRow { rank: -3, ..seen("low", 3, "a").standing };
    let imprint = estate.imprint(&seen("low", 3, "a").imprint).await;
    estate.store.restand(&[(imprint, low)], day(4)).await.unwrap();
    assert_eq!(pages(&estate).await, ["b low", "high Z", "a é"]);
    let alarms = estate.store.summary(estate.tenant).await.unwrap().verdicts;
    assert_eq!(alarms.iter().map(|it| it.alarms).sum::<u64>(), 2);
}

/// All pages of two servers each.
async fn pages(estate: &Estate) -> Vec<String> {
    let (mut after, mut pages): (Option<Cursor>, Vec<String>) = (None, Vec::new());
    loop {
        let filter = ServerFilter::default();
        let page = estate.store.servers(estate.tenant, &filter, after.as_ref(), 2).await.unwrap();
        pages.push(page.rows.iter().map(|it| &*it.target).collect::<Vec<_>>().join(" "));
        match page.next {
            // A place is told to a browser as text, and comes back as it was.
            Some(next) => after = Some(next.to_string().parse().unwrap()),
            None => break,
        }
    }
    pages
}

pub(crate) async fn are_filtered(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let server = |target: &str, name: Option<&str>, site: Option<&str>, kev_open| {
        let seen = seen(target, 1, if kev_open > 0 { "v" } else { "a" });
        let standing = StandingRow { kev_open, rank: 0, ..seen.standing.clone() };
        Seen { name: name.map(Into::into), site: site.map(Into::into), standing, ..seen }
    };
    estate
        .observe(&[
            server("mail-1.Example.org", None, Some("Oslo"), 2),
            server("x", Some("MAIL-1"), None, 0),
            server("100%_sure!", None, Some("oslo"), 0),
        ])
        .await;
    estate
        .store
        .set_labels(
            estate.tenant,
            estate.id("x").await,
            (None, &["DMZ".into(), "a_b".into()]),
            "kim",
            day(1),
        )
        .await
        .unwrap();

    let check = async |filter: ServerFilter, wanted: &str| {
        assert_eq!(targets(&estate, &filter).await, wanted, "{filter:?}");
    };
    let some = |text: &str| Some(text.to_owned());
    let all = ServerFilter::default;
    for (text, wanted) in [
        ("", "100%_sure! mail-1.Example.org x"),
        ("Mail-1", "mail-1.Example.org x"),
        ("EXAMPLE", "mail-1.Example.org"),
        ("%", "100%_sure!"),
        ("_", "100%_sure!"),
        ("!", "100%_sure!"),
        ("a%l", ""),
        ("\\", ""),
        ("'; DROP TABLE server; --", ""),
        ("\0", ""),
    ] {
        check(ServerFilter { text: some(text), ..all() }, wanted).await;
    }
    check(ServerFilter { verdict: some("vulnerable"), ..all() }, "mail-1.Example.org").await;
    check(ServerFilter { kev_only: true, ..all() }, "mail-1.Example.org").await;
    check(ServerFilter { kev_only: true, verdict: some("patched"), ..all() }, "").await;
    check(ServerFilter { site: some("Oslo"), ..all() }, "mail-1.Example.org").await;
    check(ServerFilter { tag: some("dmz"), ..all() }, "x").await;
    check(ServerFilter { tag: some("A_B"), ..all() }, "x").await;
    check(ServerFilter { tag: some("axb"), ..all() }, "").await;
    check(ServerFilter { tag: some("dm"), ..all() }, "").await;
}

pub(crate) async fn are_counted(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let empty = estate.store.summary(estate.tenant).await.unwrap();
    assert_eq!((empty.servers, empty.oldest_seen), (0, None));
    let kev = {
        let seen = seen("k", 4, "v");
        Seen { standing: StandingRow { kev_open: 1, ..seen.standing.clone() }, ..seen }
    };
    estate.observe(&[seen("a", 2, "a"), seen("b", 3, "a"), seen("c", 3, "v"), kev]).await;
    let summary = estate.store.summary(estate.tenant).await.unwrap();
    let count =
        |verdict: &str, kev| VerdictCount { verdict: verdict.into(), servers: 2, kev, alarms: 0 };
    assert_eq!(summary.verdicts, [count("patched", 0), count("vulnerable", 1)]);
    assert_eq!((summary.servers, summary.kev), (4, 1));
    assert_eq!((summary.oldest_seen, summary.newest_seen), (Some(day(2)), Some(day(4))));
}

pub(crate) async fn have_tags_and_a_site(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    estate.observe(&[seen("a", 1, "v")]).await;
    let a = estate.id("a").await;
    let tags = [" DMZ ", "\"quoted\"", "dmz", "b"].map(str::to_owned);
    let set = async |server, site, tags: &[String]| {
        store.set_labels(tenant, server, (site, tags), "kim", day(1)).await
    };
    set(a, Some("Oslo"), &tags).await.unwrap();
    estate.observe(&[seen("a", 2, "w")]).await;
    let server = store.server(tenant, a).await.unwrap();
    assert_eq!(server.tags, ["\"quoted\"", "b", "dmz"]);
    assert_eq!(server.site.as_deref(), Some("Oslo"));
    set(a, None, &tags).await.unwrap();
    let server = store.server(tenant, a).await.unwrap();
    assert_eq!((server.site, server.tags.len()), (None, 3));
    let noted = store.audit(Some(tenant), None, 1).await.unwrap();
    assert_eq!(
        (&*noted[0].action, &*noted[0].subject, &*noted[0].actor),
        ("server.label", "a", "kim")
    );

    is_conflict(set(a, Some(""), &[]).await);
    is_conflict(set(a, None, &["".to_owned()]).await);
    is_conflict(set(a, None, &["x".repeat(65)]).await);
    let many: Vec<String> = (0..33).map(|it| format!("t{it}")).collect();
    is_conflict(set(a, None, &many).await);
    is_missing(set(exward_store::store::ServerId(999), None, &[]).await);
}
