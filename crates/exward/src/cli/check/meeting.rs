//! Where check and hunt meet: whether a server is patched, and whether somebody was in, side by side.

use std::path::{Path, PathBuf};

use clap::Args;
use exward_core::report::ServerReport;
use exward_core::sentence::first_few;
use exward_hunt::verdict::{Known, is_same};
use exward_hunt::{Examined, HuntSummary, HuntVerdict};

use super::Shown;
use crate::error::CommandError;
use crate::hunting::{self, Hunted, HuntingArgs, Left};
use crate::probing::host;

/// Servers in a result that a hunt can belong to: nobody hunts one of more by accident.
const SERVERS_MAX: usize = 10_000;

/// Names listed in an error.
const LISTED_MAX: usize = 5;

/// What `check` takes for a hunt.
#[derive(Args, Debug)]
#[command(next_help_heading = "Hunting")]
pub(super) struct MeetingArgs {
    /// Also hunt in these logs, folders or archives of one server of the result
    #[arg(long, value_name = "PATH")]
    hunt: Vec<PathBuf>,
    /// Name of the server that --hunt is of, if the result has several
    #[arg(long, value_name = "NAME", requires = "hunt")]
    server: Option<String>,
    #[command(flatten)]
    hunting: HuntingArgs,
}

/// Holds the result back until it is clear which server the hunt belongs to.
pub(super) struct Meeting<'a, 'c> {
    args: &'a MeetingArgs,
    kept: Vec<Shown<'c>>,
    servers: usize,
}

/// The result with the hunt in its place.
pub(super) struct Met<'c> {
    pub(super) all: Vec<(Shown<'c>, Option<HuntSummary>)>,
    /// True if a path could not be read, or nothing in them.
    pub(super) not_read: bool,
    /// What was not read because of Ctrl-C.
    pub(super) left: Option<Left>,
}

impl<'a, 'c> Meeting<'a, 'c> {
    /// # Errors
    /// Something is said about a hunt, and there is none; or the result would change its evidence.
    pub(super) fn new(args: &'a MeetingArgs, out: Option<&Path>) -> Result<Self, CommandError> {
        hunting::keep_apart(out, &args.hunt)?;
        let HuntingArgs { rules, yara, jobs } = &args.hunting;
        let is_meant = !rules.is_empty() || !yara.is_empty() || jobs.is_some();
        if is_meant && args.hunt.is_empty() {
            return Err(CommandError::Usage {
                what: "--rules, --yara and --jobs are of a hunt, and there is none".to_owned(),
                help: "give the evidence too: `--hunt PATH`".to_owned(),
            });
        }
        Ok(Self { args, kept: Vec::new(), servers: 0 })
    }

    /// Gives back what may be shown at once: everything, without a hunt.
    pub(super) fn keep(&mut self, shown: Shown<'c>) -> Option<Shown<'c>> {
        if self.args.hunt.is_empty() {
            return Some(shown);
        }
        if let Shown::Report(_) = shown {
            self.servers = self.servers.saturating_add(1);
        }
        // Of too many none is hunted; `hunt` says so.
        if self.servers <= SERVERS_MAX {
            self.kept.push(shown);
        }
        None
    }

    /// Hunts, and puts the answer beside the server that it belongs to.
    ///
    /// # Errors
    /// It belongs to none, or one cannot tell to which; a file of rules cannot be read.
    pub(super) fn hunt(self) -> Result<Met<'c>, CommandError> {
        if self.args.hunt.is_empty() {
            return Ok(Met { all: Vec::new(), not_read: false, left: None });
        }
        if self.servers == 0 || self.servers > SERVERS_MAX {
            return Err(CommandError::Usage {
                what: format!("--hunt is of one server, and the result has {}", self.servers),
                help: "give one server; or hunt without a check: `exward hunt PATH…`".to_owned(),
            });
        }
        let mut hunted = hunting::hunt(&self.args.hunting, &self.args.hunt)?;
        let place = self.place(&hunted.examined)?;
        let not_there = self.not_there(&hunted.examined);
        let (unread, is_stopped) = (hunted.unread, hunted.left.is_some());
        let known = Known { unread, is_stopped, ..Known::default() };
        let with_hunt = |(at, mut shown): (usize, Shown<'c>)| {
            let hunt = match &mut shown {
                Shown::Report(report) if at == place => {
                    Some(self.args.beside(report, &mut hunted, &known))
                }
                Shown::Report(_) | Shown::Skipped { .. } => None,
            };
            (shown, hunt)
        };
        let mut all: Vec<_> = self.kept.into_iter().enumerate().map(with_hunt).collect();
        all.extend(not_there.into_iter().map(|it| (it, None)));
        Ok(Met { all, not_read: hunted.not_read, left: hunted.left })
    }

