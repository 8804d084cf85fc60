//! The rows.

use exward_store::store::Role::{Admin, Approver, Operator, Viewer};

use super::Access::{Least, Monitoring, Public, SignedIn};
use super::Route;
use super::Scope::{Everything, Global, Tenant};
use super::doings::doings;
use crate::serve::limits::BLUEPRINT_FORM_MAX;
use crate::serve::{api, assets, metrics, people, rollouts, setup, sign_in, tokens, views};

/// All routes. A path that begins with `/api/` is for programs; `{tenant}` is the tenant that the guard looks up.
pub(crate) fn table() -> Vec<Route> {
    let mut all = ways_in();
    all.extend(administration());
    all.extend(pages());
    all.extend(programs());
    all.extend(of_rollouts());
    all.extend(doings());
    all
}

/// Signing in, and what needs no role.
fn ways_in() -> Vec<Route> {
    vec![
        Route::get("/healthz", Public, Global, metrics::health),
        Route::get("/assets/exward.css", Public, Global, assets::style),
        Route::get("/assets/live.js", Public, Global, assets::script),
        Route::get("/sign-in", Public, Global, sign_in::form),
        Route::post("/sign-in", Public, Global, sign_in::enter),
        Route::get("/setup/{secret}", Public, Global, setup::form),
        Route::post("/setup/{secret}", Public, Global, setup::take),
        Route::post("/sign-out", SignedIn, Global, sign_in::leave),
        Route::get("/password", SignedIn, Global, sign_in::password_form),
        Route::post("/password", SignedIn, Global, sign_in::change_password),
    ]
}

/// People, tokens, tenants.
fn administration() -> Vec<Route> {
    vec![
        Route::get("/people", Least(Admin), Global, people::list),
        Route::post("/people", Least(Admin), Global, people::add),
        Route::post("/people/{person}/role", Least(Admin), Global, people::set_role),
        Route::post("/people/{person}/password", Least(Admin), Global, people::set_password),
        Route::post("/people/{person}/disable", Least(Admin), Global, people::disable),
        Route::post("/people/{person}/enable", Least(Admin), Global, people::enable),
        Route::post("/tokens", Least(Admin), Global, tokens::make),
        Route::post("/tokens/{token}/revoke", Least(Admin), Global, tokens::revoke),
        Route::post("/tenants", Least(Admin), Everything, people::make_tenant),
    ]
}

/// What is known of the servers of a tenant.
fn pages() -> Vec<Route> {
    vec![
        Route::get("/", SignedIn, Global, views::home::begin),
        Route::get("/tenants", SignedIn, Global, views::home::tenants),
        Route::get("/t/{tenant}/", Least(Viewer), Tenant, views::estate::show),
        Route::get("/t/{tenant}/live", Least(Viewer), Tenant, views::estate::follow),
        Route::get("/t/{tenant}/export.csv", Least(Viewer), Tenant, views::export::csv),
        Route::get("/t/{tenant}/export.jsonl", Least(Viewer), Tenant, views::export::json),
        Route::get("/t/{tenant}/servers/{id}", Least(Viewer), Tenant, views::server::show),
        Route::get(
            "/t/{tenant}/servers/{id}/check.json",
            Least(Viewer),
            Tenant,
            views::export::one,
        ),
        Route::post(
            "/t/{tenant}/servers/{id}/accept",
            Least(Operator),
            Tenant,
            views::accept::accept,
        ),
        Route::post(
            "/t/{tenant}/servers/{id}/revoke",
            Least(Operator),
            Tenant,
            views::accept::revoke,
        ),
        Route::post(
            "/t/{tenant}/servers/{id}/labels",
            Least(Operator),
            Tenant,
            views::label::label,
        ),
        Route::post(
            "/t/{tenant}/servers/{id}/settle",
            Least(Operator),
            Tenant,
            views::settle::settle,
        ),
        Route::post(
            "/t/{tenant}/servers/{id}/raise",
            Least(Operator),
            Tenant,
            views::settle::raise,
        ),
        Route::get("/t/{tenant}/hunt", Least(Viewer), Tenant, views::hunt::show),
        Route::get("/t/{tenant}/campaigns", Least(Viewer), Tenant, views::campaigns::show),
        Route::get(
            "/t/{tenant}/campaigns/{campaign}",
            Least(Viewer),
            Tenant,
            views::campaign::show,
        ),
        Route::get("/t/{tenant}/catalog", Least(Viewer), Tenant, views::catalog::show),
    ]
}

/// What programs ask.
fn programs() -> Vec<Route> {
    vec![
        Route::get("/metrics", Monitoring, Everything, metrics::show),
        Route::get("/api/v1/openapi.json", Public, Global, api::openapi::document),
        Route::get("/api/v1/tenants", Least(Viewer), Global, api::tenants::list),
        Route::get(
            "/api/v1/tenants/{tenant}/summary",
            Least(Viewer),
            Tenant,
            api::tenants::summary,
        ),
        Route::get("/api/v1/tenants/{tenant}/servers", Least(Viewer), Tenant, api::servers::list),
        Route::get(
            "/api/v1/tenants/{tenant}/servers/{id}",
            Least(Viewer),
            Tenant,
            api::servers::one,
        ),
        Route::get("/api/v1/tenants/{tenant}/jobs", Least(Viewer), Tenant, api::work::jobs),
        Route::get("/api/v1/tenants/{tenant}/audit", Least(Admin), Tenant, api::work::audit),
    ]
}

/// Rollouts: pages, what follows them, and what programs ask of them.
fn of_rollouts() -> Vec<Route> {
    const LIST: &str = "/t/{tenant}/rollouts";
    const ONE: &str = "/t/{tenant}/rollouts/{rollout}";
    const API: &str = "/api/v1/tenants/{tenant}/rollouts";
    let look = Least(Viewer);
    let act = Least(Approver);
    vec![
        Route::get(LIST, look, Tenant, rollouts::list),
        Route::post(LIST, Least(Operator), Tenant, rollouts::upload).with_body(BLUEPRINT_FORM_MAX),
        Route::get(ONE, look, Tenant, rollouts::one),
        Route::get("/t/{tenant}/rollouts/{rollout}/live", look, Tenant, rollouts::live::follow),
        Route::post("/t/{tenant}/rollouts/{rollout}/approve", act, Tenant, rollouts::approve),
        Route::post("/t/{tenant}/rollouts/{rollout}/pause", act, Tenant, rollouts::pause),
        Route::post(
            "/t/{tenant}/rollouts/{rollout}/pause-after-step",
            act,
            Tenant,
            rollouts::pause_after_step,
        ),
        Route::post("/t/{tenant}/rollouts/{rollout}/resume", act, Tenant, rollouts::resume),
        Route::post("/t/{tenant}/rollouts/{rollout}/abort", act, Tenant, rollouts::abort),
        Route::get(API, look, Tenant, api::rollouts::list),
        Route::get("/api/v1/tenants/{tenant}/rollouts/{rollout}", look, Tenant, api::rollouts::one),
        Route::post(
            "/api/v1/tenants/{tenant}/rollouts/{rollout}/approvals",
            act,
            Tenant,
            api::rollouts::approve,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/rollouts/{rollout}/commands",
            act,
            Tenant,
            api::rollouts::command,
        ),
    ]
}
