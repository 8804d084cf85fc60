//! The lines of a new catalog.

use exward_store::store::Tenant;

use crate::news;
use crate::page::layout::{self, News};
use crate::page::show::{Shown, part};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// What the catalog in force has to say to a tenant at once.
///
/// # Errors
/// The store's.
pub(crate) async fn news(app: &App, tenant: &Tenant) -> Result<Vec<News>, WebError> {
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let base = layout::Tenant::named(&tenant.name).base;
    let all = news::of_tenant(&app.store, &catalog, tenant.id, today).await?;
    let line = |it: news::Told| News {
        since: it.since,
        sentence: Shown::of(&it.sentence),
        href: it.campaign.map(|name| format!("{base}/campaigns/{}", part(&name))),
    };
    Ok(all.into_iter().map(line).collect())
}
