//! `exward rollout pause`, `resume`, `abort`: what a person tells a rollout.

use clap::Args;
use exward_drive::journal::{Command, Journal as _};
use exward_drive::report::standing;
use jiff::Timestamp;

use super::{StoreArgs, store};
use crate::error::CommandError;
use crate::{output, plain};

/// Begin no further server; those that have begun are finished
#[derive(Args, Debug)]
pub(super) struct PauseArgs {
    /// Begin nothing more, not even the next step of a server that is out of service
    #[arg(long)]
    after_step: bool,
    #[command(flatten)]
    steer: SteerArgs,
}

/// Go on, after a pause or a halt
#[derive(Args, Debug)]
pub(super) struct ResumeArgs {
    #[command(flatten)]
    steer: SteerArgs,
}

/// End the rollout: what has not reached its installation goes back into service, the rest is finished
///
/// This is final: a new blueprint has to be planned and approved.
#[derive(Args, Debug)]
pub(super) struct AbortArgs {
    #[command(flatten)]
    steer: SteerArgs,
}

/// What every command of a person needs.
#[derive(Args, Debug)]
pub(super) struct SteerArgs {
    #[command(flatten)]
    choice: store::Choice,
    /// Who commands
    #[arg(long, value_name = "NAME", value_parser = super::person)]
    by: String,
    #[command(flatten)]
    store: StoreArgs,
}

impl PauseArgs {
    pub(super) const fn command(&self) -> Command {
        if self.after_step { Command::PauseAfterStep } else { Command::Pause }
    }

    pub(super) const fn steer(&self) -> &SteerArgs {
        &self.steer
    }
}

impl ResumeArgs {
    pub(super) const fn steer(&self) -> &SteerArgs {
        &self.steer
    }
}

impl AbortArgs {
    pub(super) const fn steer(&self) -> &SteerArgs {
        &self.steer
    }
}

/// Writes the command into the journal; gives the exit code.
pub(super) fn run(command: Command, now: Timestamp, args: &SteerArgs) -> Result<u8, CommandError> {
    let url = &args.store.store;
    let failed = store::failed(url);
    let mut journal = store::open_existing(url)?;
    let (id, blueprint) = store::chosen(&mut journal, url, &args.choice)?;
    let before = journal.commands(id, 0).map_err(&failed)?;
    if standing(&before).is_some_and(|it| it.command == Command::Abort) {
        return Err(CommandError::Refused {
            what: "this rollout is aborted already, which is final".to_owned(),
            help: "plan again with --parent FILE, and approve the new blueprint".to_owned(),
        });
    }
    journal.command(id, now, &args.by, command).map_err(&failed)?;
    output::line(&format!(
        "{} by {}: blueprint {} (generation {})\n{}",
        output::command_name(command),
        plain::line(&args.by),
        store::short(id),
        blueprint.generation,
        meaning(command),
    ))?;
    Ok(0)
}

const fn meaning(command: Command) -> &'static str {
    match command {
        Command::Pause => "no further server begins; exward rollout status shows those under way",
        Command::PauseAfterStep => {
            "nothing more begins after the steps under way; servers may stay out of service until \
             exward rollout resume"
        }
        Command::Resume => "the rollout goes on, as long as its approval holds",
        Command::Abort => {
            "no further server begins; those under way go back or are finished, then it ends"
        }
    }
}
