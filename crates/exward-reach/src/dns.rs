//! Names to addresses, and a domain to the hosts that may be its Exchange servers.
//!
//! [`Resolver::addresses`] asks for one name. [`Resolver::discover`] asks what a domain publishes
//! about its mail (MX, SRV, the usual names) and says what to probe and what only to show. The
//! asking is here; the deciding is a pure function of the records, in `judge`.
//!
//! # Invariants
//! * **D1 ours only.** What is found lies in the domain and is no known cloud service.
//! * **D2 each once.** No name and port is found twice, and a set of addresses that answers for any
//!   name (a wildcard) is found once.
//! * **D3 stable.** The result depends on the records alone, not on the order of answers.
//! * **D4 nothing lost.** Every host that the domain publishes is found or shown with a reason.
//! * **D5 bounded.** A lookup takes at most [`LOOKUP_TIMEOUT`]; names, records and addresses have
//!   limits. No search domain is ever added to a name.
//!
//! Sources: RFC 1035, RFC 2782 (SRV), RFC 7505 (null MX); Microsoft Learn, "Autodiscover service in
//! Exchange Server" (autodiscover names and the SRV record).

mod cloud;
mod error;
mod judge;
mod records;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use hickory_resolver::system_conf::read_system_conf;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use error::DnsError;
use judge::{judge, names_to_ask};
use records::{ALIASES_MAX, Host, Mx, Records, Srv, absolute, alias_of, text};

/// Longest time for one lookup, all its tries together. Resolvers of systems give up after 5 s too.
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Rounds of asking within that time; packets get lost. Within a round UDP packets are repeated too.
pub const ATTEMPTS: usize = 2;

/// Most addresses kept of one name. More are a load balancer's, in front of the same servers.
pub const ADDRESSES_MAX: usize = 16;

/// Names asked for at once during discovery: quick, and no burst for a small name server.
const LOOKUPS_AT_ONCE: usize = 8;

/// Answers kept in memory; a long list of targets repeats its names.
const CACHE_ANSWERS_MAX: u64 = 1024;

/// Asks name servers. Cheap to clone; clones share what they remember. Needs a Tokio runtime.
#[derive(Clone)]
pub struct Resolver {
    inner: TokioResolver,
    within: Duration,
}

/// What a domain's records say about its mail servers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Discovery {
    /// Hosts to probe, in a stable order: usual names, MX, SRV. Empty if there is none.
    pub found: Vec<Candidate>,
    /// What is not probed, with the reason; also what could not be asked.
    pub shown: Vec<Candidate>,
}

/// One name that may be an Exchange server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name, in lower case, without a dot at its end.
    pub name: String,
    /// The port, if a record names one; else the usual ports.
    pub port: Option<u16>,
    /// Where the name comes from, and what else there is to say; parts separated by `; `.
    pub why: String,
}

/// Looks for the servers of a domain, for a caller without a runtime of its own.
///
/// # Errors
/// Names cannot be looked up at all.
pub fn discover(domain: &str, server: Option<SocketAddr>) -> Result<Discovery, DnsError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| DnsError::system(error.into()))?;
    runtime.block_on(async {
        let resolver = server.map_or_else(Resolver::system, Resolver::at)?;
        Ok(resolver.discover(domain).await)
    })
}

impl Resolver {
    /// With the name servers and the hosts file of this machine. Its search domains are not used.
    ///
    /// # Errors
    /// The configuration cannot be read or names no server.
    pub fn system() -> Result<Self, DnsError> {
        let (config, options) = read_system_conf().map_err(DnsError::system)?;
        let servers = config.name_servers().to_vec();
        Self::with(servers, options, ResolveHosts::Auto, LOOKUP_TIMEOUT)
    }

    /// With one name server, over UDP and TCP. The hosts file is not read: its answers alone count.
    ///
    /// # Errors
    /// The resolver cannot be built.
    pub fn at(server: SocketAddr) -> Result<Self, DnsError> {
        Self::at_within(server, LOOKUP_TIMEOUT)
    }

