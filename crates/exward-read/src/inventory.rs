//! Inventory files: the estate as it was seen, in JSON or TOML.
//!
//! # Invariants
//! * **N1 nothing bad becomes healthy.** A fact that cannot be read is unknown. An entry with a mistake
//!   outside its facts (a key that nobody knows, a contradiction) is kept by name, so that others see it,
//!   and nothing is known of it: it waits until the file is mended.
//! * **N2 told.** Whatever was left out is named with line and reason.
//! * **N3 whole DAGs.** A DAG with one copy that cannot be read has no known copies: the missing one could
//!   be the last.
//! * **N4 dated.** A fact without time or source is no fact. Both may stand at the fact, its server or DAG,
//!   or the file.
//! * **N5 nothing is lost.** What was read and is written reads the same again.

mod agree;
mod copies;
mod dag;
mod fact;
mod server;
mod write;

use std::collections::BTreeMap;

use exward_core::fleet::{Dag, Facts, Inventory, Scope};

use crate::Skipped;
use crate::document::{Document, Node, Notes, Opened, Table};
use crate::limits::{INVENTORY_BYTES_MAX, INVENTORY_TOML_BYTES_MAX};
use fact::Seen;
pub(crate) use write::dag;
pub use write::write;

/// What `schema` says in a file of this kind.
pub const SCHEMA: &str = "exward.inventory/1";

/// Why nothing of a file can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InventoryError {
    /// More bytes than the format may have.
    #[error(
        "the inventory has {bytes} bytes, and {limit} is the limit of this format; split it, or write JSON"
    )]
    TooLong {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Not UTF-8. PowerShell 5 writes UTF-16 unless told otherwise.
    #[error("the inventory is no UTF-8; in PowerShell 5 write it with `Out-File -Encoding utf8`")]
    Encoding,
    /// Neither JSON nor TOML, or another file.
    #[error("{}", first(.0))]
    Syntax(Vec<Skipped>),
}

fn first(problems: &[Skipped]) -> String {
    problems.first().map_or_else(|| "the inventory cannot be read".to_owned(), ToString::to_string)
}

/// Reads an inventory: JSON if it starts with `{`, else TOML.
///
/// An empty file is an empty inventory with a note. Notes come sorted by line.
///
/// # Errors
/// [`InventoryError`] if nothing of it can be used.
pub fn read(bytes: &[u8]) -> Result<(Inventory, Vec<Skipped>), InventoryError> {
    let too_long = |limit| InventoryError::TooLong { bytes: bytes.len(), limit };
    if bytes.len() > INVENTORY_BYTES_MAX {
        return Err(too_long(INVENTORY_BYTES_MAX));
    }
    let text = str::from_utf8(bytes).map_err(|_| InventoryError::Encoding)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_json = text.trim_start().starts_with('{');
    if !is_json && bytes.len() > INVENTORY_TOML_BYTES_MAX {
        return Err(too_long(INVENTORY_TOML_BYTES_MAX));
    }
    let mut notes = Notes::new(text);
    let document = Document::parse(text, &mut notes);
    let inventory = document.as_ref().and_then(|it| inventory(it.root(), &mut notes));
    let skipped = notes.into_problems().into_iter();
    let skipped: Vec<Skipped> = skipped.map(|it| Skipped { line: it.line, why: it.what }).collect();
    match inventory {
        Some(inventory) => Ok((inventory, skipped)),
        None => Err(InventoryError::Syntax(skipped)),
    }
}

fn inventory(root: Node<'_>, notes: &mut Notes<'_>) -> Option<Inventory> {
    let mut file = Table::open(root, "", notes)?;
    if let Some(node) = file.take("schema")
        && !matches!(node.open(), Opened::Text(text) if text == SCHEMA)
    {
        notes.add(node.at, format!("`schema` is not `{SCHEMA}`: this is another kind of file"));
        return None;
    }
    let seen = Seen::default().narrowed(&mut file, notes);
    let organization = file.take("organization");
    let organization =
        organization.map_or_else(Facts::new, |node| organization_facts(node, &seen, notes));
    let mut servers = BTreeMap::new();
    for node in file.list("servers", notes) {
        let Some(server) = server::read(node, &seen, notes) else { continue };
        server::keep(server, node.at, &mut servers, notes);
    }
    let mut dags = BTreeMap::new();
    for node in file.list("dags", notes) {
        let Some(dag) = dag::read(node, &seen, notes) else { continue };
        dag::keep(dag, node.at, &mut dags, notes);
    }
    if servers.is_empty() {
        notes.add_whole("the inventory has no server");
    }
    file.finish(notes);
    agree::members(&mut servers, &mut dags, notes);
    let servers = servers.into_iter().map(|(name, (server, _))| (name, server)).collect();
    let dags = dags.into_iter().map(|(name, (dag, _))| (name, dag)).collect();
    Some(Inventory { organization, servers, dags })
}

/// Reads a DAG that has to say time and source itself.
pub(crate) fn read_dag(node: Node<'_>, notes: &mut Notes<'_>) -> Option<Dag> {
    dag::read(node, &Seen::default(), notes)
}

fn organization_facts(node: Node<'_>, seen: &Seen, notes: &mut Notes<'_>) -> Facts {
    let Some(mut table) = Table::open(node, "organization", notes) else { return Facts::new() };
    let seen = seen.clone().narrowed(&mut table, notes);
    let facts = fact::facts(&mut table, Scope::Organization, &seen, notes);
    table.finish(notes);
    facts
}

#[cfg(test)]
mod tests;
