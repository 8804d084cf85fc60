//! What people do with jobs, and forgetting them.

use jiff::Timestamp;
use sqlx::{Row as _, query};

use super::JobId;
use crate::store::audit::Note;
use crate::store::moment::millis;
use crate::store::{Store, StoreError, TenantId};

impl Store {
    /// Ends a job that has not ended: nobody claims it, and whoever has it is refused from now on (K2).
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant. [`StoreError::Conflict`]: it has ended.
    pub async fn cancel_job(
        &self,
        within: Option<TenantId>,
        id: JobId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = "UPDATE job SET state = 'cancelled', ended_at = $3, held_until = NULL \
                   WHERE id = $2 AND ($1 IS NULL OR tenant = $1) \
                   AND state IN ('waiting', 'running') RETURNING tenant, kind";
        self.turn_job(within, id, (set, "job.cancel"), by, now).await
    }

    /// Lets a job that failed, or was cancelled, be done after all, at once.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant. [`StoreError::Conflict`]: it is
    /// neither failed nor cancelled.
    pub async fn retry_job(
        &self,
        within: Option<TenantId>,
        id: JobId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = "UPDATE job SET state = 'waiting', ended_at = NULL, due_at = $3 \
                   WHERE id = $2 AND ($1 IS NULL OR tenant = $1) \
                   AND state IN ('failed', 'cancelled') RETURNING tenant, kind";
        self.turn_job(within, id, (set, "job.retry"), by, now).await
    }

    async fn turn_job(
        &self,
        within: Option<TenantId>,
        id: JobId,
        (set, action): (&'static str, &str),
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let set = query(set).bind(within.map(|it| it.0)).bind(id.0).bind(millis(now));
        let row = set.fetch_optional(&mut *change).await.map_err(StoreError::of("written"))?;
        let Some(row) = row else {
            // Says which of the two it is; SQLite has one connection that writes.
            drop(change);
            let state = self.job(within, id).await?.state;
            return Err(StoreError::Conflict { what: format!("the job is {state}") });
        };
        let tenant = row.try_get::<Option<i64>, _>(0).map_err(StoreError::of("read"))?;
        let kind: String = row.try_get(1).map_err(StoreError::of("read"))?;
        let subject = id.0.to_string();
        let tenant = tenant.map(TenantId);
        let note = Note { tenant, actor: by, action, subject: &subject, detail: &kind };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Forgets the jobs that ended before this, and says how many. Their keys can be used again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn drop_jobs(&self, before: Timestamp) -> Result<u64, StoreError> {
        let text = "DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') \
                    AND ended_at < $1";
        let dropped = query(text).bind(millis(before)).execute(&self.write).await;
        Ok(dropped.map_err(StoreError::of("written"))?.rows_affected())
    }
}
