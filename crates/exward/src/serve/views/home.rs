//! Where one begins.

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::frame;
use crate::page::layout::{Section, Tenant};
use crate::page::show::Count;
use crate::page::sign_in::{TenantLine, Tenants};
use crate::serve::access::Caller;
use crate::serve::error::WebError;
use crate::serve::people::seen_tenants;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Tenants that the list counts servers of. Whoever has more chooses by address.
const TENANTS_MAX: usize = 100;

/// `GET /`: the estate of the first tenant; the list of tenants where there is none.
pub(crate) async fn begin(State(app): State<App>, caller: Caller) -> Result<Response, WebError> {
    let seen = seen_tenants(&app, &caller).await?;
    let to = seen
        .first()
        .map_or_else(|| "/tenants".to_owned(), |it| format!("{}/", Tenant::named(&it.name).base));
    Ok(Redirect::to(&to).into_response())
}

/// `GET /tenants`.
pub(crate) async fn tenants(State(app): State<App>, caller: Caller) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Elsewhere, None).await?;
    let mut lines = Vec::new();
    for tenant in seen_tenants(&app, &caller).await?.into_iter().take(TENANTS_MAX) {
        let summary = app.store.summary(tenant.id).await?;
        lines.push(TenantLine {
            tenant: Tenant::named(&tenant.name),
            servers: Count(summary.servers),
            protected: Count(super::estate::protected(&summary)),
            exploited: Count(summary.kev),
            last_seen: summary.newest_seen.map(Into::into),
        });
    }
    // Worst first.
    lines.sort_by_key(|it| std::cmp::Reverse(it.exploited));
    Ok(Page(Tenants { frame, lines }).into_response())
}
