//! What was asked and answered: plain data, made from the resolver's answers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use hickory_resolver::proto::rr::{Name, RData, Record};

use super::{ADDRESSES_MAX, DnsError};

/// Aliases followed from a name; the resolver itself follows no more.
pub(super) const ALIASES_MAX: usize = 8;

/// The records of a domain that judging needs.
#[derive(Debug)]
pub(super) struct Records {
    /// By name. What was not asked for is missing.
    pub(super) hosts: BTreeMap<String, Host>,
    /// In any order; empty if there is none.
    pub(super) mx: Result<Vec<Mx>, DnsError>,
    /// In any order; empty if there is none.
    pub(super) srv: Result<Vec<Srv>, DnsError>,
    /// Addresses of a name that nobody has given to a host; empty without a wildcard.
    pub(super) any_name: Vec<IpAddr>,
}

/// A mail exchanger. Orders by preference, then name. Host `""` is the root: no mail (RFC 7505).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Mx {
    pub(super) preference: u16,
    pub(super) host: String,
}

/// A service. Orders by priority, then name. Host `""` is the root: no such service (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Srv {
    pub(super) priority: u16,
    pub(super) host: String,
    pub(super) port: u16,
}

/// What is known of one name.
#[derive(Clone, Debug, Default)]
pub(super) struct Host {
    /// Sorted, each once, at most [`ADDRESSES_MAX`].
    pub(super) addresses: Vec<IpAddr>,
    /// Where the name leads, step by step; empty if it is no alias.
    pub(super) aliases: Vec<String>,
    /// Set whenever there are no addresses.
    pub(super) trouble: Option<DnsError>,
}

impl Host {
    /// From the answers for A and AAAA. Only addresses at the end of the name's own chain count.
    pub(super) fn of(name: &Name, answers: [Result<Vec<Record>, DnsError>; 2]) -> Self {
        let mut host = Self::default();
        let troubles = answers.map(|answer| match answer {
            Ok(records) => {
                host.take(name, &records);
                DnsError::NoAddress { name: text(name) } // unless the other answer has one
            }
            Err(error) => error,
        });
        host.addresses.sort_unstable();
        host.addresses.dedup();
        host.addresses.truncate(ADDRESSES_MAX);
        if host.addresses.is_empty() {
            host.trouble = troubles.into_iter().max_by_key(DnsError::gravity);
        }
        host
    }

    fn take(&mut self, name: &Name, records: &[Record]) {
        let chain = chain(name, records);
        let last = chain.last().unwrap_or(name);
        let addresses = records.iter().filter(|it| it.name == *last);
        self.addresses.extend(addresses.filter_map(|it| it.data.ip_addr()));
        if self.aliases.is_empty() {
            self.aliases = chain.iter().map(text).collect();
        }
    }
}

/// The aliases from `name` on, in the order in which they lead on.
fn chain(name: &Name, records: &[Record]) -> Vec<Name> {
    let mut chain: Vec<Name> = Vec::new();
    while chain.len() < ALIASES_MAX {
        let last = chain.last().unwrap_or(name);
        let Some(next) = alias_of(last, records) else { break };
        chain.push(next);
    }
    chain
}

/// Where `name` leads by its own alias.
pub(super) fn alias_of(name: &Name, records: &[Record]) -> Option<Name> {
    let target =
        |it: &Record| if let RData::CNAME(to) = &it.data { Some(to.0.clone()) } else { None };
    records.iter().filter(|it| it.name == *name).find_map(target)
}

