//! Events: what is worth telling the webhooks of a tenant, put in the transaction in which it happens.
//!
//! # Invariants
//! * **H4 told with what happened.** An event is put in the transaction of what it tells: neither is there without
//!   the other.
//! * **H5 bounded.** A transaction makes at most one event of a kind for a tenant. It says how many servers it is
//!   about, and names at most [`EVENT_SERVERS_MAX`] of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};
use sqlx::{AnyConnection, query_as, query_scalar};

use super::moment::{millis, moment};
use super::webhooks::enqueue_in;
use super::{Hunted, RunId, StandingRow, Store, StoreError, TenantId};

/// What the `schema` of every event says.
pub const EVENT_SCHEMA: &str = "exward.event/1";

/// The most servers that one event names; it says how many there are in all.
pub const EVENT_SERVERS_MAX: usize = 100;

/// What has happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// Servers are vulnerable or unsupported that were not known to be.
    Vulnerable,
    /// Servers that were patched or mitigated are vulnerable or unsupported again.
    Reopened,
    /// A CVE that is open on servers, and was none before, is known to be exploited.
    Exploited,
    /// Servers that were vulnerable, possibly so, or unsupported, are patched or mitigated.
    Fixed,
    /// A hunt has found what asks to act.
    HuntAct,
    /// A rollout does not go on before somebody has looked.
    RolloutHalted,
    /// Everything is judged with another catalog.
    CatalogNew,
    /// Somebody wants to see whether a webhook works.
    Test,
}

impl EventKind {
    /// All.
    pub const ALL: [Self; 8] = [
        Self::Vulnerable,
        Self::Reopened,
        Self::Exploited,
        Self::Fixed,
        Self::HuntAct,
        Self::RolloutHalted,
        Self::CatalogNew,
        Self::Test,
    ];

    /// Its name: the `type` of an event, and what a webhook asks for.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vulnerable => "server.vulnerable",
            Self::Reopened => "server.reopened",
            Self::Exploited => "server.exploited",
            Self::Fixed => "server.fixed",
            Self::HuntAct => "hunt.act",
            Self::RolloutHalted => "rollout.halted",
            Self::CatalogNew => "catalog.new",
            Self::Test => "webhook.test",
        }
    }

    /// What it means that a server stood as `was`, and now stands as `is`. `None`: nothing worth telling.
    #[must_use]
    pub fn of_turn(was: Option<&StandingRow>, is: &StandingRow) -> Option<Self> {
        let was_verdict = was.map_or("unknown", |it| it.verdict.as_str());
        match (Class::of(was_verdict), Class::of(&is.verdict)) {
            (Class::Well, Class::Bad) => Some(Self::Reopened),
            (Class::Unsure, Class::Bad) => Some(Self::Vulnerable),
            (Class::Bad, Class::Well) => Some(Self::Fixed),
            (Class::Unsure, Class::Well) if was_verdict == "possibly" => Some(Self::Fixed),
            _ if is.kev_open > 0 && was.is_none_or(|it| it.kev_open == 0) => Some(Self::Exploited),
            _ => None,
        }
    }
}

/// What a verdict comes to.
enum Class {
    Bad,
    Well,
    Unsure,
}

impl Class {
    /// By the name of a verdict (`exward_core::assess::Verdict::name`).
    fn of(verdict: &str) -> Self {
        match verdict {
            "vulnerable" | "unsupported" => Self::Bad,
            "patched" | "mitigated" => Self::Well,
            _ => Self::Unsure,
        }
    }
}

impl Store {
    /// Tells the webhooks of a tenant what happened, with what is to be known of it (an object), and says how many
    /// want it. For what happens in a transaction of the store itself, the store does this by itself.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant.
    pub async fn tell(
        &self,
        tenant: TenantId,
        kind: EventKind,
        data: &Value,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut change = self.writing().await?;
        let told = tell_in(&mut change, tenant, kind, data, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(told)
    }
}

/// The text of an event.
pub(super) fn text(kind: EventKind, tenant: &str, data: &Value, now: Timestamp) -> String {
    json!({
        "schema": EVENT_SCHEMA,
        "type": kind.name(),
        "timestamp": now.to_string(),
        "tenant": tenant,
        "data": data,
    })
    .to_string()
}

pub(super) async fn tell_in(
    change: &mut AnyConnection,
    tenant: TenantId,
    kind: EventKind,
    data: &Value,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let name = name_of(change, tenant).await?;
    enqueue_in(change, tenant, kind.name(), &text(kind, &name, data, now), now).await
}

pub(super) async fn name_of(
    change: &mut AnyConnection,
    tenant: TenantId,
) -> Result<String, StoreError> {
    let name: Option<String> = query_scalar("SELECT name FROM tenant WHERE id = $1")
        .bind(tenant.0)
        .fetch_optional(change)
        .await
        .map_err(StoreError::of("read"))?;
    name.ok_or(StoreError::NotFound { what: "tenant" })
}

/// What is to be told at the end of a transaction.
#[derive(Default)]
pub(super) struct Telling(BTreeMap<(i64, EventKind), (u64, Vec<Value>)>);

impl Telling {
    /// A server stands as `is`, and stood as `was` before; `None`: nobody had seen it.
    pub(super) fn server(
        &mut self,
        tenant: TenantId,
        target: &str,
        was: Option<&StandingRow>,
        is: &StandingRow,
    ) {
        let Some(kind) = EventKind::of_turn(was, is) else { return };
        self.add(tenant, kind, || {
            json!({
                "target": target,
                "was": was.map(|it| it.verdict.as_str()),
                "verdict": is.verdict,
                "open": is.open,
                "kev_open_was": was.map_or(0, |it| it.kev_open),
                "kev_open": is.kev_open,
                "build": is.build,
                "next_step": is.next_step,
            })
        });
    }

