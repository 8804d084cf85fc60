//! Living with a CVE on a server until a day, and no longer living with it.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{AcceptanceId, Accepting, ServerId, Tenant};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::page::layout::{self, Flash};
use crate::page::show::Shown;
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// What forms come to, by the name in the address.
const DONE: [(&str, &str); 5] = [
    ("accepted", "The CVE is accepted. It stays open, and is counted apart."),
    ("revoked", "The acceptance is revoked. The CVE counts as open again."),
    ("labelled", "Site and tags are kept."),
    ("settled", "The alarm is settled. Another trace raises it again."),
    ("raised", "The alarm is raised again."),
];

/// Which server.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    pub(super) id: i64,
}

/// The form of accepting.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Accept {
    cve: String,
    /// The last day.
    until: String,
    why: String,
}

/// The form of revoking.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Revoke {
    acceptance: String,
}

/// `POST /t/{tenant}/servers/{id}/accept`.
pub(crate) async fn accept(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Form(given): Form<Accept>,
) -> Result<Response, WebError> {
    let server = app.store.server(tenant.id, ServerId(id)).await?;
    let cve = given.cve.trim().to_ascii_uppercase();
    if app.catalog.get().advisory(&cve).is_none() {
        return Err(WebError::Bad("The catalog knows no such CVE".into()));
    }
    let until = given.until.trim().parse::<Date>().ok().and_then(after);
    let bad = || WebError::Bad("Until when? A day such as 2026-12-31".into());
    let accepting = Accepting {
        server: server.id,
        cve,
        until: until.ok_or_else(bad)?,
        by: caller.name.clone(),
        why: given.why.trim().to_owned(),
    };
    app.store.accept(tenant.id, &accepting, app.now()).await?;
    Ok(back(&tenant, id, "accepted"))
}

/// `POST /t/{tenant}/servers/{id}/revoke`.
pub(crate) async fn revoke(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Form(given): Form<Revoke>,
) -> Result<Response, WebError> {
    let server = app.store.server(tenant.id, ServerId(id)).await?;
    let wanted = given.acceptance.trim().parse().map(AcceptanceId).ok();
    let all = app.store.acceptances(tenant.id, Some(server.id)).await?;
    let found = all.iter().find(|it| Some(it.id) == wanted);
    let found = found.ok_or_else(|| WebError::Bad("There is no such acceptance here".into()))?;
    app.store.revoke(tenant.id, found.id, &caller.name, app.now()).await?;
    Ok(back(&tenant, id, "revoked"))
}

/// To the page of a server, which says what a form came to.
pub(super) fn back(tenant: &Tenant, server: i64, done: &str) -> Response {
    let base = layout::Tenant::named(&tenant.name).base;
    Redirect::to(&format!("{base}/servers/{server}?done={done}")).into_response()
}

/// What the form before came to; nothing for a name that is none.
pub(super) fn flash(done: &str) -> Option<Flash> {
    let (_, text) = DONE.into_iter().find(|(name, _)| *name == done)?;
    Some(Flash { is_bad: false, text: Shown::of(text) })
}

/// The first moment after a day, in UTC.
pub(super) fn after(day: Date) -> Option<Timestamp> {
    Some(day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
