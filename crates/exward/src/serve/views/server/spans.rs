//! What a server was over time.

use std::collections::BTreeMap;
use std::sync::Arc;

use exward_core::finding::Span;
use exward_store::store::{RunId, SpanRow, Tenant};

use super::hunts::Hunts;
use crate::page::chart::Picture;
use crate::page::chart::timeline::{Bar, Lane, Mark, timeline};
use crate::page::server as page;
use crate::page::show::{Count, Shown};
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::imprints::Judged;
use crate::serve::views::words;

/// Spans of one page: the newest.
const SPANS_SHOWN_MAX: usize = 200;

/// What was read in a run.
pub(super) type Sources = BTreeMap<RunId, String>;

/// The sources of the spans that a page shows.
pub(super) async fn sources(
    app: &App,
    tenant: &Tenant,
    rows: &[SpanRow],
) -> Result<Sources, WebError> {
    let mut runs: Vec<RunId> = shown_of(rows).iter().map(|it| it.run).collect();
    runs.sort();
    runs.dedup();
    Ok(app.store.sources(tenant.id, &runs).await?.into_iter().collect())
}

/// The newest, oldest first.
fn shown_of<T>(all: &[T]) -> &[T] {
    all.get(all.len().saturating_sub(SPANS_SHOWN_MAX)..).unwrap_or_default()
}

/// As the core folds it.
pub(in crate::serve::views) fn span<'c>(row: &SpanRow, judged: &Judged<'c>) -> Span<'c> {
    Span { from: row.from, to: row.to, statuses: Arc::clone(&judged.known) }
}

/// As the page shows them.
pub(super) fn shown(
    rows: &[SpanRow],
    judged: &[Arc<Judged<'_>>],
    sources: &Sources,
) -> Vec<page::Span> {
    let both = shown_of(rows).iter().zip(shown_of(judged));
    let span = |(row, judged): (&SpanRow, &Arc<Judged<'_>>)| {
        let identity = judged.identity.as_ref();
        page::Span {
            from: row.from.into(),
            to: row.to.into(),
            times: Count(row.times),
            verdict: judged.verdict,
            release: identity.map_or_else(|| Shown::of("cannot be read"), words::release_of),
            build: identity.and_then(|it| it.build).map(|it| Shown::of(&it.to_string())),
            source: sources.get(&row.run).map(Shown::from).unwrap_or_default(),
        }
    };
    both.map(span).collect()
}

/// What it was, and below what its logs cover and show.
pub(super) fn picture(target: &str, spans: &[page::Span], hunts: &Hunts) -> Option<Picture> {
    let bars = spans.iter().map(|it| Bar {
        from: it.from.0,
        to: it.to.0,
        badge: Some(it.verdict),
        what: it.release.clone(),
    });
    let mut lanes = vec![Lane { name: "verdict".into(), bars: bars.collect(), marks: Vec::new() }];
    if !hunts.rows.is_empty() {
        let covered = hunts.rows.iter().filter_map(|(row, _)| {
            let (from, to) = row.from.zip(row.to)?;
            Some(Bar { from, to, badge: None, what: "logs".into() })
        });
        let marks = hunts
            .sightings
            .iter()
            .filter_map(|it| Some(Mark { at: it.at?.0, badge: it.stage, what: it.what.clone() }));
        lanes.push(Lane { name: "hunts".into(), bars: covered.collect(), marks: marks.collect() });
    }
    let title = format!("What {} was, and what was found", Shown::of(target).within(60));
    timeline("history-picture", &title, &lanes)
}
