//! What the name server knows: names, their records, and the answer to one question.
//!
//! Pure data; names compare without regard to case. `*.example.net` is a wildcard (RFC 4592).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use hickory_proto::op::{Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, MX, SOA, SRV};
use hickory_proto::rr::{DNSClass, Name, RData, Record};

/// Most records of all zones together. A simulated estate has a few hundred.
pub const RECORDS_MAX: usize = 4096;

/// Most records of one name; with more, answers would not fit into a message.
pub const ANSWERS_MAX: usize = 64;

/// Aliases followed in one answer. Longer chains are a mistake of the scenario.
const ALIASES_MAX: usize = 8;

/// How long an answer may be kept, in seconds.
const TTL_S: u32 = 60;

/// Why a record cannot stand in the zone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneError {
    /// Not a name.
    #[error("`{name}` is not a name of DNS")]
    Name {
        /// The text as given.
        name: String,
    },
    /// A record of a name that belongs to no zone served here.
    #[error("{name} lies outside the zones of this server")]
    Outside {
        /// The name.
        name: String,
    },
    /// [`RECORDS_MAX`] or [`ANSWERS_MAX`] is reached.
    #[error("{name} is one record too many: at most {RECORDS_MAX} in all, {ANSWERS_MAX} a name")]
    Full {
        /// The name whose record did not fit.
        name: String,
    },
}

/// The zones of a server and their records. Without records every name in it does not exist.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    origins: BTreeSet<Name>,
    records: BTreeMap<Name, Vec<RData>>,
}

/// The answer to one question.
pub(super) struct Answer {
    pub(super) code: ResponseCode,
    pub(super) records: Vec<Record>,
    pub(super) authority: Option<Record>,
}

impl Zone {
    /// Zones of these names, empty.
    ///
    /// # Errors
    /// One of them is not a name.
    pub fn new(origins: &[&str]) -> Result<Self, ZoneError> {
        let origins = origins.iter().map(|it| absolute(it)).collect::<Result<_, _>>()?;
        Ok(Self { origins, records: BTreeMap::new() })
    }

    /// Adds an address (A or AAAA) of `name`.
    ///
    /// # Errors
    /// See [`ZoneError`]; so for all records.
    pub fn address(self, name: &str, address: IpAddr) -> Result<Self, ZoneError> {
        self.record(name, RData::from(address))
    }

    /// Adds an alias (CNAME); the target may lie outside the zones.
    ///
    /// # Errors
    /// See [`ZoneError`].
    pub fn alias(self, name: &str, target: &str) -> Result<Self, ZoneError> {
        let target = absolute(target)?;
        self.record(name, RData::CNAME(CNAME(target)))
    }

    /// Adds a mail exchanger (MX); host `.` says that the domain accepts no mail (RFC 7505).
    ///
    /// # Errors
    /// See [`ZoneError`].
    pub fn mx(self, name: &str, preference: u16, host: &str) -> Result<Self, ZoneError> {
        let host = absolute(host)?;
        self.record(name, RData::MX(MX::new(preference, host)))
    }

    /// Adds a service (SRV) with weight 0; `name` holds service and protocol, e.g.
    /// `_autodiscover._tcp.example.net`.
    ///
    /// # Errors
    /// See [`ZoneError`].
    pub fn srv(self, name: &str, priority: u16, port: u16, host: &str) -> Result<Self, ZoneError> {
        let host = absolute(host)?;
        self.record(name, RData::SRV(SRV::new(priority, 0, port, host)))
    }

    fn record(mut self, text: &str, data: RData) -> Result<Self, ZoneError> {
        let name = absolute(text)?;
        if self.origin(&name).is_none() {
            return Err(ZoneError::Outside { name: text.to_owned() });
        }
        let all: usize = self.records.values().map(Vec::len).sum();
        let of_name = self.records.entry(name).or_default();
        if all >= RECORDS_MAX || of_name.len() >= ANSWERS_MAX {
            return Err(ZoneError::Full { name: text.to_owned() });
        }
        of_name.push(data);
        Ok(self)
    }

    /// The longest zone that holds `name`.
    fn origin(&self, name: &Name) -> Option<&Name> {
        self.origins.iter().filter(|it| it.zone_of(name)).max_by_key(|it| it.num_labels())
    }

    /// Records of `name`: empty if it exists without any, `None` if it does not exist.
    fn node(&self, name: &Name) -> Option<&[RData]> {
        if let Some(records) = self.records.get(name) {
            return Some(records);
        }
        let mut closest = name.clone();
        while !self.exists(&closest) {
            if closest.is_root() {
                return None;
            }
            closest = closest.base_name();
        }
        if closest == *name {
            return Some(&[]);
        }
        self.records.get(&closest.prepend_label("*").ok()?).map(Vec::as_slice)
    }

    /// A name exists if it, or a name below it, has records.
    fn exists(&self, name: &Name) -> bool {
        self.origins.contains(name) || self.records.keys().any(|it| name.zone_of(it))
    }

    /// Answers one question; aliases are followed as far as the zones go.
    pub(super) fn answer(&self, query: &Query) -> Answer {
        let refused = Answer { code: ResponseCode::Refused, records: Vec::new(), authority: None };
        let mut name = query.name().clone();
        name.set_fqdn(true);
        let Some(origin) = self.origin(&name) else { return refused };
        if query.query_class() != DNSClass::IN {
            return refused;
        }
        let mut answer =
            Answer { code: ResponseCode::NoError, records: Vec::new(), authority: None };
        for _ in 0..=ALIASES_MAX {
            let Some(node) = self.node(&name) else {
                answer.code = ResponseCode::NXDomain;
                answer.authority = soa(origin);
                return answer;
            };
            let asked = |it: &&RData| it.record_type() == query.query_type();
            let of_type: Vec<_> = node.iter().filter(asked).collect();
            if let (true, Some(target)) = (of_type.is_empty(), node.iter().find_map(target)) {
                answer.records.push(record(&name, RData::CNAME(CNAME(target.clone()))));
                name = target.clone();
                if self.origin(&name).is_none() {
                    return answer;
                }
                continue;
            }
            if of_type.is_empty() {
                answer.authority = soa(origin);
            }
            answer.records.extend(of_type.into_iter().map(|it| record(&name, it.clone())));
            return answer;
        }
        Answer { code: ResponseCode::ServFail, ..answer }
    }
}

