//! The shapes of a plan. Both show the same blueprint and report (A13).

mod json;
mod table;

use std::io::{self, Write};
use std::path::Path;

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_core::plan::{Hold, PlanReport};
use exward_read::Skipped;

/// What is to be shown.
pub(crate) struct Look<'a> {
    pub(crate) blueprint: &'a Blueprint,
    pub(crate) report: &'a PlanReport,
    pub(crate) inventory_file: &'a Path,
    /// What of the inventory could not be read.
    pub(crate) skipped: &'a [Skipped],
    /// Where the blueprint was written, and its id.
    pub(crate) written: Option<(&'a Path, BlueprintId)>,
    pub(crate) width: u16,
    pub(crate) color: bool,
}

/// Writes the plan, as a table or as JSON lines.
pub(crate) fn write(look: &Look<'_>, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { json::write(look, out) } else { table::write(look, out) }
}

/// The kind of a hold, as machines read it.
const fn name(hold: &Hold) -> &'static str {
    match hold {
        Hold::Current { .. } => "current",
        Hold::Fact { .. } => "fact",
        Hold::Pinned { .. } => "pinned",
        Hold::NoRing => "no-ring",
        Hold::NoRoute { .. } => "no-route",
        Hold::Conditions { .. } => "conditions",
        Hold::OutOfService => "out-of-service",
        Hold::Backup => "backup",
        Hold::Unhealthy { .. } => "unhealthy",
        Hold::DagDegraded { .. } => "dag-degraded",
        Hold::Quorum { .. } => "quorum",
        Hold::Copies { .. } => "copies",
        Hold::Room { .. } => "room",
        Hold::Pool { .. } => "pool",
        Hold::Site { .. } => "site",
        Hold::RingLimit { .. } => "ring-limit",
        Hold::NoWindow { .. } => "no-window",
    }
}
