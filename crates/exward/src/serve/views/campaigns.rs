//! *Campaigns*: what there is to work at, and how far each is.

use std::cmp::Reverse;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use exward_core::catalog::Catalog;

use super::campaign::goal::{Goal, updates};
use super::campaign::standings::{Kept, Standings};
use super::{frame, thinking};
use crate::page::campaign::{Campaigns, Line};
use crate::page::layout::Section;
use crate::page::show::Count;
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::shown::Page;
use crate::serve::state::App;

/// Updates of the list: those of about three years.
const UPDATES_SHOWN: usize = 15;

/// `GET /t/{tenant}/campaigns`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Campaigns, Some(&tenant)).await?;
    let kept = Kept::of(&app, &tenant).await?;
    let (catalog, today) = (app.catalog.get(), app.clock.today());
    let lists = thinking(move || {
        let standings = Standings::new(&catalog, today, kept);
        (exploited(&catalog, &standings), newest(&catalog, &standings))
    });
    let (exploited, updates) = lists.await?;
    Ok(Page(Campaigns { frame, exploited, updates }).into_response())
}

/// Known-exploited CVEs, most servers left first.
fn exploited(catalog: &Catalog, standings: &Standings<'_>) -> Vec<Line> {
    let all = catalog.advisories().iter().filter(|it| it.kev.is_some() && it.listed);
    let line = |it| {
        let since = |it: &exward_core::catalog::Advisory| it.kev.as_ref().map(|it| it.added);
        line(standings, &Goal::Cve(it)).map(|line| Line { since: since(it), ..line })
    };
    let mut lines: Vec<Line> = all.filter_map(line).collect();
    lines.sort_by_key(|it| {
        let left = it.total.0.saturating_sub(it.done.0);
        (Reverse(left), Reverse(it.since), it.name.clone())
    });
    lines
}

fn newest(catalog: &Catalog, standings: &Standings<'_>) -> Vec<Line> {
    let all = updates(catalog);
    all.iter().filter_map(|it| line(standings, it)).take(UPDATES_SHOWN).collect()
}

/// None: it concerns no server.
fn line(standings: &Standings<'_>, goal: &Goal<'_>) -> Option<Line> {
    let counts = standings.counts(goal);
    (counts.total() > 0).then(|| Line {
        name: goal.name().to_owned(),
        title: goal.title(),
        since: goal.since(),
        done: Count(counts.closed),
        total: Count(counts.total()),
    })
}
