//! `exward demo`: the whole loop on the lab, with exward's own commands, offline, in a few seconds; then its pages.

mod story;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Parser};

use self::story::{Demo, HUNTED, QUARANTINED, REPAIRED};
use super::{Clock, serve};
use crate::error::CommandError;
use crate::output;
use crate::work::Current;

/// What the owner of the estate allows: in no hurry, one member at a time, and a failure of one server
/// does not stop the others.
const POLICY: &str = r#"goal = "latest"

[pools]
default_max = 2

[[rings]]
name = "all"
everything = true
canaries = 1
soak_minutes = 30
failures_max = 2
unavailable_max = 4
"#;

/// See the whole loop on simulated servers: check, hunt, plan, roll out, check again
///
/// Starts a lab on this machine, runs exward's own commands against it and shows each one. Nothing real is
/// touched, nothing is sent anywhere else. Then `exward serve` shows what was kept of it, until Ctrl-C. Exit code 0
/// if the story ended as told.
#[derive(Args, Debug)]
pub(super) struct DemoArgs {
    /// Keep the demo's files in this directory; default: a temporary one that is removed
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// End after the story, without the pages
    #[arg(long)]
    no_serve: bool,
    /// Port of the lab's faces
    #[arg(long, value_name = "PORT", default_value_t = 18443, value_parser = clap::value_parser!(u16).range(1024..))]
    port: u16,
}

/// The command line of the server.
#[derive(Debug, Parser)]
struct ServeLine {
    #[command(flatten)]
    serve: serve::ServeArgs,
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: Current, clock: Clock, args: &DemoArgs) -> Result<u8, CommandError> {
    let began = Instant::now();
    let temporary = tempfile::tempdir();
    let temporary = temporary.map_err(|source| write_failed("a temporary directory", source))?;
    let dir = args.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    if dir.join("exward.db").exists() {
        return Err(CommandError::Usage {
            what: format!("there is a demo in {} already", dir.display()),
            help: "name another directory, or look at it: `exward serve --store DIR/exward.db`"
                .into(),
        });
    }
    std::fs::create_dir_all(&dir)
        .and_then(|()| std::fs::write(dir.join("policy.toml"), POLICY))
        .map_err(|source| write_failed("the demo's files", source))?;
    let demo = Demo { dir, port: args.port };
    let mut lab = demo.lab()?;
    let told = demo.tell();
    let _ended = lab.kill().and_then(|()| lab.wait());
    told?;
    output::line(&format!(
        "\nThe story ended as told, after {} seconds.",
        began.elapsed().as_secs()
    ))?;
    if args.no_serve {
        return Ok(0);
    }
    say_what_to_see(&demo)?;
    serve::run(catalog, clock, serving(&demo.dir.join("exward.db"))?)
}

/// What the pages show of the story.
fn say_what_to_see(demo: &Demo) -> Result<(), CommandError> {
    let [hunted, repaired, quarantined] =
        [HUNTED, REPAIRED, QUARANTINED].map(|it| demo.target(it).map(|at| format!("{it} ({at})")));
    output::line(&format!(
        "\n6. The same story as pages: everything in them is SIMULATED\n\n\
         Estate    {} is vulnerable still, eight servers are patched\n\
         a server  what was found, and since when it is fixed; {} is patched, and not clean\n\
         Rollouts  the plan, wave by wave: {} failed and was repaired\n\n\
         The lab has ended: to ask its servers again, run the demo again. Ctrl-C ends the pages.\n",
        quarantined?, hunted?, repaired?
    ))
}

/// The server's arguments: any free port.
fn serving(store: &Path) -> Result<serve::ServeArgs, CommandError> {
    let store = store.display().to_string();
    let line = ["serve", "--demo", "--listen", "127.0.0.1:0", "--store", &store];
    let parsed = ServeLine::try_parse_from(line).map_err(|error| CommandError::Usage {
        what: "the demo's store cannot be served".into(),
        help: error.to_string(),
    })?;
    Ok(parsed.serve)
}

fn write_failed(what: &str, source: std::io::Error) -> CommandError {
    CommandError::Write { what: what.to_owned(), source }
}
