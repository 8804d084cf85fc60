//! What the tests of the memory begin with: a tenant, a run, and servers that were seen.

use exward_store::store::{
    ImprintId, Observed, RunId, RunKind, Seen, ServerId, SpanRow, StandingRow, StoreError, TenantId,
};
use exward_store::{Store, StoreUrl};
use jiff::{SignedDuration, Timestamp};

use crate::open;

/// A store with one tenant and one run.
pub(crate) struct Estate {
    pub(crate) store: Store,
    pub(crate) tenant: TenantId,
    pub(crate) run: RunId,
}

impl Estate {
    pub(crate) async fn new(url: &StoreUrl) -> Self {
        Self::of_tenant(open(url).await, "north").await
    }

    /// Another tenant of the same store.
    pub(crate) async fn of_tenant(store: Store, name: &str) -> Self {
        let tenant = store.make_tenant(name, day(0)).await.unwrap();
        let run =
            store.begin_run(tenant, RunKind::Check, "a test", "nobody", day(0)).await.unwrap();
        Self { store, tenant, run }
    }

    pub(crate) async fn observe(&self, seen: &[Seen]) -> Observed {
        self.store.observe(self.tenant, self.run, seen).await.unwrap()
    }

    pub(crate) async fn id(&self, target: &str) -> ServerId {
        self.store.server_of_target(self.tenant, target).await.unwrap().unwrap()
    }

    /// The intervals of a server, as `first day–last day body ×times`.
    pub(crate) async fn intervals(&self, target: &str) -> String {
        let server = self.id(target).await;
        let spans = self.store.spans(self.tenant, server, None).await.unwrap();
        spans.iter().map(interval).collect::<Vec<_>>().join(", ")
    }

    /// The key of the imprint with this body.
    pub(crate) async fn imprint(&self, body: &str) -> ImprintId {
        let imprints = self.store.imprints(ImprintId(0), 1_000).await.unwrap();
        imprints.into_iter().find(|it| it.1 == body).unwrap().0
    }
}

pub(crate) fn interval(span: &SpanRow) -> String {
    let day = |at: Timestamp| at.duration_since(day(0)).as_hours() / 24;
    format!("{}–{} {} ×{}", day(span.from), day(span.to), span.body, span.times)
}

/// A moment on a day.
pub(crate) fn day(number: i64) -> Timestamp {
    let begin: Timestamp = "2026-09-01T12:00:00Z".parse().unwrap();
    begin + SignedDuration::from_hours(24 * number)
}

/// What was seen: the body is `imprint` and something that does not decide (`a.1` and `a.2` decide alike).
pub(crate) fn seen(target: &str, at: i64, body: &str) -> Seen {
    let imprint = body.split('.').next().unwrap().to_owned();
    Seen {
        target: target.to_owned(),
        name: None,
        site: None,
        at: day(at),
        body: body.to_owned(),
        standing: standing(&imprint, 0),
        imprint,
    }
}

/// The standing of an imprint under a catalog.
pub(crate) fn standing(imprint: &str, catalog: i64) -> StandingRow {
    let rank = i64::from(imprint.bytes().next().unwrap()) * 10 + catalog;
    let verdict = if imprint < "m" { "patched" } else { "vulnerable" }.to_owned();
    StandingRow { rank, verdict, next_step: "Do nothing.".into(), ..StandingRow::default() }
}

#[track_caller]
pub(crate) fn is_missing<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::NotFound { .. })), "{answer:?}");
}

#[track_caller]
pub(crate) fn is_conflict<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Conflict { .. })), "{answer:?}");
}
