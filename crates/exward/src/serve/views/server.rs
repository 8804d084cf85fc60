//! *Server*: one server with all that is known of it, now or as of a moment.

mod facts;
mod findings;
mod hunts;
mod spans;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_store::StoreError;
use exward_store::store::{ServerId, SpanRow, Tenant};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use self::facts::Facts;
pub(super) use self::findings::in_core;
pub(super) use self::spans::span;
use super::{accept, frame, thinking, words};
use crate::page::layout::{Flash, Frame, Section};
use crate::page::server::{Export, Server};
use crate::page::show::{Shown, When, part};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Which server.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    id: i64,
}

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    /// A day, whose end is meant, or a moment (RFC 3339). Empty: now.
    as_of: String,
    /// What the form before came to.
    done: String,
}

/// `GET /t/{tenant}/servers/{id}`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { id }): Path<One>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    let as_of = moment(&asked.as_of)?.filter(|it| *it < app.now());
    let row = app.store.server(tenant.id, ServerId(id)).await?;
    let mut frame = frame(&app, &caller, Section::Estate, Some(&tenant)).await?;
    frame.flash = accept::flash(&asked.done);
    let (as_of, spans) = spans(&app, &tenant, row.id, as_of, &mut frame).await?;
    let now = as_of.unwrap_or_else(|| app.now());
    let acceptances = app.store.acceptances(tenant.id, Some(row.id)).await?;
    let sources = spans::sources(&app, &tenant, &spans).await?;
    let hunts = hunts::hunts(&app, &tenant, row.id, now).await?;
    let exports = if as_of.is_none() { exports(&frame, id) } else { Vec::new() };
    let hunted = hunts.said();
    let (catalog, target) = (app.catalog.get(), row.target.clone());
    let facts = thinking(move || {
        let moment = (now, as_of.is_none());
        Facts::of(&catalog, target, (&spans, &sources), &acceptances, moment, hunted.as_ref())
    });
    let facts = facts.await?;
    // Whoever came in comes before any update.
    let next_step = hunts.next_step().unwrap_or(facts.next_step);
    // A server that only a hunt has seen was first seen by it.
    let last_seen = facts.last_seen.unwrap_or(row.last_seen.min(now));
    let page = Server {
        history: spans::picture(&row.target, &facts.spans, &hunts),
        frame,
        id,
        target: Shown::of(&row.target),
        name: row.name.as_ref().filter(|it| **it != row.target).map(Shown::from),
        site: row.site.as_ref().map(Shown::from),
        tags: row.tags.iter().map(Shown::from).collect(),
        verdict: facts.verdict,
        release: facts.release,
        build: facts.build,
        support: facts.support,
        reasons: facts.reasons,
        next_step,
        first_seen: row.first_seen.into(),
        last_seen: last_seen.into(),
        as_of: as_of.map(When),
        hunted: hunts.said().as_ref().map(words::hunted),
        findings: facts.findings,
        findings_more: facts.findings_more,
        evidence: facts.evidence,
        spans: facts.spans,
        hunts: hunts.shown(),
        sightings: hunts.sightings,
        sightings_more: hunts.sightings_more,
        exports,
    };
    Ok(Page(page).into_response())
}

/// What is known up to a moment; what was dropped is said, and the present shown in its place.
async fn spans(
    app: &App,
    tenant: &Tenant,
    server: ServerId,
    as_of: Option<Timestamp>,
    frame: &mut Frame,
) -> Result<(Option<Timestamp>, Vec<SpanRow>), WebError> {
    match app.store.spans(tenant.id, server, as_of).await {
        Err(StoreError::BeforeRetention { since }) => {
            let text = format!(
                "What was known then is gone: the store remembers from {} on. This is the server as it is now.",
                When(since).text()
            );
            frame.flash = Some(Flash { is_bad: true, text: Shown::of(&text) });
            Ok((None, app.store.spans(tenant.id, server, None).await?))
        }
        other => Ok((as_of, other?)),
    }
}

/// The moment that is asked about.
fn moment(text: &str) -> Result<Option<Timestamp>, WebError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let last = |it: Timestamp| it.checked_sub(SignedDuration::from_millis(1)).ok();
    let of_day = text.parse::<Date>().ok().and_then(accept::after).and_then(last);
    let moment = text.parse::<Timestamp>().ok().or(of_day);
    let bad = || WebError::Bad("`as_of` is a day such as 2026-06-09, or a moment in it".into());
    moment.map(Some).ok_or_else(bad)
}

fn exports(frame: &Frame, id: i64) -> Vec<Export> {
    let base = frame.base();
    vec![Export {
        name: "JSON",
        href: format!("{base}/servers/{}/check.json", part(&id.to_string())),
    }]
}
