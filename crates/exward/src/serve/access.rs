//! Who asks, and whether they may: decided from the table of routes, before any handler runs.
//!
//! # Invariants
//! * **W7 the table decides.** Every request to a route passes [`guard`]; a handler gets its [`Caller`] and its
//!   tenant ([`Own`]) from there, and has no other way to a tenant.
//! * **W8 not there.** A tenant that is not the caller's looks exactly like one that does not exist.
//! * **W9 no forged forms.** Whatever changes something by a session carries that session's key, and comes from
//!   a page of this server.

pub(crate) mod forms;
pub(crate) mod pace;
pub(crate) mod password;
pub(crate) mod secret;

use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use exward_store::store::{PersonId, Role, Tenant, TenantId};

use super::error::{Asking, WebError};
use super::listen::Peer;
use super::routes::{Access, Rule, Scope};
use super::state::App;

/// The cookie of a session.
pub(crate) const COOKIE_NAME: &str = "exward_session";

/// Somebody who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// As the audit log names them.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// None: of all tenants.
    pub(crate) tenant: Option<TenantId>,
    pub(crate) kind: Kind,
}

/// How somebody has shown who they are. Signing in through an identity provider (OIDC) will be one more way to
/// begin a [`Kind::Session`]; everything behind the session stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A browser.
    Session { person: PersonId, form_key: String, cookie: String },
    /// A program.
    Token,
}

/// The tenant of the path, which the caller may see.
#[derive(Clone, Debug)]
pub(crate) struct Own(pub(crate) Tenant);

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::SignIn)
    }
}

impl<S: Sync> FromRequestParts<S> for Own {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::NotFound)
    }
}

/// What a guard knows of its route.
#[derive(Clone)]
pub(crate) struct Guarded {
    pub(crate) app: App,
    pub(crate) rule: Rule,
}

/// Lets a request through to its handler, or answers why not (W7).
pub(crate) async fn guard(State(it): State<Guarded>, request: Request, next: Next) -> Response {
    match admit(&it.app, &it.rule, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

async fn admit(app: &App, rule: &Rule, request: Request) -> Result<Request, WebError> {
    let (mut parts, body) = request.into_parts();
    let caller = match rule.least {
        // A public page looks the same to everybody, and the store may be away.
        Access::Public => None,
        Access::Monitoring if is_local(&parts) => None,
        Access::Monitoring | Access::SignedIn | Access::Least(_) => {
            Some(who(app, rule, &parts.headers).await?.ok_or(WebError::SignIn)?)
        }
    };
    if let Some(caller) = caller {
        if rule.asking == Asking::Program {
            app.paces.api(&pace_key(&caller))?;
        }
        if rule.scope == Scope::Tenant {
            let own = tenant(app, &caller, &mut parts).await?;
            parts.extensions.insert(own);
        }
        may(&caller, rule)?;
        parts.extensions.insert(caller);
    }
    let request = Request::from_parts(parts, body);
    if is_safe(&rule.method) {
        Ok(request)
    } else {
        forms::checked(app, request, rule.body_max).await
    }
}

/// Whether a method changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD
}

/// A token and a person of one name are two callers.
fn pace_key(caller: &Caller) -> String {
    match caller.kind {
        Kind::Session { person, .. } => format!("person {}", person.0),
        Kind::Token => format!("token {}", caller.name),
    }
}

/// From this machine, and not passed on by a proxy on it.
fn is_local(parts: &Parts) -> bool {
    const PASSED_ON: [&str; 5] =
        ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];
    let peer = parts.extensions.get::<ConnectInfo<Peer>>();
    peer.is_some_and(|it| it.0.address.ip().to_canonical().is_loopback())
        && !PASSED_ON.iter().any(|it| parts.headers.contains_key(*it))
}

/// Who asks. None: nobody that is known.
async fn who(app: &App, rule: &Rule, headers: &HeaderMap) -> Result<Option<Caller>, WebError> {
    let is_program = rule.asking == Asking::Program;
    if let Some(token) = bearer(headers) {
        // Pages are for people: a form has no key without a session.
        if !is_program {
            return Ok(None);
        }
        let found = app.store.look_token(&secret::digest(token), app.now()).await?;
        return Ok(found.map(|it| Caller {
            name: format!("token:{}:{}", it.id.0, it.name),
            role: it.role,
            tenant: it.tenant,
            kind: Kind::Token,
        }));
    }
    let Some(cookie) = cookie(headers) else { return Ok(None) };
    // A browser sends its cookie with whatever a page makes it send; the API changes things by token only.
    if is_program && !is_safe(&rule.method) {
        return Ok(None);
    }
    let found = app.store.look_session(&secret::digest(cookie), app.now()).await?;
    Ok(found.map(|it| Caller {
        name: it.name,
        role: it.role,
        tenant: it.tenant,
        kind: Kind::Session { person: it.person, form_key: it.form_key, cookie: cookie.to_owned() },
    }))
}

/// The token of a request.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The session cookie of a request.
pub(crate) fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|it| it.to_str().ok());
    let mut pairs = all.flat_map(|it| it.split(';')).filter_map(|it| it.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value)
}

/// The tenant of the path, if the caller may see it (W8).
async fn tenant(app: &App, caller: &Caller, parts: &mut Parts) -> Result<Own, WebError> {
    let path = RawPathParams::from_request_parts(parts, &()).await;
    let path = path.map_err(|_| WebError::NotFound)?;
    let name = path.iter().find(|(key, _)| *key == "tenant").map(|(_, name)| name);
    let tenant = app.store.tenant(name.unwrap_or_default()).await?.ok_or(WebError::NotFound)?;
    match caller.tenant {
        Some(own) if own != tenant.id => Err(WebError::NotFound),
        _ => Ok(Own(tenant)),
    }
}

/// Whether the role, and the reach, are enough.
fn may(caller: &Caller, rule: &Rule) -> Result<(), WebError> {
    match rule.least {
        Access::Least(least) if caller.role < least => {
            return Err(WebError::Forbidden(needs(least)));
        }
        Access::SignedIn if caller.kind == Kind::Token => {
            return Err(WebError::Forbidden("Only a person can do this."));
        }
        Access::Public | Access::Monitoring | Access::SignedIn | Access::Least(_) => {}
    }
    if rule.scope == Scope::Everything && caller.tenant.is_some() {
        return Err(WebError::Forbidden("This is for those who see all tenants."));
    }
    Ok(())
}

const fn needs(role: Role) -> &'static str {
    match role {
        Role::Viewer => "It needs the role viewer.",
        Role::Operator => "It needs the role operator.",
        Role::Approver => "It needs the role approver.",
        Role::Admin => "It needs the role admin.",
    }
}
