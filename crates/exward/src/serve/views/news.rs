//! The lines of a new catalog.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exward_core::news::Alike;
use exward_store::store::{Mark, Tenant, TenantId};

use crate::news;
use crate::page::layout::{self, News};
use crate::page::show::{Shown, part};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// Tenants whose counts are remembered: each is a line for each build that their servers have.
const TENANTS_MAX: usize = 1_000;

/// By tenant, with the mark as of which they are counted.
type Counted = BTreeMap<TenantId, (Mark, Arc<Vec<Alike>>)>;

/// How the servers of tenants stand, counted once for each mark.
#[derive(Default)]
pub(crate) struct Estates(Mutex<Counted>);

impl Estates {
    async fn of(&self, app: &App, tenant: TenantId) -> Result<Arc<Vec<Alike>>, WebError> {
        // Before what it marks.
        let mark = app.store.estate_mark(tenant).await?;
        let known = self.known().get(&tenant).filter(|it| it.0 == mark).map(|it| Arc::clone(&it.1));
        if let Some(known) = known {
            return Ok(known);
        }
        let estate = Arc::new(news::estate(&app.store, tenant).await?);
        let mut known = self.known();
        if known.len() >= TENANTS_MAX && !known.contains_key(&tenant) {
            known.clear();
        }
        known.insert(tenant, (mark, Arc::clone(&estate)));
        Ok(estate)
    }

    fn known(&self) -> MutexGuard<'_, Counted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the catalog in force has to say to a tenant at once. Where no update is news, no server is counted.
///
/// # Errors
/// The store's.
pub(crate) async fn news(app: &App, tenant: &Tenant) -> Result<Vec<News>, WebError> {
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let dated = news::dated(&app.store, &catalog, today).await?;
    if dated.is_empty() {
        return Ok(Vec::new());
    }
    let estate = app.estates.of(app, tenant.id).await?;
    let base = layout::Tenant::named(&tenant.name).base;
    let line = |it: news::Told| News {
        since: it.since,
        sentence: Shown::of(&it.sentence),
        href: it.campaign.map(|name| format!("{base}/campaigns/{}", part(&name))),
    };
    Ok(news::told(&dated, &estate).into_iter().map(line).collect())
}
