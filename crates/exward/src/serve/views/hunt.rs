//! *Hunt*: the hunt that speaks for each server, worst first.

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_core::assess::Urgency;
use exward_core::report::ServerReport;
use exward_hunt::HUNT_VERDICTS;
use exward_store::store::{HuntGroup, HuntOfServer, HuntRow, ServerId, Summary, Tenant};
use serde::Deserialize;

use super::{ROWS, frame, words};
use crate::page::badge::Badge;
use crate::page::chart::timeline::{Bar, Lane, timeline};
use crate::page::estate::Hunted;
use crate::page::hunt::{HuntPage, Row};
use crate::page::layout::Section;
use crate::page::show::{Count, Shown};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Stages of traces, worst first.
const STAGES: [&str; 5] = ["post", "webshell", "success", "attempt", "scan"];

/// What the address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    after: String,
}

/// What the store keeps of a hunt besides its columns: the summary of `exward hunt --format json`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Told {
    pub(super) reasons: Vec<String>,
    pub(super) next_step: String,
    counts: Counts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    sightings: u64,
    sightings_more: u64,
    stages: std::collections::BTreeMap<String, u64>,
}

impl Told {
    /// One that cannot be read says so (V2).
    pub(super) fn read(body: &str) -> Self {
        serde_json::from_str(body).unwrap_or_else(|_| Self {
            reasons: vec!["what this hunt said cannot be read by this program".to_owned()],
            next_step: "update exward".to_owned(),
            counts: Counts::default(),
        })
    }

    /// Traces, those included that were only counted.
    pub(super) const fn sightings(&self) -> u64 {
        self.counts.sightings.saturating_add(self.counts.sightings_more)
    }

    fn worst(&self) -> Option<Badge> {
        let found = |it: &&'static str| self.counts.stages.get(*it).is_some_and(|count| *count > 0);
        STAGES.into_iter().find(found).map(Badge::stage)
    }
}

/// What a hunt came to.
pub(super) fn hunted(row: &HuntRow) -> Hunted {
    words::hunted(&of_server(row, row.settled.is_some()))
}

/// The same as a server's list says it.
pub(super) fn of_server(row: &HuntRow, is_settled: bool) -> HuntOfServer {
    HuntOfServer { verdict: row.verdict.clone(), from: row.from, to: row.to, is_settled }
}

/// Lets a report say that a hunt stands beside it: patched is not clean. A verdict that is not known says nothing,
/// and one that is settled asks for nothing.
pub(super) fn say(report: &mut ServerReport<'_>, hunt: &HuntOfServer) {
    if let Some(known) = HUNT_VERDICTS.iter().find(|it| it.name() == hunt.verdict) {
        let urgency = if hunt.is_settled { Urgency::NothingToDo } else { known.urgency() };
        report.say_hunted(&hunt.said(), urgency);
    }
}

/// `GET /t/{tenant}/hunt`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let summary = app.store.summary(tenant.id).await?;
    let frame = frame(&app, &caller, Section::Hunt, Some(&tenant)).await?;
    let (rows, after) = page(&app, &tenant, &summary, &which.after).await?;
    let picture = timeline("hunt-picture", "What the logs cover", &lanes(&rows));
    let page = HuntPage {
        frame,
        total: Count(summary.servers),
        hunted: Count(summary.servers.saturating_sub(super::estate::unhunted(&summary))),
        tallies: tallies(&summary),
        picture,
        rows: rows.iter().map(|(target, it)| row(target, it)).collect(),
        after,
    };
    Ok(Page(page).into_response())
}

/// Servers by the verdict of the hunt that speaks for them, worst first; those whose alarm is settled come last.
fn tallies(summary: &Summary) -> Vec<(Badge, Count)> {
    let of = |name: &'static str| {
        let count = summary.hunted.iter().find(|it| it.0 == name)?.1;
        Some((Badge::hunted(name), Count(count)))
    };
    let settled = (summary.settled > 0).then_some((Badge::SETTLED, Count(summary.settled)));
    HUNT_VERDICTS.iter().rev().filter_map(|it| of(it.name())).chain(settled).collect()
}

type Hunts = Vec<(String, HuntRow)>;

/// What comes last in the list.
const SETTLED: &str = "settled";

/// A page of the list, and where the next one begins: `VERDICT~SERVER`, or `settled~SERVER`. Verdicts that no server
/// has are not asked about.
async fn page(
    app: &App,
    tenant: &Tenant,
    summary: &Summary,
    after: &str,
) -> Result<(Hunts, Option<String>), WebError> {
    let bad = || WebError::Bad("The list does not go on there: open it again".into());
    let place = if after.is_empty() {
        None
    } else {
        let (verdict, server) = after.split_once('~').ok_or_else(bad)?;
        Some((verdict, server.parse::<i64>().map_err(|_| bad())?))
    };
    let worst_first = HUNT_VERDICTS.iter().rev().map(|it| it.name()).chain([SETTLED]);
    let from = worst_first.skip_while(|it| place.is_some_and(|(verdict, _)| *it != verdict));
    let has_any = |name: &&str| match *name {
        SETTLED => summary.settled > 0,
        verdict => summary.hunted.iter().any(|it| it.0 == verdict),
    };
    let wanted = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let mut rows: Hunts = Vec::new();
    for name in from.filter(has_any) {
        let after = place.filter(|(verdict, _)| *verdict == name).map_or(0, |(_, server)| server);
        let left = u32::try_from(wanted.saturating_sub(rows.len())).unwrap_or(0);
        // One more than asked for: whether there is a next page.
        let limit = left.saturating_add(1);
        let group = if name == SETTLED { HuntGroup::Settled } else { HuntGroup::Said(name) };
        rows.extend(app.store.speaking_hunts(tenant.id, group, ServerId(after), limit).await?);
        if rows.len() > wanted {
            break;
        }
    }
    let has_more = rows.len() > wanted;
    rows.truncate(wanted);
    let last = rows.last().filter(|_| has_more);
    let next = last.map(|(_, it)| {
        let group = if it.settled.is_some() { SETTLED } else { &*it.verdict };
        format!("{group}~{}", it.server.0)
    });
    Ok((rows, next))
}

fn lanes(rows: &Hunts) -> Vec<Lane> {
    let lane = |(target, it): &(String, HuntRow)| {
        let (from, to) = it.from.zip(it.to)?;
        let bar = Bar { from, to, badge: None, what: "logs".into() };
        Some(Lane { name: Shown::of(target), bars: vec![bar], marks: Vec::new() })
    };
    rows.iter().filter_map(lane).collect()
}

fn row(target: &str, it: &HuntRow) -> Row {
    let told = Told::read(&it.body);
    Row {
        server: it.server.0,
        target: Shown::of(target),
        at: it.at.into(),
        hunted: hunted(it),
        sightings: Count(told.sightings()),
        worst: told.worst(),
        next_step: Shown::of(&told.next_step),
    }
}
