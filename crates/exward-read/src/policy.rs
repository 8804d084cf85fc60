//! Policy files: what the owner of an estate allows, in TOML (or the same keys in JSON).
//!
//! ```toml
//! goal = "latest"
//! [[rings]]
//! everything = true
//! ```
//!
//! # Invariants
//! * **Y1 all at once.** Every problem of a file is told, each with its line; a policy with a problem is
//!   not used.
//! * **Y2 nothing vanishes.** An unknown key is a problem: a mistyped limit must not be no limit.
//! * **Y3 no contradiction.** What can never hold, or never allow anything, is a problem.
//! * **Y4 careful by default.** What is left out has the value that allows less: one server at a time, one
//!   canary first, no failure, nothing in an emergency that is not allowed anyway.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

mod check;
mod ring;
pub(crate) mod rules;
pub(crate) mod schedule;

use std::sync::Arc;

use exward_core::policy::{Goal, Policy};
use jiff::tz::TimeZone;

pub use crate::document::Problem;
use crate::document::{Document, Node, Notes, Opened, Table, quoted};
use crate::limits::POLICY_BYTES_MAX;

/// Reads a policy: TOML, or JSON if it starts with `{`.
///
/// # Errors
/// Every problem by line (Y1).
pub fn read(text: &str) -> Result<Policy, Vec<Problem>> {
    if text.len() > POLICY_BYTES_MAX {
        let what =
            format!("the policy has {} bytes, and {POLICY_BYTES_MAX} is the limit", text.len());
        return Err(vec![Problem { line: None, what }]);
    }
    let mut notes = Notes::new(text);
    let document = Document::parse(text, &mut notes);
    let policy = document.as_ref().and_then(|it| policy(it.root(), &mut notes));
    let problems = notes.into_problems();
    match policy {
        Some(policy) if problems.is_empty() => Ok(policy),
        _ => Err(problems),
    }
}

fn policy(root: Node<'_>, notes: &mut Notes<'_>) -> Option<Policy> {
    let mut file = Table::open(root, "", notes)?;
    let _schema = file.take("schema");
    let goal = goal(&mut file, notes);
    let zone = match file.take("zone") {
        Some(node) => schedule::zone_in(&file, node, notes),
        None => None,
    };
    let rings = ring::rings(&mut file, zone.as_ref(), notes);
    let policy = Policy {
        goal: goal.unwrap_or(Goal::Latest),
        rings,
        pools: rules::limits(&mut file, "pools", 1, exward_core::fleet::PoolName::new, notes),
        sites: rules::limits(
            &mut file,
            "sites",
            u32::MAX,
            exward_core::fleet::SiteName::new,
            notes,
        ),
        blackouts: schedule::blackouts(&mut file, zone.as_ref(), notes),
        pins: rules::pins(&mut file, notes),
        gates: rules::gates(&mut file, notes),
        approvals: rules::approvals(&mut file, notes),
        emergency: rules::emergency(&mut file, notes),
    };
    check::emergency_can_be_approved(&policy, root, notes);
    file.finish(notes);
    Some(policy)
}

fn goal(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<Goal> {
    let node = file.need("goal", notes)?;
    match node.open() {
        Opened::Text(text) if text == "latest" => Some(Goal::Latest),
        Opened::Text(text) => match text.parse() {
            Ok(build) => Some(Goal::Build(build)),
            Err(_) => {
                let what = format!(
                    "`goal` is `{}`; write \"latest\", or a build as \"15.2.2562.56\"",
                    quoted(&text)
                );
                file.problem(node.at, &what, notes);
                None
            }
        },
        other => {
            file.wrong("goal", node, &other, "\"latest\" or a build in quotes", notes);
            None
        }
    }
}

/// The zone that a window or blackout is in: its own, else the file's.
fn zone_of(
    table: &mut Table<'_>,
    default: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Option<TimeZone> {
    match table.take("zone") {
        Some(node) => schedule::zone_in(table, node, notes),
        None if default.is_none() => {
            let what =
                "`zone` is missing, and the file has none either; write zone = \"Europe/Berlin\"";
            table.problem(table.at, what, notes);
            None
        }
        None => default.cloned(),
    }
}

fn shared(text: String) -> Arc<str> {
    text.into()
}

#[cfg(test)]
mod tests;
