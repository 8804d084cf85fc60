//! `exward lab`: simulated servers on this machine, and the score of a run against them.

mod estate;
mod explore;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use exward_core::catalog::Catalog;
use exward_lab::estate::Estate;
use exward_lab::logs::{LogPlan, write_iis};
use exward_lab::profile::{PROFILE_BYTES_MAX, Profile};
use exward_lab::serve::{Options, Running};
use exward_lab::stay::serve_until;
use exward_lab::truth::{write_hosts, write_truth};

use jiff::Timestamp;
use jiff::civil::Date;

use crate::error::CommandError;
use crate::{input, interrupt, output};

/// Simulated Exchange servers on this machine, to try exward without owning one
///
/// Everything here is simulated: the servers answer like Exchange of every version, behind proxies of many
/// kinds, and run nothing. They listen on loopback addresses only.
#[derive(Args, Debug)]
pub(crate) struct LabArgs {
    #[command(subcommand)]
    command: LabCommand,
}

#[derive(Debug, Subcommand)]
enum LabCommand {
    Serve(ServeArgs),
    Score(ScoreArgs),
    Logs(LogsArgs),
    Estate(estate::EstateArgs),
    Explore(explore::ExploreArgs),
}

/// Start simulated servers, until Ctrl-C
///
/// The hosts file appears when all of them listen. Ask them with
/// `exward check --from HOSTS --allow-loopback --rate 0`.
#[derive(Args, Debug)]
struct ServeArgs {
    /// How many servers
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    servers: u32,
    /// The same seed gives the same servers
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Kinds of servers: healthy, modern, mixed, hostile, or a TOML file
    #[arg(long, value_name = "PROFILE", default_value = "healthy")]
    profile: String,
    /// Port of every server; each has an address of its own
    #[arg(long, value_name = "PORT", default_value_t = 8443, value_parser = clap::value_parser!(u16).range(1024..))]
    port: u16,
    /// Write the hosts to this file
    #[arg(long, value_name = "FILE", default_value = "lab-hosts.txt")]
    hosts: PathBuf,
    /// Write what each server truly is to this file
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

/// Hold the results of a run against the truth
///
/// Prints right, honest-unknown and wrong by kind of server. Exit code 1 if anything is wrong.
#[derive(Args, Debug)]
struct ScoreArgs {
    /// The file of `exward lab serve --truth`
    #[arg(long, value_name = "FILE")]
    truth: PathBuf,
    /// The result of `exward check --format json`
    #[arg(long, value_name = "FILE")]
    results: PathBuf,
}

/// Write a made-up IIS log with traces of attacks, to try `exward hunt` on
///
/// The lines are text drawn from a seed; nothing was ever sent. They begin with the day that --today names.
#[derive(Args, Debug)]
struct LogsArgs {
    /// Write the log to this file
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Size in MB
    #[arg(long, value_name = "MB", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    size: u64,
    /// How many traces of attacks
    #[arg(long, value_name = "N", default_value_t = 28)]
    attacks: u32,
    /// The same seed gives the same log
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Write where each trace stands to this file, as JSON lines
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

/// Runs the command; gives the exit code.
pub(super) fn run(
    catalog: &Catalog,
    today: Date,
    now: Timestamp,
    args: &LabArgs,
) -> Result<u8, CommandError> {
    match &args.command {
        LabCommand::Serve(args) => serve(catalog, args),
        LabCommand::Score(args) => score(args),
        LabCommand::Logs(args) => logs(today, args),
        LabCommand::Estate(args) => estate::run(catalog, now, args),
        LabCommand::Explore(args) => explore::run(catalog, args),
    }
}

fn serve(catalog: &Catalog, args: &ServeArgs) -> Result<u8, CommandError> {
    let profile = profile(&args.profile)?;
    let servers = usize::try_from(args.servers).unwrap_or(usize::MAX);
    raise_open_files(servers);
    interrupt::watch();
    // Whoever waits for this file must not find that of an earlier lab.
    let _none_there = std::fs::remove_file(&args.hosts);
    let estate = Arc::new(Estate::new(catalog, args.seed, servers, &profile, args.port));
    let truth = Arc::clone(&estate);
    let ready = |running: &Running| {
        if let Some(path) = &args.truth {
            write(path, |out| write_truth(catalog, &truth, out))?;
        }
        // Last: whoever waits for this file finds everything ready.
        write(&args.hosts, |out| write_hosts(&truth, out))?;
        let hosts = crate::plain::line(&args.hosts.display().to_string()).into_owned();
        let faces = running.hosts().count();
        output::warn(&format!(
            "SIMULATED: {faces} servers listen on loopback, port {}. In another terminal:\n  \
             exward check --from {hosts} --allow-loopback --rate 0\nCtrl-C ends them.",
            args.port
        ));
        Ok(())
    };
    let counted =
        serve_until(Arc::clone(&estate), None, Options::default(), ready, interrupt::asked);
    let (connections, requests) = counted.map_err(|why| match why {
        Ok(error) => error,
        Err(source) => CommandError::Lab { source },
    })?;
    output::warn(&format!("SIMULATED: {connections} connections, {requests} requests."));
    Ok(0)
}

/// A profile by its name, or from a file.
fn profile(name: &str) -> Result<Profile, CommandError> {
    if let Some(profile) = Profile::named(name) {
        return Ok(profile);
    }
    let path = PathBuf::from(name);
    if !path.exists() {
        return Err(CommandError::Usage {
            what: format!("there is no profile `{}`", crate::plain::line(name)),
            help: "healthy, modern, mixed and hostile are built in; else give a TOML file"
                .to_owned(),
        });
    }
    let text = input::whole(&path, PROFILE_BYTES_MAX)?;
    Profile::parse(&text).map_err(|error| CommandError::Usage {
        what: format!("{}: {error}", crate::plain::line(name)),
        help: "docs/probing.md shows a profile".to_owned(),
    })
}

/// Writes a file that appears whole, readable by its owner only.
fn write(
    path: &Path,
    content: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<(), CommandError> {
    let mut sink = output::Sink::open(Some(path))?;
    let written = content(sink.writer());
    written.map_err(|source| sink.error(source))?;
    sink.close()
}

/// Each server needs one open file, and one more for each connection.
fn raise_open_files(servers: usize) {
    const SPARE: u64 = 256;
    let wanted = u64::try_from(servers).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(SPARE);
    let limit = rlimit::increase_nofile_limit(wanted).unwrap_or(0);
    if limit != 0 && limit < wanted {
        output::warn(&format!(
            "warning: only {limit} files may be open, and {servers} servers may need {wanted}; raise it with \
             `ulimit -n {wanted}`"
        ));
    }
}

fn score(args: &ScoreArgs) -> Result<u8, CommandError> {
    let open = |path: &PathBuf| {
        File::open(path).map_err(|source| CommandError::Read { path: path.clone(), source })
    };
    let scored = exward_lab::score::score(open(&args.truth)?, open(&args.results)?);
    let score = scored.map_err(|error| CommandError::Usage {
        what: error.to_string(),
        help: "give the files of `exward lab serve --truth` and `exward check --format json`"
            .to_owned(),
    })?;
    output::line(&crate::plain::block(&score.to_string()))?;
    Ok(u8::from(!score.is_clean()))
}

fn logs(today: Date, args: &LogsArgs) -> Result<u8, CommandError> {
    const MEGABYTE: u64 = 1_000_000;
    let start = jiff::tz::Offset::UTC.to_timestamp(today.at(0, 0, 0, 0));
    let start = start.map_err(|error| CommandError::Usage {
        what: format!("no log can begin on {today}: {error}"),
        help: "give another --today".to_owned(),
    })?;
    let bytes = args.size.saturating_mul(MEGABYTE);
    let plan = LogPlan { seed: args.seed, bytes, attacks: args.attacks, start };
    let mut planted = Vec::new();
    write(&args.out, |out| {
        planted = write_iis(plan, out)?;
        Ok(())
    })?;
    if let Some(path) = &args.truth {
        write(path, |out| {
            for one in &planted {
                serde_json::to_writer(&mut *out, one)?;
                writeln!(out)?;
            }
            Ok(())
        })?;
    }
    let out = crate::plain::line(&args.out.display().to_string()).into_owned();
    output::warn(&format!(
        "SIMULATED: {} traces of attacks in {out}. Hunt them: exward hunt {out}",
        planted.len()
    ));
    Ok(0)
}
