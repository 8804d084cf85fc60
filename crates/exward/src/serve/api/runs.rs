//! What was read, and what of it could not be: newest first.

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use exward_store::store::{RUNS_MAX, Run as RunRow, RunId};
use serde::Serialize;
use utoipa::ToSchema;

use super::work::Newest;
use super::{answer, rows};
use crate::serve::access::Own;
use crate::serve::error::WebError;
use crate::serve::state::App;

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Runs {
    runs: Vec<Run>,
    /// `before` of the next page. Null: this is the last one.
    next: Option<i64>,
}

/// One reading of something.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    id: i64,
    /// check, hunt, feed, rollout.
    kind: String,
    source: String,
    by: String,
    began_at: String,
    /// Null: it is at work, or was killed.
    ended_at: Option<String>,
    /// Servers that were seen.
    servers: u64,
    /// Those of them that were new or had changed.
    changed: u64,
    /// What was not read.
    skipped: Vec<Skipped>,
}

/// Something that was not read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Skipped {
    place: String,
    why: String,
}

impl From<RunRow> for Run {
    fn from(row: RunRow) -> Self {
        let skipped = row.skipped.into_iter();
        Self {
            id: row.id.0,
            kind: row.kind.name().to_owned(),
            source: row.source,
            by: row.by,
            began_at: row.began_at.to_string(),
            ended_at: row.ended_at.map(|it| it.to_string()),
            servers: row.servers,
            changed: row.changed,
            skipped: skipped.map(|it| Skipped { place: it.place, why: it.why }).collect(),
        }
    }
}

/// `GET /api/v1/tenants/{tenant}/runs`. A page has at most 500 rows.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/runs", tag = "work",
    params(("tenant" = String, Path, description = "Name of the tenant"), Newest),
    responses((status = 200, body = Runs), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn list(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<Newest>,
) -> Result<Response, WebError> {
    // One more than is shown: whether there is a next page.
    let limit = rows(which.limit)?.min(RUNS_MAX.saturating_sub(1));
    let (asked, before) = (limit.saturating_add(1), which.before.map(RunId));
    let mut found = app.store.runs(tenant.id, asked, before).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| is_more).map(|it| it.id.0);
    answer(&headers, &Runs { runs: found.into_iter().map(Run::from).collect(), next })
}
