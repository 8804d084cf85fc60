//! `exward rollout status`: where a rollout stands.

use std::path::PathBuf;

use clap::Args;
use exward_drive::journal::Journal as _;
use exward_drive::report::overview;

use super::{StoreArgs, store};
use crate::cli::plan::Shape;
use crate::error::CommandError;
use crate::output::{self, RolloutLook, Sink};

/// Show where a rollout stands: servers by state, what is under way, and what people have said
///
/// Reads the journal alone, and may run while the rollout is carried out.
#[derive(Args, Debug)]
pub(super) struct StatusArgs {
    /// The blueprint's file; without it, the one that is carried out
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

/// Runs the command; gives the exit code: 1 if somebody has to look.
pub(super) fn run(args: &StatusArgs) -> Result<u8, CommandError> {
    let path = &args.store.store;
    let failed = store::failed(path);
    let mut journal = store::open_to_read(path)?;
    let (id, blueprint) = store::chosen(&mut journal, path, args.file.as_deref())?;
    let approvals = journal.approvals(id).map_err(&failed)?;
    let commands = journal.commands(id, 0).map_err(&failed)?;
    let entries = journal.entries(id).map_err(&failed)?;
    let overview = overview(&blueprint, &entries);
    let mut sink = Sink::open(None)?;
    let look = RolloutLook {
        id,
        blueprint: &blueprint,
        overview: &overview,
        approvals: &approvals,
        commands: &commands,
        width: sink.width(),
        color: sink.wants_color(),
    };
    let shown = output::write_rollout(&look, args.format == Shape::Json, sink.writer());
    shown.map_err(|source| sink.error(source))?;
    sink.close()?;
    let must_look = overview.halt(&commands).is_some() || overview.counts.quarantined > 0;
    Ok(u8::from(must_look))
}
