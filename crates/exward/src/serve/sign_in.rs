//! Signing in and out, and one's own password.

use axum::extract::{ConnectInfo, Form, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::PersonId;
use jiff::SignedDuration;
use serde::Deserialize;

use super::access::{COOKIE_NAME, Caller, Kind, cookie, password, secret};
use super::error::WebError;
use super::limits::{PASSWORD_MAX, SESSION_HOURS};
use super::listen::Peer;
use super::shown;
use super::state::App;

/// What is said whatever was wrong: name or password.
const NOT_THEM: &str = "Name and password do not belong together.";

/// The form of signing in.
#[derive(Debug, Deserialize)]
pub(crate) struct SignIn {
    name: String,
    password: String,
}

/// The form of a new password.
#[derive(Debug, Deserialize)]
pub(crate) struct NewPassword {
    old: String,
    password: String,
    again: String,
}

/// `GET /sign-in`.
pub(crate) async fn form() -> Response {
    shown::sign_in("", None).into_response()
}

/// `POST /sign-in`.
pub(crate) async fn enter(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    headers: HeaderMap,
    Form(given): Form<SignIn>,
) -> Result<Response, WebError> {
    app.paces.sign_in(peer.address.ip(), &given.name)?;
    if given.password.len() > PASSWORD_MAX {
        return Ok(refused(&given.name));
    }
    let found = app.store.credentials(&given.name).await?;
    let (person, kept) = found.map_or((None, None), |(person, kept)| (Some(person), Some(kept)));
    let is_right = password::belongs(&app, given.password, kept).await?;
    let Some(person) = person.filter(|_| is_right) else { return Ok(refused(&given.name)) };
    // A session that a browser had before is not carried over.
    if let Some(old) = cookie(&headers) {
        app.store.end_session(&secret::digest(old)).await?;
    }
    let cookie = begin(&app, person.id).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

fn refused(name: &str) -> Response {
    let page = shown::sign_in(name, Some(NOT_THEM));
    (axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response()
}

/// Begins a session, and gives its cookie.
pub(crate) async fn begin(app: &App, person: PersonId) -> Result<String, WebError> {
    let (secret_text, form_key) = (secret::draw()?, secret::draw()?);
    let now = app.now();
    let expires = now.checked_add(SignedDuration::from_hours(SESSION_HOURS));
    let expires = expires.map_err(|_| WebError::Internal)?;
    let digest = secret::digest(&secret_text);
    app.store.begin_session(person, &digest, &form_key, now, expires).await?;
    let seconds = SESSION_HOURS.saturating_mul(3_600);
    Ok(cookie_text(app, &secret_text, seconds))
}

fn cookie_text(app: &App, value: &str, seconds: i64) -> String {
    let secure = if app.identity.is_some() { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

/// `POST /sign-out`.
pub(crate) async fn leave(State(app): State<App>, caller: Caller) -> Result<Response, WebError> {
    if let Kind::Session { cookie, .. } = &caller.kind {
        app.store.end_session(&secret::digest(cookie)).await?;
    }
    Ok(([(SET_COOKIE, cookie_text(&app, "", 0))], Redirect::to("/sign-in")).into_response())
}

/// `GET /password`.
pub(crate) async fn password_form(caller: Caller) -> Response {
    shown::password(&caller, None).into_response()
}

/// `POST /password`: all sessions end, and one begins anew.
pub(crate) async fn change_password(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    caller: Caller,
    Form(given): Form<NewPassword>,
) -> Result<Response, WebError> {
    let Kind::Session { person, .. } = caller.kind else { return Err(WebError::SignIn) };
    // Whoever finds an open browser may not guess either.
    app.paces.sign_in(peer.address.ip(), &caller.name)?;
    let failed = |why: &str| {
        let page = shown::password(&caller, Some(why));
        Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if given.password != given.again {
        return failed("The new password is not the same in both fields.");
    }
    if let Err(WebError::Bad(why)) = password::fit(&given.password, &caller.name) {
        return failed(&format!("{why}."));
    }
    let kept = app.store.credentials(&caller.name).await?.map(|(_, kept)| kept);
    if given.old.len() > PASSWORD_MAX || !password::belongs(&app, given.old, kept).await? {
        return failed("That is not the present password.");
    }
    let hash = password::hashed(&app, given.password).await?;
    app.store.set_password(None, person, &hash, &caller.name, app.now()).await?;
    let cookie = begin(&app, person).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
