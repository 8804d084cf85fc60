//! The way out of the house, against receivers on loopback ports and a name server of the lab.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod peer;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use exward_lab::dns::{Running, Zone, serve};
use exward_reach::dns::Resolver;
use exward_reach::limits::OUTBOUND_BODY_BYTES_MAX;
use exward_reach::outbound::{Answer, Outbound, OutboundError, OutboundRules, WebhookSecret};
use jiff::Timestamp;
use peer::{Ca, Does, Peer, listen};

const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

const OK: Does = Does::Says("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone");

/// A year in which no certificate of these tests is valid any more.
const LONG_AGO: i32 = 2020;
const LATER: i32 = 2100;

/// Rules that allow this machine, and so little time that a test can wait it out.
fn rules() -> OutboundRules {
    OutboundRules {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        allow_plain: true,
        timeout: Duration::from_secs(5),
        ..OutboundRules::default()
    }
}

fn brief() -> OutboundRules {
    OutboundRules { timeout: Duration::from_millis(400), ..rules() }
}

/// `hook.house.test` is this machine; the others have two addresses, one of which must not be reached.
async fn names() -> Running {
    let zone = Zone::new(&["house.test"]).unwrap();
    let with = |zone: Zone, name: &str, address: &str| {
        zone.address(name, address.parse().unwrap()).unwrap()
    };
    let zone = with(zone, "hook.house.test", "127.0.0.1");
    let zone = with(zone, "inside.house.test", "10.9.8.7");
    let zone = with(zone, "mixed.house.test", "127.0.0.1");
    let zone = with(zone, "mixed.house.test", "169.254.169.254");
    let zone = with(zone, "mapped.house.test", "::ffff:10.9.8.7");
    serve(zone, LOOPBACK).await.unwrap()
}

struct House {
    names: Running,
}

impl House {
    async fn new() -> Self {
        Self { names: names().await }
    }

    async fn post(&self, rules: OutboundRules, url: &str) -> Result<Answer, OutboundError> {
        let resolver = Resolver::at(self.names.address()).unwrap();
        let outbound = Outbound::with_resolver(rules, resolver).unwrap();
        let json = [("content-type", "application/json")];
        outbound.post(&url.parse().unwrap(), &json, b"{}".to_vec()).await
    }
}

fn at(scheme: &str, name: &str, peer: &Peer) -> String {
    format!("{scheme}://{name}:{}/hook/s3cret", peer.port)
}

/// What a person is told, without the port.
fn told(error: &OutboundError, peer: &Peer) -> String {
    error.to_string().replace(&peer.port.to_string(), "PORT")
}

#[tokio::test]
async fn a_signed_message_gets_there_over_tls() {
    let (house, ca) = (House::new().await, Ca::new());
    let peer = listen(Some(ca.server("hook.house.test", LATER)), OK).await;
    let resolver = Resolver::at(house.names.address()).unwrap();
    let rules = OutboundRules { ca: Some(ca.pem.into_bytes()), allow_plain: false, ..rules() };
    let outbound = Outbound::with_resolver(rules, resolver).unwrap();
    let secret = WebhookSecret::new(&[7; 32]).unwrap();
    let body = br#"{"event":"new"}"#;
    let signed = secret.headers("msg_1", Timestamp::from_second(1_790_000_000).unwrap(), body);
    let signed = signed.unwrap();
    let headers: Vec<_> = signed.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = at("https", "hook.house.test", &peer).parse().unwrap();
    let asked = house.names.queries();
    let answer = outbound.post(&url, &headers, body.to_vec()).await.unwrap();
    assert_eq!(house.names.queries() - asked, 2, "X1: A and AAAA, once");
    let want = Answer {
        status: 200,
        location: None,
        retry_after_s: None,
        body: b"done".to_vec(),
        is_whole: true,
    };
    assert_eq!(answer, want);
    assert!(answer.is_success());
    let signature = &signed[2].1;
    let sent = peer.requests().concat().replace(&peer.port.to_string(), "PORT");
    let want = [
        "POST /hook/s3cret HTTP/1.1",
        "webhook-id: msg_1",
        "webhook-timestamp: 1790000000",
        &format!("webhook-signature: {signature}"),
        "host: hook.house.test:PORT",
        "user-agent: exward",
        "connection: close",
        "content-length: 15",
        "",
        r#"{"event":"new"}"#,
    ];
    assert_eq!(sent, want.join("\r\n"));
}

