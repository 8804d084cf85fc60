//! Settling the alarm of a hunt on a server, and raising it again.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use exward_store::store::{HuntId, ServerId, Settling, Tenant};
use serde::Deserialize;

use super::accept::{One, back};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// The form.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Alarm {
    hunt: String,
    /// What came of it; raising says nothing.
    why: String,
}

/// `POST /t/{tenant}/servers/{id}/settle`.
pub(crate) async fn settle(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Form(given): Form<Alarm>,
) -> Result<Response, WebError> {
    let hunt = found(&app, &tenant, id, &given.hunt).await?;
    let settling = Settling { hunt, by: caller.name, why: given.why.trim().to_owned() };
    app.store.settle(tenant.id, &settling, app.now()).await?;
    Ok(back(&tenant, id, "settled"))
}

/// `POST /t/{tenant}/servers/{id}/raise`.
pub(crate) async fn raise(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Form(given): Form<Alarm>,
) -> Result<Response, WebError> {
    let hunt = found(&app, &tenant, id, &given.hunt).await?;
    app.store.raise(tenant.id, hunt, &caller.name, app.now()).await?;
    Ok(back(&tenant, id, "raised"))
}

/// The hunt that a form on the page of a server names.
async fn found(app: &App, tenant: &Tenant, server: i64, hunt: &str) -> Result<HuntId, WebError> {
    let wanted = hunt.trim().parse().map(HuntId).ok();
    let hunts = app.store.hunts(tenant.id, ServerId(server)).await?;
    let found = hunts.iter().map(|it| it.id).find(|it| Some(*it) == wanted);
    found.ok_or_else(|| WebError::Bad("There is no such hunt on this server".into()))
}
