//! Runs: one reading of something each, with what was skipped in it.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, query, query_scalar};

use super::audit::storable;
use super::moment::{millis, moment, some_moment};
use super::sql::{Sql, column};
use super::{RunId, Store, StoreError, TenantId};

/// The most skipped lines that are kept of a run; of the rest, one line says how many they are.
pub const SKIPPED_MAX: usize = 1_000;

/// The most runs of one page.
pub const RUNS_MAX: u32 = 500;

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunKind {
    /// Servers, or what somebody has written about them.
    Check,
    /// Logs and files of servers.
    Hunt,
    /// What somebody scans the Internet for.
    Feed,
    /// What a rollout has seen.
    Rollout,
}

impl RunKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Check, Self::Hunt, Self::Feed, Self::Rollout];

    /// Name in outputs and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Hunt => "hunt",
            Self::Feed => "feed",
            Self::Rollout => "rollout",
        }
    }
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedLine {
    /// Where it stands: `feed.json:17`.
    pub place: String,
    /// Why it was not read.
    pub why: String,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its key.
    pub id: RunId,
    /// What was read.
    pub kind: RunKind,
    /// Where from: a file, a folder, a range.
    pub source: String,
    /// Who has begun it.
    pub by: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it ended; `None`: it is running, or was killed.
    pub ended_at: Option<Timestamp>,
    /// Servers that were seen.
    pub servers: u64,
    /// Servers that were new or had changed.
    pub changed: u64,
    /// What was not read.
    pub skipped: Vec<SkippedLine>,
}

impl Store {
    /// Begins a run.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such tenant.
    pub async fn begin_run(
        &self,
        tenant: TenantId,
        kind: RunKind,
        source: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<RunId, StoreError> {
        let mut transaction = self.writing().await?;
        let id = begin_in(&mut transaction, tenant, kind, (source, by), now).await?;
        transaction.commit().await.map_err(StoreError::of("written"))?;
        Ok(id)
    }
    /// Ends a run, once; says what was not read in it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: no such run of this tenant; [`StoreError::Conflict`]: it has ended already.
    pub async fn end_run(
        &self,
        tenant: TenantId,
        run: RunId,
        now: Timestamp,
        skipped: &[SkippedLine],
    ) -> Result<(), StoreError> {
        let mut transaction = self.writing().await?;
        end_in(&mut transaction, tenant, run, now, skipped).await?;
        transaction.commit().await.map_err(StoreError::of("written"))
    }

    /// What was read in each of these runs, as far as they are of this tenant; at most [`RUNS_MAX`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sources(
        &self,
        tenant: TenantId,
        runs: &[RunId],
    ) -> Result<Vec<(RunId, String)>, StoreError> {
        if runs.is_empty() {
            return Ok(Vec::new());
        }
        let most = usize::try_from(RUNS_MAX).unwrap_or(usize::MAX);
        let mut sql = Sql::new(self.engine, "SELECT id, source FROM run WHERE tenant = ");
        sql.bind(tenant.0).push(" AND id IN ").list(runs.iter().take(most).map(|it| it.0));
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        let rows = sql.all(&mut connection).await?;
        rows.iter().map(|row| Ok((RunId(column(row, 0)?), column(row, 1)?))).collect()
    }

    /// Runs, newest first, at most [`RUNS_MAX`]; `before` is the last one of the page before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn runs(
        &self,
        tenant: TenantId,
        limit: u32,
        before: Option<RunId>,
    ) -> Result<Vec<Run>, StoreError> {
        let rows = query(
            "SELECT id, kind, source, by_whom, began_at, ended_at, servers, changed, skipped
             FROM run WHERE tenant = $1 AND id < $2 ORDER BY id DESC LIMIT $3",
        )
        .bind(tenant.0)
        .bind(before.map_or(i64::MAX, |it| it.0))
        .bind(i64::from(limit.min(RUNS_MAX)))
        .fetch_all(&self.read)
        .await
        .map_err(StoreError::of("read"))?;
        rows.iter().map(run_of).collect()
    }
}

