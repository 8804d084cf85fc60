//! Deliveries: one event for one webhook.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, query};

use super::WebhookId;
use crate::store::audit::{Note, storable};
use crate::store::jobs::until;
use crate::store::moment::{millis, moment, some_moment};
use crate::store::{Store, StoreError, TenantId};

/// The key of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryState {
    /// It is to be sent, or is being sent.
    Waiting,
    /// The other side has said that it has it.
    Sent,
    /// It was given up.
    Dead,
}

/// A text that is no state of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of a delivery; states are waiting, sent, dead")]
pub struct ParseDeliveryStateError(pub String);

impl DeliveryState {
    /// All.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Sent, Self::Dead];

    /// Its name, in the database and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Dead => "dead",
        }
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DeliveryState {
    type Err = ParseDeliveryStateError;

    fn from_str(text: &str) -> Result<Self, ParseDeliveryStateError> {
        let state = Self::ALL.into_iter().find(|it| it.name() == text);
        state.ok_or_else(|| ParseDeliveryStateError(text.to_owned()))
    }
}

/// What a sender shows with everything it does (H2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryClaim {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The how many-th claim of it.
    pub number: i64,
}

/// A delivery that was claimed, to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldDelivery {
    /// To be shown with everything that is done with it.
    pub claim: DeliveryClaim,
    /// Whose it is.
    pub tenant: TenantId,
    /// To whom.
    pub webhook: WebhookId,
    /// Where to.
    pub url: String,
    /// With what it is signed.
    pub secret: String,
    /// The name of the event.
    pub event: String,
    /// What is sent.
    pub body: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// When it happened.
    pub made_at: Timestamp,
}

impl fmt::Debug for HeldDelivery {
    /// Without the secret (H3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldDelivery")
            .field("claim", &self.claim)
            .field("url", &self.url)
            .field("event", &self.event)
            .finish_non_exhaustive()
    }
}

/// A delivery, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The key.
    pub id: DeliveryId,
    /// To whom.
    pub webhook: WebhookId,
    /// Where to.
    pub url: String,
    /// The name of the event.
    pub event: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was claimed.
    pub attempts: i64,
    /// Not earlier than this, if it waits.
    pub due_at: Timestamp,
    /// Why it could not be sent the last time.
    pub reason: Option<String>,
    /// When it happened.
    pub made_at: Timestamp,
    /// When it was sent or given up.
    pub ended_at: Option<Timestamp>,
}

