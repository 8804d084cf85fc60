//! Marks: what tells whether a page of a tenant has anything new, for less than the page costs.
//!
//! A mark is compared and thrown away; what it is made of is nobody's business.
//!
//! # Invariants
//! * **MK1 no change without a mark.** What is seen of servers and hunts comes in runs, what people do is in the
//!   audit log, what is judged again is a job, and each of them is in the mark. One thing is told late: a run that
//!   goes on while [`RUNS_MARKED`] others begin is noticed with the next of them.
//! * **MK2 one tenant.** Nothing of another tenant changes a mark, but what is done for all of them.

use sqlx::any::AnyRow;
use sqlx::query;

use super::sql::column;
use super::{Store, StoreError, TenantId};

/// Runs that a mark looks at, the newest.
pub const RUNS_MARKED: u32 = 64;

/// Jobs, and messages that nobody took, that a mark looks at, the newest of each.
pub const WORK_MARKED: u32 = 50;

/// See the module. Two that are equal: nothing has happened in between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(Vec<Line>);

/// What it is of, its key, numbers that change with it, and its state.
type Line = (String, i64, [i64; 4], String);

const OF_ESTATE: &str = "
SELECT 'run', id, servers, changed, COALESCE(ended_at, -1), id, '' FROM (
  SELECT id, servers, changed, ended_at FROM run WHERE tenant = $1 ORDER BY began_at DESC LIMIT $2) AS newest
UNION ALL SELECT 'said', COALESCE(max(sequence), 0), 0, 0, 0, 0, '' FROM audit WHERE tenant = $1
UNION ALL SELECT 'catalog', COALESCE(max(used_at), 0), 0, 0, 0, 0, '' FROM catalog
UNION ALL SELECT 'for all', id, done, attempts, COALESCE(ended_at, -1), id, state FROM (
  SELECT id, done, attempts, ended_at, state FROM job WHERE tenant IS NULL ORDER BY id DESC LIMIT 1) AS newest";

const OF_WORK: &str = "
SELECT 'job', id, done, COALESCE(total, -1), attempts, due_at, state FROM (
  SELECT id, done, total, attempts, due_at, state FROM job WHERE tenant = $1 ORDER BY id DESC LIMIT $2) AS newest
UNION ALL SELECT 'for all', id, done, COALESCE(total, -1), attempts, due_at, state FROM (
  SELECT id, done, total, attempts, due_at, state FROM job WHERE tenant IS NULL ORDER BY id DESC LIMIT 1) AS newest
UNION ALL SELECT 'said', COALESCE(max(sequence), 0), 0, 0, 0, 0, '' FROM audit WHERE tenant = $1
UNION ALL SELECT 'dead', id, COALESCE(ended_at, -1), attempts, 0, 0, '' FROM (
  SELECT d.id, d.ended_at, d.attempts FROM delivery d JOIN webhook w ON w.id = d.webhook
  WHERE w.tenant = $1 AND d.state = 'dead' ORDER BY d.id DESC LIMIT $2) AS newest
UNION ALL SELECT 'catalog', COALESCE(max(used_at), 0), 0, 0, 0, 0, '' FROM catalog";

impl Store {
    /// Of what a list of a tenant's servers shows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn estate_mark(&self, tenant: TenantId) -> Result<Mark, StoreError> {
        self.mark(OF_ESTATE, tenant, RUNS_MARKED).await
    }

    /// Of the newest [`WORK_MARKED`] jobs of a tenant, the newest job that is done for all tenants, the messages
    /// that nobody took, and the audit log.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn work_mark(&self, tenant: TenantId) -> Result<Mark, StoreError> {
        self.mark(OF_WORK, tenant, WORK_MARKED).await
    }

    async fn mark(
        &self,
        text: &'static str,
        tenant: TenantId,
        newest: u32,
    ) -> Result<Mark, StoreError> {
        let rows = query(text).bind(tenant.0).bind(i64::from(newest)).fetch_all(&self.read).await;
        let rows = rows.map_err(StoreError::of("read"))?;
        let mut lines: Vec<Line> = rows.iter().map(line).collect::<Result<_, _>>()?;
        // No engine says in which order the parts come.
        lines.sort();
        Ok(Mark(lines))
    }
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    let numbers = [column(row, 2)?, column(row, 3)?, column(row, 4)?, column(row, 5)?];
    Ok((column(row, 0)?, column(row, 1)?, numbers, column(row, 6)?))
}
