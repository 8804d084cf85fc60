//! Tokens of programs: made, shown once, revoked.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{NewToken, TokenId};
use jiff::SignedDuration;
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
    /// How long it is good for.
    #[serde(default = "most_days")]
    days: i64,
}

const fn most_days() -> i64 {
    TOKEN_DAYS_MAX
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
    if !(1..=TOKEN_DAYS_MAX).contains(&given.days) {
        return Err(WebError::Bad(format!("A token is good for 1 to {TOKEN_DAYS_MAX} days")));
    }
    let (role, tenant) =
        (chosen_role(&given.role)?, chosen_tenant(&app, &caller, &given.tenant).await?);
    let token = secret::draw_token()?;
    let days = SignedDuration::from_hours(given.days.saturating_mul(24));
    let expires_at = app.now().checked_add(days).map_err(|_| WebError::Internal)?;
    let new = NewToken { name, role, tenant, expires_at: Some(expires_at) };
    app.store.add_token(&new, &secret::digest(&token), &caller.name, app.now()).await?;
    page(&app, &caller, Some((name, &token))).await
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
