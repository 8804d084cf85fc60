//! What becomes of the records of a domain: the cases by hand, and D1 to D4 as properties.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::IpAddr;

use proptest::prelude::*;

use super::super::LOOKUP_TIMEOUT;
use super::super::records::{Host, Mx, Records, Srv};
use super::*;

const DOMAIN: &str = "example.net";

/// Records written down for a test: hosts as `name` and what is behind it.
fn records(hosts: &[(&str, &str)], mx: &[(u16, &str)], srv: &[(u16, &str, u16)]) -> Records {
    let mx =
        mx.iter().map(|(preference, host)| Mx { preference: *preference, host: (*host).into() });
    let srv = srv.iter().map(|(priority, host, port)| Srv {
        priority: *priority,
        host: (*host).into(),
        port: *port,
    });
    let mut records = Records {
        hosts: hosts.iter().map(|(name, behind)| ((*name).into(), host(name, behind))).collect(),
        mx: Ok(mx.collect()),
        srv: Ok(srv.collect()),
        any_name: Vec::new(),
    };
    for name in names_to_ask(DOMAIN, &records) {
        let missing = host(&name, "no such name");
        records.hosts.entry(name).or_insert(missing);
    }
    records
}

/// Words: addresses, aliases, or one of three troubles.
fn host(name: &str, behind: &str) -> Host {
    let name = name.to_owned();
    let mut host = Host::default();
    for word in behind.split(", ") {
        match (word, word.parse::<IpAddr>()) {
            (_, Ok(address)) => host.addresses.push(address),
            ("no such name", _) => host.trouble = Some(DnsError::NoSuchName { name: name.clone() }),
            ("no address", _) => host.trouble = Some(DnsError::NoAddress { name: name.clone() }),
            ("no answer", _) => host.trouble = Some(silence(&name)),
            (alias, _) => host.aliases.push(alias.to_owned()),
        }
    }
    host
}

fn silence(name: &str) -> DnsError {
    DnsError::NoAnswer { name: name.to_owned(), within: LOOKUP_TIMEOUT }
}

fn told(records: &Records) -> String {
    let Discovery { found, shown } = judge(DOMAIN, records);
    let mut text = String::new();
    for (verb, candidates) in [("probe", found), ("show", shown)] {
        for Candidate { name, port, why } in candidates {
            let port = port.map(|it| format!(":{it}")).unwrap_or_default();
            writeln!(text, "{verb} {name}{port}: {why}").unwrap();
        }
    }
    text
}

