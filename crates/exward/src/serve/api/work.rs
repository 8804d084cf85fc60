//! What is being worked at, and who did what: newest first.
#![expect(
    unused_qualifications,
    reason = "the macro of utoipa names the type of a query by its path"
)]

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use exward_store::store::{Job as JobRow, JobFilter, JobId, JobState};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{answer, rows};
use crate::serve::access::secret::hex;
use crate::serve::access::{Caller, Own};
use crate::serve::activity::OfJob;
use crate::serve::error::WebError;
use crate::serve::state::App;

/// Which rows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Newest {
    /// `next` of the page before.
    pub(super) before: Option<i64>,
    /// Rows of a page, 1 to 1000; 100 if it is not given.
    pub(super) limit: Option<u32>,
}

/// A page of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLog {
    rows: Vec<Audited>,
    /// `before` of the next page. Null: this is the last one.
    next: Option<i64>,
}

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audited {
    /// Its place in the log of all tenants.
    sequence: i64,
    at: String,
    actor: String,
    action: String,
    subject: String,
    detail: String,
    /// SHA-256 of it and everything before it, in hexadecimal digits.
    checksum: String,
}

/// `GET /api/v1/tenants/{tenant}/audit`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/audit", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"), Newest),
    responses((status = 200, body = AuditLog), (status = 304), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn audit(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<Newest>,
) -> Result<Response, WebError> {
    let limit = rows(which.limit)?;
    // One more than is shown: whether there is a next page.
    let asked = limit.saturating_add(1);
    let mut found = app.store.audit(Some(tenant.id), which.before, asked).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| is_more).map(|it| it.sequence);
    let rows = found.into_iter().map(|it| Audited {
        sequence: it.sequence,
        at: it.at.to_string(),
        actor: it.actor,
        action: it.action,
        subject: it.subject,
        detail: it.detail,
        checksum: hex(&it.checksum),
    });
    answer(&headers, &AuditLog { rows: rows.collect(), next })
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichJobs {
    /// Only in this state: waiting, running, done, failed, cancelled.
    state: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// `next` of the page before.
    before: Option<i64>,
    /// Rows of a page, 1 to 1000; 100 if it is not given.
    limit: Option<u32>,
}

/// A page of jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    /// `before` of the next page. Null: this is the last one.
    next: Option<i64>,
}

/// A piece of work.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    id: i64,
    kind: String,
    /// waiting, running, done, failed, cancelled.
    state: String,
    due_at: String,
    /// How often it was begun.
    attempts: i64,
    /// How much of it is done.
    done: i64,
    /// How much there is to be done. Null: nobody knows.
    total: Option<i64>,
    /// Why it failed, or failed last.
    reason: Option<String>,
    made_by: String,
    made_at: String,
    ended_at: Option<String>,
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id.0,
            kind: row.kind,
            state: row.state.name().to_owned(),
            due_at: row.due_at.to_string(),
            attempts: row.attempts,
            done: row.done,
            total: row.total,
            reason: row.reason,
            made_by: row.made_by,
            made_at: row.made_at.to_string(),
            ended_at: row.ended_at.map(|it| it.to_string()),
        }
    }
}

/// `GET /api/v1/tenants/{tenant}/jobs`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/jobs", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"), WhichJobs),
    responses((status = 200, body = Jobs), (status = 304), (status = 400), (status = 401), (status = 404)))]
pub(crate) async fn jobs(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<WhichJobs>,
) -> Result<Response, WebError> {
    let limit = rows(which.limit)?;
    let state = which.state.as_deref().map(str::parse::<JobState>).transpose();
    let state = state.map_err(|it| WebError::Bad(it.to_string()))?;
    let filter = JobFilter { state, kind: which.kind.as_deref() };
    let before = which.before.map(JobId);
    // One more than is shown: whether there is a next page.
    let asked = limit.saturating_add(1);
    let mut found = app.store.jobs(Some(tenant.id), &filter, before, asked).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| is_more).map(|it| it.id.0);
    answer(&headers, &Jobs { jobs: found.into_iter().map(Job::from).collect(), next })
}

/// `POST /api/v1/tenants/{tenant}/jobs/{job}/cancel`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/jobs/{job}/cancel", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("job" = i64, Path, description = "Key of the job")),
    responses((status = 204), (status = 401), (status = 403), (status = 404), (status = 409, description = "It has ended")))]
pub(crate) async fn cancel(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<StatusCode, WebError> {
    app.store.cancel_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /api/v1/tenants/{tenant}/jobs/{job}/retry`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/jobs/{job}/retry", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("job" = i64, Path, description = "Key of the job")),
    responses((status = 202), (status = 401), (status = 403), (status = 404),
        (status = 409, description = "It is neither failed nor cancelled")))]
pub(crate) async fn retry(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfJob>,
) -> Result<StatusCode, WebError> {
    app.store.retry_job(Some(tenant.id), JobId(of.job), &caller.name, app.now()).await?;
    Ok(StatusCode::ACCEPTED)
}
