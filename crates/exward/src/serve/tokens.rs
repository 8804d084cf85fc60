//! Tokens of programs: made, shown once, revoked.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{NewToken, TokenId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::access::{Caller, secret};
use super::error::WebError;
use super::limits::{NAME_MAX, TOKEN_DAYS_MAX};
use super::people::{chosen_role, chosen_tenant, page};
use super::state::App;

/// The form of a token.
#[derive(Debug, Deserialize)]
pub(crate) struct New {
    name: String,
    role: String,
    /// Empty: all tenants.
    #[serde(default)]
    tenant: String,
    /// The last day that it is good for; empty: the last one possible.
    #[serde(default)]
    until: String,
}

/// `POST /tokens`. The answer is the only place where the token ever stands.
pub(crate) async fn make(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<New>,
) -> Result<Response, WebError> {
    let name = given.name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(WebError::Bad(format!("A token has a name of at most {NAME_MAX} characters")));
    }
    let expires_at = end_of(&given.until, app.now())?;
    let (role, tenant) =
        (chosen_role(&given.role)?, chosen_tenant(&app, &caller, &given.tenant).await?);
    let token = secret::draw_token()?;
    let new = NewToken { name, role, tenant, expires_at: Some(expires_at) };
    app.store.add_token(&new, &secret::digest(&token), &caller.name, app.now()).await?;
    page(&app, &caller, Some((name, &token))).await
}

/// The end of the last day of a token.
fn end_of(until: &str, now: Timestamp) -> Result<Timestamp, WebError> {
    let most = SignedDuration::from_hours(TOKEN_DAYS_MAX.saturating_mul(24));
    let latest = now.checked_add(most).map_err(|_| WebError::Internal)?;
    if until.is_empty() {
        return Ok(latest);
    }
    let next_day = until.parse::<Date>().ok().and_then(|it| it.tomorrow().ok());
    let end = next_day.and_then(|it| it.to_zoned(TimeZone::UTC).ok()).map(|it| it.timestamp());
    let end = end.filter(|it| (now..=latest).contains(it));
    let wrong = format!("A token is good until a day within {TOKEN_DAYS_MAX} days from now");
    end.ok_or(WebError::Bad(wrong))
}

/// `POST /tokens/{token}/revoke`.
pub(crate) async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Path(token): Path<i64>,
) -> Result<Response, WebError> {
    app.store.revoke_token(caller.tenant, TokenId(token), &caller.name, app.now()).await?;
    Ok(Redirect::to("/people").into_response())
}
