//! Backups: one state of the whole store, and of its journal of rollouts, as lines of JSON, the same for both engines.
//!
//! The first line says what it is, and names tables and columns; then one line for each row, tables in an order
//! in which each follows those it refers to; the last has how many rows there were and the SHA-256 of all
//! before. Whoever has a backup has the hashes of passwords and the secrets of webhooks.
//!
//! Nobody holds a lease of a journal that was restored: the locks are no part of it. Its epochs go on.
//!
//! # Invariants
//! * **B1 one state.** A backup is what the store was at one moment, whatever was written meanwhile.
//! * **B2 equal bytes.** A backup of what was restored from a backup has its bytes, on either engine.
//! * **B3 older ones, too.** A backup of an older schema is restored as it was, and migrated from there on.

mod form;
mod restore;
pub(super) mod tables;

use std::io::Write;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _, query};

use super::rollouts::has_journal;
use super::{Store, StoreError};
use form::header;
use tables::{JOURNAL, Kind, TABLES, Table};

/// Counts and hashes what it passes on.
struct Hashing<'a> {
    out: &'a mut (dyn Write + Send),
    hash: Sha256,
}

impl Hashing<'_> {
    fn line(&mut self, line: &Value) -> Result<(), StoreError> {
        let mut text = line.to_string();
        text.push('\n');
        self.hash.update(&text);
        self.out.write_all(text.as_bytes()).map_err(unwritten)
    }
}

fn unwritten(source: std::io::Error) -> StoreError {
    StoreError::File { place: "the backup".to_owned(), doing: "written", source }
}

impl Store {
    /// Writes a backup, and says of how many rows. It waits for `out` while it writes.
    ///
    /// # Errors
    /// [`StoreError::File`]: `out` failed. What was written until then is no backup, and says so when it is
    /// restored.
    pub async fn backup(&self, out: &mut (dyn Write + Send)) -> Result<u64, StoreError> {
        let begin = self.engine.begin_to_read();
        let mut state = self.read.begin_with(begin).await.map_err(StoreError::of("read"))?;
        let mut out = Hashing { out, hash: Sha256::new() };
        out.line(&header())?;
        let journal: &[Table] =
            if has_journal(self.engine, &mut state).await? { &JOURNAL } else { &[] };
        let mut rows: u64 = 0;
        for table in TABLES.iter().chain(journal) {
            rows = rows.saturating_add(write(&mut state, table, &mut out).await?);
        }
        let digest = hex(&out.hash.clone().finalize());
        out.line(&json!({ "rows": rows, "sha256": digest }))?;
        out.out.flush().map_err(unwritten)?;
        Ok(rows)
    }
}

/// Writes the rows of a table by their key, a page at a time.
async fn write(
    state: &mut AnyConnection,
    table: &Table,
    out: &mut Hashing<'_>,
) -> Result<u64, StoreError> {
    let columns: Vec<(&str, Kind)> = table.columns().map(|it| (it.0, it.1)).collect();
    let names: Vec<&str> = columns.iter().map(|it| it.0).collect();
    let names = names.join(", ");
    let keys: Vec<&str> = columns.iter().take(table.key).map(|it| it.0).collect();
    let keys = keys.join(", ");
    let places: Vec<String> = (1..).take(table.key).map(|it| format!("${it}")).collect();
    let (name, places) = (table.name, places.join(", "));
    let (mut last, mut count) = (None::<AnyRow>, 0_u64);
    loop {
        let after =
            if last.is_some() { format!("WHERE ({keys}) > ({places})") } else { String::new() };
        let text =
            format!("SELECT {names} FROM {name} {after} ORDER BY {keys} LIMIT {}", table.page);
        let mut page = query(AssertSqlSafe(text));
        if let Some(last) = &last {
            let read = StoreError::of("read");
            for (at, (_, kind)) in columns.iter().take(table.key).enumerate() {
                page = match kind {
                    Kind::Number => page.bind(last.try_get::<i64, _>(at).map_err(&read)?),
                    Kind::Text => page.bind(last.try_get::<String, _>(at).map_err(&read)?),
                    Kind::Bytes => page.bind(last.try_get::<Vec<u8>, _>(at).map_err(&read)?),
                };
            }
        }
        let mut rows = page.fetch_all(&mut *state).await.map_err(StoreError::of("read"))?;
        for row in &rows {
            out.line(&line(table, &columns, row)?)?;
            count = count.saturating_add(1);
        }
        last = rows.pop();
        if last.is_none() {
            return Ok(count);
        }
    }
}

/// A row: the name of its table, then its columns.
fn line(table: &Table, columns: &[(&str, Kind)], row: &AnyRow) -> Result<Value, StoreError> {
    let read = StoreError::of("read");
    let mut line = vec![json!(table.name)];
    for (at, (_, kind)) in columns.iter().enumerate() {
        line.push(match kind {
            Kind::Number => json!(row.try_get::<Option<i64>, _>(at).map_err(&read)?),
            Kind::Text => json!(row.try_get::<Option<String>, _>(at).map_err(&read)?),
            Kind::Bytes => {
                let bytes = row.try_get::<Option<Vec<u8>>, _>(at).map_err(&read)?;
                json!(bytes.map(|it| hex(&it)))
            }
        });
    }
    Ok(Value::Array(line))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
