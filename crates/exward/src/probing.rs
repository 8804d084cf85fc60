//! Hosts among the targets are asked: the options, the rules, the run, and what came back.
//!
//! The rules themselves are `exward-reach`'s, and what an answer means is the core's: this wires them.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::report::is_settled;
use exward_reach::conduct::{Conduct, Refusal};
use exward_reach::endpoint::{Endpoint, Host};
use exward_reach::journal::{Digest, Header, Journal};
use exward_reach::limits::{IN_FLIGHT_MAX, Patience};
use exward_reach::order::{Expansion, Order, Shard};
use exward_reach::pace::RATE_DEFAULT;
use exward_reach::probe::Wishes;
use exward_reach::run::{Manner, Progress, Watch, run};
use exward_reach::scope::{SCOPE_BYTES_MAX, Scope};
use jiff::civil::Date;

use crate::error::CommandError;
use crate::item::{Item, Take};
use crate::{input, interrupt, output, progress};

/// How hosts are asked
#[derive(Args, Debug)]
#[command(next_help_heading = "Asking hosts")]
pub(crate) struct ProbingArgs {
    /// Ask only what this file allows (TOML: owner, purpose, contact, until, ranges, names, exclude)
    ///
    /// Needed for ranges and for more than 256 public hosts. See docs/probing.md.
    #[arg(long, value_name = "FILE")]
    scope: Option<PathBuf>,
    /// Page or mail address for whoever wonders about the questions; needed for more than 256 hosts
    #[arg(long, value_name = "URL")]
    contact: Option<String>,
    /// Most new hosts a second; 0 lifts every limit and is for loopback only
    #[arg(long, value_name = "N", default_value_t = RATE_DEFAULT)]
    rate: u32,
    /// Ask hosts on this machine, such as those of `exward lab serve`
    #[arg(long)]
    allow_loopback: bool,
    /// Keep every answer in this file, and go on where a run with it has stopped
    #[arg(long, value_name = "FILE")]
    run: Option<PathBuf>,
    /// Ask only this part of the hosts; machines with the same targets share them without overlap
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    shard: Shard,
    /// Order of the hosts; without it the targets themselves decide
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Also ask for the export tool's manifest where no header tells the build
    #[arg(long)]
    manifest: bool,
    /// Also ask for a path that exists nowhere: honeypots answer it
    #[arg(long)]
    control: bool,
    /// Also ask for an NTLM challenge: Windows version and names, no logon
    #[arg(long)]
    ntlm: bool,
    /// Find a domain's own servers by DNS, and ask them
    #[arg(long, value_name = "DOMAIN")]
    pub(crate) discover: Vec<String>,
    /// Name server to ask instead of the system's
    #[arg(long, value_name = "ADDRESS:PORT")]
    dns: Option<SocketAddr>,
    /// Seconds for all questions to one address
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=300))]
    timeout: u64,
}

impl ProbingArgs {
    /// True if a second run can go on where this one stops.
    pub(crate) const fn keeps_a_run(&self) -> bool {
        self.run.is_some()
    }
}

/// Who is told how many hosts were asked, and of how many.
pub(crate) type Told = Box<dyn Fn(u64, u64)>;

/// Collects the hosts to ask, and refuses what may not be asked.
pub(crate) struct Admission<'a> {
    args: &'a ProbingArgs,
    conduct: Conduct,
    endpoints: Vec<Endpoint>,
    /// Numbers of the endpoints: one that is named twice is asked once.
    numbers: BTreeMap<Endpoint, usize>,
    told: Option<Told>,
}

/// What a domain's records told.
pub(crate) struct Discovered {
    pub(crate) domain: String,
    /// Hosts to ask: target, number of the endpoint, how it was found.
    pub(crate) found: Vec<(String, usize, String)>,
    /// What is not asked, with the reason.
    pub(crate) shown: Vec<String>,
}

fn usage(what: String, help: &str) -> CommandError {
    CommandError::Usage { what, help: help.to_owned() }
}

fn refused(refusal: &Refusal) -> CommandError {
    let what = match refusal.source() {
        Some(why) => format!("{refusal}: {why}"),
        None => refusal.to_string(),
    };
    usage(what, refusal.help())
}

