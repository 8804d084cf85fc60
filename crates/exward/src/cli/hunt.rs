//! `exward hunt`: was somebody in?

use std::path::PathBuf;

use clap::Args;
use exward_core::assess::Urgency;
use exward_hunt::HuntVerdict;
use exward_hunt::verdict::Known;
use exward_store::store::RunKind;
use jiff::Timestamp;
use jiff::civil::Date;

use super::check::Shape;
use crate::error::{CommandError, INPUT_NOT_READ};
use crate::hunting::{self, HuntingArgs};
use crate::interrupt;
use crate::keeping::KeepArgs;
use crate::output::{self, HuntLook, Tlp};

/// Look for traces of an attack in logs, event logs and web folders of one server
///
/// Give files, folders, zip archives, or the root of a server's disk. What each file is, its content
/// tells: IIS and HttpProxy logs, the other logs of Exchange, Windows event logs (EVTX or JSON lines),
/// web folders, configuration files. Nothing is changed and nothing is sent. Says what was found, how
/// far back the logs reach, what is missing, and what to do.
///
/// Exit code: 0 nothing found, 1 act (compromised, exploit reached), 2 usage, 3 cannot tell or no
/// success seen (not enough evidence, scanned, attempted), 4 an input could not be read, 6 output,
/// 130 interrupted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward hunt /mnt/ex01                            the disk of a server, mounted or copied
  exward hunt triage-EX01.zip --server EX01        what a collector packed
  exward hunt logs/ aspnet_client/ --timeline      every sighting in time order
  exward hunt logs/ --format html --out hunt.html  a report with a picture of the timeline
  exward hunt logs/ --format json > hunt.jsonl     for machines
  exward hunt logs/ --exposed-since 2026-05-15     says what the logs do not reach")]
pub(crate) struct HuntArgs {
    /// Files, folders, zip archives, or the root of a server's disk
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    /// Name of the server that the evidence is of
    #[arg(long, value_name = "NAME")]
    server: Option<String>,
    /// Day since which a hole was open, so that the answer says what the logs do not reach
    #[arg(long, value_name = "DATE")]
    exposed_since: Option<Date>,
    #[command(flatten)]
    hunting: HuntingArgs,
    /// Show every sighting in time order, one a line
    #[arg(long)]
    timeline: bool,
    /// Show tokens, cookies and passwords in records instead of masking them
    #[arg(long)]
    raw: bool,
    /// How to show the result
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// Write to this file, readable by you only, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Traffic Light Protocol mark of the result
    #[arg(long, value_enum, default_value_t = Tlp::Amber)]
    tlp: Tlp,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Runs the command; gives the exit code.
pub(super) fn run(now: Timestamp, today: Date, args: &HuntArgs) -> Result<u8, CommandError> {
    hunting::keep_apart(args.out.as_deref(), &args.paths)?;
    interrupt::watch();
    let mut sink = output::Sink::open(args.out.as_deref())?;
    let mut hunted = hunting::hunt(&args.hunting, &args.paths)?;
    let known = Known {
        server: args.server.clone(),
        exposed_since: args.exposed_since,
        today: Some(today),
        unread: hunted.unread,
        is_stopped: hunted.left.is_some(),
    };
    let answer = hunted.answer(&known);
    let source = args.paths.first().map(|it| it.display().to_string()).unwrap_or_default();
    if let Some(mut keeper) = args.keep.open(RunKind::Hunt, &source, now)? {
        keeper.hunt(&answer, None, today)?;
        keeper.finish()?;
    }
    let look = HuntLook {
        shape: args.format.into(),
        tlp: args.tlp,
        timeline: args.timeline,
        raw: args.raw,
        today,
        width: sink.width(),
        color: sink.wants_color(),
    };
    let written = output::write_hunt(&answer, look, sink.writer());
    written.map_err(|source| sink.error(source))?;
    sink.close()?;
    if let Some(left) = hunted.left {
        return Err(CommandError::HuntStopped { left });
    }
    Ok(exit_code(answer.verdict, hunted.not_read))
}

/// What asks to act does so whatever else could not be read; anything less needs the whole evidence.
const fn exit_code(verdict: HuntVerdict, not_read: bool) -> u8 {
    match (verdict.urgency(), not_read) {
        (Urgency::Act, _) => 1,
        (_, true) => INPUT_NOT_READ,
        (Urgency::CannotTell, false) => 3,
        (Urgency::NothingToDo, false) => 0,
    }
}
