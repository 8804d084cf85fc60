//! *Schedules*: targets that are asked again and again.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use exward_store::store::{Schedule, ScheduleId, Tenant};
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Caller, Own};
use super::activity::back;
use super::error::WebError;
use super::limits::{SCHEDULE_MINUTES, TARGET_MAX};
use super::shown::Page;
use super::state::App;
use super::views::frame;
use crate::page::layout::Section;
use crate::page::schedules::{Row, Schedules};
use crate::page::show::Count;

/// Rows of the page.
const ROWS: u32 = 200;

/// A schedule that somebody wants.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewSchedule {
    /// A host, an address or a URL, as for `exward check`.
    target: String,
    /// How often it is asked: every 5 to 525600 minutes. A schedule of the target that is there is changed.
    every_minutes: u32,
}

/// A schedule of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfSchedule {
    pub(crate) schedule: i64,
}

/// `GET /t/{tenant}/schedules`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Activity, Some(&tenant)).await?;
    let mut rows = app.store.schedules(tenant.id, None, ROWS.saturating_add(1)).await?;
    let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let is_more = rows.len() > shown;
    rows.truncate(shown);
    let rows = rows.into_iter().map(row).collect();
    Ok(Page(Schedules { frame, rows, is_more }).into_response())
}

fn row(schedule: Schedule) -> Row {
    Row {
        id: schedule.id.0,
        target: schedule.target.into(),
        every_minutes: Count(schedule.every_minutes.into()),
        next_at: schedule.next_at.into(),
        made_by: schedule.made_by.into(),
    }
}

/// Puts a schedule, whose first time is now.
///
/// # Errors
/// [`WebError::Bad`]: no target, or too often.
pub(crate) async fn put(
    app: &App,
    tenant: &Tenant,
    caller: &Caller,
    new: &NewSchedule,
) -> Result<ScheduleId, WebError> {
    let target = new.target.trim();
    let is_text = !target.is_empty()
        && target.len() <= TARGET_MAX
        && !target.starts_with('-')
        && target.chars().all(|it| !it.is_control() && !it.is_whitespace());
    if !is_text {
        let what = format!("A target is a host, an address or a URL of at most {TARGET_MAX} bytes");
        return Err(WebError::Bad(what));
    }
    if !SCHEDULE_MINUTES.contains(&new.every_minutes) {
        let (least, most) = (SCHEDULE_MINUTES.start(), SCHEDULE_MINUTES.end());
        return Err(WebError::Bad(format!("A target is asked every {least} to {most} minutes")));
    }
    let now = app.now();
    let put = app.store.put_schedule(tenant.id, target, new.every_minutes, now, &caller.name, now);
    Ok(put.await?)
}

/// `POST /t/{tenant}/schedules`.
pub(crate) async fn add(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Form(new): Form<NewSchedule>,
) -> Result<Response, WebError> {
    put(&app, &tenant, &caller, &new).await?;
    Ok(back(&tenant.name, "schedules"))
}

/// `POST /t/{tenant}/schedules/{schedule}/remove`.
pub(crate) async fn remove(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfSchedule>,
) -> Result<Response, WebError> {
    let schedule = ScheduleId(of.schedule);
    app.store.remove_schedule(tenant.id, schedule, &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "schedules"))
}