#[tokio::test]
async fn what_is_inside_the_house_is_not_reached_unless_it_is_allowed() {
    let (house, peer) = (House::new().await, listen(None, OK).await);
    let nobody = OutboundRules { allow: Vec::new(), ..rules() };
    let loopback =
        ["hook.house.test", "mixed.house.test", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"];
    let inside =
        ["inside.house.test", "mapped.house.test", "10.0.0.1", "[fc00::1]", "[64:ff9b::a00:1]"];
    let never =
        ["mixed.house.test", "169.254.169.254", "[fe80::1]", "0.0.0.0", "[::]", "224.0.0.1"];
    let all = [
        loopback.map(|it| (it, nobody.clone())).to_vec(),
        inside.map(|it| (it, rules())).to_vec(),
        never.map(|it| (it, rules())).to_vec(),
    ]
    .concat();
    for (name, rules) in all {
        let refused = house.post(rules, &at("http", name, &peer)).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Refused { .. }), "X1: {name}: {refused}");
        assert!(!refused.is_passing(), "{name}");
    }
    assert_eq!(peer.connections(), 0, "X1: somebody was connected to before all was judged");
    let refused = house.post(rules(), &at("http", "mixed.house.test", &peer)).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "nothing is sent to mixed.house.test: its address 169.254.169.254 is refused (where a cloud answers for \
         the machine itself); if a private network is meant, allow it by name"
    );
    assert_eq!(house.post(rules(), &at("http", "127.0.0.1", &peer)).await.unwrap().status, 200);
}

#[tokio::test]
async fn plain_http_has_to_be_allowed() {
    let (house, peer) = (House::new().await, listen(None, OK).await);
    let strict = OutboundRules { allow_plain: false, ..rules() };
    let refused = house.post(strict, &at("http", "hook.house.test", &peer)).await.unwrap_err();
    assert!(matches!(refused, OutboundError::Plain { .. }), "X4: {refused}");
    assert_eq!((peer.connections(), house.names.queries()), (0, 0), "X4");
}

#[tokio::test]
async fn a_redirect_is_told_and_not_followed_and_no_cookie_is_kept() {
    let house = House::new().await;
    let elsewhere = listen(None, OK).await;
    let moved: &'static str = format!(
        "HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:{}/\r\nset-cookie: a=b\r\nretry-after: 7\r\n\
         content-length: 0\r\n\r\n",
        elsewhere.port
    )
    .leak();
    let peer = listen(None, Does::Says(moved)).await;
    for _ in 0..2 {
        let answer = house.post(rules(), &at("http", "hook.house.test", &peer)).await.unwrap();
        assert_eq!((answer.status, answer.is_success()), (307, false), "X2");
        let location = format!("http://127.0.0.1:{}/", elsewhere.port);
        assert_eq!((answer.location, answer.retry_after_s), (Some(location), Some(7)));
    }
    assert_eq!(elsewhere.connections(), 0, "X2: it was followed");
    assert_eq!(peer.requests().len(), 2);
    assert!(!peer.requests().concat().contains("cookie"), "X2: {:?}", peer.requests());
}

#[tokio::test]
async fn who_is_slow_costs_no_more_than_the_time_allowed() {
    let house = House::new().await;
    let head = "HTTP/1.1 202 Later\r\ncontent-length: 100\r\n\r\nnot";
    for (does, tls) in
        [(Does::Holds(""), false), (Does::Holds(""), true), (Does::Holds("HTTP/1.1 2"), false)]
    {
        // Without TLS on its side, the peer never ends the handshake.
        let peer = listen(None, does).await;
        let scheme = if tls { "https" } else { "http" };
        let begun = Instant::now();
        let silent = house.post(brief(), &at(scheme, "hook.house.test", &peer)).await.unwrap_err();
        assert_eq!(told(&silent, &peer), "no answer from hook.house.test within 0.4 s", "X3");
        assert!(silent.is_passing());
        assert!(begun.elapsed() < Duration::from_secs(4), "X3: {:?}", begun.elapsed());
    }
    let peer = listen(None, Does::Holds(head)).await;
    let answer = house.post(brief(), &at("http", "hook.house.test", &peer)).await.unwrap();
    assert_eq!((answer.status, answer.body, answer.is_whole), (202, b"not".to_vec(), false), "X3");
}

