//! Catalogs in the order in which they came, and servers by release.

use exward_store::StoreUrl;
use exward_store::store::{Seen, StandingRow};

use crate::estate::{Estate, day, seen};

pub(crate) async fn catalogs_come_in_order(url: StoreUrl) {
    let store = Estate::new(&url).await.store;
    assert!(store.catalogs().await.unwrap().is_empty());
    for (digest, as_of, at) in [(1, "2026-05-20", 1), (2, "2026-06-20", 5), (1, "2026-05-20", 9)] {
        store.note_catalog(&[digest; 32], as_of.parse().unwrap(), &[], day(at)).await.unwrap();
    }
    let used = store.catalogs().await.unwrap();
    let told: Vec<_> =
        used.iter().map(|it| (it.digest[0], it.first_used_at, it.in_force)).collect();
    assert_eq!(told, [(1, day(1), true), (2, day(5), false)]);
    assert_eq!(used[1].as_of, "2026-06-20".parse().unwrap());
}

pub(crate) async fn servers_are_counted_by_release(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let other = Estate::of_tenant(estate.store.clone(), "south").await;
    let on = |target: &str, at, imprint: &str, build: Option<&str>| {
        let known = |text: &str| build.map(|_| text.to_owned());
        let standing = StandingRow {
            verdict: "patched".into(),
            product: known("2019"),
            cu: known("CU15"),
            build: build.map(str::to_owned),
            ..StandingRow::default()
        };
        Seen { standing, ..seen(target, at, imprint) }
    };
    let (old, new) = (Some("15.2.1748.10"), Some("15.2.1748.50"));
    let all =
        [on("a", 1, "o", old), on("b", 1, "o", old), on("c", 1, "n", new), on("d", 1, "u", None)];
    estate.observe(&all).await;
    // Alike, but of another tenant; and one that has turned.
    other.observe(&[on("a", 1, "o", old), on("e", 1, "n", new)]).await;
    estate.observe(&[on("b", 2, "n", new)]).await;
    let shown = async |estate: &Estate| -> Vec<String> {
        let counts = estate.store.releases(estate.tenant).await.unwrap();
        let shown = counts.iter().map(|it| {
            let text = |it: &Option<String>| it.clone().unwrap_or_else(|| "–".into());
            format!("{} {} {}: {}", text(&it.product), text(&it.cu), text(&it.build), it.servers)
        });
        shown.collect()
    };
    let want = ["– – –: 1", "2019 CU15 15.2.1748.10: 1", "2019 CU15 15.2.1748.50: 2"];
    assert_eq!(shown(&estate).await, want);
    let want = ["2019 CU15 15.2.1748.10: 1", "2019 CU15 15.2.1748.50: 1"];
    assert_eq!(shown(&other).await, want, "S3");
}
