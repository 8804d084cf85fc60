//! *Runs*: what was read, and what of it could not be.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_store::store::{Run, RunId};
use serde::Deserialize;

use super::access::{Caller, Own};
use super::error::WebError;
use super::shown::Page;
use super::state::App;
use super::views::frame;
use crate::page::layout::Section;
use crate::page::runs::{Row, Runs, Skipped};
use crate::page::show::Count;

/// Rows of a page.
const ROWS: u32 = 50;

/// Lines of one run that could not be read, shown at once.
const SKIPPED_SHOWN: usize = 20;

/// Where the list goes on.
#[derive(Debug, Deserialize)]
pub(crate) struct Place {
    before: Option<i64>,
}

/// `GET /t/{tenant}/runs`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(place): Query<Place>,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Activity, Some(&tenant)).await?;
    let mut runs =
        app.store.runs(tenant.id, ROWS.saturating_add(1), place.before.map(RunId)).await?;
    let shown = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let is_more = runs.len() > shown;
    runs.truncate(shown);
    let before = runs.last().filter(|_| is_more).map(|it| it.id.0);
    Ok(Page(Runs { frame, rows: runs.iter().map(row).collect(), before }).into_response())
}

fn row(run: &Run) -> Row {
    let left = run.skipped.len().saturating_sub(SKIPPED_SHOWN);
    let skipped = run.skipped.iter().take(SKIPPED_SHOWN);
    Row {
        id: run.id.0,
        kind: run.kind.name().into(),
        source: run.source.as_str().into(),
        by: run.by.as_str().into(),
        began_at: run.began_at.into(),
        ended_at: run.ended_at.map(Into::into),
        servers: Count(run.servers),
        changed: Count(run.changed),
        skipped: skipped
            .map(|it| Skipped { place: it.place.as_str().into(), why: it.why.as_str().into() })
            .collect(),
        more_skipped: Count(u64::try_from(left).unwrap_or(u64::MAX)),
    }
}
