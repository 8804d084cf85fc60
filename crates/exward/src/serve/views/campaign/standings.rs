//! How many servers of a tenant stand, and stood, on which imprint, with what the catalog says of each (V3).

use std::collections::BTreeMap;
use std::sync::Arc;

use exward_core::catalog::Catalog;
use exward_core::finding::{OpenState, Turn, burn_down};
use exward_store::store::{IMPRINTS_MAX, ImprintId, Tenant};
use jiff::civil::Date;

use super::goal::Goal;
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::imprints::{Imprints, Judged};

/// The most days of a curve; what was before is not drawn.
const DAYS_MAX: usize = 3_660;

/// What the store says.
pub(in crate::serve::views) struct Kept {
    turns: Vec<Turn<ImprintId>>,
    bodies: Vec<(ImprintId, String)>,
}

impl Kept {
    pub(in crate::serve::views) async fn of(app: &App, tenant: &Tenant) -> Result<Self, WebError> {
        let turns = app.store.turns(tenant.id).await?;
        let turn = |it: exward_store::store::Turn| Turn {
            day: it.day,
            imprint: it.imprint,
            delta: it.delta,
        };
        let (mut bodies, mut after) = (Vec::new(), ImprintId(0));
        loop {
            let page = app.store.imprints_of(tenant.id, after, IMPRINTS_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            bodies.extend(page);
        }
        Ok(Self { turns: turns.into_iter().map(turn).collect(), bodies })
    }
}

/// See the module.
pub(in crate::serve::views) struct Standings<'c> {
    turns: Vec<Turn<ImprintId>>,
    /// By imprint, with the servers that stand on it now.
    judged: BTreeMap<ImprintId, (Arc<Judged<'c>>, u64)>,
}

/// Servers that a goal concerns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::serve::views) struct Counts {
    pub(in crate::serve::views) open: u64,
    pub(in crate::serve::views) unknown: u64,
    pub(in crate::serve::views) closed: u64,
}

impl Counts {
    pub(in crate::serve::views) const fn total(self) -> u64 {
        self.open.saturating_add(self.unknown).saturating_add(self.closed)
    }
}

impl<'c> Standings<'c> {
    /// Judges every imprint once.
    pub(in crate::serve::views) fn new(catalog: &'c Catalog, today: Date, kept: Kept) -> Self {
        let mut servers: BTreeMap<ImprintId, i64> = BTreeMap::new();
        for turn in &kept.turns {
            let count = servers.entry(turn.imprint).or_default();
            *count = count.saturating_add(turn.delta);
        }
        let mut imprints = Imprints::new(catalog, today);
        let judged = kept.bodies.iter().map(|(id, body)| {
            let now = servers.get(id).and_then(|it| u64::try_from(*it).ok()).unwrap_or(0);
            (*id, (imprints.of(*id, body), now))
        });
        Self { judged: judged.collect(), turns: kept.turns }
    }

    /// Each imprint that servers stand on now and that the goal concerns, with its state and how many they are.
    pub(in crate::serve::views) fn concerned(
        &self,
        goal: &Goal<'_>,
    ) -> impl Iterator<Item = (ImprintId, &Judged<'c>, OpenState, u64)> {
        let standing = self.judged.iter().filter(|(_, (_, servers))| *servers > 0);
        standing
            .filter(|(_, (it, _))| goal.concerns(it))
            .map(|(id, (judged, servers))| (*id, judged.as_ref(), goal.state(judged), *servers))
    }

    pub(in crate::serve::views) fn counts(&self, goal: &Goal<'_>) -> Counts {
        let mut counts = Counts::default();
        for (_, _, state, servers) in self.concerned(goal) {
            let count = match state {
                OpenState::Open => &mut counts.open,
                OpenState::Unknown => &mut counts.unknown,
                OpenState::Closed => &mut counts.closed,
            };
            *count = count.saturating_add(servers);
        }
        counts
    }

    /// Servers open at the end of each day, from when the goal was known, or the first observation, to this day.
    pub(in crate::serve::views) fn curve(&self, goal: &Goal<'_>, last: Date) -> Vec<(Date, u64)> {
        let state = |imprint: ImprintId| {
            let judged = self.judged.get(&imprint).map(|(it, _)| it);
            judged.map_or(OpenState::Unknown, |it| goal.state(it))
        };
        let points = burn_down(&self.turns, state);
        let Some(first) = points.first().map(|it| it.day) else { return Vec::new() };
        let first = goal.since().map_or(first, |it| it.max(first));
        let mut points = points.iter().peekable();
        let mut open = 0;
        let days = first.series(jiff::Span::new().days(1)).take_while(|it| *it <= last);
        let curve = days.take(DAYS_MAX).map(|day| {
            while let Some(point) = points.next_if(|it| it.day <= day) {
                open = point.open;
            }
            (day, open)
        });
        curve.collect()
    }
}
