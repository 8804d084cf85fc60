//! Checks: whether the store is what was written.

use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, query, query_scalar};

use super::audit::{self, AuditBroken};
use super::backup::tables::{JOURNAL, TABLES, Table};
use super::rollouts::{has_journal, whole};
use super::{Engine, Store, StoreError};

/// Rows that are read at once.
const PAGE_ROWS: i64 = 200;

/// Changed bodies of a table that are named, about: the rest says nothing new.
const BODIES_NAMED_MAX: usize = 100;

/// Something that is not what was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The engine says that its file is damaged.
    #[error("the database says: {0}")]
    Engine(String),
    /// Rows that refer to rows that are not there.
    #[error("{rows} rows of {table} name a {column} that is not there")]
    Dangling {
        /// The table.
        table: &'static str,
        /// Its column.
        column: &'static str,
        /// How many.
        rows: i64,
    },
    /// A body whose SHA-256 is not the digest beside it.
    #[error("the body of {table} {id} was changed")]
    Body {
        /// `imprint` or `observation`.
        table: &'static str,
        /// The key of the row.
        id: i64,
    },
    /// The audit log.
    #[error(transparent)]
    Audit(AuditBroken),
    /// The journal of rollouts: what is wrong in it, and where.
    #[error("the journal of rollouts: {0}")]
    Journal(String),
}

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// How many rows each table has.
    pub rows: Vec<(&'static str, i64)>,
    /// What is wrong; empty: nothing.
    pub problems: Vec<Problem>,
}

impl Store {
    /// Checks the whole store, in one state of it.
    ///
    /// # Errors
    /// [`StoreError`]: it could not be read.
    pub async fn check(&self) -> Result<Checked, StoreError> {
        let begin = self.engine.begin_to_read();
        let mut state = self.read.begin_with(begin).await.map_err(StoreError::of("read"))?;
        let mut found = Checked { rows: Vec::new(), problems: Vec::new() };
        if self.engine == Engine::Sqlite {
            let said = query("PRAGMA quick_check").fetch_all(&mut *state).await;
            for row in said.map_err(StoreError::of("read"))? {
                let said: String = row.try_get(0).map_err(StoreError::of("read"))?;
                if said != "ok" {
                    found.problems.push(Problem::Engine(said));
                }
            }
        }
        let journal: &[Table] =
            if has_journal(self.engine, &mut state).await? { &JOURNAL } else { &[] };
        for table in TABLES.iter().chain(journal) {
            let rows = count(&mut state, format!("SELECT count(*) FROM {}", table.name)).await?;
            found.rows.push((table.name, rows));
            for (column, _, of) in table.columns() {
                let Some(of) = of else { continue };
                let text = format!(
                    "SELECT count(*) FROM {} a WHERE a.{column} IS NOT NULL \
                     AND NOT EXISTS (SELECT 1 FROM {of} b WHERE b.id = a.{column})",
                    table.name
                );
                let rows = count(&mut state, text).await?;
                if rows > 0 {
                    found.problems.push(Problem::Dangling { table: table.name, column, rows });
                }
            }
        }
        for table in ["imprint", "observation"] {
            bodies(&mut state, table, &mut found.problems).await?;
        }
        if let Err(broken) = audit::verify_in(&mut state).await? {
            found.problems.push(Problem::Audit(broken));
        }
        let journal = whole::problems(self.engine, &mut state).await?;
        found.problems.extend(journal.into_iter().map(Problem::Journal));
        Ok(found)
    }
}

/// Hashes every body again, a page at a time; at most [`BODIES_NAMED_MAX`] that differ are named.
async fn bodies(
    state: &mut AnyConnection,
    table: &'static str,
    problems: &mut Vec<Problem>,
) -> Result<(), StoreError> {
    let read = StoreError::of("read");
    let text =
        format!("SELECT id, digest, body FROM {table} WHERE id > $1 ORDER BY id LIMIT {PAGE_ROWS}");
    let (mut last, mut named) = (0_i64, 0_usize);
    loop {
        let rows = query(AssertSqlSafe(text.clone())).bind(last).fetch_all(&mut *state).await;
        let rows = rows.map_err(&read)?;
        if rows.is_empty() || named >= BODIES_NAMED_MAX {
            return Ok(());
        }
        for row in rows {
            last = row.try_get(0).map_err(&read)?;
            let digest: Vec<u8> = row.try_get(1).map_err(&read)?;
            let body: String = row.try_get(2).map_err(&read)?;
            if Sha256::digest(body).as_slice() != digest {
                problems.push(Problem::Body { table, id: last });
                named = named.saturating_add(1);
            }
        }
    }
}

async fn count(state: &mut AnyConnection, text: String) -> Result<i64, StoreError> {
    query_scalar(AssertSqlSafe(text)).fetch_one(state).await.map_err(StoreError::of("read"))
}
