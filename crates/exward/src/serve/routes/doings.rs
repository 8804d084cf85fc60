//! The rows of what is done in a tenant, and when: jobs, runs, schedules, webhooks.

use exward_store::store::Role::{Admin, Operator, Viewer};

use super::Access::Least;
use super::Route;
use super::Scope::Tenant;
use crate::serve::{activity, api, runs, schedules, webhooks};

/// Pages with their forms, and what programs ask of the same.
pub(super) fn doings() -> Vec<Route> {
    let mut all = pages();
    all.extend(programs());
    all
}

/// For people.
fn pages() -> Vec<Route> {
    vec![
        Route::get("/t/{tenant}/activity", Least(Viewer), Tenant, activity::show),
        Route::get("/t/{tenant}/activity/live", Least(Viewer), Tenant, activity::follow),
        Route::post("/t/{tenant}/jobs/{job}/cancel", Least(Operator), Tenant, activity::cancel),
        Route::post("/t/{tenant}/jobs/{job}/retry", Least(Operator), Tenant, activity::retry),
        Route::post(
            "/t/{tenant}/deliveries/{delivery}/retry",
            Least(Operator),
            Tenant,
            activity::send_again,
        ),
        Route::get("/t/{tenant}/runs", Least(Viewer), Tenant, runs::show),
        Route::get("/t/{tenant}/schedules", Least(Viewer), Tenant, schedules::show),
        Route::post("/t/{tenant}/schedules", Least(Operator), Tenant, schedules::add),
        Route::post(
            "/t/{tenant}/schedules/{schedule}/remove",
            Least(Operator),
            Tenant,
            schedules::remove,
        ),
        Route::get("/t/{tenant}/webhooks", Least(Admin), Tenant, webhooks::show),
        Route::post("/t/{tenant}/webhooks", Least(Admin), Tenant, webhooks::add),
        Route::post("/t/{tenant}/webhooks/{webhook}/test", Least(Admin), Tenant, webhooks::test),
        Route::post(
            "/t/{tenant}/webhooks/{webhook}/disable",
            Least(Admin),
            Tenant,
            webhooks::disable,
        ),
    ]
}

/// For programs.
fn programs() -> Vec<Route> {
    vec![
        Route::post(
            "/api/v1/tenants/{tenant}/jobs/{job}/cancel",
            Least(Operator),
            Tenant,
            api::work::cancel,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/jobs/{job}/retry",
            Least(Operator),
            Tenant,
            api::work::retry,
        ),
        Route::get("/api/v1/tenants/{tenant}/runs", Least(Viewer), Tenant, api::runs::list),
        Route::get(
            "/api/v1/tenants/{tenant}/schedules",
            Least(Viewer),
            Tenant,
            api::schedules::list,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/schedules",
            Least(Operator),
            Tenant,
            api::schedules::add,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/schedules/{schedule}/remove",
            Least(Operator),
            Tenant,
            api::schedules::remove,
        ),
        Route::get("/api/v1/tenants/{tenant}/webhooks", Least(Admin), Tenant, api::webhooks::list),
        Route::post("/api/v1/tenants/{tenant}/webhooks", Least(Admin), Tenant, api::webhooks::add),
        Route::post(
            "/api/v1/tenants/{tenant}/webhooks/{webhook}/test",
            Least(Admin),
            Tenant,
            api::webhooks::test,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/webhooks/{webhook}/disable",
            Least(Admin),
            Tenant,
            api::webhooks::disable,
        ),
        Route::get(
            "/api/v1/tenants/{tenant}/deliveries",
            Least(Viewer),
            Tenant,
            api::webhooks::deliveries,
        ),
        Route::post(
            "/api/v1/tenants/{tenant}/deliveries/{delivery}/retry",
            Least(Operator),
            Tenant,
            api::webhooks::send_again,
        ),
    ]
}
