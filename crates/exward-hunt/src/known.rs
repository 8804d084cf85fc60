//! Harmless traffic that looks like an attack.
//!
//! # Invariants
//! * **K1 never by what a stranger chooses alone**: a user agent excuses nothing except the very questions that
//!   exward asks; a user name excuses nothing except from the server's own addresses.
//! * **K2 never an attack that comes along**: nothing excuses a token, `autodiscover.json`, or a page that a
//!   stranger put there; and but for Microsoft's test, nothing a request that was steered to another server.
//!
//! Sources: `exward-reach`, module `probe`, for the questions; Microsoft's `http-vuln-cve2021-26855.nse`.

mod quarantine;

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::shell::is_stranger;
use crate::typed::{Asked, STEM, forms};
use crate::{Record, Source};

pub(crate) use quarantine::of_path;

/// Something harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Known {
    /// A question of exward's own probes.
    ExwardProbe,
    /// Microsoft's own test for CVE-2021-26855.
    MicrosoftNseCheck,
    /// Exchange that watches itself.
    HealthMailbox,
    /// What an antivirus program keeps of files that it took away. Excuses a file of low confidence, no more.
    AntivirusArchive,
}

impl Known {
    /// The name in machine output; never changes.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ExwardProbe => "exward-probe",
            Self::MicrosoftNseCheck => "microsoft-nse-check",
            Self::HealthMailbox => "health-mailbox",
            Self::AntivirusArchive => "antivirus-archive",
        }
    }

    /// For a person, without a full stop.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::ExwardProbe => "these are questions that exward asks from outside",
            Self::MicrosoftNseCheck => {
                "this is Microsoft's test for CVE-2021-26855 (http-vuln-cve2021-26855.nse): it shows that \
                 somebody tested, not that somebody broke in"
            }
            Self::HealthMailbox => "this is Exchange that watches itself with its health mailboxes",
            Self::AntivirusArchive => {
                "this is what an antivirus program keeps of files that it took away"
            }
        }
    }
}

/// What exward asks, in lower case. It also asks for one path of 16 hexadecimal digits and `.htm`.
const QUESTIONS: [&str; 7] = [
    "/owa/",
    "/autodiscover/autodiscover.xml",
    "/owa/auth/logon.aspx",
    "/exchange/logon.asp",
    "/ecp/current/exporttool/microsoft.exchange.ediscovery.exporttool.application",
    "/owa/healthcheck.htm",
    "/ews/exchange.asmx",
];

/// What Microsoft's test makes the front end ask the server itself for. Any other path of `localhost` would be an
/// attack on the server by itself.
const NSE_ANCHORS: [&str; 2] =
    ["serverinfo~localhost/owa/auth/logon.aspx", "serverinfo~localhost/ecp/default.flt"];

/// What harmless thing a record is, if it is one.
pub(crate) fn recognise(record: &dyn Record) -> Option<Known> {
    match record.source() {
        Source::Iis | Source::HttpProxy | Source::RpsHttp | Source::Ews => request(record),
        Source::EcpServer
        | Source::EcpActivity
        | Source::Cmdlet
        | Source::OabGenerator
        | Source::Audit
        | Source::ExchangeOther
        | Source::Events(_)
        | Source::WebFolder
        | Source::Config => None,
    }
}

/// Lower-case literals of which a line must hold one to be counted as something known. What has none is recognised
/// on lines that a rule wants: lines of health mailboxes are half of a log.
pub(crate) fn needles(source: Source) -> BTreeSet<String> {
    let texts: &[&str] = match source {
        Source::Iis => &["exward"],
        Source::HttpProxy => &["exward", "serverinfo~localhost"],
        Source::EcpServer
        | Source::EcpActivity
        | Source::Cmdlet
        | Source::RpsHttp
        | Source::Ews
        | Source::OabGenerator
        | Source::Audit
        | Source::ExchangeOther
        | Source::Events(_)
        | Source::WebFolder
        | Source::Config => &[],
    };
    texts.iter().map(|it| (*it).to_owned()).collect()
}

fn request(record: &dyn Record) -> Option<Known> {
    if is_own_probe(record) {
        return Some(Known::ExwardProbe);
    }
    if is_nse_check(record) {
        return Some(Known::MicrosoftNseCheck);
    }
    is_health_mailbox(record).then_some(Known::HealthMailbox)
}

/// `GET` of one of the questions, without a query, by somebody who calls himself exward.
fn is_own_probe(record: &dyn Record) -> bool {
    let asked = Asked::of(record);
    let path = asked.stem.to_ascii_lowercase();
    let is_control = path
        .strip_prefix('/')
        .and_then(|it| it.strip_suffix(".htm"))
        .is_some_and(|it| it.len() == 16 && it.bytes().all(|byte| byte.is_ascii_hexdigit()));
    asked.method == "GET"
        && !asked.has_query
        && !may_be_steered(record)
        && (is_control || QUESTIONS.contains(&path.as_str()))
        && record.values("cs-user-agent").raw().is_some_and(is_own_agent)
}

/// `exward/0.1.0`, or with ` (+contact)` behind it, for which IIS writes `+(+contact)`.
fn is_own_agent(agent: &str) -> bool {
    let Some(rest) = agent.strip_prefix("exward/") else { return false };
    let end = rest.find([' ', '+']).unwrap_or(rest.len());
    let (version, contact) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let is_version = version.starts_with(|it: char| it.is_ascii_digit())
        && version.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '.' | '-'));
    let contact = contact.get(1..).unwrap_or_default();
    is_version && (contact.is_empty() || (contact.starts_with("(+") && contact.ends_with(')')))
}

fn is_nse_check(record: &dyn Record) -> bool {
    let anchor = record.values("AnchorMailbox").raw().unwrap_or_default().to_ascii_lowercase();
    NSE_ANCHORS.iter().filter_map(|it| anchor.strip_prefix(it)).any(|rest| matches!(rest, "" | "?"))
}

/// By its name, and from the server itself.
fn is_health_mailbox(record: &dyn Record) -> bool {
    let user = record.user().unwrap_or_default().to_ascii_lowercase();
    let name = user.rsplit('\\').next().unwrap_or_default();
    name.starts_with("healthmailbox") && is_from_this_server(record) && !may_be_steered(record)
}

fn is_from_this_server(record: &dyn Record) -> bool {
    let Some(actor) = record.actor() else { return false };
    let is_loopback = actor.parse::<IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback());
    is_loopback || record.values("s-ip").raw().is_some_and(|it| it == actor)
}

/// What an attack makes the front end ask also comes from the server, as any user; and whoever makes it ask may
/// call himself exward.
fn may_be_steered(record: &dyn Record) -> bool {
    const SIGNS: [(&str, &[&str]); 3] = [
        ("AnchorMailbox", &["serverinfo~"]),
        ("RoutingHint", &["anonresource", "beresource"]),
        ("cs-cookie", &["anonresource", "beresource"]),
    ];
    asks_for_more(record) || SIGNS.iter().any(|(field, signs)| holds(record, field, signs))
}

/// Whether the request itself is one that nothing excuses.
fn asks_for_more(record: &dyn Record) -> bool {
    holds(record, "cs-uri", &["x-rps-cat", "autodiscover.json"])
        || forms(record, STEM).iter().any(|it| is_stranger(it))
}

/// Whether a form of a field holds one of the signs, given in lower case.
fn holds(record: &dyn Record, field: &str, signs: &[&str]) -> bool {
    forms(record, field).iter().any(|form| {
        let form = form.to_ascii_lowercase();
        signs.iter().any(|sign| form.contains(sign))
    })
}

#[cfg(test)]
mod tests;
