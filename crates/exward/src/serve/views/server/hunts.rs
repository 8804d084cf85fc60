//! The hunts on a server, and the traces of the newest one.

use exward_store::store::{HuntRow, ServerId, SightingRow, Tenant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::page::badge::Badge;
use crate::page::server as page;
use crate::page::show::{Count, Shown};
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::hunt::{Told, hunted};

/// Hunts of one page: the newest.
const HUNTS_SHOWN_MAX: usize = 20;

/// Traces of one page.
const SIGHTINGS_SHOWN: u32 = 100;

/// What the store keeps of a trace besides its columns: the line of `exward hunt --format json`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Trace {
    title: String,
    why: String,
    file: String,
    line: Option<u64>,
    excerpt: String,
    actor: Option<String>,
    user: Option<String>,
    path: Option<String>,
}

/// See the page.
pub(super) struct Hunts {
    /// Newest first.
    pub(super) rows: Vec<(HuntRow, Told)>,
    /// Of the newest hunt.
    pub(super) sightings: Vec<page::Sighting>,
    pub(super) sightings_more: Count,
}

/// The hunts up to a moment.
pub(super) async fn hunts(
    app: &App,
    tenant: &Tenant,
    server: ServerId,
    now: Timestamp,
) -> Result<Hunts, WebError> {
    let mut rows = app.store.hunts(tenant.id, server).await?;
    rows.retain(|it| it.at <= now);
    rows.truncate(HUNTS_SHOWN_MAX);
    let rows: Vec<_> = rows.into_iter().map(|it| (Told::read(&it.body), it)).collect();
    let rows: Vec<_> = rows.into_iter().map(|(told, it)| (it, told)).collect();
    let Some((newest, told)) = rows.first() else {
        return Ok(Hunts { rows, sightings: Vec::new(), sightings_more: Count(0) });
    };
    let found = app.store.sightings(tenant.id, newest.id, None, SIGHTINGS_SHOWN).await?;
    let sightings: Vec<_> = found.iter().map(sighting).collect();
    let more = told.sightings().saturating_sub(sightings.len() as u64);
    Ok(Hunts { rows, sightings, sightings_more: Count(more) })
}

impl Hunts {
    pub(super) fn shown(&self) -> Vec<page::Hunt> {
        let shown = |(row, told): &(HuntRow, Told)| page::Hunt {
            at: row.at.into(),
            hunted: hunted(row),
            reasons: told.reasons.iter().map(Shown::from).collect(),
            next_step: Shown::of(&told.next_step),
        };
        self.rows.iter().map(shown).collect()
    }
}

fn sighting(row: &SightingRow) -> page::Sighting {
    let it = &row.sighting;
    let trace: Trace = serde_json::from_str(&it.body).unwrap_or_default();
    let who = trace.actor.or(trace.user).unwrap_or_default();
    let line = trace.line.map_or_else(String::new, |line| format!(":{line}"));
    let what = if trace.why.is_empty() { &trace.title } else { &trace.why };
    page::Sighting {
        at: it.at.map(Into::into),
        stage: Badge::stage(&it.stage),
        confidence: Shown::of(&it.confidence),
        who: Shown::of(&who),
        what: Shown::of(what),
        place: Shown::of(&trace.path.unwrap_or_else(|| format!("{}{line}", trace.file))),
        record: Shown::of(&trace.excerpt),
        rule: Shown::of(&it.rule),
    }
}
