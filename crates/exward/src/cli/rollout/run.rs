//! `exward rollout run`: carries an approved blueprint out.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use exward_core::catalog::Catalog;
use exward_drive::approve::Approved;
use exward_drive::clock::Clock as _;
use exward_drive::executor::Executor;
use exward_drive::journal::Journal as _;
use exward_drive::state::End;
use exward_lab::fleet::link::Link;

use super::show::show;
use super::{StoreArgs, store};
use crate::cli::plan::{Shape, read_blueprint};
use crate::driving::{Onlooker, exit_code, sentence};
use crate::error::{CommandError, MISTAKE_OF_OURS};
use crate::{interrupt, output};

/// Carry an approved blueprint out, on the lab
///
/// Every step is written down before and after it, so that the same command goes on after Ctrl-C, a crash or
/// a power failure. One executor works at a time for each tenant, and one for what came from the command line: the
/// rollouts of different tenants run side by side. Servers are those of `exward lab estate`: SIMULATED;
/// there is no way yet in which this command reaches a real server.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The blueprint, as `exward plan --out` wrote it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    store: StoreArgs,
    /// Where the lab listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8460")]
    lab: SocketAddr,
    /// Minutes of the lab's clock that pass in a second; 0: as fast as can be
    #[arg(long, value_name = "MINUTES", default_value_t = 20)]
    speed: u32,
    /// How to show what has become of it
    #[arg(long, value_enum, default_value_t = Shape::Table)]
    format: Shape,
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: &Catalog, args: &RunArgs) -> Result<u8, CommandError> {
    interrupt::watch();
    let url = &args.store.store;
    let failed = store::failed(url);
    let (id, blueprint) = read_blueprint(&args.file)?;
    let mut journal = store::open_existing(url)?;
    let approvals = journal.approvals(id).map_err(&failed)?;
    store::look_whole(&mut journal, url, id)?;
    // The lab's clock is asked on a way of its own: the executor owns both.
    let [link, clock] = [open(args)?, open(args)?];
    let approved = Approved::to_finish(&blueprint, id, catalog, &approvals, clock.now());
    let approved = approved.map_err(|source| CommandError::NotApproved { source })?;
    output::warn("SIMULATED: the servers are those of the lab");
    let onlooker = Onlooker::new(blueprint.updates().count());
    let owner = format!("process {}", std::process::id());
    let stopped = |source| CommandError::Drive { source };
    let executor = Executor::new(approved, &owner, link, journal, clock, onlooker);
    let mut executor = executor.map_err(stopped)?;
    let ended = executor.run();
    let ends: Vec<End> = executor.progress().filter_map(|(_, it)| it.end.clone()).collect();
    let (mut link, mut journal, _clock, onlooker) = executor.into_parts();
    onlooker.finish();
    let end = ended.map_err(stopped)?;
    show(&mut journal, url, id, &blueprint, args.format)?;
    output::warn(&format!("SIMULATED: {}", sentence(&end)));
    let breaches = link.breaches().unwrap_or_default();
    for breach in &breaches {
        output::warn(&format!("the lab saw a broken invariant: {breach}"));
    }
    if !breaches.is_empty() {
        return Ok(MISTAKE_OF_OURS);
    }
    Ok(exit_code(&end, ends.iter()))
}

fn open(args: &RunArgs) -> Result<Link, CommandError> {
    let link = Link::open(args.lab, args.speed, interrupt::asked);
    link.map_err(|source| CommandError::Link { source })
}