impl Store {
    /// Claims the delivery that is due for the longest time, of any tenant, for `hold`. `None`: there is none
    /// now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_delivery(
        &self,
        now: Timestamp,
        hold: SignedDuration,
    ) -> Result<Option<HeldDelivery>, StoreError> {
        let (read, written) = (StoreError::of("read"), StoreError::of("written"));
        let claim = format!(
            "UPDATE delivery SET held_until = $2, claim = claim + 1, attempts = attempts + 1 \
             WHERE id = (SELECT id FROM delivery WHERE state = 'waiting' AND due_at <= $1 \
             AND (held_until IS NULL OR held_until <= $1) \
             AND webhook IN (SELECT id FROM webhook WHERE disabled_at IS NULL) \
             ORDER BY due_at, id LIMIT 1{}) \
             RETURNING id, claim, webhook, event, body, attempts, made_at",
            self.engine.skip_locked()
        );
        let claim = query(AssertSqlSafe(claim)).bind(millis(now)).bind(until(now, hold));
        let Some(row) = claim.fetch_optional(&self.write).await.map_err(written)? else {
            return Ok(None);
        };
        let webhook: i64 = row.try_get(2).map_err(&read)?;
        let to = query("SELECT tenant, url, secret FROM webhook WHERE id = $1").bind(webhook);
        let to = to.fetch_one(&self.read).await.map_err(&read)?;
        let delivery = DeliveryId(row.try_get(0).map_err(&read)?);
        Ok(Some(HeldDelivery {
            claim: DeliveryClaim { delivery, number: row.try_get(1).map_err(&read)? },
            tenant: TenantId(to.try_get(0).map_err(&read)?),
            webhook: WebhookId(webhook),
            url: to.try_get(1).map_err(&read)?,
            secret: to.try_get(2).map_err(&read)?,
            event: row.try_get(3).map_err(&read)?,
            body: row.try_get(4).map_err(&read)?,
            attempts: row.try_get(5).map_err(&read)?,
            made_at: moment(row.try_get(6).map_err(&read)?)?,
        }))
    }

    /// Ends a delivery as sent.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: somebody else has it, or it is dead (H2).
    pub async fn delivery_sent(
        &self,
        claim: DeliveryClaim,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = "UPDATE delivery SET state = 'sent', ended_at = $3, held_until = NULL, \
                   reason = NULL WHERE id = $1 AND claim = $2 AND state = 'waiting'";
        let set = query(set).bind(claim.delivery.0).bind(claim.number).bind(millis(now));
        self.as_sender(set).await
    }

    /// Says why a delivery could not be sent, and when it is to be tried again; `None`: never, it is dead.
    ///
    /// # Errors
    /// As [`Self::delivery_sent`].
    pub async fn delivery_failed(
        &self,
        claim: DeliveryClaim,
        reason: &str,
        again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, ended) = match again {
            Some(_) => (DeliveryState::Waiting, None),
            None => (DeliveryState::Dead, Some(millis(now))),
        };
        let set = "UPDATE delivery SET state = $3, reason = $4, due_at = coalesce($5, due_at), \
                   ended_at = $6, held_until = NULL \
                   WHERE id = $1 AND claim = $2 AND state = 'waiting'";
        let set = query(set)
            .bind(claim.delivery.0)
            .bind(claim.number)
            .bind(state.name())
            .bind(storable(reason).into_owned())
            .bind(again.map(millis))
            .bind(ended);
        self.as_sender(set).await
    }

    async fn as_sender(&self, set: Query<'_, Any, AnyArguments>) -> Result<(), StoreError> {
        let done = set.execute(&self.write).await.map_err(StoreError::of("written"))?;
        if done.rows_affected() == 0 {
            let what = "somebody else sends this delivery, or it is dead".to_owned();
            return Err(StoreError::Conflict { what });
        }
        Ok(())
    }

    /// The deliveries of a tenant, the newest first, at most `limit` before `before`; with a state only those.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn deliveries(
        &self,
        tenant: TenantId,
        state: Option<DeliveryState>,
        before: Option<DeliveryId>,
        limit: u32,
    ) -> Result<Vec<Delivery>, StoreError> {
        let text = format!(
            "SELECT d.id, d.webhook, w.url, d.event, d.state, d.attempts, d.due_at, d.reason, \
             d.made_at, d.ended_at FROM delivery d JOIN webhook w ON w.id = d.webhook \
             WHERE w.tenant = $1 AND d.id < $2 AND {} ORDER BY d.id DESC LIMIT $4",
            state.map_or("$3 IS NULL", |_| "d.state = $3"),
        );
        let rows = query(AssertSqlSafe(text))
            .bind(tenant.0)
            .bind(before.map_or(i64::MAX, |it| it.0))
            .bind(state.map(DeliveryState::name))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(delivery).collect()
    }

    /// Sends a dead delivery after all, at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: the tenant has no dead one with this key, or its webhook is disabled.
    pub async fn retry_delivery(
        &self,
        tenant: TenantId,
        id: DeliveryId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let set = "UPDATE delivery SET state = 'waiting', due_at = $3, ended_at = NULL \
                   WHERE id = $2 AND state = 'dead' AND webhook IN \
                   (SELECT id FROM webhook WHERE tenant = $1 AND disabled_at IS NULL)";
        let set = query(set).bind(tenant.0).bind(id.0).bind(millis(now)).execute(&mut *change);
        if set.await.map_err(StoreError::of("written"))?.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "dead delivery" });
        }
        let (tenant, subject) = (Some(tenant), id.0.to_string());
        let (action, subject) = ("delivery.retry", subject.as_str());
        let note = Note { tenant, actor: by, action, subject, detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Forgets the deliveries that were sent or given up before this, and says how many.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_deliveries(&self, before: Timestamp) -> Result<u64, StoreError> {
        let text = "DELETE FROM delivery WHERE state IN ('sent', 'dead') AND ended_at < $1";
        let dropped = query(text).bind(millis(before)).execute(&self.write).await;
        Ok(dropped.map_err(StoreError::of("written"))?.rows_affected())
    }
}

/// Gives up what waits for a webhook, as part of disabling it.
pub(super) async fn bury_in(
    change: &mut AnyConnection,
    webhook: WebhookId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let set = "UPDATE delivery SET state = 'dead', reason = 'the webhook was disabled', \
               ended_at = $2, held_until = NULL WHERE webhook = $1 AND state = 'waiting'";
    let set = query(set).bind(webhook.0).bind(millis(now)).execute(change);
    set.await.map(drop).map_err(StoreError::of("written"))
}

fn delivery(row: &AnyRow) -> Result<Delivery, StoreError> {
    let read = StoreError::of("read");
    let damaged = |what: ParseDeliveryStateError| StoreError::Damaged { what: what.to_string() };
    Ok(Delivery {
        id: DeliveryId(row.try_get(0).map_err(&read)?),
        webhook: WebhookId(row.try_get(1).map_err(&read)?),
        url: row.try_get(2).map_err(&read)?,
        event: row.try_get(3).map_err(&read)?,
        state: row.try_get::<&str, _>(4).map_err(&read)?.parse().map_err(damaged)?,
        attempts: row.try_get(5).map_err(&read)?,
        due_at: moment(row.try_get(6).map_err(&read)?)?,
        reason: row.try_get(7).map_err(&read)?,
        made_at: moment(row.try_get(8).map_err(&read)?)?,
        ended_at: some_moment(row.try_get(9).map_err(&read)?)?,
    })
}
