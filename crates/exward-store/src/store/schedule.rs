//! Schedules: targets that are asked again and again.
//!
//! # Invariants
//! * **T1 one job a time.** However many processes ask what is due, each time of a schedule makes one job.
//! * **T2 no drift, no burst.** The times are those of its start plus a multiple of its interval; those that
//!   passed while nobody asked, or while its last job had not ended, are left out.

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, query, query_scalar};

use super::audit::Note;
use super::jobs::{self, JobId, NewJob};
use super::moment::{millis, moment};
use super::observe::check_name;
use super::{Store, StoreError, TenantId};

/// The key of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScheduleId(pub i64);

/// A target that is asked again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The key.
    pub id: ScheduleId,
    /// Whose it is.
    pub tenant: TenantId,
    /// What is asked: a host, an address, a URL.
    pub target: String,
    /// How often.
    pub every_minutes: u32,
    /// When next.
    pub next_at: Timestamp,
    /// Who wanted it first.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
}

/// A job that a schedule has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The schedule.
    pub schedule: ScheduleId,
    /// The job.
    pub job: JobId,
}

const COLUMNS: &str = "id, tenant, target, every_minutes, next_at, made_by, made_at";

/// The job of a schedule that has not ended.
const STILL_OPEN: &str = "SELECT 1 FROM job WHERE id = $1 AND state IN ('waiting', 'running')";

impl Store {
    /// Asks a target every so many minutes (at least one) from `first_at` on; changes the schedule if there is
    /// one for this target.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: a target as [`Self::observe`] refuses it.
    pub async fn put_schedule(
        &self,
        tenant: TenantId,
        target: &str,
        every_minutes: u32,
        first_at: Timestamp,
        by: &str,
        now: Timestamp,
    ) -> Result<ScheduleId, StoreError> {
        check_name(target)?;
        let mut change = self.writing().await?;
        let put = "INSERT INTO schedule (tenant, target, every_minutes, next_at, made_by, made_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, target) DO UPDATE \
                   SET every_minutes = excluded.every_minutes, next_at = excluded.next_at \
                   RETURNING id";
        let id = query_scalar(put)
            .bind(tenant.0)
            .bind(target)
            .bind(i64::from(every_minutes.max(1)))
            .bind(millis(first_at))
            .bind(by)
            .bind(millis(now))
            .fetch_one(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let detail = format!("every {} min", every_minutes.max(1));
        let (tenant, detail) = (Some(tenant), detail.as_str());
        let note = Note { tenant, actor: by, action: "schedule.put", subject: target, detail };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(ScheduleId(id))
    }

    /// The schedules of a tenant in the order they were made, at most `limit` after `after`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn schedules(
        &self,
        tenant: TenantId,
        after: Option<ScheduleId>,
        limit: u32,
    ) -> Result<Vec<Schedule>, StoreError> {
        let text = format!(
            "SELECT {COLUMNS} FROM schedule WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3"
        );
        let rows = query(AssertSqlSafe(text))
            .bind(tenant.0)
            .bind(after.map_or(0, |it| it.0))
            .bind(i64::from(limit));
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(schedule).collect()
    }

    /// Stops asking. A job that was made already stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant.
    pub async fn remove_schedule(
        &self,
        tenant: TenantId,
        id: ScheduleId,
        by: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut change = self.writing().await?;
        let remove = "DELETE FROM schedule WHERE tenant = $1 AND id = $2 RETURNING target";
        let target: Option<String> = query_scalar(remove)
            .bind(tenant.0)
            .bind(id.0)
            .fetch_optional(&mut *change)
            .await
            .map_err(StoreError::of("written"))?;
        let target = target.ok_or(StoreError::NotFound { what: "schedule" })?;
        let (tenant, action) = (Some(tenant), "schedule.remove");
        let note = Note { tenant, actor: by, action, subject: &target, detail: "" };
        self.note_in(&mut change, &note, now).await?;
        change.commit().await.map_err(StoreError::of("written"))
    }

