//! How many servers of each tenant had to act, day by day: one question about all tenants, and a verdict for each
//! imprint that is remembered until the catalog or the day is another one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::assess::Urgency;
use exward_core::catalog::Catalog;
use exward_core::finding::{OpenState, Turn, burn_down};
use exward_read::kept;
use exward_store::store::{self, IMPRINTS_MAX, ImprintId, TenantId};
use jiff::Span;
use jiff::civil::Date;
use tokio::sync::Mutex;

use crate::judging::Judge;
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::thinking;

/// Days of a curve before this one.
const DAYS: i32 = 29;

/// What is known of imprints.
#[derive(Default)]
pub(crate) struct Verdicts(Mutex<Known>);

#[derive(Clone, Default)]
struct Known {
    /// With what they were judged.
    by: Option<(Arc<Catalog>, Date)>,
    /// All up to this one were.
    upto: Option<ImprintId>,
    /// Those that ask to act.
    act: Arc<BTreeSet<ImprintId>>,
}

impl Verdicts {
    /// The imprints that ask to act. Those that cannot be read ask for nothing (V2).
    async fn act(&self, app: &App) -> Result<Arc<BTreeSet<ImprintId>>, WebError> {
        let (catalog, today) = (app.catalog.get(), app.clock.today());
        let mut known = self.0.lock().await;
        let holds = known.by.as_ref().is_some_and(|(it, day)| {
            let is_same = Arc::ptr_eq(it, &catalog) || it.facts() == catalog.facts();
            is_same && *day == today
        });
        if !holds {
            *known = Known { by: Some((Arc::clone(&catalog), today)), ..Known::default() };
        }
        loop {
            let after = known.upto.unwrap_or(ImprintId(0));
            let page = app.store.imprints(after, IMPRINTS_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            let last = *last;
            let catalog = Arc::clone(&catalog);
            let more = thinking(move || those_that_act(&catalog, today, &page)).await?;
            Arc::make_mut(&mut known.act).extend(more);
            known.upto = Some(last);
        }
        Ok(Arc::clone(&known.act))
    }
}

fn those_that_act(
    catalog: &Catalog,
    today: Date,
    imprints: &[(ImprintId, String)],
) -> Vec<ImprintId> {
    let mut judge = Judge::new(catalog, today);
    let acts = imprints.iter().filter(|(_, body)| {
        kept::read(body).is_ok_and(|evidence| {
            judge.one(String::new(), evidence).judgement.verdict.urgency() == Urgency::Act
        })
    });
    acts.map(|it| it.0).collect()
}

/// Servers that must act, by day, oldest first, of one tenant or of all.
///
/// # Errors
/// The store's.
pub(super) async fn courses(
    app: &App,
    within: Option<TenantId>,
) -> Result<BTreeMap<TenantId, Vec<(Date, u64)>>, WebError> {
    let last = app.clock.today();
    let first = last.saturating_sub(Span::new().days(DAYS));
    // First: what is seen in between has no verdict yet, and is counted the next time.
    let turns = app.store.turns_since(within, first).await?;
    let act = app.verdicts.act(app).await?;
    let mut by_tenant: BTreeMap<TenantId, Vec<Turn<ImprintId>>> = BTreeMap::new();
    for (tenant, store::Turn { day, imprint, delta }) in turns {
        by_tenant.entry(tenant).or_default().push(Turn { day, imprint, delta });
    }
    let course = |(tenant, turns): (TenantId, Vec<Turn<ImprintId>>)| {
        (tenant, course(&turns, &act, first, last))
    };
    Ok(by_tenant.into_iter().map(course).collect())
}

/// The curve of one tenant.
fn course(
    turns: &[Turn<ImprintId>],
    act: &BTreeSet<ImprintId>,
    first: Date,
    last: Date,
) -> Vec<(Date, u64)> {
    let state = |it: ImprintId| {
        if act.contains(&it) { OpenState::Open } else { OpenState::Closed }
    };
    let points = burn_down(turns, state);
    let (mut points, mut open) = (points.iter().peekable(), 0);
    let days = first.series(Span::new().days(1)).take_while(|it| *it <= last);
    let count = |day: Date| {
        while let Some(point) = points.next_if(|it| it.day <= day) {
            open = point.open;
        }
        (day, open)
    };
    days.map(count).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_course_has_every_day_and_ends_today() {
        let (bad, good) = (ImprintId(1), ImprintId(2));
        let turn = |day, imprint, delta| Turn { day: date(2026, 6, day), imprint, delta };
        let turns = [turn(1, bad, 5), turn(1, good, 2), turn(3, bad, -4), turn(3, good, 4)];
        let course = course(&turns, &BTreeSet::from([bad]), date(2026, 6, 1), date(2026, 6, 4));
        let counts: Vec<u64> = course.iter().map(|it| it.1).collect();
        assert_eq!((counts, course[3].0), (vec![5, 5, 1, 1], date(2026, 6, 4)));
    }
}
