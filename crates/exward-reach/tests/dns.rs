//! The resolver against a real name server on a loopback port, over UDP and TCP.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use exward_lab::dns::{Running, Zone, ZoneError, serve};
use exward_reach::dns::{ADDRESSES_MAX, ATTEMPTS, Candidate, Resolver};
use tokio::net::UdpSocket;

/// Long enough for a loaded machine, short enough for a test that must wait it out.
const SHORT: Duration = Duration::from_millis(500);

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn zone() -> Result<Zone, ZoneError> {
    let mut zone = Zone::new(&["example.net", "example.org"])?
        .address("mail.example.net", ip("192.0.2.10"))?
        .address("mail.example.net", ip("192.0.2.9"))?
        .address("mail.example.net", ip("192.0.2.9"))?
        .address("mail.example.net", ip("2001:db8::1"))?
        .alias("autodiscover.example.net", "autodiscover.outlook.com")?
        .alias("owa.example.net", "mail.example.net")?
        .alias("lost.example.net", "nowhere.example.net")?
        .mx("example.net", 20, "mx.example.net")?
        .mx("example.net", 10, "mail.example.net")?
        .mx("example.net", 5, "example-net.mail.protection.outlook.com")?
        .srv("_autodiscover._tcp.example.net", 0, 8443, "eas.example.net")?
        .address("mx.example.net", ip("2001:db8::25"))?
        .address("eas.example.net", ip("192.0.2.30"))?
        .address("*.example.org", ip("192.0.2.40"))?
        .mx("example.org", 0, ".")?;
    // 60 addresses of 28 bytes are more than any packet of ours: the answer must come over TCP.
    for last in 0..60_u16 {
        zone = zone.address("many.example.net", ip(&format!("2001:db8::{last:x}")))?;
    }
    Ok(zone)
}

async fn lab() -> (Running, Resolver) {
    let running = serve(zone().unwrap(), LOOPBACK).await.unwrap();
    let resolver = Resolver::at(running.address()).unwrap();
    (running, resolver)
}

#[tokio::test]
async fn names_have_addresses() {
    let (_running, resolver) = lab().await;
    for (name, want) in [
        ("mail.example.net", "192.0.2.9 192.0.2.10 2001:db8::1"),
        ("Mail.Example.Net.", "192.0.2.9 192.0.2.10 2001:db8::1"),
        ("owa.example.net", "192.0.2.9 192.0.2.10 2001:db8::1"),
        ("mx.example.net", "2001:db8::25"),
        ("anything.example.org", "192.0.2.40"),
        ("192.0.2.77", "192.0.2.77"),
        ("::1", "::1"),
    ] {
        let got = resolver.addresses(name).await.unwrap();
        let got: Vec<_> = got.iter().map(ToString::to_string).collect();
        assert_eq!(got.join(" "), want, "{name}");
    }
}

#[tokio::test]
async fn long_answers_come_over_tcp_and_are_limited() {
    let (running, resolver) = lab().await;
    let got = resolver.addresses("many.example.net").await.unwrap();
    assert_eq!(got.len(), ADDRESSES_MAX, "D5");
    // A, AAAA over UDP, and AAAA once more over TCP.
    assert_eq!(running.queries(), 3);
    assert_eq!(resolver.addresses("many.example.net").await.unwrap(), got);
    assert_eq!(running.queries(), 3, "an answer is remembered");
}