    /// The paths of the hunt that could not be read: named in the result of the check, too.
    fn not_there(&self, examined: &Examined) -> Vec<Shown<'c>> {
        let given: Vec<String> = self.args.hunt.iter().map(|it| it.display().to_string()).collect();
        let skipped = examined.skipped.iter().filter(|(file, _)| given.contains(file));
        let shown = skipped.map(|(file, it)| Shown::Skipped {
            file: file.clone(),
            line: it.line,
            why: it.why.clone(),
        });
        shown.collect()
    }

    /// Which of the kept is the server of the evidence.
    fn place(&self, examined: &Examined) -> Result<usize, CommandError> {
        let reports: Vec<(usize, &ServerReport<'c>)> = (0..)
            .zip(&self.kept)
            .filter_map(|(at, it)| if let Shown::Report(it) = it { Some((at, it)) } else { None })
            .collect();
        if let [(at, _)] = reports.as_slice() {
            return Ok(*at);
        }
        let given = self.args.server.iter();
        let seen = examined.servers.iter().filter(|_| self.args.server.is_none());
        let names: Vec<&str> = given.chain(seen).map(String::as_str).collect();
        let is_it = |report: &ServerReport<'_>| {
            names.iter().any(|name| {
                is_same(name, host(&report.target)) || report.names().any(|it| is_same(name, it))
            })
        };
        let matching: Vec<usize> =
            reports.iter().filter(|(_, it)| is_it(it)).map(|(at, _)| *at).collect();
        if let [at] = matching.as_slice() {
            return Ok(*at);
        }
        let named = if names.is_empty() {
            "it names no server".to_owned()
        } else {
            format!(
                "it is of {}, which is {} of them",
                first_few(&names, LISTED_MAX),
                matching.len()
            )
        };
        Err(CommandError::Usage {
            what: format!("cannot tell whose the hunt is: the result has {} servers, and {named}", reports.len()),
            help: "say it with `--server NAME`, a name or target of the result; or check one server at a time"
                .to_owned(),
        })
    }
}

impl MeetingArgs {
    /// The answer of the hunt, and the report told of it.
    fn beside(
        &self,
        report: &mut ServerReport<'_>,
        hunted: &mut Hunted,
        known: &Known,
    ) -> HuntSummary {
        let server = self.server.clone().or_else(|| report.names().next().map(str::to_owned));
        let known = Known { server, exposed_since: report.exposed_since(), ..known.clone() };
        let mut answer = hunted.answer(&known);
        if let Some(step) = step_beside(answer.verdict) {
            step.clone_into(&mut answer.next_step);
        }
        report.say_hunted(answer.verdict.name(), answer.verdict.urgency());
        answer
    }
}

/// The next step where the library says to check: that is done here.
const fn step_beside(verdict: HuntVerdict) -> Option<&'static str> {
    match verdict {
        HuntVerdict::NothingFound => Some("keep its logs for longer than they reach now"),
        HuntVerdict::Scanned => Some("keep its logs"),
        HuntVerdict::Attempted => Some(
            "see whether the fix was there when it was tried, and hunt again with what is missing",
        ),
        HuntVerdict::NotEnoughEvidence | HuntVerdict::ExploitReached | HuntVerdict::Compromised => {
            None
        }
    }
}
