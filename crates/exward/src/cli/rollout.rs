//! `exward rollout`: approving a blueprint, and seeing and steering what becomes of it.

mod approve;
mod run;
mod show;
mod status;
mod steer;
mod store;

use clap::{Args, Subcommand};
use exward_core::catalog::Catalog;
use exward_drive::journal::Command;
use exward_store::StoreUrl;
use jiff::Timestamp;

use crate::error::CommandError;

/// Approve a blueprint, and see and steer what becomes of it
///
/// Everything stands in one journal (--store). Whoever looks or steers does so beside the program that
/// carries the rollout out.
///
/// Exit code: 0 done; 1 somebody has to look (`run`, `status`); 2 usage, or refused; 3 `run`: not ended; 4 a file cannot
/// be used, 5 catalog, 6 output, 7 the journal cannot be used.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward rollout approve november.json --by \"A. Admin\" --until 2026-12-01T00:00:00Z
  exward rollout status
  exward rollout status --tenant acme --store postgres://exward@db.example.org/exward
  exward rollout pause --by \"A. Admin\" --after-step
  exward rollout resume --by \"A. Admin\"")]
pub(crate) struct RolloutArgs {
    #[command(subcommand)]
    command: RolloutCommand,
}

#[derive(Debug, Subcommand)]
enum RolloutCommand {
    Approve(approve::ApproveArgs),
    Run(run::RunArgs),
    Status(status::StatusArgs),
    Pause(steer::PauseArgs),
    Resume(steer::ResumeArgs),
    Abort(steer::AbortArgs),
}

/// Where the journal is.
#[derive(Args, Debug)]
struct StoreArgs {
    /// The journal of the rollouts: a file, or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", default_value = "exward.db")]
    store: StoreUrl,
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: impl FnOnce() -> Result<Catalog, CommandError>,
    now: Timestamp,
    args: &RolloutArgs,
) -> Result<u8, CommandError> {
    match &args.command {
        RolloutCommand::Approve(args) => approve::run(&catalog()?, now, args),
        RolloutCommand::Run(args) => run::run(&catalog()?, args),
        RolloutCommand::Status(args) => status::run(args),
        RolloutCommand::Pause(args) => steer::run(args.command(), now, args.steer()),
        RolloutCommand::Resume(args) => steer::run(Command::Resume, now, args.steer()),
        RolloutCommand::Abort(args) => steer::run(Command::Abort, now, args.steer()),
    }
}

/// A name that is one: whoever stands in the journal must be known there.
fn person(text: &str) -> Result<String, String> {
    const CHARS_MAX: usize = 200;
    let name = text.trim();
    if name.is_empty() {
        return Err("a name cannot be empty".to_owned());
    }
    if name.chars().count() > CHARS_MAX {
        return Err(format!("a name has at most {CHARS_MAX} characters"));
    }
    Ok(name.to_owned())
}
