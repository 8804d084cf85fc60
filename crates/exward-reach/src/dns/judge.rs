//! From the records of a domain to what is probed and what is only shown. Pure.
//!
//! Guards D1 to D4 of [`super`].

use super::cloud::{gateway, is_exchange_online, is_in};
use super::records::{Host, Records, is_host_name};
use super::{Candidate, Discovery, DnsError};

/// Labels under which Exchange is usually published, and what the name is called.
const USUAL_LABELS: [&str; 3] = ["autodiscover", "mail", "owa"];

/// MX hosts looked at. Domains have a handful; what is left out is told.
const MX_MAX: usize = 16;

/// SRV hosts looked at. There is one, or there are two for reserve; what is left out is told.
const SRV_MAX: usize = 8;

/// The port that is meant without naming it.
const HTTPS_PORT: u16 = 443;

const WILDCARD: &str = "also answers for any name (wildcard)";

/// One name, and where it comes from.
#[derive(Debug)]
struct Offer {
    candidate: Candidate,
    /// True if a record of the domain names it; false for the usual names, which are tried.
    published: bool,
}

/// What becomes of an offer.
enum Ruling {
    /// Probe it; the text, if any, is added.
    Probe(Option<String>),
    /// Show it, because of this.
    Show(String),
    /// The name does not exist or has no address.
    Absent(String),
}

/// Name of the record with which a domain publishes its autodiscover host.
pub(super) fn srv_name(domain: &str) -> String {
    format!("_autodiscover._tcp.{domain}")
}

