//! `exward check`: the main job.

mod meeting;

use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use exward_core::assess::Urgency;
use exward_core::catalog::{CATALOG_AGE_WARNING_DAYS, Catalog};
use exward_core::front_ends::worst_of;
use exward_core::report::ServerReport;
use exward_core::sentence::first_few;
use exward_hunt::HuntSummary;
use exward_store::store::RunKind;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::{CommandError, INPUT_NOT_READ};
use crate::input::Inputs;
use crate::interrupt;
use crate::item::Item;
use crate::judging::Judge;
use crate::keeping::KeepArgs;
use crate::output::{self, Tlp};
use crate::probing::{Admission, ProbingArgs};
use meeting::{Meeting, MeetingArgs};

/// Say for every server whether it is patched, with its evidence and the next step
///
/// Give hosts, build numbers, files, or all of them. Files may be a HealthChecker result (XML or
/// JSON), a Shadowserver report, exports of nmap, httpx, nuclei, zgrab2, Shodan, WhatWeb, BinaryEdge
/// or IntelMQ, recorded answers, or plain lists; the format is detected. A folder is one server.
///
/// Hosts given as targets or in plain lists are asked one to four questions that any anonymous client
/// may ask. What a feed or an export names is read, never asked. Ask only servers that are yours, or
/// that you may ask.
///
/// With `--hunt` the logs and folders of the server are hunted, too, and both verdicts stand side by
/// side: patched is not clean.
///
/// Exit code: 0 nothing to do, 1 act (vulnerable, unsupported, web shell reported, hunt compromised or
/// exploit reached), 2 usage or refused, 3 cannot tell (possibly, unknown), 4 an input could not be read, 5 catalog, 6 output,
/// 7 the run could not be made, 130 interrupted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward check mail.example.org                    ask one server
  exward check --discover example.org              find a domain's servers, and ask them
  exward check --from hosts.txt --run scan.run     ask many; the same command goes on after Ctrl-C
  exward check 15.2.1544.14                        what one build means
  exward check --from HealthChecker-EX01.xml       one server, from inside
  exward check --from scan_exchange.csv --format json > findings.jsonl
  exward check --from answers/                     a folder of answers of one server
  exward check mail.example.org --hunt /mnt/ex01   patched, and clean?
  exward check --from hosts.txt --store exward.db  keep it as history; `exward serve` shows it
  exward check 15.2.2562.56 --nagios               one line for a monitoring system")]
