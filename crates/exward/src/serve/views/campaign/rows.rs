//! The servers of one page of a campaign, each with its own history.

use exward_core::finding::{self, OpenState};
use exward_store::store::{AcceptanceRow, ServerRow, SpanRow, Tenant};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::goal::Goal;
use crate::page::badge::Badge;
use crate::page::campaign::Row;
use crate::page::show::{Count, Shown};
use crate::serve::error::WebError;
use crate::serve::state::App;
use crate::serve::views::imprints::Imprints;
use crate::serve::views::server::{in_core, span};
use crate::serve::views::{thinking, words};

/// A server with what the store says of it.
type Known = (ServerRow, Vec<SpanRow>, Vec<AcceptanceRow>);

/// As the page shows them.
pub(super) async fn rows(
    app: &App,
    tenant: &Tenant,
    goal: &str,
    servers: Vec<ServerRow>,
) -> Result<Vec<Row>, WebError> {
    let mut known: Vec<Known> = Vec::new();
    for server in servers {
        let spans = app.store.spans(tenant.id, server.id, None).await?;
        let acceptances = app.store.acceptances(tenant.id, Some(server.id)).await?;
        known.push((server, spans, acceptances));
    }
    let (catalog, now, goal) = (app.catalog.get(), app.now(), goal.to_owned());
    thinking(move || {
        let Some(goal) = Goal::named(&catalog, &goal) else { return Vec::new() };
        let mut imprints = Imprints::new(&catalog, now.to_zoned(TimeZone::UTC).date());
        known.iter().map(|it| row(&mut imprints, &goal, it, now)).collect()
    })
    .await
}

fn row<'c>(
    imprints: &mut Imprints<'c>,
    goal: &Goal<'c>,
    (server, spans, acceptances): &Known,
    now: Timestamp,
) -> Row {
    let judged: Vec<_> = spans.iter().map(|it| imprints.of(it.imprint, &it.imprint_body)).collect();
    let state = judged.last().map_or(OpenState::Unknown, |it| goal.state(it));
    let mut row = Row {
        server: server.id.0,
        target: Shown::of(&server.target),
        state: match state {
            OpenState::Open => Badge::finding("open"),
            OpenState::Unknown => Badge::finding("unknown"),
            OpenState::Closed => Badge::finding("fixed"),
        },
        release: words::release(&server.standing),
        since: None,
        days_open: None,
        next_step: Shown::of(&server.standing.next_step),
    };
    if let Goal::Cve(advisory) = goal {
        let history: Vec<_> = spans.iter().zip(&judged).map(|(row, it)| span(row, it)).collect();
        let accepted: Vec<_> = acceptances.iter().map(in_core).collect();
        let folded = finding::fold(&history, &accepted, now);
        if let Some(it) = folded.iter().find(|it| it.advisory.id == advisory.id) {
            let since = it.reopened_at.unwrap_or(it.opened_at);
            row.since = Some(since.to_zoned(TimeZone::UTC).date());
            row.days_open = Some(Count(it.days_open.into()));
            if state == OpenState::Open {
                row.state = Badge::finding(it.state.name());
            }
        }
    }
    row
}