impl<'a> Admission<'a> {
    /// Reads the scope.
    ///
    /// # Errors
    /// A scope that cannot be read, or is none.
    pub(crate) fn new(args: &'a ProbingArgs, today: Date) -> Result<Self, CommandError> {
        let scope = match &args.scope {
            None => None,
            Some(path) => {
                let text = input::whole(path, SCOPE_BYTES_MAX)?;
                let scope = Scope::parse(&text).map_err(|error| {
                    let what = format!("{}: {error}", path.display());
                    usage(what, "docs/probing.md shows a scope file")
                })?;
                Some(scope)
            }
        };
        let conduct = Conduct {
            scope,
            contact: args.contact.clone(),
            allow_loopback: args.allow_loopback,
            rate: args.rate,
            today,
        };
        let (endpoints, numbers) = (Vec::new(), BTreeMap::new());
        Ok(Self { args, conduct, endpoints, numbers, told: None })
    }

    /// Has somebody told how far the asking is.
    pub(crate) fn tell(&mut self, told: Told) {
        self.told = Some(told);
    }

    /// Adds a host; gives its number.
    ///
    /// # Errors
    /// A usage error that says why it may not be asked, and what to do.
    pub(crate) fn add(&mut self, host: &str) -> Result<usize, CommandError> {
        let endpoint = self.endpoint(host)?;
        let next = self.endpoints.len();
        let number = *self.numbers.entry(endpoint.clone()).or_insert(next);
        if number == next {
            self.endpoints.push(endpoint);
        }
        Ok(number)
    }

    /// What a text asks for, if it may be asked.
    fn endpoint(&self, text: &str) -> Result<Endpoint, CommandError> {
        let endpoint: Endpoint = text
            .parse()
            .map_err(|error| usage(format!("{error}"), "write a host, host:port, or an address"))?;
        match self.conduct.refuse_endpoint(&endpoint) {
            Some(refusal) => Err(refused(&refusal)),
            None => Ok(endpoint),
        }
    }

    /// Looks for the servers of the domains given with `--discover`. Nothing is looked up if the rules refuse a run.
    ///
    /// # Errors
    /// The rules, or names cannot be looked up at all.
    pub(crate) fn discovered(&mut self) -> Result<Vec<Discovered>, CommandError> {
        if !self.args.discover.is_empty() {
            // What is wrong with any run, whomever it asks: an old scope, a contact that reaches nobody.
            self.conduct.admit(&[]).map_err(|it| refused(&it))?;
        }
        let mut all = Vec::new();
        for domain in &self.args.discover {
            let endpoint = self.endpoint(domain)?;
            if !matches!(endpoint.host, Host::Name(_)) {
                let what = format!("`{}` is no domain", crate::plain::line(domain));
                return Err(usage(what, "give a domain such as example.org"));
            }
            let discovery = exward_reach::dns::discover(domain, self.args.dns)
                .map_err(|error| usage(error.to_string(), "give a domain such as example.org"))?;
            let (mut found, mut shown) = (Vec::new(), Vec::new());
            for it in discovery.found {
                let target = exward_read::record::host_and_port(&it.name, it.port);
                match self.add(&target) {
                    Ok(endpoint) => found.push((target, endpoint, it.why)),
                    Err(refusal) => shown.push(format!("{target} ({}): {refusal}", it.why)),
                }
            }
            shown.extend(discovery.shown.into_iter().map(|it| format!("{}: {}", it.name, it.why)));
            all.push(Discovered { domain: domain.clone(), found, shown });
        }
        Ok(all)
    }

    /// Asks all hosts. Nothing is sent if the rules refuse the run.
    ///
    /// # Errors
    /// The rules, the run file, or the machine.
    pub(crate) fn probe(self, catalog: &Arc<Catalog>) -> Result<Probed, CommandError> {
        if self.endpoints.is_empty() {
            return Ok(Probed { asked: None, not_asked: 0 });
        }
        self.conduct.admit(&self.endpoints).map_err(|it| refused(&it))?;
        if let Some(scope) = &self.conduct.scope {
            // So that whoever runs it sees in whose name, and until when.
            let (owner, purpose, until) = (scope.owner(), scope.purpose(), scope.until());
            progress::note(&format!("asking for {owner}: {purpose} (until {until})"));
        }
        let args = self.args;
        let wishes = Wishes { manifest: args.manifest, control: args.control, ntlm: args.ntlm };
        let digest = Digest::of(&self.endpoints, wishes);
        let expansion = Expansion::new(self.endpoints)
            .map_err(|error| usage(error.to_string(), "ask in several runs"))?;
        let seed = args.seed.unwrap_or_else(|| digest.seed());
        let header =
            Header::new(seed, args.shard.to_string(), expansion.total(), digest.to_string());
        let failed = |source| CommandError::RunFile { path: args.run.clone(), source };
        let mut journal = match &args.run {
            Some(path) => Journal::open(path, header).map_err(failed)?,
            None => Journal::temporary(header).map_err(failed)?,
        };
        let catalog = Arc::clone(catalog);
        let manner = Manner {
            wishes,
            patience: Patience::within(Duration::from_secs(args.timeout)),
            in_flight_max: in_flight_max(),
            user_agent: self.conduct.user_agent(env!("CARGO_PKG_VERSION")),
            settled: Arc::new(move |evidence| is_settled(&catalog, evidence)),
            dns: args.dns,
            conduct: Arc::new(self.conduct),
        };
        let order = Order::new(journal.header().seed, expansion.total(), args.shard);
        let hosts = order.left();
        let mut watch = Watcher(progress::Hosts::new(hosts), self.told);
        run(&expansion, order, &manner, &mut journal, &mut watch)
            .map_err(|source| CommandError::Run { source })?;
        watch.0.finish();
        let not_asked = hosts.saturating_sub(journal.answered());
        Ok(Probed { asked: Some((expansion, journal)), not_asked })
    }
}

