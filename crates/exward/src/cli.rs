//! The command line: one definition behind parsing, help, completions and man pages.
//!
//! One command is one file below: its arguments, and a function that loads, decides, shows.

mod catalog;
mod check;
mod demo;
mod explain;
mod generate;
mod hunt;
mod lab;
mod plan;
mod report;
mod rollout;
mod serve;
mod store;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Parser, Subcommand};
use exward_core::catalog::Catalog;
use exward_read::catalog::{self as files, Problem};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, tz};

use crate::error::CommandError;
use crate::work::Current;

/// The defenders' system for on-premises Microsoft Exchange
///
/// Says for every server whether it is patched, exactly, with its evidence and the next step.
/// It sends no exploit, guesses no password, and asks only what any anonymous client may ask.
#[derive(Debug, Parser)]
#[command(name = "exward", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Use the catalog in this directory instead of the built-in one
    #[arg(long, global = true, value_name = "DIR")]
    catalog: Option<PathBuf>,
    /// Judge as if today were this date (support, age of the catalog)
    #[arg(long, global = true, value_name = "DATE")]
    today: Option<Date>,
    /// Plan, approve and command as if it were this time: 2026-11-24T02:00:00Z
    #[arg(long, global = true, value_name = "TIME", hide = true)]
    now: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::CheckArgs),
    Hunt(hunt::HuntArgs),
    Explain(explain::ExplainArgs),
    Plan(plan::PlanArgs),
    Rollout(rollout::RolloutArgs),
    Catalog(catalog::CatalogArgs),
    Lab(lab::LabArgs),
    Demo(demo::DemoArgs),
    Serve(serve::ServeArgs),
    Store(store::StoreArgs),
    Report(report::ReportArgs),
    Completions(generate::CompletionsArgs),
    Man(generate::ManArgs),
}

/// What a command gets from the process around it.
pub(crate) struct Env {
    now: Timestamp,
    today: Date,
}

impl Env {
    /// The only file where the clock is read.
    pub(crate) fn of_process() -> Self {
        Self::at(Timestamp::now())
    }

    fn at(now: Timestamp) -> Self {
        Self { now, today: tz::Offset::UTC.to_datetime(now).date() }
    }

    /// A clock for what runs on: it is `now` at this moment, which may be as --now says.
    fn clock(&self) -> Clock {
        Clock { ahead: self.now.duration_since(Timestamp::now()) }
    }
}

/// What time it is, for a command that does not end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    /// How much it is ahead of the clock of the machine.
    ahead: SignedDuration,
}

impl Clock {
    /// The clock of the machine.
    #[cfg(test)]
    pub(crate) const fn real() -> Self {
        Self { ahead: SignedDuration::ZERO }
    }

    /// The clock of the machine, set ahead.
    #[cfg(test)]
    pub(crate) const fn ahead_by(ahead: SignedDuration) -> Self {
        Self { ahead }
    }

    pub(crate) fn now(self) -> Timestamp {
        let real = Timestamp::now();
        real.checked_add(self.ahead).unwrap_or(real)
    }

    /// The day, UTC.
    pub(crate) fn today(self) -> Date {
        tz::Offset::UTC.to_datetime(self.now()).date()
    }
}

/// Parses the command line and runs the command. Gives the exit code.
///
/// # Errors
/// What kept the command from its work.
pub(crate) fn run(env: &mut Env) -> Result<u8, CommandError> {
    let cli = Cli::parse();
    if let Some(now) = cli.now {
        *env = Env::at(now);
    }
    env.today = cli.today.unwrap_or(env.today);
    let dir = cli.catalog.as_deref();
    match cli.command {
        Command::Check(args) => {
            let ran = load(dir).and_then(|it| check::run(&Arc::new(it), env.now, env.today, &args));
            check::for_monitoring(&args, ran)
        }
        Command::Hunt(args) => hunt::run(env.now, env.today, &args),
        Command::Explain(args) => explain::run(&load(dir)?, env.today, &args),
        Command::Plan(args) => plan::run(&load(dir)?, env.now, &args),
        Command::Rollout(args) => rollout::run(|| load(dir), env.now, &args),
        Command::Catalog(args) => catalog::run(dir, env.today, &args),
        Command::Lab(args) => lab::run(&load(dir)?, env.today, env.now, &args),
        Command::Demo(args) => {
            demo::run(Current::new(load(dir)?, cli.catalog.clone()), env.clock(), &args)
        }
        Command::Serve(args) => {
            serve::run(Current::new(load(dir)?, cli.catalog.clone()), env.clock(), args)
        }
        Command::Store(args) => store::run(env.clock(), &args),
        Command::Report(args) => report::run(&load(dir)?, env.now, &args),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args),
    }
}

/// The built-in catalog, or the one in a directory.
pub(crate) fn load(dir: Option<&Path>) -> Result<Catalog, CommandError> {
    let problems = |problems| CommandError::Catalog { problems };
    match dir {
        None => files::built_in().map_err(problems),
        Some(dir) => {
            let mut texts = Vec::new();
            for name in files::FILES {
                let path = dir.join(name);
                match std::fs::read_to_string(&path) {
                    Ok(text) => texts.push(Some(text)),
                    // A catalog from before there was an update graph is still one.
                    Err(error)
                        if error.kind() == ErrorKind::NotFound
                            && files::GRAPH_FILES.contains(&name) =>
                    {
                        texts.push(None);
                    }
                    Err(error) => {
                        let file = path.display().to_string();
                        let what = error.to_string();
                        return Err(problems(vec![Problem { file, line: 0, what }]));
                    }
                }
            }
            let text = |at| texts.get(at).and_then(Option::as_deref);
            files::read_present(std::array::from_fn(text)).map_err(problems)
        }
    }
}
