//! `exward plan`: which servers are updated when, and who waits for what.

mod read;

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use exward_core::catalog::Catalog;
use exward_core::plan::{Hold, Parent, PlanReport, check_against, check_child, plan};
use exward_read::blueprint;
use jiff::Timestamp;

pub(super) use read::blueprint as read_blueprint;

use crate::error::CommandError;
use crate::output::{self, PlanLook, Sink};

/// Plan the update of an estate: which servers leave service together, when, and who waits for what
///
/// Nothing is changed and nothing is sent: the plan comes from three files alone. Every server of the
/// inventory is in one wave, or waits for a reason that is named. With --out the plan is written as a
/// blueprint, to be approved and carried out.
///
/// Exit code: 0 planned, also if some servers wait; 3 no server can be updated although one should be;
/// 2 usage, 4 a file cannot be used, 5 catalog, 6 output.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward plan --policy policy.toml --inventory inventory.json
  exward plan --policy policy.toml --inventory inventory.json --out november.json
  exward plan --policy policy.toml --inventory inventory.json --parent november.json --out november-2.json")]
pub(crate) struct PlanArgs {
    /// What is allowed (docs/planning-files.md)
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// What is there, as it was seen (docs/planning-files.md)
    #[arg(long, value_name = "FILE")]
    inventory: PathBuf,
    /// The blueprint that this one follows: no server aims lower than there
    #[arg(long, value_name = "FILE")]
    parent: Option<PathBuf>,
    /// Write the blueprint to this file, readable by you only
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to show the plan
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

/// How an answer about a plan or a rollout is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shape {
    /// For people
    Table,
    /// JSON lines
    Json,
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: &Catalog, now: Timestamp, args: &PlanArgs) -> Result<u8, CommandError> {
    keep_apart(args)?;
    let read = read::planning(&args.policy, &args.inventory)?;
    let parent = args.parent.as_deref().map(read_blueprint).transpose()?;
    let follows = parent.as_ref().map(|(id, blueprint)| Parent { id: *id, blueprint });
    let (policy, inventory) = (&read.policy, &read.inventory);
    let (made, report) = plan(policy, catalog, inventory, follows, now);
    let mut broken = check_against(&made, &report, policy, catalog, inventory);
    if let Some(parent) = follows {
        broken.extend(check_child(&made, parent.blueprint, catalog));
    }
    if !broken.is_empty() {
        let broken = broken.iter().map(|it| format!("{}: {}", it.invariant, it.what)).collect();
        return Err(CommandError::BrokenPlan { broken });
    }
    let mut written = None;
    if let Some(path) = &args.out {
        let text = blueprint::write(&made);
        let mut sink = Sink::open(Some(path))?;
        let done = sink.writer().write_all(text.as_bytes());
        done.map_err(|source| sink.error(source))?;
        sink.close()?;
        written = Some((path.as_path(), blueprint::id(text.as_bytes())));
    }
    let mut sink = Sink::open(None)?;
    let look = PlanLook {
        blueprint: &made,
        report: &report,
        inventory_file: &args.inventory,
        skipped: &read.skipped,
        written,
        width: sink.width(),
        color: sink.wants_color(),
    };
    let shown = output::write_plan(&look, args.format == Shape::Json, sink.writer());
    shown.map_err(|source| sink.error(source))?;
    sink.close()?;
    Ok(exit_code(&report))
}

/// 3 if nobody can be updated although somebody should be: whoever is pinned should not.
fn exit_code(report: &PlanReport) -> u8 {
    let should = |it: &Hold| !matches!(it, Hold::Current { .. } | Hold::Pinned { .. });
    if report.chosen.is_empty() && report.held.values().any(should) { 3 } else { 0 }
}

/// Refuses a blueprint that would take the place of what it is made from.
fn keep_apart(args: &PlanArgs) -> Result<(), CommandError> {
    let Some(out) = &args.out else { return Ok(()) };
    let real = |path: &Path| path.canonicalize().ok();
    let read = [Some(&args.policy), Some(&args.inventory), args.parent.as_ref()];
    let mut read = read.into_iter().flatten();
    let same = read.find(|it| real(it).is_some_and(|it| real(out) == Some(it)));
    match same {
        None => Ok(()),
        Some(it) => Err(CommandError::Usage {
            what: format!(
                "--out would take the place of {}",
                crate::plain::line(&it.display().to_string())
            ),
            help: "give --out another name; a blueprint that was approved is not changed, it gets a child"
                .to_owned(),
        }),
    }
}
