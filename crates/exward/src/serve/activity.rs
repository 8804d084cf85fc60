//! *Activity*: jobs, messages that nobody took, and for admins who did what.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use exward_store::store::{
    AuditRow, Delivery, DeliveryId, DeliveryState, Job, JobFilter, JobId, JobState, Role,
};
use serde::Deserialize;

use super::access::{Caller, Own};
use super::error::WebError;
use super::shown::Page;
use super::state::App;
use super::views::frame;
use super::webhooks::whom;
use crate::page::activity::{self as page, Activity};
use crate::page::badge::Badge;
use crate::page::layout::Section;
use crate::page::show::{Count, part};

/// Rows of each list.
const ROWS: u32 = 50;

/// Where the audit log goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    before: Option<i64>,
}

/// A job of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfJob {
    pub(crate) job: i64,
}

/// A delivery of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfDelivery {
    pub(crate) delivery: i64,
}

/// `GET /t/{tenant}/activity`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(place): Query<Place>,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Activity, Some(&tenant)).await?;
    let jobs = app.store.jobs(Some(tenant.id), &JobFilter::default(), None, ROWS).await?;
    let dead = Some(DeliveryState::Dead);
    let dead = app.store.deliveries(tenant.id, dead, None, ROWS).await?;
    let (mut audit, mut before) = (Vec::new(), None);
    if caller.role >= Role::Admin {
        let rows = app.store.audit(Some(tenant.id), place.before, ROWS.saturating_add(1)).await?;
        let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
        let is_more = rows.len() > shown;
        audit = rows.into_iter().take(shown).map(audited).collect();
        before = audit.last().filter(|_| is_more).map(|it: &page::Audited| it.sequence);
    }
    let jobs = jobs.into_iter().map(job).collect();
    let dead = dead.iter().map(delivery).collect();
    Ok(Page(Activity { frame, jobs, dead, audit, before }).into_response())
}

fn count(number: i64) -> Count {
    Count(u64::try_from(number).unwrap_or_default())
}

fn job(job: Job) -> page::Job {
    let is_open = matches!(job.state, JobState::Waiting | JobState::Running);
    page::Job {
        id: job.id.0,
        kind: job.kind.into(),
        state: Badge::work(job.state.name()),
        done: count(job.done),
        total: job.total.map(count),
        owner: job.owner.filter(|_| job.state == JobState::Running).map(Into::into),
        attempts: count(job.attempts),
        due: is_open.then(|| job.due_at.into()),
        reason: job.reason.map(Into::into),
        made_by: job.made_by.into(),
        made_at: job.made_at.into(),
        can_retry: matches!(job.state, JobState::Failed | JobState::Cancelled),
        can_cancel: is_open,
    }
}

fn delivery(it: &Delivery) -> page::Delivery {
    page::Delivery {
        id: it.id.0,
        event: it.event.as_str().into(),
        url: whom(&it.url).into(),
        attempts: count(it.attempts),
        reason: it.reason.as_deref().unwrap_or_default().into(),
        ended_at: it.ended_at.unwrap_or(it.made_at).into(),
    }
}

fn audited(row: AuditRow) -> page::Audited {
    page::Audited {
        sequence: row.sequence,
        at: row.at.into(),
        actor: row.actor.into(),
        action: row.action.into(),
        subject: row.subject.into(),
        detail: row.detail.into(),
    }
}

/// Back to a page of a tenant.
pub(crate) fn back(tenant: &str, page: &str) -> Response {
    Redirect::to(&format!("/t/{}/{page}", part(tenant))).into_response()
}

/// `POST /t/{tenant}/jobs/{job}/cancel`.
pub(crate) async fn cancel(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<Response, WebError> {
    app.store.cancel_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}

/// `POST /t/{tenant}/jobs/{job}/retry`.
pub(crate) async fn retry(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<Response, WebError> {
    app.store.retry_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}

/// `POST /t/{tenant}/deliveries/{delivery}/retry`.
pub(crate) async fn send_again(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfDelivery>,
) -> Result<Response, WebError> {
    let delivery = DeliveryId(of.delivery);
    app.store.retry_delivery(tenant.id, delivery, &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "activity"))
}
