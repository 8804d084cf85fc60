//! `exward rollout run`: carries an approved blueprint out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use exward_core::catalog::Catalog;
use exward_drive::approve::Approved;
use exward_drive::clock::Clock;
use exward_drive::executor::{Executor, RunEnd};
use exward_drive::journal::Journal;
use exward_drive::state::End;
use exward_lab::fleet::link::Link;
use exward_read::blueprint;
use exward_read::limits::BLUEPRINT_BYTES_MAX;
use exward_store::SqliteJournal;

use crate::driving::{Onlooker, exit_code, sentence};
use crate::error::CommandError;
use crate::{input, interrupt, output};

/// Carry an approved blueprint out, on the lab
///
/// Every step is written down before and after it, so that the same command goes on after Ctrl-C, a crash or
/// a power failure. One executor works at a time. Servers are those of `exward lab estate`: SIMULATED;
/// there is no way yet in which this command reaches a real server.
#[derive(Args, Debug)]
pub(super) struct RunArgs {
    /// The blueprint, as `exward plan --out` wrote it
    #[arg(value_name = "FILE")]
    blueprint: PathBuf,
    /// Where approvals and journal are
    #[arg(long, value_name = "FILE", default_value = "exward.db")]
    store: PathBuf,
    /// Where the lab listens
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8460")]
    lab: SocketAddr,
    /// Minutes of the lab's clock that pass in a second; 0: as fast as can be
    #[arg(long, value_name = "MINUTES", default_value_t = 20)]
    speed: u32,
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: &Catalog, args: &RunArgs) -> Result<u8, CommandError> {
    interrupt::watch();
    let bytes = input::whole(&args.blueprint, BLUEPRINT_BYTES_MAX)?;
    let read = blueprint::read(bytes.as_bytes());
    let blueprint =
        read.map_err(|source| CommandError::Blueprint { path: args.blueprint.clone(), source })?;
    let id = blueprint::id_of(&blueprint);
    let in_store = |source| CommandError::Journal { path: args.store.clone(), source };
    let mut journal = open(&args.store)?;
    let approvals = journal.approvals(id).map_err(in_store)?;
    let link = Link::open(args.lab, args.speed, interrupt::asked);
    let link = link.map_err(|source| CommandError::Link { source })?;
    // The lab has a clock of its own, and a second way to it.
    let clock = Link::open(args.lab, args.speed, interrupt::asked);
    let clock = clock.map_err(|source| CommandError::Link { source })?;
    let approved = Approved::new(&blueprint, id, catalog, &approvals, clock.now());
    let approved = approved.map_err(|source| CommandError::NotApproved { source })?;
    output::warn("SIMULATED: the servers are those of the lab");
    let onlooker = Onlooker::new(blueprint.updates().count());
    let owner = format!("process {}", std::process::id());
    let drive = |source| CommandError::Drive { source };
    let mut executor =
        Executor::new(approved, &owner, link, journal, clock, onlooker).map_err(drive)?;
    let ended = executor.run();
    let ends: Vec<End> = executor.progress().filter_map(|(_, it)| it.end.clone()).collect();
    let (mut link, _journal, _clock, onlooker) = executor.into_parts();
    onlooker.finish();
    let end = ended.map_err(drive)?;
    output::line(&summary(&end, &ends, blueprint.updates().count()))?;
    for breach in link.breaches().unwrap_or_default() {
        output::warn(&format!("the lab saw a broken invariant: {breach}"));
    }
    Ok(exit_code(&end, ends.iter()))
}

fn open(path: &Path) -> Result<SqliteJournal, CommandError> {
    SqliteJournal::open(path)
        .map_err(|source| CommandError::Journal { path: path.to_owned(), source })
}

/// `5 servers: 3 current, 1 restored, 1 quarantined; finished`.
fn summary(end: &RunEnd, ends: &[End], servers: usize) -> String {
    let count = |is: fn(&End) -> bool| ends.iter().filter(|it| is(it)).count();
    let parts = [
        (count(|it| *it == End::Current), "current"),
        (count(|it| matches!(it, End::Restored(_))), "restored"),
        (count(|it| matches!(it, End::Quarantined(_))), "quarantined"),
        (count(|it| matches!(it, End::Held(_))), "held"),
        (servers.saturating_sub(ends.len()), "not ended"),
    ];
    let shown = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = shown.map(|(count, what)| format!("{count} {what}")).collect();
    format!("SIMULATED: {servers} servers: {}; {}", parts.join(", "), sentence(end))
}