#[tokio::test]
async fn who_talks_without_end_is_cut_off() {
    let house = House::new().await;
    let endless = Does::Repeats("HTTP/1.1 500 Oh\r\nconnection: close\r\n\r\n", "no and no ");
    let peer = listen(None, endless).await;
    let little = OutboundRules { body_bytes_max: 10, ..rules() };
    let answer = house.post(little, &at("http", "hook.house.test", &peer)).await.unwrap();
    let want = (500, b"no and no ".to_vec(), false);
    assert_eq!((answer.status, answer.body, answer.is_whole), want, "X3");
    let heads = [
        Does::Repeats("HTTP/1.1 200 OK\r\n", "x: y\r\n"),
        Does::Repeats("", "HTTP/1.1 100 Continue\r\n\r\n"),
        Does::Repeats("HTTP/1.1 200 OK\r\nx: ", "yyyyyyyyyyyyyyyy"),
        Does::Says("SSH-2.0-OpenSSH_9.6\r\n"),
        Does::Says(""),
    ];
    for does in heads {
        let peer = listen(None, does).await;
        let broken = house.post(rules(), &at("http", "hook.house.test", &peer)).await.unwrap_err();
        assert!(matches!(broken, OutboundError::Broken { .. }), "X3: {broken}");
    }
}

/// What is said of a server with this certificate by who trusts this CA.
#[track_caller]
fn check_certificate(answer: Result<Answer, OutboundError>, want: &str) {
    let refused = answer.unwrap_err();
    assert!(matches!(refused, OutboundError::Certificate { .. }), "X4: {refused}");
    let said = refused.to_string();
    assert!(said.ends_with(want), "X4: {said}");
    assert!(!said.contains("s3cret"), "X5: {said}");
}

#[tokio::test]
async fn a_certificate_that_proves_nothing_is_told() {
    let (house, ca) = (House::new().await, Ca::new());
    let own = || OutboundRules { ca: Some(ca.pem.clone().into_bytes()), ..rules() };
    let peer = listen(Some(ca.server("hook.house.test", LATER)), OK).await;
    let url = at("https", "hook.house.test", &peer);
    check_certificate(
        house.post(rules(), &url).await,
        "nobody whom we trust has signed its certificate; name its CA",
    );
    let stranger = OutboundRules { ca: Some(Ca::new().pem.into_bytes()), ..rules() };
    assert!(house.post(stranger, &url).await.is_err(), "X4: a CA of the same name");
    check_certificate(
        house.post(own(), &at("https", "127.0.0.1", &peer)).await,
        "its certificate is for another name",
    );
    let peer_2 = listen(Some(ca.server("other.house.test", LATER)), OK).await;
    check_certificate(
        house.post(own(), &at("https", "hook.house.test", &peer_2)).await,
        "its certificate is for another name",
    );
    let old = listen(Some(ca.server("hook.house.test", LONG_AGO)), OK).await;
    check_certificate(
        house.post(own(), &at("https", "hook.house.test", &old)).await,
        "its certificate has expired",
    );
    assert_eq!(peer.requests().len() + peer_2.requests().len() + old.requests().len(), 0, "X4");
    let by_address = listen(Some(ca.server("127.0.0.1", LATER)), OK).await;
    let answer = house.post(own(), &at("https", "127.0.0.1", &by_address)).await.unwrap();
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_before_anything_is() {
    let (house, peer) = (House::new().await, listen(None, OK).await);
    let resolver = || Resolver::at(house.names.address()).unwrap();
    let outbound = Outbound::with_resolver(rules(), resolver()).unwrap();
    let url = at("http", "hook.house.test", &peer).parse().unwrap();
    for header in
        [("Host", "a"), ("Content-Length", "1"), ("cookie", "a"), ("a b", "c"), ("a", "b\nc")]
    {
        let refused = outbound.post(&url, &[header], Vec::new()).await.unwrap_err();
        assert!(matches!(refused, OutboundError::Header { .. }), "{header:?}: {refused}");
    }
    let long = vec![b'x'; OUTBOUND_BODY_BYTES_MAX + 1];
    let refused = outbound.post(&url, &[], long).await.unwrap_err();
    assert_eq!(refused.to_string(), "the message has 262145 bytes, and 262144 is the limit");
    assert_eq!(peer.connections(), 0, "X3");
    for pem in ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let rules = OutboundRules { ca: Some(pem.into()), ..rules() };
        let told = Outbound::with_resolver(rules, resolver()).err().unwrap();
        assert!(matches!(told, OutboundError::Ca { .. }), "{told}");
    }
    let nobody = house.post(rules(), "https://nobody.house.test/").await.unwrap_err();
    assert_eq!(nobody.to_string(), "nobody.house.test could not be looked up");
    assert!(!nobody.is_passing());
    let closed = house.post(rules(), "http://127.0.0.1:1/").await.unwrap_err();
    assert_eq!(closed.to_string(), "no connection to 127.0.0.1 (127.0.0.1:1)");
    assert!(closed.is_passing());
}