pub(crate) struct CheckArgs {
    /// Hosts (`mail.example.org`, `host:port`, `smtp://host`), builds such as 15.2.1544.14
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// Read servers from a file, a folder (one server), or `-` for standard input
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Take every file as this format instead of detecting it
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    from_format: Option<exward_read::Format>,
    /// How to show the result
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
    /// One status line and exit code for Nagios and Icinga: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN
    #[arg(long, conflicts_with = "format")]
    nagios: bool,
    /// Write to this file, readable by you only, instead of standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Traffic Light Protocol mark of the result
    #[arg(long, value_enum, default_value_t = Tlp::Amber)]
    tlp: Tlp,
    #[command(flatten)]
    probing: ProbingArgs,
    #[command(flatten)]
    meeting: MeetingArgs,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Shape of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shape {
    /// For people: worst first
    Table,
    /// For machines: one object a line
    Json,
    /// For spreadsheets
    Csv,
    /// A report in one file that prints well
    Html,
}

/// Named in `--help` and in completions, too.
fn formats() -> impl TypedValueParser<Value = exward_read::Format> {
    PossibleValuesParser::new(exward_read::format_names()).try_map(|name| name.parse())
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: &Arc<Catalog>,
    now: Timestamp,
    today: Date,
    args: &CheckArgs,
) -> Result<u8, CommandError> {
    if args.targets.is_empty() && args.from.is_empty() && args.probing.discover.is_empty() {
        return Err(CommandError::NothingToCheck);
    }
    warn_of_age(catalog, today);
    interrupt::watch();
    let mut meeting = Meeting::new(&args.meeting, args.out.as_deref())?;
    let mut sink = output::Sink::open(args.out.as_deref())?;
    let mut admission = Admission::new(&args.probing, today)?;
    let inputs =
        Inputs::open(catalog, &args.targets, &args.from, args.from_format, &mut admission)?;
    let mut probed = admission.probe(catalog)?;
    // What was asked before Ctrl-C is shown all the same.
    let stopped = interrupt::asked();
    let mut output = output::create(catalog, shape(args), args.tlp, today, &sink);
    let mut tally = Tally::default();
    let mut judge = Judge::new(catalog, today);
    let mut keeper = args.keep.open(RunKind::Check, &source(args), now)?;
    inputs.each(catalog, &mut probed, &mut |item| {
        if interrupt::asked() && !stopped {
            return Err(CommandError::Interrupted { servers: tally.servers });
        }
        let shown = match item {
            Item::Server { target, evidence } => {
                let report = judge.one(target, evidence);
                keeper.as_mut().map_or(Ok(()), |it| it.server(&report))?;
                Shown::Report(report)
            }
            Item::Visited { target, front_ends } => {
                let fronts = judge.each(&target, front_ends);
                keeper.as_mut().map_or(Ok(()), |it| it.front_ends(&fronts))?;
                match worst_of(fronts) {
                    Some(report) => Shown::Report(report),
                    None => return Ok(()),
                }
            }
            Item::Skipped { file, line, why } => Shown::Skipped { file, line, why },
            Item::NotRead { file, why } => {
                tally.not_read = true;
                Shown::Skipped { file, line: None, why }
            }
        };
        if let (Shown::Skipped { file, line, why }, Some(keeper)) = (&shown, &mut keeper) {
            keeper.skipped(file, *line, why);
        }
        match meeting.keep(shown) {
            Some(shown) => show(shown, None, &mut *output, &mut tally, &mut sink),
            None => Ok(()),
        }
    })?;
    let met = meeting.hunt()?;
    for (shown, hunt) in met.all {
        if let (Some(keeper), Shown::Report(report), Some(hunt)) = (&mut keeper, &shown, &hunt) {
            keeper.hunt(hunt, Some(&report.target), today)?;
        }
        show(shown, hunt.as_ref(), &mut *output, &mut tally, &mut sink)?;
    }
    tally.hunt_not_read = met.not_read;
    if let Some(keeper) = keeper {
        keeper.finish()?.tell();
    }
    let code = output.finish(sink.writer()).map_err(|source| sink.error(source))?;
    sink.close()?;
    if stopped {
        let keeps = args.probing.keeps_a_run();
        return Err(CommandError::Stopped { not_asked: probed.not_asked, keeps });
    }
    if let Some(left) = met.left {
        return Err(CommandError::HuntStopped { left });
    }
    Ok(code.unwrap_or_else(|| tally.exit_code()))
}

/// What was checked, for the history: targets and files as they were given, the first few of them.
fn source(args: &CheckArgs) -> String {
    const NAMED_MAX: usize = 3;
    let files = args.from.iter().map(|it| it.display().to_string());
    let domains = args.probing.discover.iter().map(|it| format!("--discover {it}"));
    let given: Vec<String> = args.targets.iter().cloned().chain(files).chain(domains).collect();
    first_few(&given, NAMED_MAX)
}

/// Something that is shown in the result.
#[expect(clippy::large_enum_variant, reason = "a box would cost every row of a feed an allocation")]
enum Shown<'c> {
    Report(ServerReport<'c>),
    Skipped { file: String, line: Option<u64>, why: String },
}

/// Shows one thing, with the hunt on it if there was one.
fn show<'c>(
    shown: Shown<'c>,
    hunt: Option<&HuntSummary>,
    output: &mut dyn output::Output<'c>,
    tally: &mut Tally,
    sink: &mut output::Sink,
) -> Result<(), CommandError> {
    let written = match shown {
        Shown::Report(report) => {
            tally.count(report.judgement.urgency);
            tally.is_hunted |= hunt.is_some();
            output.report(report, hunt, sink.writer())
        }
        Shown::Skipped { file, line, why } => output.skipped(&file, line, &why, sink.writer()),
    };
    written.map_err(|source| sink.error(source))
}

/// A monitoring system knows four codes: what kept the check from its work is UNKNOWN there.
pub(super) fn for_monitoring(
    args: &CheckArgs,
    ran: Result<u8, CommandError>,
) -> Result<u8, CommandError> {
    const UNKNOWN: u8 = 3;
    match ran {
        Err(error) if args.nagios => {
            let why = error.to_string().replace(['\n', '|'], " ");
            output::line(&format!("EXCHANGE UNKNOWN - {}", crate::plain::line(&why)))?;
            Ok(UNKNOWN)
        }
        other => other,
    }
}

/// How a run went, for the exit code.
#[derive(Debug, Default)]
struct Tally {
    servers: u64,
    worst: Option<Urgency>,
    not_read: bool,
    is_hunted: bool,
    /// A path of the hunt could not be read.
    hunt_not_read: bool,
}

impl Tally {
    fn count(&mut self, urgency: Urgency) {
        self.servers = self.servers.saturating_add(1);
        self.worst = self.worst.max(Some(urgency));
    }

    /// Missing inputs first: the answer is then not whole. But nothing that is missing outweighs an intruder.
    const fn exit_code(&self) -> u8 {
        match (self.not_read || self.hunt_not_read, self.worst) {
            (_, Some(Urgency::Act)) if self.is_hunted => 1,
            (true, _) => INPUT_NOT_READ,
            (false, Some(Urgency::Act)) => 1,
            (false, Some(Urgency::CannotTell)) => 3,
            (false, Some(Urgency::NothingToDo) | None) => 0,
        }
    }
}

impl From<Shape> for output::Shape {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Table => Self::Table,
            Shape::Json => Self::Json,
            Shape::Csv => Self::Csv,
            Shape::Html => Self::Html,
        }
    }
}

fn shape(args: &CheckArgs) -> output::Shape {
    if args.nagios { output::Shape::Nagios } else { args.format.into() }
}

fn warn_of_age(catalog: &Catalog, today: Date) {
    let age = catalog.age_days(today);
    if age > CATALOG_AGE_WARNING_DAYS {
        let as_of = catalog.as_of();
        output::warn(&format!(
            "warning: the catalog is {age} days old ({as_of}); newer updates and CVEs are missing"
        ));
    }
}
