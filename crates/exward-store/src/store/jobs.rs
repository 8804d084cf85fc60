//! Jobs: work that is done once, by whichever process has time.
//!
//! A job waits until it is due, is claimed by one owner for a while (its *hold*), and ends. An owner that goes
//! on working extends its hold; if it dies, the hold runs out and somebody else claims the job.
//!
//! # Invariants
//! * **K1 one holder.** A job that is held is claimed by nobody else.
//! * **K2 stale is refused.** Whoever has lost a job (its hold ran out and it was claimed again, or it was
//!   cancelled) can change nothing of it: every write of a holder names its claim, which each claim counts up.
//! * **K3 once.** Of two jobs with one key of one tenant there is only the first.

mod claim;
mod state;
mod steer;

use jiff::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, query, query_scalar};

use super::moment::{millis, moment, some_moment};
use super::{Store, StoreError, TenantId};

pub(super) use claim::finish_in;
pub(super) use claim::until;
pub use claim::{Claim, HeldJob};
pub use state::{JobState, ParseJobStateError};

/// The key of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub i64);

/// A job that is to be put.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    /// Whose servers it is about; `None`: all tenants'.
    pub tenant: Option<TenantId>,
    /// What is to be done: `check`, `reassess`.
    pub kind: &'a str,
    /// With what; a JSON text whose shape the kind decides.
    pub payload: &'a str,
    /// There is never another job of the tenant with this key, whatever became of the first (K3).
    pub once_key: Option<&'a str>,
    /// Not earlier than this.
    pub due_at: Timestamp,
    /// Who wants it.
    pub made_by: &'a str,
}

/// What became of a job that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// The job: the new one, or the one that has its key already.
    pub job: JobId,
    /// True if it is new.
    pub new: bool,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The key.
    pub id: JobId,
    /// Whose servers it is about; `None`: all tenants'.
    pub tenant: Option<TenantId>,
    /// What is to be done.
    pub kind: String,
    /// With what.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// Not earlier than this.
    pub due_at: Timestamp,
    /// Who has it, or had it last.
    pub owner: Option<String>,
    /// How often it was claimed.
    pub attempts: i64,
    /// How much of it is done.
    pub done: i64,
    /// How much there is to be done; `None`: nobody knows.
    pub total: Option<i64>,
    /// Why it failed, or failed last.
    pub reason: Option<String>,
    /// Who wanted it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// When it was done, given up or cancelled.
    pub ended_at: Option<Timestamp>,
}

/// Which jobs.
#[derive(Clone, Copy, Debug, Default)]
pub struct JobFilter<'a> {
    /// Only in this state.
    pub state: Option<JobState>,
    /// Only of this kind.
    pub kind: Option<&'a str>,
}

/// How many jobs are in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// The state.
    pub state: JobState,
    /// How many.
    pub jobs: u64,
    /// The earliest time that one of them was due.
    pub first_due_at: Timestamp,
}

/// Methods with `within` see only the jobs of that tenant, neither of others nor of all; with `None` all.
impl Store {
    /// Puts a job, unless there is one with its key (K3).
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_job(&self, new: &NewJob<'_>, now: Timestamp) -> Result<Put, StoreError> {
        let mut change = self.writing().await?;
        let put = put_in(&mut change, new, now).await?;
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(put)
    }

    /// Puts jobs: all of them, or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn put_jobs(
        &self,
        new: &[NewJob<'_>],
        now: Timestamp,
    ) -> Result<Vec<Put>, StoreError> {
        let mut change = self.writing().await?;
        let mut put = Vec::with_capacity(new.len());
        for one in new {
            put.push(put_in(&mut change, one, now).await?);
        }
        change.commit().await.map_err(StoreError::of("written"))?;
        Ok(put)
    }

    /// A job.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is none, or of another tenant.
    pub async fn job(&self, within: Option<TenantId>, id: JobId) -> Result<Job, StoreError> {
        let text =
            format!("SELECT {COLUMNS} FROM job WHERE id = $2 AND ($1 IS NULL OR tenant = $1)");
        let row = query(AssertSqlSafe(text)).bind(within.map(|it| it.0)).bind(id.0);
        let row = row.fetch_optional(&self.read).await.map_err(StoreError::of("read"))?;
        job(&row.ok_or(StoreError::NotFound { what: "job" })?)
    }

