//! Where one begins.

mod course;

use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};

pub(crate) use course::Verdicts;

use super::frame;
use crate::page::chart::spark::spark;
use crate::page::layout::{Section, Tenant};
use crate::page::show::{Count, Shown};
use crate::page::sign_in::{TenantLine, Tenants};
use crate::serve::access::Caller;
use crate::serve::error::WebError;
use crate::serve::people::seen_tenants;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Tenants that the list counts servers of. Whoever has more chooses by address.
const TENANTS_MAX: usize = 100;

/// Characters of a tenant's name in the title of a picture.
const NAME_MAX: usize = 40;

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
    let mut courses = course::courses(&app, caller.tenant).await?;
    let mut lines = Vec::new();
    for tenant in seen_tenants(&app, &caller).await?.into_iter().take(TENANTS_MAX) {
        let summary = app.store.summary(tenant.id).await?;
        let course = courses.remove(&tenant.id).unwrap_or_default();
        let name = Shown::of(&tenant.name).within(NAME_MAX);
        lines.push(TenantLine {
            tenant: Tenant::named(&tenant.name),
            servers: Count(summary.servers),
            protected: Count(super::estate::protected(&summary)),
            exploited: Count(summary.kev),
            act: Count(course.last().map_or(0, |it| it.1)),
            course: spark(lines.len(), (&name, "servers that must act"), &course),
            last_seen: summary.newest_seen.map(Into::into),
        });
    }
    // Worst first.
    lines.sort_by_key(|it| std::cmp::Reverse((it.act, it.exploited)));
    Ok(Page(Tenants { frame, lines }).into_response())
}
