//! The first start: a link, printed by the server, with which the first admin is made.
//!
//! # Invariants
//! * **W10 once.** The link works once, for [`SETUP_HOURS`], and only while there is nobody; of several who take
//!   it at the same time one succeeds. The store keeps its digest only.

use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::header::SET_COOKIE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::StoreError;
use exward_store::store::{NewPerson, PersonName, Role};
use jiff::SignedDuration;
use serde::Deserialize;

use super::access::{password, secret};
use super::error::WebError;
use super::limits::{PASSWORD_MIN, SETUP_HOURS};
use super::listen::Peer;
use super::shown::Page;
use super::sign_in::begin;
use super::state::App;
use super::views::outside;
use crate::page::show::Shown;
use crate::page::sign_in as page;

/// The admin of a demo.
pub(crate) const DEMO: &str = "demo";

/// The form of the set-up.
#[derive(Debug, Deserialize)]
pub(crate) struct SetUp {
    /// The first tenant.
    tenant: String,
    name: String,
    password: String,
    again: String,
}

/// Draws a fresh link if nobody is there yet; earlier links work no more. Gives its path.
///
/// # Errors
/// The store's, or that there are no random numbers.
pub(crate) async fn link(app: &App) -> Result<Option<String>, WebError> {
    if app.store.is_set_up().await? {
        return Ok(None);
    }
    let drawn = secret::draw()?;
    let expires = app.now().checked_add(SignedDuration::from_hours(SETUP_HOURS));
    let expires = expires.map_err(|_| WebError::Internal)?;
    app.store.set_setup_link(&secret::digest(&drawn), expires).await?;
    Ok(Some(format!("/setup/{drawn}")))
}

/// `GET /setup/{secret}`.
pub(crate) async fn form(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(given): Path<String>,
    method: Method,
) -> Result<Response, WebError> {
    app.paces.guess(peer.address.ip())?;
    if !app.store.has_setup_link(&secret::digest(&given), app.now()).await? {
        return Err(WebError::NotFound);
    }
    match &app.demo {
        // A look at the head alone does not use the link up.
        Some(password) if method == Method::GET => enter(&app, &given, password).await,
        _ => Ok(set_up(&app, &given, None).into_response()),
    }
}

/// In a demo the link itself signs in, as an admin of that name, so that nobody has to make an account for a
/// made-up estate. It works once, as any such link does (W10).
async fn enter(app: &App, link: &str, password: &str) -> Result<Response, WebError> {
    let hash = password::hashed(app, password.to_owned()).await?;
    let name: PersonName = DEMO.parse().map_err(|_| WebError::Internal)?;
    let first = NewPerson { name, role: Role::Admin, tenant: None, password: &hash };
    let person = app.store.set_up(&secret::digest(link), &first, app.now()).await?;
    let cookie = begin(app, person).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// The form of the first admin.
fn set_up(app: &App, link: &str, failure: Option<&str>) -> Page<page::SetUp> {
    Page(page::SetUp {
        frame: outside(app),
        action: format!("/setup/{link}"),
        failure: failure.map(Shown::of),
        password_min: PASSWORD_MIN,
    })
}

/// `POST /setup/{secret}`.
pub(crate) async fn take(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Path(link): Path<String>,
    Form(given): Form<SetUp>,
) -> Result<Response, WebError> {
    app.paces.guess(peer.address.ip())?;
    let digest = secret::digest(&link);
    if !app.store.has_setup_link(&digest, app.now()).await? {
        return Err(WebError::NotFound);
    }
    let failed = |why: &str| {
        let page = set_up(&app, &link, Some(why));
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    let name: PersonName = match given.name.parse() {
        Ok(name) => name,
        Err(why) => return failed(&format!("{why}.")),
    };
    if given.password != given.again {
        return failed("The password is not the same in both fields.");
    }
    if let Err(WebError::Bad(why)) = password::fit(&given.password, name.as_str()) {
        return failed(&format!("{why}."));
    }
    // Before the person: a server with an admin and no tenant could not be used.
    match app.store.make_tenant(&given.tenant, app.now()).await {
        Ok(_) => {}
        Err(StoreError::Conflict { what }) => {
            // A set-up that was broken off may have made it.
            if app.store.tenant(&given.tenant).await?.is_none() {
                return failed(&format!("{what}."));
            }
        }
        Err(error) => return Err(error.into()),
    }
    let hash = password::hashed(&app, given.password).await?;
    let first = NewPerson { name, role: Role::Admin, tenant: None, password: &hash };
    let person = app.store.set_up(&digest, &first, app.now()).await?;
    let cookie = begin(&app, person).await?;
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}
