//! Webhooks: who else is told what happened in a tenant.
//!
//! An event becomes one delivery for each webhook that wants it, in the transaction of what happened. A
//! delivery is claimed, sent, and tried again until it was sent or is dead; dead ones stay, to be seen and
//! sent after all.
//!
//! # Invariants
//! * **H1 once put, sent or dead.** No delivery is lost. It may arrive twice (its sender died before it could
//!   say so); its key tells.
//! * **H2 stale is refused.** As with jobs, every write of a sender names its claim.
//! * **H3 the secret stays.** Only a claimed delivery carries the secret of its webhook.

mod delivery;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query, query_scalar};

use super::audit::Note;
use super::events::test_in;
use super::moment::{millis, moment, some_moment};
use super::{Store, StoreError, TenantId};

pub use delivery::{
    Delivery, DeliveryClaim, DeliveryId, DeliveryState, HeldDelivery, ParseDeliveryStateError,
};

/// Webhooks of one tenant that are not disabled: each event is written once for each.
const WEBHOOKS_MAX: i64 = 50;

/// The key of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebhookId(pub i64);

/// A webhook that is to be put.
#[derive(Clone, Copy, Debug)]
pub struct NewWebhook<'a> {
    /// Where it is told.
    pub url: &'a str,
    /// With what it is signed.
    pub secret: &'a str,
    /// The names of the events that it wants; empty: all.
    pub events: &'a [&'a str],
}

/// A webhook, without its secret (H3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// The key.
    pub id: WebhookId,
    /// Where it is told.
    pub url: String,
    /// The names of the events that it wants; empty: all.
    pub events: Vec<String>,
    /// Who wanted it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// Since when it is told nothing.
    pub disabled_at: Option<Timestamp>,
}

impl Store {
    /// Adds a webhook.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the tenant has 50 already.
    pub async fn put_webhook(
        &self,
        tenant: TenantId,
        new: &NewWebhook<'_>,
        by: &str,
        now: Timestamp,
    ) -> Result<WebhookId, StoreError> {
        let mut change = self.writing().await?;
        let there = "SELECT count(*) FROM webhook WHERE tenant = $1 AND disabled_at IS NULL";
        let there: i64 = query_scalar(there)
            .bind(tenant.0)
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("read"))?;
        if there >= WEBHOOKS_MAX {
            let what = format!("the tenant has {there} webhooks; disable one first");
            return Err(StoreError::Conflict { what });
        }
        let add = "INSERT INTO webhook (tenant, url, secret, events, made_by, made_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) RETURNING id";
        let id = query_scalar(add)
            .bind(tenant.0)
            .bind(new.url)
            .bind(new.secret)
            .bind(serde_json::json!(new.events).to_string())
            .bind(by)
            .bind(millis(now))
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let (tenant, subject) = (Some(tenant), whom(new.url));
        let note = Note { tenant, actor: by, action: "webhook.add", subject, detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(WebhookId(id))
    }

