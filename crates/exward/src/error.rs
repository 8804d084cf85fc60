//! What ends a command early, and the exit code it ends with (docs/exit-codes.md).
//!
//! Messages are fragments and do not repeat their source: the reporter prints the whole chain.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use exward_drive::approve::NotApproved;
use exward_drive::executor::DriveError;
use exward_drive::journal::JournalError as RolloutJournalError;
use exward_lab::fleet::link::LinkError;
use exward_lab::serve::LabError;
use exward_reach::journal::JournalError;
use exward_reach::run::RunError;
use exward_read::catalog::Problem;
use exward_store::StoreError;

use crate::hunting::Left;
use crate::plain;
use crate::serve::{ListenError, TlsError};

/// A command that could not do its work.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(crate) enum CommandError {
    #[error("nothing to check")]
    #[diagnostic(
        code(exward::nothing_to_check),
        help(
            "give hosts (`exward check mail.example.org`), build numbers (`exward check 15.2.1544.14`) or \
             files (`exward check --from HealthChecker-EX01.xml`, `--from scan_exchange.csv`, `--from -` for \
             standard input)"
        )
    )]
    NothingToCheck,
    #[error("{what}")]
    #[diagnostic(code(exward::usage), help("{help}"))]
    Usage { what: String, help: String },
    #[error("the catalog cannot be used:{}", lines(problems))]
    #[diagnostic(
        code(exward::catalog),
        help("put the named lines right; `exward catalog verify --catalog DIR` checks again")
    )]
    Catalog { problems: Vec<Problem> },
    #[error("cannot read {}", plain::line(&path.display().to_string()))]
    #[diagnostic(code(exward::read), help("does it exist, and may you read it?"))]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot plan with these files:{}", all(problems))]
    #[diagnostic(
        code(exward::planning_file),
        help(
            "put the named lines right; docs/planning-files.md has every key, examples/ has files that work"
        )
    )]
    PlanningFile { problems: Vec<String> },
    #[error("the plan breaks its own rules, and nothing is written:{}", all(broken))]
    #[diagnostic(
        code(exward::broken_plan),
        help("this is a mistake of exward, not of your files; please report it")
    )]
    BrokenPlan { broken: Vec<String> },
    #[error("refused: {what}")]
    #[diagnostic(code(exward::refused), help("{help}"))]
    Refused { what: String, help: String },
    #[error("the journal {} cannot be used", plain::line(place))]
    #[diagnostic(
        code(exward::store),
        help(
            "--store names the journal of the rollouts: a file of yours on a local disk with room, or a database of PostgreSQL"
        )
    )]
    Store { place: String, source: RolloutJournalError },
    #[error("the store {} cannot be used", plain::line(place))]
    #[diagnostic(
        code(exward::memory),
        help(
            "--store names it: a file on a local disk, or postgres://USER@HOST/DATABASE; `exward store check` looks closer"
        )
    )]
    Memory { place: String, source: StoreError },
    #[error("{what}")]
    #[diagnostic(code(exward::damaged), help("{help}"))]
    Damaged { what: String, help: String },
    #[error("nobody can be served")]
    #[diagnostic(
        code(exward::listen),
        help("is another program listening there? --listen ADDRESS names another place")
    )]
    Listen { source: ListenError },
    #[error("the certificate cannot be used")]
    #[diagnostic(
        code(exward::certificate),
        help(
            "--cert names the chain, the server's own certificate first, --key its private key; both in PEM form"
        )
    )]
    Certificate { source: TlsError },
    #[error("the server cannot run")]
    #[diagnostic(code(exward::runtime), help("the system refuses threads or sockets"))]
    Runtime { source: io::Error },
    #[error("cannot write {what}")]
    #[diagnostic(code(exward::write), help("is there room, and may you write there?"))]
    Write { what: String, source: io::Error },
    #[error("interrupted after {servers} servers")]
    #[diagnostic(code(exward::interrupted), help("nothing was written to --out; run it again"))]
    Interrupted { servers: u64 },
    #[error("interrupted: {not_asked} hosts were not asked yet; the rest is shown above")]
    #[diagnostic(
        code(exward::stopped),
        help("{}", if *keeps { "the same command goes on where it stopped" } else { "with --run FILE a second run goes on where this one stopped" })
    )]
    Stopped { not_asked: u64, keeps: bool },
    #[error("interrupted: {}; what was found until then is shown above", not_looked_at(*left))]
    #[diagnostic(code(exward::hunt_stopped), help("the same command starts from the beginning"))]
    HuntStopped { left: Left },
    #[error("cannot use the run file{}", named(path.as_deref()))]
    #[diagnostic(
        code(exward::run_file),
        help("give the same targets and options as before, or another --run FILE")
    )]
    RunFile { path: Option<PathBuf>, source: JournalError },
    #[error("the hosts could not be asked")]
    #[diagnostic(
        code(exward::run),
        help("answers that had come are in the file of --run, if one was given")
    )]
    Run { source: RunError },
    #[error("the lab cannot run")]
    #[diagnostic(code(exward::lab), help("another `--port` may be free"))]
    Lab { source: LabError },
    #[error("the lab cannot be used")]
    #[diagnostic(
        code(exward::lab_link),
        help(
            "start it with `exward lab estate` in another terminal, or name its address with --lab or --link"
        )
    )]
    Link { source: LinkError },
    #[error("the blueprint may not be carried out, and nothing was changed")]
    #[diagnostic(
        code(exward::not_approved),
        help("`exward rollout approve FILE --by NAME --until TIME` approves it")
    )]
    NotApproved { source: NotApproved },
    #[error("the rollout stopped; nothing was begun after this")]
    #[diagnostic(
        code(exward::drive),
        help(
            "the journal has everything that was done: {}, and give the same command",
            put_right(source)
        )
    )]
    Drive { source: DriveError },
    #[error("the demo did not end as told: {what}")]
    #[diagnostic(code(exward::demo), help("{help}"))]
    Demo { what: String, help: String },
}