    /// The alarm of a hunt speaks for a server now, for which another one has said `was`. The same again is not told
    /// again.
    pub(super) fn hunt(&mut self, tenant: TenantId, hunted: &Hunted, was: Option<&str>) {
        if was == Some(&*hunted.verdict) {
            return;
        }
        self.add(tenant, EventKind::HuntAct, || {
            json!({
                "target": hunted.target,
                "was": was,
                "verdict": hunted.verdict,
                "sightings": hunted.sightings.len(),
                "from": hunted.from.map(|it| it.to_string()),
                "to": hunted.to.map(|it| it.to_string()),
            })
        });
    }

    fn add(&mut self, tenant: TenantId, kind: EventKind, server: impl FnOnce() -> Value) {
        let (count, named) = self.0.entry((tenant.0, kind)).or_default();
        *count = count.saturating_add(1);
        if named.len() < EVENT_SERVERS_MAX {
            named.push(server());
        }
    }

    /// Puts the events, as part of the transaction.
    pub(super) async fn put(
        self,
        change: &mut AnyConnection,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for ((tenant, kind), (count, servers)) in self.0 {
            let data = json!({ "count": count, "servers": servers });
            tell_in(change, TenantId(tenant), kind, &data, now).await?;
        }
        Ok(())
    }

    /// The same, at the time at which a run began: that of whoever asked for it.
    pub(super) async fn put_of_run(
        self,
        change: &mut AnyConnection,
        run: RunId,
    ) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let began: i64 = query_scalar("SELECT began_at FROM run WHERE id = $1")
            .bind(run.0)
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("read"))?;
        self.put(change, moment(began)?).await
    }
}

/// Tells every tenant of another catalog, and which updates are news with it, as part of the transaction that notes
/// it.
pub(super) async fn tell_catalog(
    change: &mut AnyConnection,
    as_of: Date,
    news: &[(TenantId, Vec<Value>)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let tenants: Vec<(i64,)> = query_as("SELECT id FROM tenant ORDER BY id")
        .fetch_all(&mut *change)
        .await
        .map_err(StoreError::of("read"))?;
    for (tenant,) in tenants {
        let own = news.iter().find(|it| it.0 == TenantId(tenant));
        let updates = own.map(|it| it.1.as_slice()).unwrap_or_default();
        let data = json!({ "as_of": as_of.to_string(), "updates": updates });
        tell_in(change, TenantId(tenant), EventKind::CatalogNew, &data, now).await?;
    }
    Ok(())
}

/// Puts a test for one webhook, whatever events it wants.
pub(super) async fn test_in(
    change: &mut AnyConnection,
    (tenant, webhook): (TenantId, i64),
    now: Timestamp,
) -> Result<(), StoreError> {
    let name = name_of(change, tenant).await?;
    let body = text(EventKind::Test, &name, &json!({}), now);
    sqlx::query(
        "INSERT INTO delivery (webhook, event, body, due_at, made_at) VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(webhook)
    .bind(EventKind::Test.name())
    .bind(body)
    .bind(millis(now))
    .execute(change)
    .await
    .map(|_| ())
    .map_err(StoreError::of("written"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(was: Option<(&str, u32)>, is: (&str, u32), want: Option<&str>) {
        let row = |(verdict, kev_open): (&str, u32)| StandingRow {
            verdict: verdict.to_owned(),
            kev_open,
            ..StandingRow::default()
        };
        let got = EventKind::of_turn(was.map(row).as_ref(), &row(is)).map(EventKind::name);
        assert_eq!(got, want, "{was:?} {is:?}");
    }

    #[test]
    fn turns_are_told_apart() {
        check(None, ("vulnerable", 1), Some("server.vulnerable"));
        check(None, ("patched", 0), None);
        check(None, ("unknown", 0), None);
        check(Some(("unknown", 0)), ("unsupported", 0), Some("server.vulnerable"));
        check(Some(("possibly", 0)), ("vulnerable", 2), Some("server.vulnerable"));
        check(Some(("patched", 0)), ("vulnerable", 0), Some("server.reopened"));
        check(Some(("mitigated", 0)), ("vulnerable", 1), Some("server.reopened"));
        check(Some(("vulnerable", 0)), ("vulnerable", 1), Some("server.exploited"));
        check(Some(("vulnerable", 1)), ("vulnerable", 2), None);
        check(Some(("vulnerable", 1)), ("patched", 0), Some("server.fixed"));
        check(Some(("possibly", 0)), ("patched", 0), Some("server.fixed"));
        check(Some(("unknown", 0)), ("patched", 0), None);
        check(Some(("vulnerable", 1)), ("unknown", 0), None);
        check(Some(("patched", 0)), ("patched", 0), None);
    }
}