/// Where an alias leads.
fn target(data: &RData) -> Option<&Name> {
    if let RData::CNAME(CNAME(name)) = data { Some(name) } else { None }
}

fn record(name: &Name, data: RData) -> Record {
    Record::from_rdata(name.clone(), TTL_S, data)
}

/// The record that lets a resolver keep a negative answer.
fn soa(origin: &Name) -> Option<Record> {
    let server = origin.prepend_label("ns").ok()?;
    let mailbox = origin.prepend_label("hostmaster").ok()?;
    let [refresh, retry, expire] = [3600, 600, 86_400];
    let soa = SOA::new(server, mailbox, 1, refresh, retry, expire, TTL_S);
    Some(record(origin, RData::SOA(soa)))
}

fn absolute(text: &str) -> Result<Name, ZoneError> {
    let bad = || ZoneError::Name { name: text.to_owned() };
    if text.is_empty() {
        return Err(bad());
    }
    let mut name = Name::from_str_relaxed(text).map_err(|_| bad())?;
    name.set_fqdn(true);
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_proto::rr::RecordType;

    fn zone() -> Result<Zone, ZoneError> {
        Zone::new(&["example.net", "example.org"])?
            .address("mail.example.net", "192.0.2.1".parse().unwrap())?
            .address("mail.example.net", "2001:db8::1".parse().unwrap())?
            .address("a.deep.example.net", "192.0.2.2".parse().unwrap())?
            .address("*.wild.example.net", "192.0.2.3".parse().unwrap())?
            .address("own.wild.example.net", "192.0.2.4".parse().unwrap())?
            .alias("autodiscover.example.net", "mail.example.net")?
            .alias("cloud.example.net", "autodiscover.outlook.com")?
            .alias("lost.example.net", "nowhere.example.org")?
            .alias("ring.example.net", "ring.example.net")?
            .mx("example.net", 10, "mail.example.net")?
            .srv("_autodiscover._tcp.example.net", 0, 443, "mail.example.net")
    }

    #[track_caller]
    fn check(name: &str, kind: RecordType, want: &str) {
        let zone = zone().unwrap();
        let answer = zone.answer(&Query::query(absolute(name).unwrap(), kind));
        let records: Vec<_> = answer.records.iter().map(|it| it.data.to_string()).collect();
        let got = format!("{:?} {}", answer.code, records.join(" "));
        assert_eq!(got.trim_end(), want, "N3: {name} {kind}");
        let negative = answer.records.iter().all(|it| it.record_type() == RecordType::CNAME);
        if answer.authority.is_some() {
            assert!(negative, "N3: {name} {kind} has an answer and says that it has none");
        }
    }

    #[test]
    fn questions_are_answered_from_the_zones_alone() {
        use RecordType::{A, AAAA, CNAME, MX, SRV};
        check("mail.example.net", A, "NoError 192.0.2.1");
        check("MAIL.Example.NET", AAAA, "NoError 2001:db8::1");
        check("mail.example.net", MX, "NoError");
        check("example.net", MX, "NoError 10 mail.example.net.");
        check("_autodiscover._tcp.example.net", SRV, "NoError 0 0 443 mail.example.net.");
        check("owa.example.net", A, "NXDomain");
        check("deep.example.net", A, "NoError"); // a name below it exists
        check("x.wild.example.net", A, "NoError 192.0.2.3");
        check("x.y.wild.example.net", A, "NoError 192.0.2.3");
        check("own.wild.example.net", A, "NoError 192.0.2.4");
        check("x.own.wild.example.net", A, "NXDomain"); // the closer name hides the wildcard
        check("autodiscover.example.net", A, "NoError mail.example.net. 192.0.2.1");
        check("autodiscover.example.net", CNAME, "NoError mail.example.net.");
        check("cloud.example.net", A, "NoError autodiscover.outlook.com.");
        check("lost.example.net", A, "NXDomain nowhere.example.org.");
        check("example.com", A, "Refused");
        check("net", A, "Refused");
    }

    #[test]
    fn a_ring_of_aliases_is_a_failure() {
        let ring = Query::query(absolute("ring.example.net").unwrap(), RecordType::A);
        assert_eq!(zone().unwrap().answer(&ring).code, ResponseCode::ServFail);
    }

    #[test]
    fn records_that_do_not_fit_are_refused() {
        let ip: IpAddr = "192.0.2.9".parse().unwrap();
        let told = |it: Result<Zone, ZoneError>| it.unwrap_err().to_string();
        insta::assert_snapshot!(told(zone().unwrap().address("a..b", ip)), @"`a..b` is not a name of DNS");
        insta::assert_snapshot!(told(zone().unwrap().address("", ip)), @"`` is not a name of DNS");
        insta::assert_snapshot!(told(zone().unwrap().address("www.example.com", ip)), @"www.example.com lies outside the zones of this server");
        let mut full = zone();
        for _ in 0..ANSWERS_MAX {
            full = full.unwrap().address("many.example.net", ip);
        }
        insta::assert_snapshot!(told(full.unwrap().address("many.example.net", ip)), @"many.example.net is one record too many: at most 4096 in all, 64 a name");
    }
}