impl CommandError {
    /// 1 is kept for "ran, and there is something to act on", as in grep.
    const fn exit_code(&self) -> u8 {
        match self {
            Self::NothingToCheck | Self::Usage { .. } | Self::Refused { .. } => 2,
            Self::Damaged { .. } => 1,
            Self::Read { .. } | Self::PlanningFile { .. } | Self::Certificate { .. } => {
                INPUT_NOT_READ
            }
            Self::Catalog { .. } => 5,
            Self::Write { .. } => 6,
            Self::NotApproved { .. } => 3,
            Self::RunFile { .. }
            | Self::Run { .. }
            | Self::Lab { .. }
            | Self::Link { .. }
            | Self::Store { .. }
            | Self::Drive { .. }
            | Self::Memory { .. }
            | Self::Listen { .. }
            | Self::Runtime { .. }
            | Self::Demo { .. } => 7,
            Self::BrokenPlan { .. } => MISTAKE_OF_OURS,
            Self::Interrupted { .. } | Self::Stopped { .. } | Self::HuntStopped { .. } => 130,
        }
    }

    /// Prints the error for a person and gives the exit code.
    pub(crate) fn show(self) -> ExitCode {
        let code = self.exit_code();
        if let Self::Write { source, .. } = &self
            && source.kind() == io::ErrorKind::BrokenPipe
        {
            // The reader of our output has seen enough: no error of ours.
            return ExitCode::SUCCESS;
        }
        crate::output::warn(&format!("{:?}", miette::Report::new(self)));
        ExitCode::from(code)
    }
}

/// Exit code if at least one input could not be read.
pub(crate) const INPUT_NOT_READ: u8 = 4;

/// Exit code of a mistake of this program; that of a panic.
pub(crate) const MISTAKE_OF_OURS: u8 = 101;

/// What to do about what stopped a rollout.
fn put_right(stopped: &DriveError) -> &'static str {
    if matches!(stopped, DriveError::Journal(RolloutJournalError::Storage { .. })) {
        return "make room on its disk, or let it be written again";
    }
    if matches!(stopped, DriveError::ClockBack { .. }) {
        return "set the clock right";
    }
    "put the cause right"
}

fn named(path: Option<&Path>) -> String {
    path.map_or_else(String::new, |it| format!(" {}", plain::line(&it.display().to_string())))
}

/// `12 files were not looked at, one only in part`.
fn not_looked_at(left: Left) -> String {
    let files = match left.files {
        1 => "one file was not looked at".to_owned(),
        some => format!("{some} files were not looked at"),
    };
    match left.in_part {
        0 => files,
        1 => format!("{files}, one only in part"),
        some => format!("{files}, {some} only in part"),
    }
}

/// All of them, each on its line: a person mends a file in one go.
fn all(texts: &[String]) -> String {
    texts.iter().map(|it| format!("\n  {}", plain::line(it))).collect()
}

fn lines(problems: &[Problem]) -> String {
    const SHOWN_MAX: usize = 20;
    let mut text = String::new();
    for problem in problems.iter().take(SHOWN_MAX) {
        text.push_str("\n  ");
        text.push_str(&plain::line(&problem.to_string()));
    }
    match problems.len().saturating_sub(SHOWN_MAX) {
        0 => text,
        more => format!("{text}\n  and {more} more"),
    }
}