/// Names whose addresses judging needs: those that may be found (D1), each once.
pub(super) fn names_to_ask(domain: &str, records: &Records) -> Vec<String> {
    let (offers, _) = offers(domain, records);
    let mut names: Vec<_> = offers
        .into_iter()
        .map(|it| it.candidate.name)
        .filter(|it| not_ours(domain, it).is_none())
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Decides. Depends on the arguments alone.
pub(super) fn judge(domain: &str, records: &Records) -> Discovery {
    let (offers, notes) = offers(domain, records);
    let mut ruled: Vec<_> = offers.into_iter().map(|it| (rule(domain, &it, records), it)).collect();
    once_per_wildcard(&mut ruled, records);
    let nothing = !ruled.iter().any(|(ruling, _)| matches!(ruling, Ruling::Probe(_)));
    let mut discovery = Discovery::default();
    for (ruling, Offer { mut candidate, published }) in ruled {
        match ruling {
            Ruling::Probe(note) => {
                candidate.add(note.as_deref());
                discovery.found.push(candidate);
            }
            Ruling::Absent(_) if !published && !nothing => {}
            Ruling::Absent(reason) | Ruling::Show(reason) => {
                candidate.add(Some(&reason));
                discovery.shown.push(candidate);
            }
        }
    }
    discovery.shown.extend(notes);
    discovery
}

impl Candidate {
    fn new(name: impl Into<String>, port: Option<u16>, why: impl Into<String>) -> Self {
        Self { name: name.into(), port, why: why.into() }
    }

    /// One more part of the reason, unless it says so already.
    fn add(&mut self, part: Option<&str>) {
        let Some(part) = part else { return };
        if !self.why.split("; ").any(|it| it == part) {
            self.why.push_str("; ");
            self.why.push_str(part);
        }
    }

    /// True if `other` is the same door: same name and port, or HTTPS on a host probed anyway (D2).
    fn is_also(&self, other: &Self) -> bool {
        let port =
            self.port == other.port || (self.port.is_none() && other.port == Some(HTTPS_PORT));
        self.name == other.name && port
    }
}

/// Every name of the domain in its order (D3), each once, and notes that belong to no host.
fn offers(domain: &str, records: &Records) -> (Vec<Offer>, Vec<Candidate>) {
    let mut offers = Vec::new();
    let mut notes = Vec::new();
    for label in USUAL_LABELS {
        let candidate =
            Candidate::new(format!("{label}.{domain}"), None, format!("{label} name of {domain}"));
        offers.push(Offer { candidate, published: false });
    }
    let of = format!("MX of {domain}");
    for mx in sorted(&records.mx, MX_MAX, domain, &of, &mut notes) {
        if mx.host.is_empty() {
            notes.push(Candidate::new(domain, None, format!("{of}; accepts no mail (null MX)")));
        } else {
            let why = format!("{of} (preference {})", mx.preference);
            merge(&mut offers, Candidate::new(mx.host, None, why));
        }
    }
    let name = srv_name(domain);
    let of = format!("SRV _autodiscover._tcp of {domain}");
    for srv in sorted(&records.srv, SRV_MAX, &name, &of, &mut notes) {
        if srv.host.is_empty() {
            notes.push(Candidate::new(
                &name,
                None,
                format!("{of}; says that there is no such service"),
            ));
        } else {
            merge(&mut offers, Candidate::new(srv.host, Some(srv.port), &of));
        }
    }
    (offers, notes)
}

/// The records in their order, up to the limit. A failed lookup and what is left out become notes.
fn sorted<T: Clone + Ord>(
    records: &Result<Vec<T>, DnsError>,
    limit: usize,
    name: &str,
    of: &str,
    notes: &mut Vec<Candidate>,
) -> Vec<T> {
    let mut sorted = match records {
        Ok(records) => records.clone(),
        Err(error) => {
            notes.push(Candidate::new(name, None, format!("{of}; {}", error.reason())));
            return Vec::new();
        }
    };
    sorted.sort_unstable();
    sorted.dedup();
    let more = sorted.len().saturating_sub(limit);
    if more > 0 {
        notes.push(Candidate::new(
            name,
            None,
            format!("{of}; {more} more are left out (limit {limit})"),
        ));
    }
    sorted.truncate(limit);
    sorted
}

fn merge(offers: &mut Vec<Offer>, candidate: Candidate) {
    match offers.iter_mut().find(|it| it.candidate.is_also(&candidate)) {
        Some(offer) => {
            offer.published = true;
            offer.candidate.add(Some(&candidate.why));
        }
        None => offers.push(Offer { candidate, published: true }),
    }
}

fn rule(domain: &str, offer: &Offer, records: &Records) -> Ruling {
    let name = &offer.candidate.name;
    if let Some(reason) = not_ours(domain, name) {
        return Ruling::Show(reason);
    }
    let Some(host) = records.hosts.get(name) else {
        return Ruling::Show("could not be looked up".to_owned());
    };
    if let Some(reason) = alias_into_cloud(host) {
        return Ruling::Show(reason);
    }
    match &host.trouble {
        Some(trouble) if trouble.is_absence() => Ruling::Absent(absence(host, trouble)),
        Some(trouble) => Ruling::Show(trouble.reason()),
        None => Ruling::Probe(host.aliases.last().map(|it| format!("alias (CNAME) of {it}"))),
    }
}

/// Why the name alone is enough not to probe it (D1); `None` if it may be.
fn not_ours(domain: &str, name: &str) -> Option<String> {
    if !is_host_name(name) {
        Some("not the name of a host".to_owned())
    } else if let Some(operator) = gateway(name) {
        Some(format!("a cloud gateway ({operator})"))
    } else if is_exchange_online(name) {
        Some("Exchange Online".to_owned())
    } else if !is_in(name, domain) {
        Some(format!("outside {domain}: give it as a target if it is yours"))
    } else {
        None
    }
}

/// The whole chain counts: from `autodiscover.outlook.com` it goes on to names of `office.com`.
fn alias_into_cloud(host: &Host) -> Option<String> {
    host.aliases.iter().find_map(|alias| {
        if let Some(operator) = gateway(alias) {
            Some(format!("alias (CNAME) of {alias}: {operator}"))
        } else if is_exchange_online(alias) {
            Some(format!("alias (CNAME) of {alias}: Exchange Online"))
        } else {
            None
        }
    })
}

fn absence(host: &Host, trouble: &DnsError) -> String {
    match host.aliases.last() {
        Some(alias) => format!("alias (CNAME) of {alias}, which {}", trouble.reason()),
        None => trouble.reason(),
    }
}

/// Of the names that a wildcard answers for, one stays: a published one before a usual one (D2).
fn once_per_wildcard(ruled: &mut [(Ruling, Offer)], records: &Records) {
    let usual_port = |it: &Offer| it.candidate.port.is_none_or(|port| port == HTTPS_PORT);
    let of_any_name = |ruling: &Ruling, offer: &Offer| {
        let host = records.hosts.get(&offer.candidate.name);
        let same = host.is_some_and(|it| it.addresses == records.any_name);
        matches!(ruling, Ruling::Probe(_)) && same && usual_port(offer)
    };
    let alike = || ruled.iter().filter(|(ruling, offer)| of_any_name(ruling, offer));
    let Some((_, kept)) = alike().find(|(_, it)| it.published).or_else(|| alike().next()) else {
        return;
    };
    let kept = kept.candidate.name.clone();
    for (ruling, offer) in ruled.iter_mut() {
        if !of_any_name(ruling, offer) {
            continue;
        }
        if offer.candidate.name == kept {
            offer.candidate.add(Some(WILDCARD));
        } else {
            *ruling = Ruling::Show(format!("{WILDCARD}: same addresses as {kept}"));
        }
    }
}

#[cfg(test)]
mod tests;