/// Begins a run: its kind, its source and who has begun it.
pub(super) async fn begin_in(
    connection: &mut AnyConnection,
    tenant: TenantId,
    kind: RunKind,
    (source, by): (&str, &str),
    now: Timestamp,
) -> Result<RunId, StoreError> {
    let id: Option<i64> = query_scalar(
        "INSERT INTO run (tenant, kind, source, by_whom, began_at)
         SELECT id, $2, $3, $4, CAST($5 AS BIGINT) FROM tenant WHERE id = $1 RETURNING id",
    )
    .bind(tenant.0)
    .bind(kind.name())
    .bind(storable(source).into_owned())
    .bind(storable(by).into_owned())
    .bind(millis(now))
    .fetch_optional(connection)
    .await
    .map_err(StoreError::of("written"))?;
    id.map(RunId).ok_or(StoreError::NotFound { what: "tenant" })
}

/// Ends a run, once.
pub(super) async fn end_in(
    connection: &mut AnyConnection,
    tenant: TenantId,
    run: RunId,
    now: Timestamp,
    skipped: &[SkippedLine],
) -> Result<(), StoreError> {
    check_run(connection, tenant, run).await?;
    let done = query(
        "UPDATE run SET ended_at = $3, skipped = $4
         WHERE id = $1 AND tenant = $2 AND ended_at IS NULL",
    )
    .bind(run.0)
    .bind(tenant.0)
    .bind(millis(now))
    .bind(skipped_text(skipped))
    .execute(connection)
    .await
    .map_err(StoreError::of("written"))?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Conflict { what: "the run has ended already".into() });
    }
    Ok(())
}

/// Refuses a run that is not one of this tenant.
pub(super) async fn check_run(
    connection: &mut AnyConnection,
    tenant: TenantId,
    run: RunId,
) -> Result<(), StoreError> {
    let found: Option<i64> = query_scalar("SELECT id FROM run WHERE id = $1 AND tenant = $2")
        .bind(run.0)
        .bind(tenant.0)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::of("read"))?;
    found.map(|_| ()).ok_or(StoreError::NotFound { what: "run" })
}

fn run_of(row: &AnyRow) -> Result<Run, StoreError> {
    let kind: String = column(row, 1)?;
    let skipped: String = column(row, 8)?;
    Ok(Run {
        id: RunId(column(row, 0)?),
        kind: RunKind::ALL
            .into_iter()
            .find(|it| it.name() == kind)
            .ok_or_else(|| StoreError::Damaged { what: format!("`{kind}` is no kind of a run") })?,
        source: column(row, 2)?,
        by: column(row, 3)?,
        began_at: moment(column(row, 4)?)?,
        ended_at: some_moment(column(row, 5)?)?,
        servers: column::<i64>(row, 6)?.unsigned_abs(),
        changed: column::<i64>(row, 7)?.unsigned_abs(),
        skipped: skipped_of(&skipped)?,
    })
}

fn skipped_text(skipped: &[SkippedLine]) -> String {
    let line = |place: &str, why: &str| json!({ "place": place, "why": why });
    let kept = skipped.iter().take(SKIPPED_MAX).map(|it| line(&it.place, &it.why));
    let mut lines: Vec<Value> = kept.collect();
    let more = skipped.len().saturating_sub(SKIPPED_MAX);
    if more > 0 {
        lines.push(line("", &format!("{more} more lines were skipped")));
    }
    Value::Array(lines).to_string()
}

fn skipped_of(text: &str) -> Result<Vec<SkippedLine>, StoreError> {
    let damaged =
        || StoreError::Damaged { what: "the skipped lines of a run are unreadable".into() };
    let lines: Vec<Value> = serde_json::from_str(text).map_err(|_| damaged())?;
    let word = |line: &Value, name: &str| line.get(name).and_then(Value::as_str).map(str::to_owned);
    let line = |it: &Value| Some(SkippedLine { place: word(it, "place")?, why: word(it, "why")? });
    lines.iter().map(|it| line(it).ok_or_else(damaged)).collect()
}
