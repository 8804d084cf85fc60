//! What a backup has in it, as its first line says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::restore::bad;
use super::tables::{JOURNAL, Kind, TABLES, Table};
use crate::store::{StoreError, schema};

/// What the first line says.
const SCHEMA: &str = "exward.backup/1";

/// Tables with their columns, in the version of the schema that was theirs.
pub(super) struct Form {
    /// The version of the schema.
    pub(super) version: i64,
    tables: BTreeMap<&'static str, FormTable>,
}

/// A table as a backup has it.
pub(super) struct FormTable {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(&'static str, Kind)>,
}

/// The first line of a backup of this program.
pub(super) fn header() -> Value {
    let all = TABLES.iter().chain(&JOURNAL);
    let tables: Map<String, Value> = all
        .map(|it| {
            let columns: Vec<&str> = it.columns().map(|it| it.0).collect();
            (it.name.to_owned(), json!(columns))
        })
        .collect();
    json!({ "schema": SCHEMA, "schema_version": schema::known(), "tables": tables })
}

impl Form {
    /// Reads the first line. An older exward had fewer tables and columns.
    ///
    /// # Errors
    /// It is of another program, or of a newer one.
    pub(super) fn read(first: &Value) -> Result<Self, StoreError> {
        let version = first["schema_version"].as_i64().filter(|it| *it > 0);
        let (Some(SCHEMA), Some(version)) = (first["schema"].as_str(), version) else {
            return Err(bad("it is of another program"));
        };
        if version > schema::known() {
            return Err(bad("a newer exward has written it, and only such a one restores it"));
        }
        if version == schema::known() && *first != header() {
            return Err(bad("its tables are not those of its version"));
        }
        let tables = first["tables"].as_object().ok_or_else(|| bad("it names no tables"))?;
        let tables = tables.iter().map(|(name, columns)| {
            let table =
                known(name, columns).ok_or_else(|| bad("it has a table that is unknown"))?;
            Ok((table.name, table))
        });
        Ok(Self { version, tables: tables.collect::<Result<_, StoreError>>()? })
    }

    /// The table of this name.
    pub(super) fn table(&self, name: &str) -> Option<&FormTable> {
        self.tables.get(name)
    }

    /// Whether the journal of rollouts is in it: it once was left out.
    pub(super) fn has_journal(&self) -> bool {
        JOURNAL.iter().any(|it| self.tables.contains_key(it.name))
    }
}

/// A table as named; `None`: there is no such table, or it has no such column.
fn known(name: &str, columns: &Value) -> Option<FormTable> {
    let table: &Table = TABLES.iter().chain(&JOURNAL).find(|it| it.name == name)?;
    let column = |name: &Value| {
        let mut all = table.columns();
        all.find(|it| Some(it.0) == name.as_str()).map(|it| (it.0, it.1))
    };
    let columns: Option<Vec<_>> = columns.as_array()?.iter().map(column).collect();
    Some(FormTable { name: table.name, columns: columns.filter(|it| !it.is_empty())? })
}
