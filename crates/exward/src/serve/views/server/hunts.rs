//! The hunts on a server, and the traces of the one that speaks for it.

use exward_core::alarm::{Heard, speaking};
use exward_store::store::{HuntOfServer, HuntRow, ServerId, SightingRow, Tenant};
use jiff::Timestamp;
use serde::Deserialize;

use crate::page::badge::Badge;
use crate::page::server as page;
use crate::page::show::{Count, Shown};
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::hunt::{Told, of_server};
use crate::serve::views::words;

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
    /// The place of the one that speaks for the server; `None`: nobody had hunted.
    speaks: Option<usize>,
    /// Where all that is said of settling holds.
    now: Timestamp,
    /// Of the hunt that speaks.
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
    let heard: Vec<Heard> = rows.iter().map(HuntRow::heard).collect();
    // An old alarm that stands is shown, however many hunts came later.
    let speaks = speaking(&heard, now);
    let mut place = 0;
    rows.retain(|_| {
        let is_shown = place < HUNTS_SHOWN_MAX || Some(place) == speaks;
        place = place.saturating_add(1);
        is_shown
    });
    let speaks = speaks.map(|it| it.min(HUNTS_SHOWN_MAX));
    let rows: Vec<_> = rows.into_iter().map(|it| (Told::read(&it.body), it)).collect();
    let rows: Vec<_> = rows.into_iter().map(|(told, it)| (it, told)).collect();
    let mut hunts = Hunts { rows, speaks, now, sightings: Vec::new(), sightings_more: Count(0) };
    let Some((speaking, told)) = hunts.speaking() else { return Ok(hunts) };
    let found = app.store.sightings(tenant.id, speaking.id, None, SIGHTINGS_SHOWN).await?;
    let sightings: Vec<_> = found.iter().map(sighting).collect();
    hunts.sightings_more = Count(told.sightings().saturating_sub(sightings.len() as u64));
    hunts.sightings = sightings;
    Ok(hunts)
}

impl Hunts {
    /// The hunt that speaks for the server.
    pub(super) fn speaking(&self) -> Option<&(HuntRow, Told)> {
        self.rows.get(self.speaks?)
    }

    /// The same, as a list of servers says it.
    pub(super) fn said(&self) -> Option<HuntOfServer> {
        let (row, _) = self.speaking()?;
        Some(of_server(row, row.heard().is_settled(self.now)))
    }

    /// What is to be done about the alarm that stands; `None`: there is none.
    pub(super) fn next_step(&self) -> Option<Shown> {
        let (row, told) = self.speaking()?;
        (row.heard().stands(self.now) > 0).then(|| Shown::of(&told.next_step))
    }

    pub(super) fn shown(&self) -> Vec<page::Hunt> {
        let shown = |(row, told): &(HuntRow, Told)| {
            let settled = row.settled.as_ref().filter(|_| row.heard().is_settled(self.now));
            page::Hunt {
                id: row.id.0,
                is_alarm: row.alarm > 0,
                settled: settled.map(|it| page::Settled {
                    at: it.at.into(),
                    by: Shown::of(&it.by),
                    why: Shown::of(&it.why),
                }),
                at: row.at.into(),
                hunted: words::hunted(&of_server(row, settled.is_some())),
                reasons: told.reasons.iter().map(Shown::from).collect(),
                next_step: Shown::of(&told.next_step),
            }
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
