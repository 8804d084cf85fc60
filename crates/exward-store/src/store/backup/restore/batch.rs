//! Rows of a backup that are written together, which is many times faster than one by one.

use serde_json::Value;
use sqlx::AnyConnection;

use super::super::form::{Form, FormTable};
use super::super::tables::Kind;
use super::bad;
use crate::store::sql::{ROWS_MAX, Sql};
use crate::store::{Engine, StoreError};

/// Bytes of lines after which rows are written, however few they are.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Rows of one table that wait to be written, in their order.
pub(super) struct Batch<'f> {
    engine: Engine,
    form: &'f Form,
    table: Option<&'f FormTable>,
    rows: Vec<Vec<Cell>>,
    bytes: usize,
}

/// A column of a row.
enum Cell {
    Number(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl<'f> Batch<'f> {
    pub(super) const fn new(engine: Engine, form: &'f Form) -> Self {
        Self { engine, form, table: None, rows: Vec::new(), bytes: 0 }
    }

    /// Adds a row whose line had so many bytes; writes those before it, where it is of another table.
    pub(super) async fn add(
        &mut self,
        change: &mut AnyConnection,
        row: &[Value],
        length: usize,
    ) -> Result<(), StoreError> {
        let (name, values) = row.split_first().ok_or_else(|| bad("a row is empty"))?;
        let table = name.as_str().and_then(|it| self.form.table(it));
        let table = table.ok_or_else(|| bad("a row is of no table"))?;
        let is_full = self.rows.len() >= ROWS_MAX || self.bytes >= BYTES_MAX;
        if is_full || self.table.is_some_and(|it| it.name != table.name) {
            self.write(change).await?;
        }
        self.table = Some(table);
        self.rows.push(cells(table, values)?);
        self.bytes = self.bytes.saturating_add(length);
        Ok(())
    }

    /// Writes the rows that wait.
    pub(super) async fn write(&mut self, change: &mut AnyConnection) -> Result<(), StoreError> {
        let (rows, table) = (std::mem::take(&mut self.rows), self.table);
        self.bytes = 0;
        let Some(table) = table.filter(|_| !rows.is_empty()) else { return Ok(()) };
        let names: Vec<&str> = table.columns.iter().map(|it| it.0).collect();
        let begin = format!("INSERT INTO {} ({}) VALUES ", table.name, names.join(", "));
        let mut add = Sql::new(self.engine, &begin);
        add.rows(rows, |row, cells| {
            for cell in cells {
                match cell {
                    Cell::Number(it) => row.number(it),
                    Cell::Text(it) => row.text(it.as_deref()),
                    Cell::Bytes(it) => row.bytes(it.as_deref()),
                };
            }
        });
        add.run(change).await.map(drop)
    }
}

fn cells(table: &FormTable, values: &[Value]) -> Result<Vec<Cell>, StoreError> {
    if table.columns.len() != values.len() {
        return Err(bad("a row has not the columns of its table"));
    }
    let cell = |((_, kind), value): (&(_, Kind), &Value)| {
        Ok(match kind {
            Kind::Number => Cell::Number(value.as_i64()),
            Kind::Text => Cell::Text(value.as_str().map(str::to_owned)),
            Kind::Bytes => Cell::Bytes(value.as_str().map(unhex).transpose()?),
        })
    };
    table.columns.iter().zip(values).map(cell).collect()
}

fn unhex(text: &str) -> Result<Vec<u8>, StoreError> {
    let bytes = text.as_bytes().chunks(2).map(|it| {
        let pair = std::str::from_utf8(it).ok().filter(|it| it.len() == 2);
        pair.and_then(|it| u8::from_str_radix(it, 16).ok()).ok_or_else(|| bad("bytes are not hex"))
    });
    bytes.collect()
}
