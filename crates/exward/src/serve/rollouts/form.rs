//! The forms of the pages.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_core::blueprint::BlueprintId;
use exward_drive::journal::Command;
use exward_store::store::Tenant;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{One, act, named, seen, short};
use crate::page::show::part;
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::state::App;

/// The form of a blueprint.
#[derive(Debug, Deserialize)]
pub(crate) struct Upload {
    blueprint: String,
}

/// The form of an approval.
#[derive(Debug, Deserialize)]
pub(crate) struct Until {
    until: String,
}

/// `POST /t/{tenant}/rollouts`.
pub(crate) async fn upload(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Form(given): Form<Upload>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = act::keep(&app, (&caller, seen), as_written(&given.blueprint)).await?;
    Ok(to(&tenant, id))
}

/// Browsers send lines of a form with CR LF, and who copies a file may lose its last line feed.
fn as_written(text: &str) -> Vec<u8> {
    let mut text = text.replace("\r\n", "\n");
    text.truncate(text.trim_end().len());
    text.push('\n');
    text.into_bytes()
}

/// `POST /t/{tenant}/rollouts/{rollout}/approve`.
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
    Form(given): Form<Until>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, &one.rollout).await?;
    let looked = app.rollouts.look(&app, seen, id).await?;
    act::approve(&app, (&caller, seen), &looked, moment(&given.until)?).await?;
    Ok(to(&tenant, id))
}

/// A moment of a field: RFC 3339, or without a zone, which is UTC then.
fn moment(text: &str) -> Result<Timestamp, WebError> {
    let bad = || WebError::Bad("`until` is no time; write it as 2026-12-01T00:00".into());
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let local: DateTime = text.parse().map_err(|_| bad())?;
    local.to_zoned(TimeZone::UTC).map(|it| it.timestamp()).map_err(|_| bad())
}

/// `POST /t/{tenant}/rollouts/{rollout}/pause`.
pub(crate) async fn pause(
    app: State<App>,
    caller: Caller,
    own: Own,
    one: Path<One>,
) -> Result<Response, WebError> {
    command(app, caller, own, one, Command::Pause).await
}

/// `POST /t/{tenant}/rollouts/{rollout}/pause-after-step`.
pub(crate) async fn pause_after_step(
    app: State<App>,
    caller: Caller,
    own: Own,
    one: Path<One>,
) -> Result<Response, WebError> {
    command(app, caller, own, one, Command::PauseAfterStep).await
}

/// `POST /t/{tenant}/rollouts/{rollout}/resume`.
pub(crate) async fn resume(
    app: State<App>,
    caller: Caller,
    own: Own,
    one: Path<One>,
) -> Result<Response, WebError> {
    command(app, caller, own, one, Command::Resume).await
}

/// `POST /t/{tenant}/rollouts/{rollout}/abort`.
pub(crate) async fn abort(
    app: State<App>,
    caller: Caller,
    own: Own,
    one: Path<One>,
) -> Result<Response, WebError> {
    command(app, caller, own, one, Command::Abort).await
}

async fn command(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
    command: Command,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, &one.rollout).await?;
    act::command(&app, (&caller, seen), id, command).await?;
    Ok(to(&tenant, id))
}

/// Back to the rollout.
fn to(tenant: &Tenant, id: BlueprintId) -> Response {
    let path = format!("/t/{}/rollouts/{}", part(&tenant.name), short(id));
    Redirect::to(&path).into_response()
}