#[test]
fn a_domain_with_its_own_servers() {
    let hosts = [
        ("autodiscover.example.net", "192.0.2.1"),
        ("mail.example.net", "192.0.2.1"),
        ("mx2.example.net", "192.0.2.2"),
        ("eas.example.net", "192.0.2.3"),
    ];
    let mx = [(20, "mx2.example.net"), (10, "mail.example.net"), (10, "gone.example.net")];
    let srv = [(5, "eas.example.net", 8443), (0, "mail.example.net", 443)];
    insta::assert_snapshot!(told(&records(&hosts, &mx, &srv)), @r"
    probe autodiscover.example.net: autodiscover name of example.net
    probe mail.example.net: mail name of example.net; MX of example.net (preference 10); SRV _autodiscover._tcp of example.net
    probe mx2.example.net: MX of example.net (preference 20)
    probe eas.example.net:8443: SRV _autodiscover._tcp of example.net
    show gone.example.net: MX of example.net (preference 10); does not exist
    ");
}

#[test]
fn a_domain_in_the_cloud() {
    let hosts = [
        (
            "autodiscover.example.net",
            "autodiscover.outlook.com, autod.ha-autod.office.com, 203.0.113.9",
        ),
        ("mail.example.net", "ghs.googlehosted.com, 203.0.113.8"),
        ("owa.example.net", "outlook.office365.com, no address"),
    ];
    let mx = [
        (0, "example-net.mail.protection.outlook.com"),
        (10, "mxa.pphosted.com"),
        (20, "mx.example.org"),
    ];
    let srv = [(0, "autodiscover.outlook.com", 443)];
    insta::assert_snapshot!(told(&records(&hosts, &mx, &srv)), @r"
    show autodiscover.example.net: autodiscover name of example.net; alias (CNAME) of autodiscover.outlook.com: Exchange Online
    show mail.example.net: mail name of example.net; alias (CNAME) of ghs.googlehosted.com: Google Workspace
    show owa.example.net: owa name of example.net; alias (CNAME) of outlook.office365.com: Exchange Online
    show example-net.mail.protection.outlook.com: MX of example.net (preference 0); a cloud gateway (Exchange Online Protection)
    show mxa.pphosted.com: MX of example.net (preference 10); a cloud gateway (Proofpoint)
    show mx.example.org: MX of example.net (preference 20); outside example.net: give it as a target if it is yours
    show autodiscover.outlook.com:443: SRV _autodiscover._tcp of example.net; Exchange Online
    ");
}

#[test]
fn a_domain_without_anything() {
    insta::assert_snapshot!(told(&records(&[("owa.example.net", "no address")], &[], &[])), @r"
    show autodiscover.example.net: autodiscover name of example.net; does not exist
    show mail.example.net: mail name of example.net; does not exist
    show owa.example.net: owa name of example.net; has no address
    ");
    let mut silent = records(
        &[
            ("mail.example.net", "no answer"),
            ("owa.example.net", "nowhere.example.org, no such name"),
        ],
        &[],
        &[],
    );
    silent.mx = Err(silence(DOMAIN));
    silent.srv = Err(silence(DOMAIN));
    insta::assert_snapshot!(told(&silent), @r"
    show autodiscover.example.net: autodiscover name of example.net; does not exist
    show mail.example.net: mail name of example.net; no answer from the name server within 5 s
    show owa.example.net: owa name of example.net; alias (CNAME) of nowhere.example.org, which does not exist
    show example.net: MX of example.net; no answer from the name server within 5 s
    show _autodiscover._tcp.example.net: SRV _autodiscover._tcp of example.net; no answer from the name server within 5 s
    ");
}

#[test]
fn a_domain_that_takes_no_mail() {
    let hosts = [("mail.example.net", "web.example.org, 192.0.2.1")];
    insta::assert_snapshot!(told(&records(&hosts, &[(0, "")], &[(0, "", 0)])), @r"
    probe mail.example.net: mail name of example.net; alias (CNAME) of web.example.org
    show example.net: MX of example.net; accepts no mail (null MX)
    show _autodiscover._tcp.example.net: SRV _autodiscover._tcp of example.net; says that there is no such service
    ");
}

#[test]
fn a_wildcard_is_probed_once() {
    let any = "192.0.2.7, 192.0.2.8";
    let hosts = [
        ("autodiscover.example.net", any),
        ("mail.example.net", any),
        ("owa.example.net", "192.0.2.9"),
    ];
    let mut guessed = records(&hosts, &[], &[]);
    guessed.any_name = host("x.example.net", any).addresses;
    insta::assert_snapshot!(told(&guessed), @r"
    probe autodiscover.example.net: autodiscover name of example.net; also answers for any name (wildcard)
    probe owa.example.net: owa name of example.net
    show mail.example.net: mail name of example.net; also answers for any name (wildcard): same addresses as autodiscover.example.net
    ");
    let hosts = [hosts[0], hosts[1], hosts[2], ("mx1.example.net", any)];
    let mut published =
        records(&hosts, &[(10, "mx1.example.net")], &[(0, "mx1.example.net", 8443)]);
    published.any_name = guessed.any_name;
    insta::assert_snapshot!(told(&published), @r"
    probe owa.example.net: owa name of example.net
    probe mx1.example.net: MX of example.net (preference 10); also answers for any name (wildcard)
    probe mx1.example.net:8443: SRV _autodiscover._tcp of example.net
    show autodiscover.example.net: autodiscover name of example.net; also answers for any name (wildcard): same addresses as mx1.example.net
    show mail.example.net: mail name of example.net; also answers for any name (wildcard): same addresses as mx1.example.net
    ");
}

#[test]
fn what_is_left_out_is_told() {
    let names: Vec<_> = (0..20).map(|it| format!("mx{it:02}.example.org")).collect();
    let mx: Vec<_> = names.iter().map(|it| (10, it.as_str())).collect();
    let text = told(&records(&[("mail.example.net", "192.0.2.1")], &mx, &[]));
    let last: Vec<_> = text.lines().rev().take(2).collect();
    insta::assert_snapshot!(last.join("\n"), @r"
    show example.net: MX of example.net; 4 more are left out (limit 16)
    show mx15.example.org: MX of example.net (preference 10); outside example.net: give it as a target if it is yours
    ");
}

/// Few names, so that they meet; some that a resolver would hand on although no host has them.
fn any_host() -> impl Strategy<Value = String> {
    let names = [
        "mail.example.net",
        "autodiscover.example.net",
        "mx1.example.net",
        "example.net",
        "notexample.net",
        "mx.example.org",
        "aspmx.l.google.com",
        "autodiscover.outlook.com",
        "\\033[1m.example.net",
        "",
    ];
    prop::sample::select(names.map(str::to_owned).to_vec())
}

fn any_records() -> impl Strategy<Value = Records> {
    let behind = prop::sample::select(vec![
        "192.0.2.1",
        "192.0.2.7",
        "alias.example.org, 192.0.2.7",
        "autodiscover.outlook.com, 192.0.2.9",
        "no such name",
        "no answer",
    ]);
    let mx = prop::collection::vec((0..3_u16, any_host()), 0..24);
    let port = prop::sample::select(vec![443_u16, 8443]);
    let srv = prop::collection::vec((0..3_u16, any_host(), port), 0..12);
    let behind = prop::collection::vec(behind, 8);
    (mx, srv, behind, any::<bool>()).prop_map(|(mx, srv, behind, wild)| {
        let mx: Vec<_> = mx.iter().map(|(it, host)| (*it, host.as_str())).collect();
        let srv: Vec<_> = srv.iter().map(|(it, host, port)| (*it, host.as_str(), *port)).collect();
        let mut all = records(&[], &mx, &srv);
        let hosts: BTreeMap<_, _> = all
            .hosts
            .keys()
            .zip(behind)
            .map(|(it, behind)| (it.clone(), host(it, behind)))
            .collect();
        all.hosts = hosts;
        all.any_name = if wild { vec!["192.0.2.7".parse().unwrap()] } else { Vec::new() };
        all
    })
}

proptest! {
    #[test]
    fn judging_keeps_its_word(records in any_records(), turn in 0..24_usize) {
        let judged = judge(DOMAIN, &records);
        let mut doors = BTreeSet::new();
        for it in &judged.found {
            let host = &records.hosts[&it.name];
            let cloud = host.aliases.iter().any(|it| is_exchange_online(it));
            let inside = it.name == DOMAIN || it.name.ends_with(".example.net");
            prop_assert!(inside && !cloud && is_host_name(&it.name), "D1: {it:?}");
            prop_assert!(!host.addresses.is_empty(), "D1: nothing to probe: {it:?}");
            prop_assert!(doors.insert((&it.name, it.port.unwrap_or(HTTPS_PORT))), "D2: {it:?} twice");
        }
        let of_any_name = |it: &&Candidate| {
            let usual_port = it.port.is_none_or(|it| it == HTTPS_PORT);
            usual_port && records.hosts[&it.name].addresses == records.any_name
        };
        let wild = judged.found.iter().filter(of_any_name).count();
        prop_assert!(wild <= 1, "D2: a wildcard found {wild} times: {judged:?}");

        let named: BTreeSet<_> = judged.found.iter().chain(&judged.shown).map(|it| &it.name).collect();
        let mut mx = records.mx.clone().unwrap();
        mx.sort();
        mx.dedup();
        for it in mx.iter().take(MX_MAX).filter(|it| !it.host.is_empty()) {
            prop_assert!(named.contains(&it.host), "D4: MX {} is lost", it.host);
        }

        let mut turned = Records { mx: records.mx.clone(), srv: records.srv.clone(), ..records };
        if let Ok(mx) = &mut turned.mx {
            let by = turn.min(mx.len());
            mx.rotate_left(by);
        }
        if let Ok(srv) = &mut turned.srv {
            srv.reverse();
        }
        prop_assert_eq!(judged, judge(DOMAIN, &turned), "D3");
    }
}
