//! What somebody lives with.

use exward_store::StoreUrl;
use exward_store::store::{AcceptanceId, Accepting, ServerId};

use crate::estate::{Estate, day, is_conflict, is_missing, seen};

fn accepting(server: ServerId) -> Accepting {
    Accepting {
        server,
        cve: "CVE-2026-0001".into(),
        until: day(30),
        by: "ada".into(),
        why: "it is switched off".into(),
    }
}

pub(crate) async fn until_a_date(url: StoreUrl) {
    let estate = Estate::new(&url).await;
    let (store, tenant) = (&estate.store, estate.tenant);
    estate.observe(&[seen("a", 1, "v"), seen("b", 1, "v")]).await;
    let asked = accepting(estate.id("a").await);
    let first = store.accept(tenant, &asked, day(2)).await.unwrap();
    let all = Accepting { cve: "*".into(), server: estate.id("b").await, ..asked.clone() };
    let second = store.accept(tenant, &all, day(3)).await.unwrap();

    let refused = [
        Accepting { until: day(2), ..asked.clone() },
        Accepting { cve: String::new(), ..asked.clone() },
        Accepting { by: " ".into(), ..asked.clone() },
        Accepting { why: String::new(), ..asked.clone() },
        Accepting { why: "x".repeat(2_001), ..asked.clone() },
    ];
    for accepting in refused {
        is_conflict(store.accept(tenant, &accepting, day(2)).await);
    }

    store.revoke(tenant, first, "bob", day(4)).await.unwrap();
    is_conflict(store.revoke(tenant, first, "bob", day(5)).await);
    let kept = store.acceptances(tenant, Some(asked.server)).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!((&kept[0].accepted, kept[0].at), (&asked, day(2)));
    assert_eq!((kept[0].revoked_at, kept[0].revoked_by.as_deref()), (Some(day(4)), Some("bob")));
    let noted = store.audit(Some(tenant), None, 9).await.unwrap();
    let noted: Vec<_> = noted.iter().map(|it| (&*it.action, &*it.subject, &*it.actor)).collect();
    let first_of_all = format!("{} on a", asked.cve);
    assert_eq!(noted[0], ("finding.revoke", &*first_of_all, "bob"));
    assert_eq!(noted[1], ("finding.accept", "* on b", &*asked.by));
    assert_eq!(noted.len(), 3, "what was refused is not noted");
    let kept = store.acceptances(tenant, None).await.unwrap();
    assert_eq!(kept.iter().map(|it| it.id).collect::<Vec<_>>(), [second, first]);
}

pub(crate) async fn within_a_tenant(url: StoreUrl) {
    let north = Estate::new(&url).await;
    let south = Estate::of_tenant(north.store.clone(), "south").await;
    let store = &north.store;
    north.observe(&[seen("a", 1, "v")]).await;
    let asked = accepting(north.id("a").await);
    let id = store.accept(north.tenant, &asked, day(2)).await.unwrap();
    is_missing(store.accept(south.tenant, &asked, day(2)).await);
    is_missing(store.revoke(south.tenant, id, "eve", day(3)).await);
    is_missing(store.revoke(north.tenant, AcceptanceId(999), "eve", day(3)).await);
    is_missing(store.acceptances(south.tenant, Some(asked.server)).await);
    assert_eq!(store.acceptances(south.tenant, None).await.unwrap(), []);
}
