//! `exward explain`: what a build, CVE, KB article or update means, and the way from one build to another.

mod route;
mod setup_log;
mod text;

use clap::Args;
use exward_core::catalog::Catalog;
use exward_core::explain::explain;
use jiff::civil::Date;

use crate::error::CommandError;
use crate::output::Sink;
use crate::plain;

/// Say what a build, CVE, KB article or update means: what it fixes, and what fixes it
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  exward explain 15.2.1544.13       a build: its update, what is open on it, what closes it
  exward explain 15.2.1544          a CU
  exward explain CVE-2021-34473     a CVE: fixed where, known exploited, what else it needs
  exward explain KB5049233          a KB article, or an update such as Nov24SUv2
  exward explain 15.2.1544.9 --to latest          the way to the newest update, move by move
  exward explain --setup-log ExchangeSetup.log    why a setup failed, and what to do")]
pub(crate) struct ExplainArgs {
    /// A build, CVE, KB article or update name
    #[arg(value_name = "BUILD|CVE|KB|UPDATE", required_unless_present = "setup_log")]
    what: Option<String>,
    /// Show the way from the build to the newest one that can be reached, or to this build
    #[arg(long, value_name = "latest|BUILD", requires = "what", conflicts_with = "setup_log")]
    to: Option<String>,
    #[command(flatten)]
    setup_log: setup_log::SetupLogArgs,
}

/// Runs the command; gives the exit code.
pub(super) fn run(catalog: &Catalog, today: Date, args: &ExplainArgs) -> Result<u8, CommandError> {
    if let Some(code) = setup_log::run(&args.setup_log)? {
        return Ok(code);
    }
    let what = args.what.as_deref().unwrap_or_default();
    if let Some(to) = &args.to {
        return show(&route::answer(catalog, what, to)?);
    }
    let explanation = explain(catalog, what).map_err(|error| CommandError::Usage {
        what: plain::line(&chain(&error)).into_owned(),
        help: "for example: exward explain 15.2.1544.14, CVE-2021-34473, KB5049233 or Nov24SUv2"
            .to_owned(),
    })?;
    show(&text::answer(catalog, today, &explanation))
}

fn show(answer: &str) -> Result<u8, CommandError> {
    let mut sink = Sink::open(None)?;
    let written = sink.writer().write_all(answer.as_bytes());
    written.map_err(|source| sink.error(source))?;
    sink.close()?;
    Ok(0)
}

/// The error and what it comes from, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
