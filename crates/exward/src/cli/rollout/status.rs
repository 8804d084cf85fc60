//! `exward rollout status`: where a rollout stands.

use clap::Args;

use super::show::show;
use super::{StoreArgs, store};
use crate::cli::plan::Shape;
use crate::error::CommandError;

/// Show where a rollout stands: servers by state, what is under way, and what people have said
///
/// Reads the journal alone, and may run while the rollout is carried out.
#[derive(Args, Debug)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    choice: store::Choice,
    #[command(flatten)]
    store: StoreArgs,
    /// How to show it
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

/// Runs the command; gives the exit code: 1 if somebody has to look.
pub(super) fn run(args: &StatusArgs) -> Result<u8, CommandError> {
    let url = &args.store.store;
    let mut journal = store::open_to_read(url)?;
    let (id, blueprint) = store::chosen(&mut journal, url, &args.choice)?;
    show(&mut journal, url, id, &blueprint, args.format).map(u8::from)
}
