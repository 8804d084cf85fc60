//! Restoring a backup into an empty store.

mod batch;

use std::io::{BufRead, Read as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, query, query_scalar, raw_sql};

use super::form::Form;
use super::hex;
use super::tables::{JOURNAL, TABLES, Table};
use crate::store::open::advance;
use crate::store::rollouts::has_journal;
use crate::store::{Engine, Store, StoreError, schema};
use batch::Batch;

/// Longest line of a backup, in bytes: a row holds at most one body. A blueprint has 256 MiB at most, and twice as
/// much as hex.
const LINE_LENGTH_MAX: u64 = 768 * 1024 * 1024;

pub(super) fn bad(what: &str) -> StoreError {
    StoreError::Conflict { what: format!("this is no whole backup: {what}") }
}

impl Store {
    /// Restores a backup, all of it or nothing, and says of how many rows. It waits for `from` while it reads. One of
    /// an older exward is migrated (B3); what that one left out, as the journal once was, is not there then.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the store is not empty, or the backup is cut, was changed, or was
    /// written by a newer exward.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        let mut hash = Sha256::new();
        let first = line(from)?.ok_or_else(|| bad("it is empty, or cut in its first line"))?;
        let form = Form::read(&parsed(&first)?)?;
        hash.update(&first);
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        self.is_empty(&mut connection).await?;
        drop(connection);
        if form.has_journal() {
            self.make_journal().await?;
        }
        let mut change = self.journal_turn().await?;
        self.is_empty(&mut change).await?;
        let written = StoreError::of("written");
        let is_older = form.version < schema::known();
        if is_older {
            go_back(&mut change, self.engine, form.version).await?;
        }
        query("DELETE FROM audit_tip").execute(&mut *change).await.map_err(&written)?;
        let mut batch = Batch::new(self.engine, &form);
        let mut rows: u64 = 0;
        loop {
            let text = line(from)?.ok_or_else(|| bad("it was cut"))?;
            let value = parsed(&text)?;
            if let Value::Array(row) = value {
                hash.update(&text);
                batch.add(&mut change, &row, text.len()).await?;
                rows = rows.saturating_add(1);
                continue;
            }
            if value != json!({ "rows": rows, "sha256": hex(&hash.finalize()) }) {
                return Err(bad("it was changed"));
            }
            break;
        }
        batch.write(&mut change).await?;
        if is_older {
            advance(&mut change, self.engine, form.version, schema::known()).await?;
        }
        if self.engine == Engine::Postgres {
            count_on(&mut change).await?;
        }
        change.commit().await.map_err(written)?;
        Ok(rows)
    }

    /// Refuses a store with anything in it.
    async fn is_empty(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let journal: &[Table] =
            if has_journal(self.engine, connection).await? { &JOURNAL } else { &[] };
        for table in TABLES.iter().filter(|it| it.name != "audit_tip").chain(journal) {
            let text = format!("SELECT count(*) FROM {}", table.name);
            let rows: i64 = query_scalar(AssertSqlSafe(text))
                .fetch_one(&mut *connection)
                .await
                .map_err(StoreError::of("read"))?;
            if rows > 0 {
                return Err(StoreError::Conflict { what: format!("{} is not empty", self.place) });
            }
        }
        Ok(())
    }
}

/// Makes the tables again as they were in an older version of the schema. They are empty.
async fn go_back(
    change: &mut AnyConnection,
    engine: Engine,
    version: i64,
) -> Result<(), StoreError> {
    let mut text: String =
        TABLES.iter().rev().map(|it| format!("DROP TABLE {};", it.name)).collect();
    if engine == Engine::Postgres {
        text.push_str("DROP FUNCTION observation_stays; DROP FUNCTION audit_stays;");
    }
    text.push_str("DELETE FROM store_schema;");
    raw_sql(AssertSqlSafe(text)).execute(&mut *change).await.map_err(StoreError::of("written"))?;
    advance(change, engine, 0, version).await
}

/// The next line with its end; `None`: there is none, or it was cut.
fn line(from: &mut (dyn BufRead + Send)) -> Result<Option<Vec<u8>>, StoreError> {
    let mut line = Vec::new();
    from.take(LINE_LENGTH_MAX).read_until(b'\n', &mut line).map_err(|source| StoreError::File {
        place: "the backup".to_owned(),
        doing: "read",
        source,
    })?;
    Ok(line.ends_with(b"\n").then_some(line))
}

fn parsed(line: &[u8]) -> Result<Value, StoreError> {
    serde_json::from_slice(line).map_err(|_| bad("a line is not JSON"))
}

/// PostgreSQL counts ids by itself: on from the largest one.
async fn count_on(change: &mut AnyConnection) -> Result<(), StoreError> {
    for table in TABLES.iter().filter(|it| it.columns().next().is_some_and(|it| it.0 == "id")) {
        let name = table.name;
        let text = format!(
            "SELECT setval(pg_get_serial_sequence('{name}', 'id'), \
             coalesce((SELECT max(id) FROM {name}), 0) + 1, false)"
        );
        let set = query(AssertSqlSafe(text)).execute(&mut *change).await;
        set.map_err(StoreError::of("written"))?;
    }
    Ok(())
}
