//! One campaign: how many servers are left, how fast they become fewer, and what the others wait for.

pub(super) mod goal;
mod rows;
pub(super) mod standings;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_core::catalog::Catalog;
use exward_core::finding::OpenState;
use exward_store::store::{ImprintId, ServerFilter, ServerId, Tenant};
use jiff::civil::Date;
use serde::Deserialize;

use self::goal::Goal;
use self::standings::{Counts, Kept, Standings};
use super::server::in_core;
use super::{ROWS, estate, frame, thinking};
use crate::page::badge::{Badge, Tone};
use crate::page::campaign::Campaign;
use crate::page::chart::Picture;
use crate::page::chart::curve::{Curve, burn_down};
use crate::page::layout::Section;
use crate::page::show::{Count, Shown};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Reasons of one page.
const STUCK_SHOWN: usize = 25;

/// Which campaign.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    campaign: String,
}

/// Where its list goes on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Which {
    after: String,
}

/// `GET /t/{tenant}/campaigns/{campaign}`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(One { campaign }): Path<One>,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let Some(goal) = Goal::named(&catalog, &campaign) else { return Err(WebError::NotFound) };
    let after = estate::place(&which.after)?;
    let frame = frame(&app, &caller, Section::Campaigns, Some(&tenant)).await?;
    let accepted = accepted(&app, &tenant, &goal).await?;
    let kept = Kept::of(&app, &tenant).await?;
    let (name, of) = (goal.name().to_owned(), std::sync::Arc::clone(&catalog));
    let on: Vec<ImprintId> = accepted.iter().map(|it| it.1).collect();
    let course = thinking(move || Course::of(&of, &name, today, kept, &on)).await?;
    let course = course.ok_or(WebError::NotFound)?;
    let left = ServerFilter { imprints: Some(course.left), ..ServerFilter::default() };
    let page = app.store.servers(tenant.id, &left, after.as_ref(), ROWS).await?;
    let rows = rows::rows(&app, &tenant, goal.name(), page.rows).await?;
    let (counts, exploited_since) = (
        course.counts,
        match &goal {
            Goal::Cve(advisory) => advisory.kev.as_ref().map(|it| it.added),
            Goal::Update(..) => None,
        },
    );
    let page = Campaign {
        frame,
        name: goal.name().to_owned(),
        title: goal.title(),
        kev: exploited_since.is_some(),
        exploited_since,
        fix: goal.fix(&catalog),
        done: Count(counts.closed),
        total: Count(counts.total()),
        tallies: tallies(counts, course.accepted),
        curve: course.curve,
        stuck: course.stuck,
        rows,
        after: page.next.map(|it| it.to_string()),
    };
    Ok(Page(page).into_response())
}

/// Servers on which the goal is accepted now, with their imprints.
async fn accepted(
    app: &App,
    tenant: &Tenant,
    goal: &Goal<'_>,
) -> Result<Vec<(ServerId, ImprintId)>, WebError> {
    let now = app.now();
    let all = app.store.acceptances(tenant.id, None).await?;
    let holds = all.iter().filter(|row| {
        let it = in_core(row);
        let concerns = match goal {
            Goal::Cve(advisory) => it.concerns(&advisory.id),
            // Whoever lives with every CVE lives without the update.
            Goal::Update(..) => it.cve.is_none(),
        };
        concerns && it.is_in_force(now)
    });
    let servers: BTreeSet<ServerId> = holds.map(|it| it.accepted.server).collect();
    let servers: Vec<ServerId> = servers.into_iter().collect();
    Ok(app.store.standing_on(tenant.id, &servers).await?)
}

/// How a campaign goes.
struct Course {
    counts: Counts,
    /// Servers that are open, and accepted to be.
    accepted: u64,
    curve: Option<Picture>,
    stuck: Vec<(Shown, Count)>,
    /// Imprints of servers that are not done, those with most servers first.
    left: Vec<ImprintId>,
}

impl Course {
    /// None: there is no such goal. `accepted`: the imprint of each server on which it is accepted.
    fn of(
        catalog: &Catalog,
        name: &str,
        today: Date,
        kept: Kept,
        accepted: &[ImprintId],
    ) -> Option<Self> {
        let goal = Goal::named(catalog, name)?;
        let standings = Standings::new(catalog, today, kept);
        let mut on: BTreeMap<ImprintId, u64> = BTreeMap::new();
        for imprint in accepted {
            let count = on.entry(*imprint).or_default();
            *count = count.saturating_add(1);
        }
        let mut left: Vec<(u64, ImprintId)> = Vec::new();
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        let mut accepted = 0_u64;
        for (imprint, judged, state, servers) in standings.concerned(&goal) {
            let lived_with = on.get(&imprint).copied().unwrap_or(0).min(servers);
            let (reason, waiting) = match state {
                OpenState::Closed => continue,
                OpenState::Open => {
                    accepted = accepted.saturating_add(lived_with);
                    (judged.next_step.clone(), servers.saturating_sub(lived_with))
                }
                OpenState::Unknown => (format!("nobody can tell: {}", judged.next_step), servers),
            };
            left.push((servers, imprint));
            let count = reasons.entry(reason).or_default();
            *count = count.saturating_add(waiting);
        }
        reasons.insert("accepted: somebody answers for it".to_owned(), accepted);
        left.sort_by_key(|(servers, imprint)| (Reverse(*servers), *imprint));
        Some(Self {
            counts: standings.counts(&goal),
            accepted,
            curve: curve(&goal, &standings, today),
            stuck: most_first(reasons),
            left: left.into_iter().map(|(_, imprint)| imprint).collect(),
        })
    }
}

fn curve(goal: &Goal<'_>, standings: &Standings<'_>, today: Date) -> Option<Picture> {
    let open = standings.curve(goal, today);
    // One day is no curve.
    let open = open.get(..).filter(|it| it.len() > 1)?;
    burn_down(&Curve { id: "burn-down", about: goal.name(), open })
}

fn most_first(reasons: BTreeMap<String, u64>) -> Vec<(Shown, Count)> {
    let mut all: Vec<(String, u64)> = reasons.into_iter().filter(|it| it.1 > 0).collect();
    all.sort_by(|a, b| (Reverse(a.1), &a.0).cmp(&(Reverse(b.1), &b.0)));
    let shown = all.into_iter().take(STUCK_SHOWN);
    shown.map(|(reason, count)| (Shown::of(&reason), Count(count))).collect()
}

fn tallies(counts: Counts, accepted: u64) -> Vec<(Badge, Count)> {
    let all = [
        (Badge::finding("open"), counts.open.saturating_sub(accepted)),
        (Badge::finding("accepted"), accepted),
        (Badge::new("nobody can tell", Tone::Look), counts.unknown),
        (Badge::new("done", Tone::Fine), counts.closed),
    ];
    all.into_iter().filter(|it| it.1 > 0).map(|(badge, count)| (badge, Count(count))).collect()
}
