//! The sentence of a new catalog for a tenant: counted from the store, when it is shown and when it is told.

use exward_core::catalog::{Catalog, Kind};
use exward_core::news::{Alike, Update, Uptake, Used, news, news_since};
use exward_store::store::{ReleaseCount, TenantId};
use exward_store::{Store, StoreError};
use jiff::civil::Date;
use serde_json::{Value, json};

/// An update, and how far a tenant is with it.
pub(crate) struct Told {
    /// Since when it is news here.
    pub(crate) since: Date,
    pub(crate) sentence: String,
    /// The campaign about it, where there is one.
    pub(crate) campaign: Option<String>,
}

/// The updates of the catalog in force that are news, each with the day since when.
///
/// # Errors
/// The store's.
pub(crate) async fn dated<'c>(
    store: &Store,
    catalog: &'c Catalog,
    today: Date,
) -> Result<Vec<(Date, Update<'c>)>, StoreError> {
    let used = store.catalogs().await?;
    let used: Vec<Used> =
        used.iter().map(|it| Used { as_of: it.as_of, since: it.first_used_at }).collect();
    Ok(news(catalog, &used, today))
}

/// The servers of a tenant whose product is known, as they stand.
///
/// # Errors
/// The store's.
pub(crate) async fn estate(store: &Store, tenant: TenantId) -> Result<Vec<Alike>, StoreError> {
    Ok(alike(&store.releases(tenant).await?))
}

/// What is to be said of this news to whoever has these servers: nothing of an update that is none of theirs, or that
/// all their servers have.
pub(crate) fn told(news: &[(Date, Update<'_>)], estate: &[Alike]) -> Vec<Told> {
    let told = |(since, update): &(Date, Update<'_>)| {
        let uptake = update.uptake(estate);
        (uptake.there < uptake.servers).then(|| Told {
            since: *since,
            sentence: update.sentence(uptake),
            campaign: campaign(update),
        })
    };
    news.iter().filter_map(told).collect()
}

/// CUs are no campaigns.
fn campaign(update: &Update<'_>) -> Option<String> {
    let is_su = update.releases.iter().all(|it| it.kind == Kind::Su);
    is_su.then(|| update.name.clone())
}

/// Those whose product is known. A name that this program does not know is none.
fn alike(counts: &[ReleaseCount]) -> Vec<Alike> {
    let known = counts.iter().filter_map(|it| {
        Some(Alike {
            product: it.product.as_deref()?.parse().ok()?,
            cu: it.cu.as_deref().and_then(|it| it.parse().ok()),
            build: it.build.as_deref().and_then(|it| it.parse().ok()),
            servers: it.servers,
        })
    });
    known.collect()
}

/// What is to be told each tenant of a catalog that follows one of the day `former`: as sentences, and for webhooks.
///
/// # Errors
/// The store's.
pub(crate) async fn since(
    store: &Store,
    catalog: &Catalog,
    former: Date,
) -> Result<Vec<Announced>, StoreError> {
    let updates = news_since(catalog, former);
    let mut all = Vec::new();
    if updates.is_empty() {
        return Ok(all);
    }
    for tenant in store.tenants().await? {
        let estate = estate(store, tenant.id).await?;
        let counted = updates.iter().map(|it| (it, it.uptake(&estate)));
        let own: Vec<_> = counted.filter(|(_, it)| it.servers > 0).collect();
        all.push(Announced {
            tenant: tenant.id,
            name: tenant.name,
            sentences: own.iter().map(|(it, uptake)| it.sentence(*uptake)).collect(),
            events: own.iter().map(|(it, uptake)| event(it, *uptake)).collect(),
        });
    }
    Ok(all)
}

/// See [`since`].
pub(crate) struct Announced {
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) sentences: Vec<String>,
    pub(crate) events: Vec<Value>,
}

fn event(update: &Update<'_>, uptake: Uptake) -> Value {
    json!({
        "update": update.name,
        "released": update.released.to_string(),
        "there": uptake.there,
        "servers": uptake.servers,
        "text": update.sentence(uptake),
    })
}

#[cfg(test)]
mod tests {
    use exward_core::news::newest;
    use exward_store::StoreUrl;
    use exward_store::store::{RunKind, Seen, StandingRow, TenantId};
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::cli::load;

    const NOW: &str = "2026-11-20T12:00:00Z";

    async fn see(store: &Store, tenant: TenantId, builds: &[(String, String, String)]) {
        let now: Timestamp = NOW.parse().unwrap();
        let run = store.begin_run(tenant, RunKind::Check, "test", "test", now).await.unwrap();
        let seen = builds.iter().enumerate().map(|(at, (product, cu, build))| Seen {
            target: format!("ex{at}"),
            name: None,
            site: None,
            at: now,
            body: build.clone(),
            imprint: build.clone(),
            standing: StandingRow {
                verdict: "vulnerable".into(),
                product: Some(product.clone()),
                cu: Some(cu.clone()),
                build: Some(build.clone()),
                ..StandingRow::default()
            },
        });
        store.observe(tenant, run, &seen.collect::<Vec<_>>()).await.unwrap();
    }

    #[tokio::test]
    async fn a_new_catalog_is_told_to_those_it_concerns() {
        let folder = tempfile::tempdir().unwrap();
        let url = StoreUrl::from(folder.path().join("exward.db").as_path());
        let store = Store::open(&url).await.unwrap();
        let (now, catalog): (Timestamp, _) = (NOW.parse().unwrap(), load(None).unwrap());
        let today: Date = "2026-11-20".parse().unwrap();
        let own = store.make_tenant("own", now).await.unwrap();
        let other = store.make_tenant("other", now).await.unwrap();
        let updates = newest(&catalog);
        let update = updates.iter().find(|it| campaign(it).is_some()).unwrap();
        let release = update.releases[0];
        let base = catalog.line_of(release.build).unwrap().base;
        let on = |build: exward_core::build::Build| {
            (release.product.to_string(), release.cu.to_string(), build.to_string())
        };
        see(&store, own, &[on(release.build), on(base)]).await;
        see(&store, other, &[on(release.build)]).await;
        let of = async |tenant| {
            let news = dated(&store, &catalog, today).await.unwrap();
            told(&news, &estate(&store, tenant).await.unwrap())
        };
        store.note_catalog(&[1; 32], update.released, &[], now).await.unwrap();
        assert!(of(own).await.is_empty(), "N1: of the first catalog nothing is news");
        let day = SignedDuration::from_hours(24);
        let later = now.checked_add(day).unwrap();
        store.note_catalog(&[2; 32], catalog.as_of(), &[], later).await.unwrap();
        let want = update.sentence(Uptake { there: 1, servers: 2 });
        let lines = of(own).await;
        let line = lines.iter().find(|it| it.sentence == want).unwrap();
        assert_eq!(line.since, today.tomorrow().unwrap());
        assert_eq!(line.campaign.as_ref(), Some(&update.name));
        assert!(of(other).await.is_empty(), "N1: all of theirs are there");
        let all = since(&store, &catalog, update.released).await.unwrap();
        let events = |tenant| &all.iter().find(|it| it.tenant == tenant).unwrap().events;
        let event = events(own).iter().find(|it| it["update"] == *update.name).unwrap();
        assert_eq!(
            (&event["there"], &event["servers"], &event["text"]),
            (&1.into(), &2.into(), &want.into())
        );
        assert_eq!(events(other).len(), 1, "they are told that all are there");
    }
}