    /// Makes a job of this kind for each schedule whose time has come, for at most `limit` of them, and says
    /// which. Its payload is `{"schedule": …, "target": …}`. A schedule whose last job has not ended makes none
    /// this time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn due_schedules(
        &self,
        kind: &str,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let mut change = self.writing().await?;
        let text = format!(
            "SELECT {COLUMNS}, job FROM schedule WHERE next_at <= $1 ORDER BY next_at, id LIMIT $2{}",
            self.engine.skip_locked()
        );
        let rows = query(AssertSqlSafe(text)).bind(millis(now)).bind(i64::from(limit));
        let rows = rows.fetch_all(&mut *change).await.map_err(StoreError::of("read"))?;
        let mut made = Vec::new();
        for row in &rows {
            let last = row.try_get(7).map_err(StoreError::of("read"))?;
            made.extend(turn(&mut change, &schedule(row)?, last, kind, now).await?);
        }
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(made)
    }
}

/// Makes the job of a schedule, unless its `last` has not ended, and moves its time.
async fn turn(
    change: &mut AnyConnection,
    schedule: &Schedule,
    last: Option<i64>,
    kind: &str,
    now: Timestamp,
) -> Result<Option<Due>, StoreError> {
    let open = query(STILL_OPEN).bind(last).fetch_optional(&mut *change).await;
    let made = if open.map_err(StoreError::of("read"))?.is_some() {
        None
    } else {
        let (id, time) = (schedule.id.0, millis(schedule.next_at));
        let payload = serde_json::json!({ "schedule": id, "target": schedule.target }).to_string();
        let new = NewJob {
            tenant: Some(schedule.tenant),
            kind,
            payload: &payload,
            once_key: Some(&format!("schedule {id} {time}")),
            due_at: schedule.next_at,
            made_by: &schedule.made_by,
        };
        Some(jobs::put_in(&mut *change, &new, now).await?.job)
    };
    let next = next(millis(schedule.next_at), schedule.every_minutes, millis(now));
    let set = "UPDATE schedule SET next_at = $2, job = coalesce($3, job) WHERE id = $1";
    let set = query(set).bind(schedule.id.0).bind(next).bind(made.map(|it| it.0)).execute(change);
    set.await.map_err(StoreError::of("written"))?;
    Ok(made.map(|job| Due { schedule: schedule.id, job }))
}

/// The first of the times from `last` on that is after `now`.
fn next(last: i64, every_minutes: u32, now: i64) -> i64 {
    let every = i64::from(every_minutes.max(1)).saturating_mul(60_000);
    let passed = now.saturating_sub(last).div_euclid(every);
    last.saturating_add(passed.saturating_add(1).max(1).saturating_mul(every))
}

fn schedule(row: &AnyRow) -> Result<Schedule, StoreError> {
    let read = StoreError::of("read");
    let every: i64 = row.try_get(3).map_err(&read)?;
    Ok(Schedule {
        id: ScheduleId(row.try_get(0).map_err(&read)?),
        tenant: TenantId(row.try_get(1).map_err(&read)?),
        target: row.try_get(2).map_err(&read)?,
        every_minutes: u32::try_from(every).unwrap_or(u32::MAX),
        next_at: moment(row.try_get(4).map_err(&read)?)?,
        made_by: row.try_get(5).map_err(&read)?,
        made_at: moment(row.try_get(6).map_err(&read)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::next;

    #[track_caller]
    fn check(last: i64, every_minutes: u32, now: i64, want: i64) {
        assert_eq!(next(last, every_minutes, now), want, "T2: {last} {every_minutes} {now}");
    }

    #[test]
    fn times_neither_drift_nor_burst() {
        check(0, 1, 0, 60_000);
        check(0, 1, 59_999, 60_000);
        check(0, 1, 60_000, 120_000);
        check(5, 1, 600_000, 600_005);
        check(5, 0, 6, 60_005);
        check(i64::MAX, 1, 0, i64::MAX);
    }
}
