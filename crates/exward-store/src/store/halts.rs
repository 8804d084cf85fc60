//! Rollouts that halt: whoever carries one out writes to the journal alone; here it is told to the webhooks of the
//! tenant whose rollout it is.

use exward_drive::journal::Entry;
use jiff::Timestamp;
use serde_json::json;
use sqlx::{query, query_as};

use super::events::{EventKind, tell_in};
use super::rollouts::has_journal;
use super::{Store, StoreError, TenantId};

/// Rollouts of one look; more are taken by the next.
const ROLLOUTS_OF_LOOK: i64 = 100;

/// A rollout of which the journal has more than was looked at: its blueprint, its tenant, the entry that was
/// looked at last, and the newest.
type More = (String, i64, i64, i64);

impl Store {
    /// Tells of every rollout of a tenant that has halted since this was called last, once however many call it,
    /// and says how many have. Those that are nobody's are told nobody.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn tell_halts(&self, now: Timestamp) -> Result<u64, StoreError> {
        let read = StoreError::of("read");
        let mut connection = self.read.acquire().await.map_err(&read)?;
        if !has_journal(self.engine, &mut connection).await? {
            return Ok(0);
        }
        let more: Vec<More> = query_as(
            "SELECT rollout.blueprint, rollout.tenant, rollout.told, tip.sequence FROM rollout \
             JOIN tip ON tip.blueprint = rollout.blueprint WHERE tip.sequence > rollout.told \
             ORDER BY rollout.blueprint LIMIT $1",
        )
        .bind(ROLLOUTS_OF_LOOK)
        .fetch_all(&mut *connection)
        .await
        .map_err(&read)?;
        drop(connection);
        let mut halted: u64 = 0;
        for it in more {
            halted = halted.saturating_add(u64::from(self.tell_halt(&it, now).await?));
        }
        Ok(halted)
    }

    /// Looks at the entries of a rollout that nobody has looked at; true: the newest halt among them was told.
    async fn tell_halt(
        &self,
        (blueprint, tenant, told, newest): &More,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut change = self.writing().await?;
        // Whoever moves the mark tells; the others find it moved.
        let moved = query("UPDATE rollout SET told = $3 WHERE blueprint = $1 AND told = $2")
            .bind(blueprint)
            .bind(told)
            .bind(newest)
            .execute(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        if moved.rows_affected() == 0 {
            return Ok(false);
        }
        let bodies: Vec<(String,)> = query_as(
            "SELECT body FROM entry WHERE blueprint = $1 AND sequence > $2 AND sequence <= $3 \
             ORDER BY sequence DESC",
        )
        .bind(blueprint)
        .bind(told)
        .bind(newest)
        .fetch_all(&mut *change)
        .await
        .map_err(StoreError::of("read"))?;
        let why = bodies.iter().find_map(|(body,)| match serde_json::from_str(body) {
            Ok(Entry::Halted { why }) => Some(why),
            // What is damaged, or of a newer exward, is said by whoever reads all of the journal.
            Ok(_) | Err(_) => None,
        });
        if let Some(why) = &why {
            let data = json!({ "rollout": blueprint, "why": why });
            let kind = EventKind::RolloutHalted;
            tell_in(&mut change, TenantId(*tenant), kind, &data, now).await?;
        }
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(why.is_some())
    }
}
