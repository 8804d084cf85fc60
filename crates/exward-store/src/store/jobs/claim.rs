//! Claiming a job, and what only its holder may do.

use jiff::{SignedDuration, Timestamp};
use sqlx::any::{AnyArguments, AnyQueryResult, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, query};

use super::JobId;
use crate::store::audit::storable;
use crate::store::moment::millis;
use crate::store::{Store, StoreError, TenantId};

/// What a holder shows with everything it does (K2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub job: JobId,
    /// The how many-th claim of it.
    pub number: i64,
}

/// A job that was claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldJob {
    /// To be shown with everything that is done with it.
    pub claim: Claim,
    /// Whose servers it is about; `None`: all tenants'.
    pub tenant: Option<TenantId>,
    /// What is to be done.
    pub kind: String,
    /// With what.
    pub payload: String,
    /// How often it was claimed, this time included.
    pub attempts: i64,
    /// Who wanted it.
    pub made_by: String,
}

/// Whose hold has run out. Few jobs run at a time, so it is asked before [`DUE`].
const ABANDONED: &str = "state = 'running' AND held_until <= $1";

/// Whose time has come.
const DUE: &str = "state = 'waiting' AND due_at <= $1";

impl Store {
    /// Claims a job of one of these kinds for `hold`: one whose holder is gone, or else the one that is due for
    /// the longest time. `None`: there is none now.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn claim_job(
        &self,
        owner: &str,
        kinds: &[&str],
        now: Timestamp,
        hold: SignedDuration,
    ) -> Result<Option<HeldJob>, StoreError> {
        if kinds.is_empty() {
            return Ok(None);
        }
        let kind_list: Vec<String> = (4..).take(kinds.len()).map(|it| format!("${it}")).collect();
        for which in [ABANDONED, DUE] {
            let text = format!(
                "UPDATE job SET state = 'running', owner = $2, held_until = $3, \
                 claim = claim + 1, attempts = attempts + 1 WHERE id = (SELECT id FROM job \
                 WHERE {which} AND kind IN ({}) ORDER BY due_at, id LIMIT 1{}) \
                 RETURNING id, claim, tenant, kind, payload, attempts, made_by",
                kind_list.join(", "),
                self.engine.skip_locked()
            );
            let claim = query(AssertSqlSafe(text)).bind(millis(now)).bind(owner);
            let mut claim = claim.bind(until(now, hold));
            for kind in kinds {
                claim = claim.bind(*kind);
            }
            let row = claim.fetch_optional(&self.write).await;
            if let Some(row) = row.map_err(StoreError::of("written"))? {
                return held(&row).map(Some);
            }
        }
        Ok(None)
    }

    /// Says how far a job is, and holds it for another `hold`.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the job is not the holder's any more (K2); it must stop.
    pub async fn progress_job(
        &self,
        claim: Claim,
        done: i64,
        total: Option<i64>,
        now: Timestamp,
        hold: SignedDuration,
    ) -> Result<(), StoreError> {
        let set = "UPDATE job SET done = $3, total = $4, held_until = $5 \
                   WHERE id = $1 AND claim = $2 AND state = 'running'";
        let set = query(set).bind(claim.job.0).bind(claim.number).bind(done).bind(total);
        self.as_holder(set.bind(until(now, hold))).await
    }

    /// Ends a job as done.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the job is not the holder's any more (K2), and was not changed.
    pub async fn finish_job(&self, claim: Claim, now: Timestamp) -> Result<(), StoreError> {
        self.as_holder(finished(claim, now)).await
    }

    /// Says why a job could not be done, and when it is to be tried again; `None`: never.
    ///
    /// # Errors
    /// As [`Self::finish_job`].
    pub async fn fail_job(
        &self,
        claim: Claim,
        reason: &str,
        again: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let (state, ended) = match again {
            Some(_) => (super::JobState::Waiting, None),
            None => (super::JobState::Failed, Some(millis(now))),
        };
        let set = "UPDATE job SET state = $3, reason = $4, due_at = coalesce($5, due_at), \
                   ended_at = $6, held_until = NULL \
                   WHERE id = $1 AND claim = $2 AND state = 'running'";
        let set = query(set)
            .bind(claim.job.0)
            .bind(claim.number)
            .bind(state.name())
            .bind(storable(reason).into_owned())
            .bind(again.map(millis))
            .bind(ended);
        self.as_holder(set).await
    }

    /// Gives a job back unchanged: its holder ends before the job does. It does not count as an attempt.
    ///
    /// # Errors
    /// As [`Self::finish_job`].
    pub async fn give_job_back(&self, claim: Claim) -> Result<(), StoreError> {
        let set = "UPDATE job SET state = 'waiting', held_until = NULL, attempts = attempts - 1 \
                   WHERE id = $1 AND claim = $2 AND state = 'running'";
        self.as_holder(query(set).bind(claim.job.0).bind(claim.number)).await
    }

    /// Does what only the holder may.
    async fn as_holder(&self, set: Query<'_, Any, AnyArguments>) -> Result<(), StoreError> {
        must_hold(&set.execute(&self.write).await.map_err(StoreError::of("written"))?)
    }
}

fn finished(claim: Claim, now: Timestamp) -> Query<'static, Any, AnyArguments> {
    let set = "UPDATE job SET state = 'done', ended_at = $3, held_until = NULL, reason = NULL \
               WHERE id = $1 AND claim = $2 AND state = 'running'";
    query(set).bind(claim.job.0).bind(claim.number).bind(millis(now))
}

fn must_hold(done: &AnyQueryResult) -> Result<(), StoreError> {
    if done.rows_affected() == 0 {
        let what = "somebody else has this job, or it was cancelled".to_owned();
        return Err(StoreError::Conflict { what });
    }
    Ok(())
}

/// Ends a job as done, as part of a transaction that has its effect: both are written, or neither.
///
/// # Errors
/// As [`Store::finish_job`]; the transaction must not be committed then.
pub(in crate::store) async fn finish_in(
    connection: &mut AnyConnection,
    claim: Claim,
    now: Timestamp,
) -> Result<(), StoreError> {
    must_hold(&finished(claim, now).execute(connection).await.map_err(StoreError::of("written"))?)
}

/// The end of a hold that begins now.
pub(in crate::store) fn until(now: Timestamp, hold: SignedDuration) -> i64 {
    let hold = i64::try_from(hold.as_millis()).unwrap_or(i64::MAX);
    millis(now).saturating_add(hold)
}

fn held(row: &AnyRow) -> Result<HeldJob, StoreError> {
    let read = StoreError::of("read");
    let job = JobId(row.try_get(0).map_err(&read)?);
    Ok(HeldJob {
        claim: Claim { job, number: row.try_get(1).map_err(&read)? },
        tenant: row.try_get::<Option<i64>, _>(2).map_err(&read)?.map(TenantId),
        kind: row.try_get(3).map_err(&read)?,
        payload: row.try_get(4).map_err(&read)?,
        attempts: row.try_get(5).map_err(&read)?,
        made_by: row.try_get(6).map_err(&read)?,
    })
}