struct Watcher(progress::Hosts, Option<Told>);

impl Watch for Watcher {
    fn progress(&mut self, progress: Progress) {
        self.0.show(progress.done, progress.targets);
        if let Some(told) = &self.1 {
            told(progress.done, progress.targets);
        }
    }

    fn wants_stop(&self) -> bool {
        interrupt::asked()
    }
}

/// Most hosts at once that this machine's limit of open files allows; the limit is raised as far as it may be.
fn in_flight_max() -> usize {
    /// Files of our own, and the short time in which a reconnect holds two.
    const SPARE: u64 = 200;
    let limit = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    let fits = usize::try_from(limit.saturating_sub(SPARE)).unwrap_or(usize::MAX);
    if fits < IN_FLIGHT_MAX {
        output::warn(&format!(
            "warning: only {limit} files may be open, so at most {} hosts are asked at once; raise it with \
             `ulimit -n 4096`",
            fits.max(1)
        ));
    }
    fits.clamp(1, IN_FLIGHT_MAX)
}

/// What the hosts said.
pub(crate) struct Probed {
    asked: Option<(Expansion, Journal)>,
    /// Hosts of this shard that a stopped run has not asked.
    pub(crate) not_asked: u64,
}

impl Probed {
    /// Gives what one endpoint said: a host gives one item, a range one for each address that answered.
    ///
    /// # Errors
    /// What `take` gives, or an answer that could not be read back.
    pub(crate) fn each(
        &mut self,
        target: &str,
        endpoint: usize,
        found: Option<&Evidence>,
        take: &mut Take<'_>,
    ) -> Result<(), CommandError> {
        let Some((expansion, journal)) = &mut self.asked else { return Ok(()) };
        let asked = expansion.endpoints().get(endpoint);
        let is_range = asked.is_some_and(|it| matches!(it.host, Host::Range(_)));
        let (mut silent, mut seen, mut listed) = (0_u64, false, false);
        for index in expansion.indices(endpoint) {
            let visit = journal
                .visit(index)
                .map_err(|source| CommandError::RunFile { path: None, source })?;
            // Of another shard, or not asked before the run was stopped.
            let Some(visit) = visit else { continue };
            seen = true;
            if is_range && visit.is_absent() {
                silent = silent.saturating_add(1);
                continue;
            }
            let target = match expansion.at(index) {
                Some((_, one)) if is_range => one.to_string(),
                _ => target.to_owned(),
            };
            let mut front_ends = visit.front_ends();
            if let Some(((_, evidence), found)) = front_ends.first_mut().zip(found) {
                evidence.push(found.clone());
            }
            listed = true;
            take(Item::Visited { target, front_ends })?;
        }
        if is_range && seen && !listed {
            // "Nothing to do" would be an all-clear for a network that may just be out of reach.
            let why = "nobody answered in the whole range: can this machine reach it?".to_owned();
            take(Item::NotRead { file: target.to_owned(), why })?;
        } else if silent > 0 {
            let why = format!("{silent} addresses gave no answer and are not listed");
            take(Item::Skipped { file: target.to_owned(), line: None, why })?;
        }
        Ok(())
    }
}

/// The host of a target: `mail.example.org` of `mail.example.org:443`.
pub(crate) fn host(target: &str) -> &str {
    target.rsplit_once(':').map_or(target, |(host, port)| {
        if port.bytes().all(|it| it.is_ascii_digit()) { host } else { target }
    })
}
