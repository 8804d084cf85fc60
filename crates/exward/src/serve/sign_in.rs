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
use super::limits::{PASSWORD_MAX, PASSWORD_MIN, SESSION_HOURS};
use super::listen::Peer;
use super::people::seen_tenants;
use super::shown::Page;
use super::state::App;
use super::views::{frame, outside};
use crate::page::layout::Section;
use crate::page::show::Shown;
use crate::page::sign_in as page;

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
pub(crate) async fn form(State(app): State<App>) -> Response {
    sign_in(&app, "", None).into_response()
}

/// Name and password.
fn sign_in(app: &App, name: &str, failure: Option<&str>) -> Page<page::SignIn> {
    let frame = outside(app);
    Page(page::SignIn { frame, name: name.to_owned(), failure: failure.map(Shown::of) })
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
        return Ok(refused(&app, &given.name));
    }
    let found = app.store.credentials(&given.name).await?;
    let (person, kept) = found.map_or((None, None), |(person, kept)| (Some(person), Some(kept)));
    let is_right = password::belongs(&app, given.password, kept).await?;
    let Some(person) = person.filter(|_| is_right) else { return Ok(refused(&app, &given.name)) };
    // A session that a browser had before is not carried over.
    if let Some(old) = cookie(&headers) {
        app.store.end_session(&secret::digest(old)).await?;
    }
    let cookie = begin(&app, person.id).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

fn refused(app: &App, name: &str) -> Response {
    let page = sign_in(app, name, Some(NOT_THEM));
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
pub(crate) async fn password_form(
    State(app): State<App>,
    caller: Caller,
) -> Result<Response, WebError> {
    Ok(new_password(&app, &caller, None).await?.into_response())
}

async fn new_password(
    app: &App,
    caller: &Caller,
    failure: Option<&str>,
) -> Result<Page<page::Password>, WebError> {
    let seen = seen_tenants(app, caller).await?;
    let frame = frame(app, caller, Section::Elsewhere, seen.first()).await?;
    let failure = failure.map(Shown::of);
    Ok(Page(page::Password { frame, failure, password_min: PASSWORD_MIN }))
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
    let failed = async |why: &str| {
        let page = new_password(&app, &caller, Some(why)).await?;
        Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if given.password != given.again {
        return failed("The new password is not the same in both fields.").await;
    }
    if let Err(WebError::Bad(why)) = password::fit(&given.password, &caller.name) {
        return failed(&format!("{why}.")).await;
    }
    let kept = app.store.credentials(&caller.name).await?.map(|(_, kept)| kept);
    if given.old.len() > PASSWORD_MAX || !password::belongs(&app, given.old, kept).await? {
        return failed("That is not the present password.").await;
    }
    let hash = password::hashed(&app, given.password).await?;
    app.store.set_password(None, person, &hash, &caller.name, app.now()).await?;
    let cookie = begin(&app, person).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