/// A name as it is compared and shown: ASCII, lower case, no dot at the end; the root is empty.
pub(super) fn text(name: &Name) -> String {
    let mut text = name.to_ascii().to_lowercase();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

/// The absolute name that a person's text means: no search domain will be added (D5).
///
/// # Errors
/// It is not the name of a host or a domain.
pub(super) fn absolute(given: &str) -> Result<Name, DnsError> {
    let bad = || DnsError::BadName { name: given.to_owned() };
    let mut name = Name::from_str_relaxed(given).map_err(|_| bad())?;
    name.set_fqdn(true);
    if is_host_name(&text(&name)) { Ok(name) } else { Err(bad()) }
}

/// Letters, digits, `-` and `_` between single dots. Underscores occur in names of Windows.
pub(super) fn is_host_name(text: &str) -> bool {
    let plain = |it: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        !it.is_empty() && !it.starts_with('-') && it.bytes().all(allowed)
    };
    text.split('.').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::rr::rdata::CNAME;

    fn name(text: &str) -> Name {
        absolute(text).unwrap()
    }

    fn alias(owner: &str, target: &str) -> Record {
        Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target))))
    }

    fn address(owner: &str, address: &str) -> Record {
        Record::from_rdata(name(owner), 60, RData::from(address.parse::<IpAddr>().unwrap()))
    }

    #[track_caller]
    fn check(v4: Result<Vec<Record>, DnsError>, v6: Result<Vec<Record>, DnsError>, want: &str) {
        let host = Host::of(&name("mail.example.net"), [v4, v6]);
        let trouble = host.trouble.map(|it| it.to_string()).unwrap_or_default();
        let got = format!("{:?} {:?} {trouble}", host.addresses, host.aliases);
        assert_eq!(got.trim_end().replace('"', ""), want);
    }

    #[test]
    fn two_answers_make_one_host() {
        let missing = || DnsError::NoSuchName { name: "mail.example.net".into() };
        let empty = || DnsError::NoAddress { name: "mail.example.net".into() };
        let silent = || DnsError::NoAnswer {
            name: "mail.example.net".into(),
            within: super::super::LOOKUP_TIMEOUT,
        };
        let v4 = || Ok(vec![address("mail.example.net", "192.0.2.1")]);
        let v6 = || Ok(vec![address("mail.example.net", "2001:db8::1")]);
        check(v4(), v6(), "[192.0.2.1, 2001:db8::1] []");
        check(v4(), Err(silent()), "[192.0.2.1] []");
        check(Err(missing()), Err(missing()), "[] [] no such name: mail.example.net");
        check(Err(missing()), Err(empty()), "[] [] mail.example.net has no address");
        check(Err(missing()), Ok(vec![]), "[] [] mail.example.net has no address");
        check(Ok(vec![]), Err(missing()), "[] [] mail.example.net has no address");
        let told = "no answer from the name server within 5 s, asked for mail.example.net";
        check(Err(silent()), Err(empty()), &format!("[] [] {told}"));
        check(Err(empty()), Err(silent()), &format!("[] [] {told}"));
    }

    #[test]
    fn only_the_end_of_the_chain_counts() {
        let answer = vec![
            alias("b.example.net", "c.example.org"), // not in the order of the chain
            alias("mail.example.net", "b.example.net"),
            address("c.example.org", "192.0.2.7"),
            address("c.example.org", "192.0.2.7"),
            address("other.example.com", "192.0.2.66"), // nobody asked
        ];
        check(Ok(answer), Ok(vec![]), "[192.0.2.7] [b.example.net, c.example.org]");
        let ring = vec![alias("mail.example.net", "mail.example.net")];
        let host = Host::of(&name("mail.example.net"), [Ok(ring), Ok(vec![])]);
        assert_eq!(host.aliases.len(), ALIASES_MAX, "D5: a ring of aliases ends");
    }

    #[test]
    fn addresses_are_sorted_and_limited() {
        let many =
            (0..=255_u8).rev().map(|it| address("mail.example.net", &format!("192.0.2.{it}")));
        let host = Host::of(&name("mail.example.net"), [Ok(many.collect()), Ok(vec![])]);
        assert_eq!(host.addresses.len(), ADDRESSES_MAX, "D5");
        assert_eq!(host.addresses[0].to_string(), "192.0.2.0");
        assert!(host.addresses.is_sorted());
    }

    #[test]
    fn names_are_read_with_care() {
        let read = |it: &str| absolute(it).map(|it| text(&it)).map_err(|it| it.to_string());
        assert_eq!(read("Mail.Example.NET."), Ok("mail.example.net".into()));
        assert_eq!(read("ex_1.example.net"), Ok("ex_1.example.net".into()));
        assert_eq!(read("post.bücher.example"), Ok("post.xn--bcher-kva.example".into()));
        let long = format!("{}.example.net", "a".repeat(64));
        for bad in ["", ".", "a..b", "a b", "-a.example", "a\u{1b}[31m.example", "a/b", &long] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