#[tokio::test]
async fn what_has_no_address_says_why() {
    let (_running, resolver) = lab().await;
    let told = async |name| resolver.addresses(name).await.unwrap_err().to_string();
    insta::assert_snapshot!(told("gone.example.net").await, @"no such name: gone.example.net");
    insta::assert_snapshot!(told("lost.example.net").await, @"no such name: lost.example.net");
    insta::assert_snapshot!(told("example.net").await, @"example.net has no address");
    insta::assert_snapshot!(told("www.example.com").await, @"the name server answers `Query Refused`, asked for www.example.com");
    insta::assert_snapshot!(told("no name").await, @"`no name` is not a name of DNS: give one such as `mail.example.net`");
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let silent = UdpSocket::bind(LOOPBACK).await.unwrap();
    let resolver = Resolver::at_within(silent.local_addr().unwrap(), SHORT).unwrap();
    let error = resolver.addresses("mail.example.net").await.unwrap_err();
    insta::assert_snapshot!(error, @"no answer from the name server within 0.5 s, asked for mail.example.net");
    let mut packet = [0; 512];
    let asked = std::iter::from_fn(|| silent.try_recv_from(&mut packet).ok()).count();
    assert!(asked >= 2 * ATTEMPTS, "D5: A and AAAA are asked {ATTEMPTS} times each, seen {asked}");
    assert!(asked <= 16, "D5: {asked} packets for one name");
}

#[tokio::test]
async fn no_name_server_at_all_is_an_answer_too() {
    let nobody = UdpSocket::bind(LOOPBACK).await.unwrap();
    let resolver = Resolver::at_within(nobody.local_addr().unwrap(), SHORT).unwrap();
    let discovery = resolver.discover("example.net").await;
    assert_eq!(discovery.found, []);
    insta::assert_snapshot!(told(&discovery.shown), @r"
    autodiscover.example.net: autodiscover name of example.net; no answer from the name server within 0.5 s
    mail.example.net: mail name of example.net; no answer from the name server within 0.5 s
    owa.example.net: owa name of example.net; no answer from the name server within 0.5 s
    example.net: MX of example.net; no answer from the name server within 0.5 s
    _autodiscover._tcp.example.net: SRV _autodiscover._tcp of example.net; no answer from the name server within 0.5 s
    ");
}

#[tokio::test]
async fn a_domain_is_discovered() {
    let (running, resolver) = lab().await;
    let discovery = resolver.discover("Example.NET").await;
    insta::assert_snapshot!(told(&discovery.found), @r"
    mail.example.net: mail name of example.net; MX of example.net (preference 10)
    owa.example.net: owa name of example.net; alias (CNAME) of mail.example.net
    mx.example.net: MX of example.net (preference 20)
    eas.example.net:8443: SRV _autodiscover._tcp of example.net
    ");
    insta::assert_snapshot!(told(&discovery.shown), @r"
    autodiscover.example.net: autodiscover name of example.net; alias (CNAME) of autodiscover.outlook.com: Exchange Online
    example-net.mail.protection.outlook.com: MX of example.net (preference 5); a cloud gateway (Exchange Online Protection)
    ");
    let again = Resolver::at(running.address()).unwrap().discover("example.net").await;
    assert_eq!(again, discovery, "D3");
}

#[tokio::test]
async fn a_wildcard_is_discovered_once() {
    let (_running, resolver) = lab().await;
    let discovery = resolver.discover("example.org").await;
    insta::assert_snapshot!(told(&discovery.found), @"autodiscover.example.org: autodiscover name of example.org; also answers for any name (wildcard)");
    insta::assert_snapshot!(told(&discovery.shown), @r"
    mail.example.org: mail name of example.org; also answers for any name (wildcard): same addresses as autodiscover.example.org
    owa.example.org: owa name of example.org; also answers for any name (wildcard): same addresses as autodiscover.example.org
    example.org: MX of example.org; accepts no mail (null MX)
    ");
}

#[tokio::test]
async fn what_is_no_domain_is_shown() {
    let (running, resolver) = lab().await;
    let discovery = resolver.discover("no domain").await;
    insta::assert_snapshot!(told(&discovery.shown), @"no domain: not a name of DNS");
    assert_eq!(running.queries(), 0);
}

fn told(candidates: &[Candidate]) -> String {
    let line = |it: &Candidate| {
        let port = it.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}: {}", it.name, it.why)
    };
    candidates.iter().map(line).collect::<Vec<_>>().join("\n")
}
