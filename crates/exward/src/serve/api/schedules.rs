//! Targets that are asked again and again.
#![expect(
    unused_qualifications,
    reason = "the macro of utoipa names the type of a query by its path"
)]

use axum::extract::{Json, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use exward_store::store::{Schedule as ScheduleRow, ScheduleId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Made, answer, rows};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::schedules::{NewSchedule, OfSchedule, put};
use crate::serve::state::App;

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// `next` of the page before.
    after: Option<i64>,
    /// Rows of a page, 1 to 1000; 100 if it is not given.
    limit: Option<u32>,
}

/// A page of schedules, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schedules {
    schedules: Vec<Schedule>,
    /// `after` of the next page. Null: this is the last one.
    next: Option<i64>,
}

/// A target that is asked again and again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Schedule {
    id: i64,
    target: String,
    every_minutes: u32,
    /// When it is asked next.
    next_at: String,
    made_by: String,
    made_at: String,
}

impl From<ScheduleRow> for Schedule {
    fn from(row: ScheduleRow) -> Self {
        Self {
            id: row.id.0,
            target: row.target,
            every_minutes: row.every_minutes,
            next_at: row.next_at.to_string(),
            made_by: row.made_by,
            made_at: row.made_at.to_string(),
        }
    }
}

/// `GET /api/v1/tenants/{tenant}/schedules`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/schedules", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"), Which),
    responses((status = 200, body = Schedules), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn list(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let limit = rows(which.limit)?;
    // One more than is shown: whether there is a next page.
    let (after, asked) = (which.after.map(ScheduleId), limit.saturating_add(1));
    let mut found = app.store.schedules(tenant.id, after, asked).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| is_more).map(|it| it.id.0);
    let schedules = found.into_iter().map(Schedule::from).collect();
    answer(&headers, &Schedules { schedules, next })
}

/// `POST /api/v1/tenants/{tenant}/schedules`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/schedules", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant")), request_body = NewSchedule,
    responses((status = 201, body = Made), (status = 400), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn add(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Json(new): Json<NewSchedule>,
) -> Result<Response, WebError> {
    let id = put(&app, &tenant, &caller, &new).await?.0;
    Ok((StatusCode::CREATED, Json(Made { id })).into_response())
}

/// `POST /api/v1/tenants/{tenant}/schedules/{schedule}/remove`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/schedules/{schedule}/remove", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("schedule" = i64, Path, description = "Key of the schedule")),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfSchedule>,
) -> Result<StatusCode, WebError> {
    let schedule = ScheduleId(of.schedule);
    app.store.remove_schedule(tenant.id, schedule, &caller.name, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}
