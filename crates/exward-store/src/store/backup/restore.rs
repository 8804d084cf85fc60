//! Restoring a backup into an empty store.

mod batch;

use std::io::{BufRead, Read as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, query, query_scalar};

use super::tables::{JOURNAL, TABLES, Table};
use super::{Form, header, hex};
use crate::store::rollouts::has_journal;
use crate::store::{Engine, Store, StoreError};
use batch::Batch;

/// Longest line of a backup, in bytes: a row holds at most one body. A blueprint has 256 MiB at most, and twice as
/// much as hex.
const LINE_LENGTH_MAX: u64 = 768 * 1024 * 1024;

fn bad(what: &str) -> StoreError {
    StoreError::Conflict { what: format!("this is no whole backup: {what}") }
}

impl Store {
    /// Restores a backup, all of it or nothing, and says of how many rows. It waits for `from` while it reads. One of
    /// an older exward, which left the journal out, is restored without one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the store is not empty, or the backup is cut, was changed, or is of another
    /// version of the schema.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        let mut hash = Sha256::new();
        let first = line(from)?.ok_or_else(|| bad("it is empty, or cut in its first line"))?;
        let form = form_of(&first)?;
        hash.update(&first);
        let mut connection = self.read.acquire().await.map_err(StoreError::of("read"))?;
        self.is_empty(&mut connection).await?;
        drop(connection);
        if form == Form::Whole {
            self.make_journal().await?;
        }
        let mut change = self.journal_turn().await?;
        self.is_empty(&mut change).await?;
        let written = StoreError::of("written");
        query("DELETE FROM audit_tip").execute(&mut *change).await.map_err(&written)?;
        let mut batch = Batch::new(self.engine, form);
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

/// What its first line says that a backup has in it.
fn form_of(first: &[u8]) -> Result<Form, StoreError> {
    let first = parsed(first)?;
    let mut forms = [Form::Whole, Form::WithoutJournal].into_iter();
    forms
        .find(|it| header(*it) == first)
        .ok_or_else(|| bad("it is of another program, or of another version of the schema"))
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
