//! The shapes of a rollout: while it runs, and as the report at its end. Both show the same
//! [`Overview`] (A13).

mod json;
mod table;

use std::io::{self, Write};

use exward_core::blueprint::{Blueprint, BlueprintId};
use exward_drive::journal::{Approval, Command, Commanded};
use exward_drive::report::Overview;

/// What is to be shown.
pub(crate) struct Look<'a> {
    pub(crate) id: BlueprintId,
    pub(crate) blueprint: &'a Blueprint,
    pub(crate) overview: &'a Overview,
    /// Oldest first.
    pub(crate) approvals: &'a [Approval],
    /// All of them, in order.
    pub(crate) commands: &'a [Commanded],
    pub(crate) width: u16,
    pub(crate) color: bool,
}

/// Writes the rollout, as a table or as JSON lines.
pub(crate) fn write(look: &Look<'_>, json: bool, out: &mut dyn Write) -> io::Result<()> {
    if json { json::write(look, out) } else { table::write(look, out) }
}

/// A command as machines and people read it.
pub(crate) const fn command_name(command: Command) -> &'static str {
    match command {
        Command::Pause => "pause",
        Command::PauseAfterStep => "pause-after-step",
        Command::Resume => "resume",
        Command::Abort => "abort",
    }
}
