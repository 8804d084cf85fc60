//! *Estate*: counts of all servers, and one page of them, worst first.

use std::sync::Arc;

use askama::Template as _;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use exward_core::assess::{VERDICTS, Verdict};
use exward_store::store::{Cursor, Mark, ServerFilter, ServerRow, Summary, Tenant, TenantId};
use serde::Deserialize;

use super::{ROWS, frame, frame_of, news, words};
use crate::page::badge::Badge;
use crate::page::estate::{Estate, Filter, Row, Tally};
use crate::page::layout::{Frame, Section};
use crate::page::show::{Count, Shown};
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::live::{self, Followed, Heard, Hub, Told};
use crate::serve::shown::Page;
use crate::serve::state::App;

/// What the address asks for. An empty field of the form asks for nothing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(default)]
pub(crate) struct Which {
    verdict: String,
    text: String,
    site: String,
    tag: String,
    kev: String,
    after: String,
}

/// `GET /t/{tenant}/`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let frame = frame(&app, &caller, Section::Estate, Some(&tenant)).await?;
    Ok(Page(filled(&app, &tenant, &which, frame).await?).into_response())
}

/// The page in a frame.
async fn filled(
    app: &App,
    tenant: &Tenant,
    which: &Which,
    frame: Frame,
) -> Result<Estate, WebError> {
    let filter = which.filter();
    let after = place(&which.after)?;
    let all = ServerFilter::default();
    let store = &app.store;
    let (news, summary, labels, first, page) = tokio::try_join!(
        news(app, tenant),
        async { Ok::<_, WebError>(store.summary(tenant.id).await?) },
        async { Ok(store.labels(tenant.id).await?) },
        async { Ok(store.servers(tenant.id, &all, None, 1).await?) },
        async { Ok(store.servers(tenant.id, &filter, after.as_ref(), ROWS).await?) },
    )?;
    let shown = |all: Vec<String>| all.iter().map(Shown::from).collect();
    Ok(Estate {
        frame,
        total: Count(summary.servers),
        protected: Count(protected(&summary)),
        exploited: Count(summary.kev),
        unhunted: Count(unhunted(&summary)),
        worst: first.rows.first().and_then(worst),
        news,
        tallies: tallies(&summary),
        filter: which.shown(),
        sites: shown(labels.sites),
        tags: shown(labels.tags),
        rows: page.rows.into_iter().map(row).collect(),
        here: which.after.clone(),
        after: page.next.map(|it| it.to_string()),
    })
}

/// The servers of a page, as they are seen again.
#[derive(Clone)]
pub(crate) struct Following {
    pub(crate) tenant: Tenant,
    pub(crate) which: Which,
}

/// What a page shows, which is the same for everybody.
pub(crate) struct Looked {
    mark: Mark,
    part: String,
}

impl Followed for Following {
    type Key = (TenantId, Which);
    type Looked = Looked;

    fn key(&self) -> Self::Key {
        (self.tenant.id, self.which.clone())
    }

    fn hub(app: &App) -> &Hub<Self> {
        &app.followed.estates
    }

    async fn look(&self, app: &App, last: Option<Arc<Looked>>) -> Result<Arc<Looked>, WebError> {
        // Before what it marks: what comes in between is looked at twice, not missed.
        let mark = app.store.estate_mark(self.tenant.id).await?;
        if let Some(last) = last.filter(|it| it.mark == mark) {
            return Ok(last);
        }
        let frame = frame_of(app, Section::Estate, &self.tenant);
        let estate = filled(app, &self.tenant, &self.which, frame).await?;
        let part = estate.as_now().render().map_err(|_| WebError::Internal)?;
        Ok(Arc::new(Looked { mark, part }))
    }

    fn part(&self, _: &App, _: &Caller, heard: &Heard<Looked>) -> Option<Told> {
        Some(if heard.is_away { Told::Away } else { Told::Part(heard.looked.part.clone()) })
    }
}

/// `GET /t/{tenant}/live`.
pub(crate) async fn follow(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    live::follow(&app, &caller, Following { tenant, which }).await
}

impl Which {
    fn filter(&self) -> ServerFilter {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|it| !it.is_empty());
        ServerFilter {
            verdict: some(&self.verdict),
            text: some(&self.text),
            tag: some(&self.tag),
            site: some(&self.site),
            kev_only: self.kev == "1",
            ..ServerFilter::default()
        }
    }

    fn shown(&self) -> Filter {
        Filter {
            verdict: self.verdict.clone(),
            text: self.text.clone(),
            site: self.site.clone(),
            tag: self.tag.clone(),
            kev_only: self.kev == "1",
        }
    }
}

/// Where a list goes on; empty: at its begin.
///
/// # Errors
/// [`WebError::Bad`]: no page has said so.
pub(super) fn place(after: &str) -> Result<Option<Cursor>, WebError> {
    if after.is_empty() {
        return Ok(None);
    }
    let no_place = |_| WebError::Bad("The list does not go on there: open it again".into());
    after.parse().map(Some).map_err(no_place)
}

/// Servers patched, or mitigated with proof.
pub(super) fn protected(summary: &Summary) -> u64 {
    let names = [Verdict::Patched.name(), Verdict::Mitigated.name()];
    let of = summary.verdicts.iter().filter(|it| names.contains(&it.verdict.as_str()));
    of.map(|it| it.servers.saturating_sub(it.alarms)).sum()
}

/// Servers that no hunt has looked at.
pub(super) fn unhunted(summary: &Summary) -> u64 {
    let unsettled = summary.servers.saturating_sub(summary.settled);
    summary.hunted.iter().fold(unsettled, |left, it| left.saturating_sub(it.1))
}

fn tallies(summary: &Summary) -> Vec<Tally> {
    let of = |verdict: Verdict| {
        let name = verdict.name();
        let count = summary.verdicts.iter().find(|it| it.verdict == name)?;
        Some(Tally { name, verdict: Badge::verdict(name), servers: Count(count.servers) })
    };
    VERDICTS.into_iter().rev().filter_map(of).collect()
}

/// The worst server with what is to be done about it; none where all are well.
fn worst(row: &ServerRow) -> Option<(Shown, Shown)> {
    if row.alarm {
        return Some((Shown::of(&row.target), Shown::of(next_step(row))));
    }
    let verdict = VERDICTS.into_iter().find(|it| it.name() == row.standing.verdict)?;
    let is_well = verdict.urgency() == exward_core::assess::Urgency::NothingToDo;
    (!is_well).then(|| (Shown::of(&row.target), Shown::of(&row.standing.next_step)))
}

/// What is to be done first: patched is not clean.
fn next_step(row: &ServerRow) -> &str {
    if row.alarm {
        "see what the hunt has found, before anything else"
    } else {
        &row.standing.next_step
    }
}

fn row(row: ServerRow) -> Row {
    let standing = &row.standing;
    Row {
        id: row.id.0,
        target: Shown::of(&row.target),
        name: row.name.as_ref().filter(|it| **it != row.target).map(Shown::from),
        site: row.site.as_ref().map(Shown::from),
        verdict: Badge::verdict(&standing.verdict),
        release: words::release(standing),
        build: standing.build.as_ref().map(Shown::from),
        open: Count(standing.open.into()),
        kev_open: Count(standing.kev_open.into()),
        mitigation: standing.mitigation.as_ref().map(Shown::from),
        hunted: row.hunt.as_ref().map(words::hunted),
        next_step: Shown::of(next_step(&row)),
        last_seen: row.last_seen.into(),
    }
}
