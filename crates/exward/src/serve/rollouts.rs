//! Rollouts: seen, approved and steered by people, followed as they run.
//!
//! What is shown comes from the journal alone, through the same fold as `exward rollout status` (A13, R1). Nothing
//! here carries a rollout out: `exward rollout run` does, in a process of its own.
//!
//! # Invariants
//! * **RW1 as signed in.** Whoever approves or commands is who has signed in; no form names somebody.
//! * **RW2 four eyes are people's.** Where a policy asks for two approvals, a token gives none unless the policy
//!   names it.
//! * **RW3 twice is once.** The same said again changes nothing; what cannot be any more is refused with its reason.
//! * **RW4 one reader.** However many follow a rollout, one task asks the journal for it ([`super::live`], LV1).

pub(crate) mod act;
mod form;
pub(crate) mod live;
pub(crate) mod look;
mod show;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use exward_core::blueprint::BlueprintId;
use exward_store::store::{ROLLOUTS_MAX, RolloutsSeen, Tenant};
use serde::Deserialize;

pub(crate) use form::{abort, approve, pause, pause_after_step, resume, upload};

use super::access::{Caller, Own};
use super::error::WebError;
use super::state::App;
use super::views::frame;
use crate::page::layout::Section;
use crate::page::rollouts::Rollouts;

/// Rollouts on a page of the list: each is read whole.
pub(crate) const SHOWN_MAX: usize = 50;

/// Digits of an id in an address, at least: no two blueprints share them.
const DIGITS: usize = 12;

/// Which rollout.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    rollout: String,
}

impl One {
    pub(crate) fn text(&self) -> &str {
        &self.rollout
    }
}

/// What a caller sees in a tenant.
pub(crate) const fn seen(caller: &Caller, tenant: &Tenant) -> RolloutsSeen {
    RolloutsSeen { tenant: tenant.id, unowned: caller.tenant.is_none() }
}

/// The rollout of an address: an id, or its first [`DIGITS`] digits or more.
///
/// # Errors
/// [`WebError::NotFound`].
pub(crate) async fn named(
    app: &App,
    seen: RolloutsSeen,
    text: &str,
) -> Result<BlueprintId, WebError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    if text.len() < DIGITS || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Err(WebError::NotFound);
    }
    let begin = text.to_ascii_lowercase();
    let rows = app.store.rollouts(seen).await?;
    let mut found = rows.iter().filter(|it| it.id.to_string().starts_with(&begin));
    match (found.next(), found.next()) {
        (Some(row), None) => Ok(row.id),
        _ => Err(WebError::NotFound),
    }
}

/// The first digits of an id, as they stand in addresses.
pub(crate) fn short(id: BlueprintId) -> String {
    id.to_string().chars().take(DIGITS).collect()
}

/// `GET /t/{tenant}/rollouts`.
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let rows = app.store.rollouts(seen).await?;
    let mut lines = Vec::new();
    for row in rows.iter().take(SHOWN_MAX) {
        let looked = app.rollouts.look(&app, seen, row.id).await?;
        lines.push(show::line(&looked, row, app.now()));
    }
    let frame = frame(&app, &caller, Section::Rollouts, Some(&tenant)).await?;
    let more = rows.len().saturating_sub(SHOWN_MAX);
    let is_all = rows.len() < usize::try_from(ROLLOUTS_MAX).unwrap_or(usize::MAX);
    page(&Rollouts { frame, lines, more: show::count(more), is_all })
}

/// `GET /t/{tenant}/rollouts/{rollout}`.
pub(crate) async fn one(
    State(app): State<App>,
    caller: Caller,
    Own(tenant): Own,
    Path(one): Path<One>,
) -> Result<Response, WebError> {
    let seen = seen(&caller, &tenant);
    let id = named(&app, seen, &one.rollout).await?;
    let looked = app.rollouts.look(&app, seen, id).await?;
    let frame = frame(&app, &caller, Section::Rollouts, Some(&tenant)).await?;
    page(&show::rollout(frame, &looked, app.now()))
}

fn page(template: &impl Template) -> Result<Response, WebError> {
    let text = template.render().map_err(|_| WebError::Internal)?;
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}
