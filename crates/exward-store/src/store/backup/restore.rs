//! Restoring a backup into an empty store.

use std::io::{BufRead, Read as _};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, query, query_scalar};

use super::tables::{Kind, TABLES, Table};
use super::{header, hex};
use crate::store::{Engine, Store, StoreError};

/// Longest line of a backup, in bytes: a row holds at most one body.
const LINE_LENGTH_MAX: u64 = 256 * 1024 * 1024;

fn bad(what: &str) -> StoreError {
    StoreError::Conflict { what: format!("this is no whole backup: {what}") }
}

impl Store {
    /// Restores a backup, all of it or nothing, and says of how many rows. It waits for `from` while it reads.
    ///
    /// # Errors
    /// [`StoreError::Conflict`]: the store is not empty, or the backup is cut, was changed, or is of another
    /// version of the schema.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64, StoreError> {
        let mut change = self.writing().await?;
        for table in TABLES.iter().filter(|it| it.name != "audit_tip") {
            let text = format!("SELECT count(*) FROM {}", table.name);
            let rows: i64 = query_scalar(AssertSqlSafe(text))
                .fetch_one(&mut *change)
                .await
                .map_err(StoreError::of("read"))?;
            if rows > 0 {
                return Err(StoreError::Conflict { what: format!("{} is not empty", self.place) });
            }
        }
        let mut hash = Sha256::new();
        let first = line(from)?.ok_or_else(|| bad("it is empty, or cut in its first line"))?;
        if parsed(&first)? != header() {
            return Err(bad("it is of another program, or of another version of the schema"));
        }
        hash.update(&first);
        let written = StoreError::of("written");
        query("DELETE FROM audit_tip").execute(&mut *change).await.map_err(&written)?;
        let mut rows: u64 = 0;
        loop {
            let text = line(from)?.ok_or_else(|| bad("it was cut"))?;
            let value = parsed(&text)?;
            if let Value::Array(row) = value {
                hash.update(&text);
                add(&mut change, &row).await?;
                rows = rows.saturating_add(1);
                continue;
            }
            if value != json!({ "rows": rows, "sha256": hex(&hash.finalize()) }) {
                return Err(bad("it was changed"));
            }
            break;
        }
        if self.engine == Engine::Postgres {
            count_on(&mut change).await?;
        }
        change.commit().await.map_err(written)?;
        Ok(rows)
    }
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

/// Adds a row.
async fn add(change: &mut AnyConnection, row: &[Value]) -> Result<(), StoreError> {
    let (name, values) = row.split_first().ok_or_else(|| bad("a row is empty"))?;
    let table = TABLES.iter().find(|it| Some(it.name) == name.as_str());
    let table: &Table = table.ok_or_else(|| bad("a row is of no table"))?;
    let names: Vec<&str> = table.columns().map(|it| it.0).collect();
    if names.len() != values.len() {
        return Err(bad("a row has not the columns of its table"));
    }
    let places: Vec<String> = (1..).take(names.len()).map(|it| format!("${it}")).collect();
    let (names, places) = (names.join(", "), places.join(", "));
    let text = format!("INSERT INTO {} ({names}) VALUES ({places})", table.name);
    let mut add = query(AssertSqlSafe(text));
    for ((_, kind, _), value) in table.columns().zip(values) {
        let text = value.as_str();
        add = match kind {
            Kind::Number => add.bind(value.as_i64()),
            Kind::Text => add.bind(text.map(str::to_owned)),
            Kind::Bytes => add.bind(text.map(unhex).transpose()?),
        };
    }
    add.execute(change).await.map(drop).map_err(StoreError::of("written"))
}

fn unhex(text: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = text.as_bytes().chunks(2).map(|it| {
        let pair = std::str::from_utf8(it).ok().filter(|it| it.len() == 2);
        pair.and_then(|it| u8::from_str_radix(it, 16).ok()).ok_or_else(|| bad("bytes are not hex"))
    });
    bytes.collect()
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
