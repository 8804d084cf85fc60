//! Settling an alarm: somebody has looked at what a hunt found, and says what came of it.

use jiff::Timestamp;
use sqlx::{AnyConnection, query, query_as};

use super::speak::show;
use crate::store::audit::Note;
use crate::store::moment::millis;
use crate::store::tenants::take_turn;
use crate::store::{HuntId, Store, StoreError, TenantId, WHY_MAX};

/// What somebody says of an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settling {
    /// The hunt whose alarm it is.
    pub hunt: HuntId,
    /// Who says it.
    pub by: String,
    /// What came of it.
    pub why: String,
}

/// An alarm, as it is looked up.
struct AlarmRow {
    server: i64,
    target: String,
    verdict: String,
    settled_at: Option<i64>,
}

impl Store {
    /// Settles an alarm, and with it every other one on the server that rests on nothing else (HU2); notes it in the
    /// audit log with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such hunt of this tenant; [`StoreError::Conflict`]: it is no alarm, it is
    /// settled already, or nobody or no reason is named, or one longer than [`WHY_MAX`].
    pub async fn settle(
        &self,
        tenant: TenantId,
        settling: &Settling,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        check(settling)?;
        let mut change = self.writing().await?;
        take_turn(self, &mut change, tenant).await?;
        let alarm = alarm(&mut change, tenant, settling.hunt).await?;
        if alarm.settled_at.is_some() {
            return Err(refused("this alarm is settled already"));
        }
        query("UPDATE hunt SET settled_at = $2, settled_by = $3, settled_why = $4 WHERE id = $1")
            .bind(settling.hunt.0)
            .bind(millis(now))
            .bind(settling.by.clone())
            .bind(settling.why.clone())
            .execute(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        spread(&mut change, alarm.server).await?;
        show(&mut change, alarm.server).await?;
        let said = ("hunt.settle", &*settling.why);
        self.note_of_alarm(&mut change, tenant, &alarm, (&settling.by, said), now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Raises an alarm that was settled, with those that were settled with it; notes it in the audit log with it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such hunt of this tenant; [`StoreError::Conflict`]: it is not settled.
    pub async fn raise(
        &self,
        tenant: TenantId,
        hunt: HuntId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        take_turn(self, &mut change, tenant).await?;
        let alarm = alarm(&mut change, tenant, hunt).await?;
        let settled_at = alarm.settled_at.ok_or_else(|| refused("this alarm is not settled"))?;
        query(
            "UPDATE hunt SET settled_at = NULL, settled_by = NULL, settled_why = NULL
             WHERE server = $1 AND settled_at = $2",
        )
        .bind(alarm.server)
        .bind(settled_at)
        .execute(&mut *change)
        .await
        .map_err(StoreError::of("written"))?;
        show(&mut change, alarm.server).await?;
        let said = ("hunt.raise", "");
        self.note_of_alarm(&mut change, tenant, &alarm, (by, said), now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    async fn note_of_alarm(
        &self,
        change: &mut AnyConnection,
        tenant: TenantId,
        alarm: &AlarmRow,
        (actor, (action, detail)): (&str, (&str, &str)),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let subject = format!("{} on {}", alarm.verdict, alarm.target);
        let note = Note { tenant: Some(tenant), actor, action, subject: &subject, detail };
        self.note_in(change, &note, now).await.map(|_| ())
    }
}

/// Settles the alarms of a server that rest on nothing but traces of settled ones (HU2), as the newest
/// settlement says.
pub(super) async fn spread(connection: &mut AnyConnection, server: i64) -> Result<(), StoreError> {
    let newest: Option<(i64, String, String)> = query_as(
        "SELECT settled_at, settled_by, settled_why FROM hunt
         WHERE server = $1 AND settled_at IS NOT NULL ORDER BY settled_at DESC, id DESC LIMIT 1",
    )
    .bind(server)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::of("read"))?;
    let Some((at, by, why)) = newest else { return Ok(()) };
    query(
        "UPDATE hunt SET settled_at = $2, settled_by = $3, settled_why = $4
         WHERE server = $1 AND alarm > 0 AND settled_at IS NULL
           AND EXISTS (SELECT 1 FROM sighting AS own WHERE own.hunt = hunt.id AND own.alarm = 1)
           AND NOT EXISTS (
             SELECT 1 FROM sighting AS own WHERE own.hunt = hunt.id AND own.alarm = 1
               AND (own.trace IS NULL OR own.trace NOT IN (
                 SELECT known.trace FROM sighting AS known JOIN hunt AS past ON past.id = known.hunt
                 WHERE past.server = $1 AND past.settled_at IS NOT NULL
                   AND known.alarm = 1 AND known.trace IS NOT NULL)))",
    )
    .bind(server)
    .bind(at)
    .bind(by)
    .bind(why)
    .execute(connection)
    .await
    .map(|_| ())
    .map_err(StoreError::of("written"))
}

async fn alarm(
    connection: &mut AnyConnection,
    tenant: TenantId,
    hunt: HuntId,
) -> Result<AlarmRow, StoreError> {
    let row: Option<(i64, String, String, Option<i64>, i64)> = query_as(
        "SELECT server.id, server.target, hunt.verdict, hunt.settled_at, hunt.alarm
         FROM hunt JOIN server ON server.id = hunt.server
         WHERE server.tenant = $1 AND hunt.id = $2",
    )
    .bind(tenant.0)
    .bind(hunt.0)
    .fetch_optional(connection)
    .await
    .map_err(StoreError::of("read"))?;
    let (server, target, verdict, settled_at, alarm) =
        row.ok_or(StoreError::NotFound { what: "hunt" })?;
    if alarm == 0 {
        return Err(refused("this hunt asks for nothing to be settled"));
    }
    Ok(AlarmRow { server, target, verdict, settled_at })
}

fn check(settling: &Settling) -> Result<(), StoreError> {
    if [&settling.by, &settling.why].iter().any(|it| it.trim().is_empty()) {
        return Err(refused("settling an alarm says by whom, and what came of it"));
    }
    if settling.why.len() > WHY_MAX {
        return Err(refused("the reason is too long"));
    }
    Ok(())
}

fn refused(what: &str) -> StoreError {
    StoreError::Conflict { what: what.to_owned() }
}
