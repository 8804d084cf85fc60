//! Who may look and act: for admins. An admin of one tenant sees and changes the people of that tenant alone.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{NewPerson, Note, PersonId, Role, Tenant, TenantId};
use serde::Deserialize;

use super::access::{Caller, Kind, password};
use super::error::WebError;
use super::limits::LIST_ROWS_MAX;
use super::shown::Page;
use super::state::App;
use super::views::{frame, role};
use crate::page::layout::Section;
use crate::page::people as page;
use crate::page::show::{Shown, When};

/// The form of somebody new.
#[derive(Debug, Deserialize)]
pub(crate) struct NewOne {
    name: String,
    role: String,
    /// Empty: all tenants.
    #[serde(default)]
    tenant: String,
    password: String,
}

/// The form of a role.
#[derive(Debug, Deserialize)]
pub(crate) struct NewRole {
    role: String,
}

/// The form of a password that somebody else sets.
#[derive(Debug, Deserialize)]
pub(crate) struct SetPassword {
    password: String,
}

/// The form of a tenant.
#[derive(Debug, Deserialize)]
pub(crate) struct NewTenant {
    name: String,
}

/// The tenants that somebody may see.
///
/// # Errors
/// The store's.
pub(crate) async fn seen_tenants(app: &App, caller: &Caller) -> Result<Vec<Tenant>, WebError> {
    let mut all = app.store.tenants().await?;
    all.retain(|it| caller.tenant.is_none_or(|own| own == it.id));
    Ok(all)
}

/// The tenant that a form names by its key, if the caller may give it away. Empty: all of them.
///
/// # Errors
/// [`WebError::Bad`]: there is none that the caller sees; [`WebError::Forbidden`]: all, by somebody of one.
pub(crate) async fn chosen_tenant(
    app: &App,
    caller: &Caller,
    key: &str,
) -> Result<Option<TenantId>, WebError> {
    if key.is_empty() {
        return match caller.tenant {
            None => Ok(None),
            Some(_) => Err(WebError::Forbidden("This is for those who see all tenants.")),
        };
    }
    let seen = seen_tenants(app, caller).await?;
    let chosen = seen.iter().map(|it| it.id).find(|it| it.to_string() == key);
    chosen.map(Some).ok_or_else(|| WebError::Bad("There is no such tenant".into()))
}

/// The role that a form names.
///
/// # Errors
/// [`WebError::Bad`].
pub(crate) fn chosen_role(text: &str) -> Result<Role, WebError> {
    text.parse().map_err(|it: exward_store::store::ParseRoleError| WebError::Bad(it.to_string()))
}

/// `GET /people`.
pub(crate) async fn list(State(app): State<App>, caller: Caller) -> Result<Response, WebError> {
    page(&app, &caller, None).await
}

/// People and tokens; with the token that was made just now.
pub(crate) async fn page(
    app: &App,
    caller: &Caller,
    made: Option<(&str, &str)>,
) -> Result<Response, WebError> {
    let people = app.store.people(caller.tenant, None, LIST_ROWS_MAX).await?;
    let tokens = app.store.tokens(caller.tenant, None, LIST_ROWS_MAX).await?;
    let tenants = seen_tenants(app, caller).await?;
    let name_of = |id: Option<TenantId>| {
        let known = tenants.iter().find(|it| Some(it.id) == id);
        known.map(|it| Shown::of(&it.name))
    };
    let people = people.iter().map(|it| page::Person {
        id: it.id.0,
        name: Shown::of(&it.name),
        role: role(it.role),
        tenant: name_of(it.tenant),
        made_at: it.made_at.into(),
        disabled_at: it.disabled_at.map(When::from),
        is_self: matches!(caller.kind, Kind::Session { person, .. } if person == it.id),
    });
    let tokens = tokens.iter().map(|it| page::Token {
        id: it.id.0,
        name: Shown::of(&it.name),
        role: role(it.role),
        tenant: name_of(it.tenant),
        by: Shown::of(&it.by),
        made_at: it.made_at.into(),
        expires_at: it.expires_at.map(When::from),
        revoked_at: it.revoked_at.map(When::from),
    });
    let choice = |it: &Tenant| page::Choice { id: it.id.0, name: Shown::of(&it.name) };
    let made =
        made.map(|(name, secret)| page::Made { name: Shown::of(name), secret: secret.into() });
    let page = page::People {
        frame: frame(app, caller, Section::People, tenants.first()).await?,
        people: people.collect(),
        tokens: tokens.collect(),
        tenants: tenants.iter().map(choice).collect(),
        made,
    };
    Ok(Page(page).into_response())
}

fn back() -> Response {
    Redirect::to("/people").into_response()
}

/// `POST /people`.
pub(crate) async fn add(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<NewOne>,
) -> Result<Response, WebError> {
    let name: exward_store::store::PersonName = given
        .name
        .parse()
        .map_err(|it: exward_store::store::ParsePersonNameError| WebError::Bad(it.to_string()))?;
    let (role, tenant) =
        (chosen_role(&given.role)?, chosen_tenant(&app, &caller, &given.tenant).await?);
    password::fit(&given.password, name.as_str())?;
    let hash = password::hashed(&app, given.password).await?;
    let new = NewPerson { name, role, tenant, password: &hash };
    app.store.add_person(&new, &caller.name, app.now()).await?;
    Ok(back())
}

/// `POST /people/{person}/role`.
pub(crate) async fn set_role(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<i64>,
    Form(given): Form<NewRole>,
) -> Result<Response, WebError> {
    not_oneself(&caller, PersonId(person))?;
    let role = chosen_role(&given.role)?;
    app.store.set_role(caller.tenant, PersonId(person), role, &caller.name, app.now()).await?;
    Ok(back())
}

/// `POST /people/{person}/password`: for somebody who has forgotten theirs.
pub(crate) async fn set_password(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<i64>,
    Form(given): Form<SetPassword>,
) -> Result<Response, WebError> {
    let found = app.store.person(caller.tenant, PersonId(person)).await?;
    password::fit(&given.password, &found.name)?;
    let hash = password::hashed(&app, given.password).await?;
    app.store.set_password(caller.tenant, found.id, &hash, &caller.name, app.now()).await?;
    Ok(back())
}

/// `POST /people/{person}/disable`.
pub(crate) async fn disable(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<i64>,
) -> Result<Response, WebError> {
    not_oneself(&caller, PersonId(person))?;
    app.store.disable_person(caller.tenant, PersonId(person), &caller.name, app.now()).await?;
    Ok(back())
}

/// `POST /people/{person}/enable`.
pub(crate) async fn enable(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<i64>,
) -> Result<Response, WebError> {
    app.store.enable_person(caller.tenant, PersonId(person), &caller.name, app.now()).await?;
    Ok(back())
}

/// Nobody shuts the door behind himself.
fn not_oneself(caller: &Caller, other: PersonId) -> Result<(), WebError> {
    match caller.kind {
        Kind::Session { person, .. } if person == other => {
            Err(WebError::Conflict("Somebody else has to do that to you".into()))
        }
        Kind::Session { .. } | Kind::Token => Ok(()),
    }
}

/// `POST /tenants`.
pub(crate) async fn make_tenant(
    State(app): State<App>,
    caller: Caller,
    Form(given): Form<NewTenant>,
) -> Result<Response, WebError> {
    let id = app.store.make_tenant(&given.name, app.now()).await?;
    let note = Note {
        tenant: Some(id),
        actor: &caller.name,
        action: "tenant.make",
        subject: &given.name,
        detail: "",
    };
    app.store.audit_note(&note, app.now()).await?;
    Ok(back())
}