    /// Like [`Resolver::at`], with another time for each lookup.
    ///
    /// # Errors
    /// The resolver cannot be built.
    pub fn at_within(server: SocketAddr, within: Duration) -> Result<Self, DnsError> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut it| {
            it.port = server.port();
            it
        });
        let server = NameServerConfig::new(server.ip(), true, connections.to_vec());
        Self::with(vec![server], ResolverOpts::default(), ResolveHosts::Never, within)
    }

    fn with(
        servers: Vec<NameServerConfig>,
        mut options: ResolverOpts,
        hosts: ResolveHosts,
        within: Duration,
    ) -> Result<Self, DnsError> {
        let tries = u32::try_from(ATTEMPTS).unwrap_or(u32::MAX);
        options.timeout = within.checked_div(tries).unwrap_or(within);
        options.attempts = ATTEMPTS.saturating_sub(1); // it counts the tries after the first
        options.use_hosts_file = hosts;
        options.cache_size = CACHE_ANSWERS_MAX;
        options.preserve_intermediates = true; // aliases tell Exchange Online from a server
        let config = ResolverConfig::from_parts(None, Vec::new(), servers);
        let builder: ResolverBuilder<_> =
            TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        let inner = builder.with_options(options).build().map_err(DnsError::system)?;
        Ok(Self { inner, within })
    }

    /// A and AAAA of `name`, each once, IPv4 first, sorted, at most [`ADDRESSES_MAX`]; never empty.
    /// A text that is an address is its own answer. One of the two answers is enough.
    ///
    /// # Errors
    /// There is no such name, it has no address, or the question got no answer.
    pub async fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, DnsError> {
        if let Ok(address) = name.parse() {
            return Ok(vec![address]);
        }
        let host = self.host(&absolute(name)?).await;
        match host.trouble {
            Some(trouble) if host.addresses.is_empty() => Err(trouble),
            _ => Ok(host.addresses),
        }
    }

    /// What `domain` publishes about its mail servers. A lookup that fails is shown, no error.
    pub async fn discover(&self, domain: &str) -> Discovery {
        let name = match absolute(domain) {
            Ok(name) => name,
            Err(error) => {
                let candidate =
                    Candidate { name: domain.to_owned(), port: None, why: error.reason() };
                return Discovery { found: Vec::new(), shown: vec![candidate] };
            }
        };
        let domain = text(&name);
        let any = absolute(&format!("{}.{domain}", label_of_nobody(&domain)));
        let any_name = async {
            match any {
                Ok(name) => self.host(&name).await.addresses,
                Err(_) => Vec::new(), // the domain is too long to have names below it
            }
        };
        let (mx, srv, any_name) = tokio::join!(self.mx(&name), self.srv(&domain), any_name);
        let mut records = Records { hosts: BTreeMap::new(), mx, srv, any_name };
        records.hosts = self.hosts(&names_to_ask(&domain, &records)).await;
        judge(&domain, &records)
    }

    async fn mx(&self, domain: &Name) -> Result<Vec<Mx>, DnsError> {
        let found = none_is_empty(self.lookup(domain, RecordType::MX).await)?;
        let mx = found.iter().filter_map(|it| {
            let RData::MX(mx) = it else { return None };
            Some(Mx { preference: mx.preference, host: text(&mx.exchange) })
        });
        Ok(mx.collect())
    }

    async fn srv(&self, domain: &str) -> Result<Vec<Srv>, DnsError> {
        let name = absolute(&judge::srv_name(domain))?;
        let found = none_is_empty(self.lookup(&name, RecordType::SRV).await)?;
        let srv = found.iter().filter_map(|it| {
            let RData::SRV(srv) = it else { return None };
            Some(Srv { priority: srv.priority, host: text(&srv.target), port: srv.port })
        });
        Ok(srv.collect())
    }

    /// Looks the names up, a few at a time. A name whose lookup broke down is missing.
    async fn hosts(&self, names: &[String]) -> BTreeMap<String, Host> {
        let mut hosts = BTreeMap::new();
        for some in names.chunks(LOOKUPS_AT_ONCE) {
            let mut lookups = JoinSet::new();
            for name in some.iter().cloned() {
                let resolver = self.clone();
                lookups.spawn(async move {
                    let host = match absolute(&name) {
                        Ok(absolute) => resolver.host_and_aliases(&absolute).await,
                        Err(error) => Host { trouble: Some(error), ..Host::default() },
                    };
                    (name, host)
                });
            }
            while let Some(done) = lookups.join_next().await {
                hosts.extend(done.ok());
            }
        }
        hosts
    }

    async fn host(&self, name: &Name) -> Host {
        let (v4, v6) =
            tokio::join!(self.lookup(name, RecordType::A), self.lookup(name, RecordType::AAAA));
        Host::of(name, [v4, v6].map(|it| it.map(|it| it.answers().to_vec())))
    }

    /// Like `host`; of a name without addresses it also finds the aliases. The lookup of addresses
    /// says nothing of them if the last one leads nowhere. A silent server is not asked once more.
    async fn host_and_aliases(&self, name: &Name) -> Host {
        let mut host = self.host(name).await;
        if !host.trouble.as_ref().is_some_and(DnsError::is_answer) {
            return host;
        }
        host.aliases.clear();
        let mut last = name.clone();
        while host.aliases.len() < ALIASES_MAX {
            let Ok(found) = self.lookup(&last, RecordType::CNAME).await else { break };
            let Some(alias) = alias_of(&last, found.answers()) else { break };
            host.aliases.push(text(&alias));
            last = alias;
        }
        host
    }

    async fn lookup(&self, name: &Name, kind: RecordType) -> Result<Lookup, DnsError> {
        match timeout(self.within, self.inner.lookup(name.clone(), kind)).await {
            Ok(answer) => answer.map_err(|it| DnsError::of(text(name), self.within, it)),
            Err(_) => Err(DnsError::NoAnswer { name: text(name), within: self.within }),
        }
    }
}

/// No such record is an answer, not a failure.
fn none_is_empty(answer: Result<Lookup, DnsError>) -> Result<Vec<RData>, DnsError> {
    match answer {
        Ok(found) => Ok(found.answers().iter().map(|it| it.data.clone()).collect()),
        Err(error) if error.is_absence() => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// A label that nobody has given to a host, the same for every run (A8).
fn label_of_nobody(domain: &str) -> String {
    let hash = Sha256::digest(domain);
    let hex: String = hash.iter().take(4).map(|it| format!("{it:02x}")).collect();
    format!("exward-no-such-name-{hex}")
}
