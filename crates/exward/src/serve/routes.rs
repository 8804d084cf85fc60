//! The one table of routes: what can be asked, and who may ask it. The router is built from it, and nothing else
//! adds to the router (W7).

mod doings;
mod table;
#[cfg(test)]
mod tests;

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, MethodRouter, on};
use exward_store::store::Role;

use super::access::{Guarded, guard};
use super::error::{self, Asking};
use super::limits::BODY_MAX;
use super::state::App;

pub(crate) use table::table;

/// The least that somebody must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Anybody, signed in or not.
    Public,
    /// A program of this machine, or whoever sees all tenants.
    Monitoring,
    /// A person, whatever they may do.
    SignedIn,
    /// Somebody with this role, or a higher one.
    Least(Role),
}

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Nothing of a tenant; or what the caller may see, and the handler asks the store for that alone.
    Global,
    /// The tenant named in the path.
    Tenant,
    /// All tenants: only for those who see all.
    Everything,
}

/// What is decided before a handler runs.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) method: Method,
    pub(crate) least: Access,
    pub(crate) scope: Scope,
    pub(crate) asking: Asking,
    /// Bytes that its body may have.
    pub(crate) body_max: usize,
}

/// A row of the table.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) rule: Rule,
    handler: MethodRouter<App>,
}

impl Route {
    /// Something to look at.
    fn get<H, T>(path: &'static str, least: Access, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((Method::GET, MethodFilter::GET), path, (least, scope), handler)
    }

    /// Something that changes.
    fn post<H, T>(path: &'static str, least: Access, scope: Scope, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        Self::new((Method::POST, MethodFilter::POST), path, (least, scope), handler)
    }

    /// The same with a larger body.
    const fn with_body(mut self, bytes_max: usize) -> Self {
        self.rule.body_max = bytes_max;
        self
    }

    fn new<H, T>(
        (method, filter): (Method, MethodFilter),
        path: &'static str,
        (least, scope): (Access, Scope),
        handler: H,
    ) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        let asking = Asking::of(path);
        let rule = Rule { method, least, scope, asking, body_max: BODY_MAX };
        Self { path, rule, handler: on(filter, handler) }
    }
}

/// The router: every row of the table behind its guard.
pub(crate) fn router(app: &App) -> Router {
    let mut router = Router::new();
    for Route { path, rule, handler } in table() {
        let guarded = Guarded { app: app.clone(), rule };
        router = router.route(path, handler.route_layer(from_fn_with_state(guarded, guard)));
    }
    router
        .fallback(error::nowhere)
        .method_not_allowed_fallback(error::no_method)
        .with_state(app.clone())
}
