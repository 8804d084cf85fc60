//! The files of a plan, with every problem named by file and line.

use std::path::Path;

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::fleet::Inventory;
use exward_core::policy::Policy;
use exward_read::blueprint::{self, BlueprintError};
use exward_read::inventory::{self, InventoryError};
use exward_read::limits::{BLUEPRINT_BYTES_MAX, INVENTORY_BYTES_MAX, POLICY_BYTES_MAX};
use exward_read::{Skipped, policy};

use crate::error::CommandError;
use crate::input;

/// What a plan is made from.
pub(super) struct Planning {
    pub(super) policy: Policy,
    pub(super) inventory: Inventory,
    /// Entries of the inventory that could not be read, and facts that are therefore unknown.
    pub(super) skipped: Vec<Skipped>,
}

/// Reads policy and inventory; the problems of both are told at once.
pub(super) fn planning(policy: &Path, inventory: &Path) -> Result<Planning, CommandError> {
    let text = input::whole(policy, POLICY_BYTES_MAX)?;
    let bytes = input::whole_bytes(inventory, INVENTORY_BYTES_MAX)?;
    let mut problems = Vec::new();
    let policy = policy::read(&text).map_err(|all| {
        problems.extend(all.iter().map(|it| problem(policy, it.line, &it.what)));
    });
    let inventory = read_inventory(inventory, &bytes).map_err(|all| problems.extend(all));
    match (policy, inventory) {
        (Ok(policy), Ok((inventory, skipped))) => Ok(Planning { policy, inventory, skipped }),
        _ => Err(CommandError::PlanningFile { problems }),
    }
}

/// A plan of nothing would look as if all were well: an inventory without any server is a problem.
fn read_inventory(path: &Path, bytes: &[u8]) -> Result<(Inventory, Vec<Skipped>), Vec<String>> {
    let all = |skipped: &[Skipped]| -> Vec<String> {
        skipped.iter().map(|it| problem(path, it.line, &it.why)).collect()
    };
    match inventory::read(bytes) {
        Ok((inventory, skipped)) if inventory.servers.is_empty() => Err(all(&skipped)),
        Ok(read) => Ok(read),
        Err(InventoryError::Syntax(skipped)) => Err(all(&skipped)),
        Err(error) => Err(vec![problem(path, None, &error.to_string())]),
    }
}

/// Reads a blueprint's file and gives its id.
pub(in crate::cli) fn blueprint(path: &Path) -> Result<(BlueprintId, Blueprint), CommandError> {
    let bytes = input::whole_bytes(path, BLUEPRINT_BYTES_MAX)?;
    let read = blueprint::read(&bytes).map_err(|error| {
        let line = match &error {
            BlueprintError::Wrong(it) => it.line,
            BlueprintError::Changed { line } => Some(*line),
            BlueprintError::TooLong { .. } | BlueprintError::Encoding | _ => None,
        };
        // The place stands before it already.
        let text = error.to_string();
        let prefix = line.map_or_else(String::new, |it| format!("line {it}: "));
        let what = text.strip_prefix(&prefix).unwrap_or(&text);
        CommandError::PlanningFile { problems: vec![problem(path, line, what)] }
    })?;
    Ok((blueprint::id(&bytes), read))
}

/// `policy.toml:12: what`.
fn problem(path: &Path, line: Option<u64>, what: &str) -> String {
    match line {
        Some(line) => format!("{}:{line}: {what}", path.display()),
        None => format!("{}: {what}", path.display()),
    }
}