    /// Jobs, the newest first, at most `limit` before `before`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn jobs(
        &self,
        within: Option<TenantId>,
        filter: &JobFilter<'_>,
        before: Option<JobId>,
        limit: u32,
    ) -> Result<Vec<Job>, StoreError> {
        // Only conditions that hold something, so that PostgreSQL plans for the right index.
        let text = format!(
            "SELECT {COLUMNS} FROM job WHERE id < $1 AND {} AND {} AND {} ORDER BY id DESC LIMIT $5",
            within.map_or("$2 IS NULL", |_| "tenant = $2"),
            filter.state.map_or("$3 IS NULL", |_| "state = $3"),
            filter.kind.map_or("$4 IS NULL", |_| "kind = $4"),
        );
        let rows = query(AssertSqlSafe(text))
            .bind(before.map_or(i64::MAX, |it| it.0))
            .bind(within.map(|it| it.0))
            .bind(filter.state.map(JobState::name))
            .bind(filter.kind)
            .bind(i64::from(limit));
        let rows = rows.fetch_all(&self.read).await.map_err(StoreError::of("read"))?;
        rows.iter().map(job).collect()
    }

    /// How many jobs are in each state; a state without jobs is not there.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn job_counts(&self, within: Option<TenantId>) -> Result<Vec<JobCount>, StoreError> {
        let read = StoreError::of("read");
        let text = "SELECT state, count(*), min(due_at) FROM job WHERE ($1 IS NULL OR tenant = $1) \
                    GROUP BY state ORDER BY state";
        let rows = query(text).bind(within.map(|it| it.0)).fetch_all(&self.read).await;
        let count = |row: &AnyRow| {
            let jobs: i64 = row.try_get(1).map_err(&read)?;
            Ok(JobCount {
                state: JobState::kept(row.try_get(0).map_err(&read)?)?,
                jobs: jobs.unsigned_abs(),
                first_due_at: moment(row.try_get(2).map_err(&read)?)?,
            })
        };
        rows.map_err(&read)?.iter().map(count).collect()
    }
}

/// Puts a job as part of something larger.
pub(super) async fn put_in(
    change: &mut AnyConnection,
    new: &NewJob<'_>,
    now: Timestamp,
) -> Result<Put, StoreError> {
    let tenant = new.tenant.map(|it| it.0);
    // A key belongs to its tenant: no other one learns that it is taken.
    let whose = tenant.map_or_else(|| "*".to_owned(), |it| it.to_string());
    let key = new.once_key.map(|it| format!("{whose}:{it}"));
    let add = "INSERT INTO job (tenant, kind, payload, once_key, due_at, made_by, made_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (once_key) DO NOTHING RETURNING id";
    let id: Option<i64> = query_scalar(add)
        .bind(tenant)
        .bind(new.kind)
        .bind(new.payload)
        .bind(key.clone())
        .bind(millis(new.due_at))
        .bind(new.made_by)
        .bind(millis(now))
        .fetch_optional(&mut *change)
        .await
        .map_err(StoreError::of("written"))?;
    if let Some(id) = id {
        return Ok(Put { job: JobId(id), new: true });
    }
    let there = query_scalar("SELECT id FROM job WHERE once_key = $1").bind(key);
    let id = there.fetch_one(change).await.map_err(StoreError::of("read"))?;
    Ok(Put { job: JobId(id), new: false })
}

const COLUMNS: &str = "id, tenant, kind, payload, state, due_at, owner, attempts, done, total, \
     reason, made_by, made_at, ended_at";

fn job(row: &AnyRow) -> Result<Job, StoreError> {
    let read = StoreError::of("read");
    Ok(Job {
        id: JobId(row.try_get(0).map_err(&read)?),
        tenant: row.try_get::<Option<i64>, _>(1).map_err(&read)?.map(TenantId),
        kind: row.try_get(2).map_err(&read)?,
        payload: row.try_get(3).map_err(&read)?,
        state: JobState::kept(row.try_get(4).map_err(&read)?)?,
        due_at: moment(row.try_get(5).map_err(&read)?)?,
        owner: row.try_get(6).map_err(&read)?,
        attempts: row.try_get(7).map_err(&read)?,
        done: row.try_get(8).map_err(&read)?,
        total: row.try_get(9).map_err(&read)?,
        reason: row.try_get(10).map_err(&read)?,
        made_by: row.try_get(11).map_err(&read)?,
        made_at: moment(row.try_get(12).map_err(&read)?)?,
        ended_at: some_moment(row.try_get(13).map_err(&read)?)?,
    })
}