    /// The webhooks of a tenant in the order they were added, at most `limit` after `after`; disabled ones, too.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn webhooks(
        &self,
        tenant: TenantId,
        after: Option<WebhookId>,
        limit: u32,
    ) -> Result<Vec<Webhook>, StoreError> {
        let text = "SELECT id, url, events, made_by, made_at, disabled_at FROM webhook \
                    WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = query(text)
            .bind(tenant.0)
            .bind(after.map_or(0, |it| it.0))
            .bind(i64::from(limit))
            .fetch_all(&self.read)
            .await;
        rows.map_err(StoreError::of("read"))?.iter().map(webhook).collect()
    }

    /// Tells a webhook nothing more; its deliveries that wait are dead. It stays so if it is already.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant.
    pub async fn disable_webhook(
        &self,
        tenant: TenantId,
        id: WebhookId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let set = "UPDATE webhook SET disabled_at = coalesce(disabled_at, $3) \
                   WHERE tenant = $1 AND id = $2 RETURNING url";
        let url: Option<String> = query_scalar(set)
            .bind(tenant.0)
            .bind(id.0)
            .bind(millis(now))
            .fetch_optional(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let url = url.ok_or(StoreError::NotFound { what: "webhook" })?;
        delivery::bury_in(&mut change, id, now).await?;
        let (tenant, action) = (Some(tenant), "webhook.disable");
        let note = Note { tenant, actor: by, action, subject: whom(&url), detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Sends one webhook a test, whatever events it wants.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, it is of another tenant, or it is disabled.
    pub async fn test_webhook(
        &self,
        tenant: TenantId,
        id: WebhookId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let text = "SELECT url FROM webhook WHERE tenant = $1 AND id = $2 AND disabled_at IS NULL";
        let url: Option<String> = query_scalar(text)
            .bind(tenant.0)
            .bind(id.0)
            .fetch_optional(&mut *change)
            .await
            .map_err(StoreError::of("read"))?;
        let url = url.ok_or(StoreError::NotFound { what: "webhook" })?;
        test_in(&mut change, (tenant, id.0), now).await?;
        let (tenant, action) = (Some(tenant), "webhook.test");
        let note = Note { tenant, actor: by, action, subject: whom(&url), detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Tells an event to the webhooks of a tenant that want it, and says how many those are.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn enqueue_event(
        &self,
        tenant: TenantId,
        event: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut change = self.writing().await?;
        let told = enqueue_in(&mut change, tenant, event, body, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(told)
    }
}

/// Tells an event, as part of the transaction of what has happened.
pub(crate) async fn enqueue_in(
    change: &mut AnyConnection,
    tenant: TenantId,
    event: &str,
    body: &str,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let read = StoreError::of("read");
    let text = "SELECT id, events FROM webhook WHERE tenant = $1 AND disabled_at IS NULL \
                ORDER BY id LIMIT $2";
    let rows = query(text).bind(tenant.0).bind(WEBHOOKS_MAX).fetch_all(&mut *change).await;
    let mut told: u64 = 0;
    for row in rows.map_err(&read)? {
        let wanted = events(row.try_get(1).map_err(&read)?)?;
        if !wanted.is_empty() && !wanted.iter().any(|it| it == event) {
            continue;
        }
        let add = "INSERT INTO delivery (webhook, event, body, due_at, made_at) \
                   VALUES ($1, $2, $3, $4, $4)";
        let add = query(add).bind(row.try_get::<i64, _>(0).map_err(&read)?).bind(event).bind(body);
        let add = add.bind(millis(now)).execute(&mut *change);
        add.await.map_err(StoreError::of("written"))?;
        told = told.saturating_add(1);
    }
    Ok(told)
}

/// Scheme and host of a URL: what follows is a secret with many services, and the log is for more eyes than it.
fn whom(url: &str) -> &str {
    let begin = url.find("://").map_or(0, |it| it.saturating_add(3));
    let end = url.get(begin..).and_then(|it| it.find(['/', '?', '#']));
    url.get(..end.map_or(url.len(), |it| begin.saturating_add(it))).unwrap_or_default()
}

fn events(text: &str) -> Result<Vec<String>, StoreError> {
    let what = |_| "the events of a webhook are no list".to_owned();
    serde_json::from_str(text).map_err(|error| StoreError::Damaged { what: what(error) })
}

fn webhook(row: &AnyRow) -> Result<Webhook, StoreError> {
    let read = StoreError::of("read");
    Ok(Webhook {
        id: WebhookId(row.try_get(0).map_err(&read)?),
        url: row.try_get(1).map_err(&read)?,
        events: events(row.try_get(2).map_err(&read)?)?,
        made_by: row.try_get(3).map_err(&read)?,
        made_at: moment(row.try_get(4).map_err(&read)?)?,
        disabled_at: some_moment(row.try_get(5).map_err(&read)?)?,
    })
}
