//! What faces say, read, and read back by the readers of the program.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::identify::{Identity, Precision, identify};
use exward_core::product::{PRODUCTS, Product};
use exward_read::answer::{HttpAnswer, http};

use super::*;
use crate::estate::{Server, Service};
use crate::tls::TlsAge;

/// The requests of a careful client, in its order.
pub(crate) const PATHS: [&str; 3] =
    ["/owa/", "/autodiscover/autodiscover.xml", "/owa/auth/logon.aspx"];

/// Read once: a property asks for it again and again.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| exward_read::catalog::built_in().unwrap());
    &CATALOG
}

fn face(behaviour: Behaviour, build: &str) -> Face {
    let catalog = catalog();
    let build = build.parse().unwrap();
    let line = catalog.line_of(build).unwrap();
    Face {
        address: Ipv4Addr::new(127, 1, 0, 1),
        port: 8443,
        name: "mail.lab.test".to_owned(),
        behaviour,
        service: Service::Https,
        tls: TlsAge::Modern,
        iis: "10.0",
        dag: None,
        servers: vec![Server::new(catalog, line, build, "EX1".to_owned())],
        claimed: catalog.newest_line(Product::Se).map(|it| it.newest()),
    }
}

fn text(face: &Face, path: &str) -> String {
    let request = Request { method: "GET", path, host: Some("h"), ..Request::default() };
    String::from_utf8(answer(face, &request, 7).bytes).unwrap().replace("\r\n", "\n")
}

/// The status line and the headers of an answer, without what every answer has.
fn head(face: &Face, path: &str) -> String {
    let text = text(face, path);
    let (head, _) = text.split_once("\n\n").unwrap();
    let is_dull = |it: &&str| it.starts_with("X-Simulated") || it.starts_with("Cache-Control");
    head.lines().filter(|it| !is_dull(it)).collect::<Vec<_>>().join("\n")
}

/// What the reader of the program finds in one answer.
pub(crate) fn read_back(path: &str, bytes: &[u8]) -> Vec<Evidence> {
    let text = std::str::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let pair = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_owned(), value.to_owned())
    };
    let headers = lines.map(pair).collect();
    http(&HttpAnswer { endpoint: Some(path), status: Some(status), headers, body })
}

fn identity(catalog: &Catalog, face: &Face) -> Identity {
    let request = |path| Request { method: "GET", path, host: Some("h"), ..Request::default() };
    let read = |path| read_back(path, &answer(face, &request(path), 7).bytes);
    identify(catalog, &PATHS.into_iter().flat_map(read).collect::<Vec<_>>())
}

/// L2: what a face in order says leads back to what it is, for every build there is. The rule of the
/// header (E1) is written here a second time, from its source.
#[test]
fn every_build_of_the_catalog_is_known_again() {
    let catalog = catalog();
    let mut counts = [0; 2];
    for product in PRODUCTS {
        let iis = if product <= Product::E2013 { "7.5" } else { "10.0" };
        for line in catalog.lines(product) {
            for &build in &line.builds {
                let mut face = face(Behaviour::Healthy, &build.to_string());
                face.iis = iis;
                let released = catalog.release(build).unwrap().released.map(|it| it.to_string());
                let shown = matches!(product, Product::E2007 | Product::E2010 | Product::Se)
                    || released.unwrap().as_str() >= "2021-07-13";
                let got = identity(catalog, &face);
                assert_eq!(got.product, Some(product), "L2: {build}");
                assert_eq!(got.cu, Some(line.cu), "L2: {build}");
                assert_eq!(got.conflicts, [], "L2: {build}");
                let range = got.at_least.unwrap()..=got.at_most.unwrap();
                assert!(range.contains(&build), "L2: {build}");
                let want = if shown { Precision::Exact } else { Precision::Cu };
                assert_eq!(got.precision, want, "L2: {build}");
                assert_eq!(got.build.is_some(), shown, "L2: {build}");
                counts[usize::from(shown)] += 1;
            }
        }
    }
    assert!(counts.iter().all(|it| *it > 100), "L2: the table is thin: {counts:?}");
}

#[test]
fn exchange_2019_speaks() {
    let new = face(Behaviour::Healthy, "15.2.1544.14");
    insta::assert_snapshot!(head(&new, "/owa/"), @r"
    HTTP/1.1 302 Found
    Server: Microsoft-IIS/10.0
    request-id: f54cb72b-3ad7-49f9-96cd-fd1b55e24d63
    X-Powered-By: ASP.NET
    X-FEServer: EX1
    X-OWA-Version: 15.2.1544.14
    Location: https://h/owa/auth/logon.aspx?url=https%3a%2f%2fh%2fowa%2f&reason=0
    Content-Length: 0
    ");
    insta::assert_snapshot!(head(&new, "/EWS/Exchange.asmx"), @r"
    HTTP/1.1 401 Unauthorized
    Server: Microsoft-IIS/10.0
    request-id: f54cb72b-3ad7-49f9-96cd-fd1b55e24d63
    X-Powered-By: ASP.NET
    X-FEServer: EX1
    X-OWA-Version: 15.2.1544.14
    X-FailureContext: FrontEnd;401;VW5hdXRob3JpemVk;;;;
    WWW-Authenticate: Negotiate
    WWW-Authenticate: NTLM
    Content-Length: 0
    ");
    insta::assert_snapshot!(head(&new, "/nowhere"), @r"
    HTTP/1.1 404 Not Found
    Server: Microsoft-IIS/10.0
    Content-Type: text/html; charset=utf-8
    Content-Length: 88
    ");
    let page = text(&new, "/OWA/auth/logon.aspx");
    let body = page.split_once("\n\n").unwrap().1;
    assert_eq!(body.len(), 48_353);
    assert!(!page.contains("X-OWA-Version"), "E1: the page shows the CU alone");
    assert!(body.find("/owa/auth/15.2.1544/themes/resources/favicon.ico").unwrap() < 500);
    assert!(text(&new, "/ews/healthcheck.htm").ends_with("\n\n200 OK<br/>EX1.corp.lab.test"));
    let manifest = text(&new, MANIFEST_PATH);
    assert!(manifest.contains("version=\"15.2.1544.4\""), "T5: the CU's build: {manifest}");
    let old = face(Behaviour::Healthy, "15.2.858.5");
    insta::assert_snapshot!(head(&old, "/owa/"), @r"
    HTTP/1.1 302 Found
    Server: Microsoft-IIS/10.0
    request-id: f54cb72b-3ad7-49f9-96cd-fd1b55e24d63
    X-Powered-By: ASP.NET
    X-FEServer: EX1
    Location: https://h/owa/auth/logon.aspx?url=https%3a%2f%2fh%2fowa%2f&reason=0
    Content-Length: 0
    ");
}

const MANIFEST_PATH: &str =
    "/ecp/Current/exporttool/microsoft.exchange.ediscovery.exporttool.application";

#[test]
fn exchange_2010_and_2007_speak() {
    let mut old = face(Behaviour::Healthy, "14.3.513.0");
    old.iis = "7.5";
    insta::assert_snapshot!(head(&old, "/owa/"), @r"
    HTTP/1.1 302 Found
    Server: Microsoft-IIS/7.5
    X-OWA-Version: 14.3.513.0
    Location: https://h/owa/auth/logon.aspx?url=https%3a%2f%2fh%2fowa%2f&reason=0
    Content-Length: 0
    ");
    insta::assert_snapshot!(head(&old, "/ews/exchange.asmx"), @r"
    HTTP/1.1 401 Unauthorized
    Server: Microsoft-IIS/7.5
    WWW-Authenticate: Negotiate
    WWW-Authenticate: NTLM
    Content-Length: 0
    ");
    assert!(text(&old, "/owa/auth/logon.aspx").contains("\"/owa/14.3.513.0/themes/resources/"));
    assert!(head(&old, "/owa/healthcheck.htm").contains(" 302 "));
    assert!(head(&old, "/mapi/nspi/").contains(" 404 "));
    let older = face(Behaviour::Healthy, "8.3.83.6");
    assert!(text(&older, "/owa/auth/logon.aspx").contains("\"/owa/8.3.83.6/themes/base/logon.css"));
}

#[test]
fn ntlm_gets_a_challenge() {
    let face = face(Behaviour::Healthy, "15.2.1544.14");
    let authorization = Some("NTLM TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=");
    let request = Request { method: "GET", path: "/EWS/", authorization, ..Request::default() };
    let evidence = read_back("/EWS/", &answer(&face, &request, 0).bytes);
    assert!(evidence.iter().any(|it| it.value == "Windows 10.0.17763"), "{evidence:?}");
}

#[track_caller]
fn check(behaviour: Behaviour, path: &str, want: &str) {
    let face = face(behaviour, "15.2.1544.14");
    assert!(head(&face, path).contains(want), "{behaviour} {path}: {}", head(&face, path));
}

#[test]
fn boxes_and_imitations_do_as_they_are_known_to() {
    check(Behaviour::Cloudflare, "/owa/", "Server: cloudflare");
    check(Behaviour::Cloudflare, "/owa/", "X-OWA-Version: 15.2.1544.14");
    check(Behaviour::F5, "/owa/", "Set-Cookie: TS01");
    check(Behaviour::PreAuth, "/owa/", "Location: /lm_auth_proxy?LMLogon");
    check(Behaviour::PreAuth, "/autodiscover/", "X-OWA-Version: 15.2.1544.14");
    check(Behaviour::HeaderSpoofed, "/owa/auth/logon.aspx", "X-OWA-Version: 15.02.2562.0");
    check(Behaviour::ModernAuth, "/owa/", "Location: https://login.microsoftonline.com/");
    check(Behaviour::ModernAuth, "/autodiscover/", "WWW-Authenticate: Bearer client_id=");
    check(Behaviour::DeadBackEnd, "/owa/", "Location: /owa/auth/errorFE.aspx?httpCode=500");
    check(Behaviour::NameBound, "/owa/", "HTTP/1.1 404 Not Found\nServer: Microsoft-HTTPAPI/2.0");
    check(Behaviour::Honeypot, "/x", "Basic realm=\"Login Required\"");
    check(Behaviour::C2, "/x", "request-id: 6cfcf35d-0680-4853-98c4-b16723708fc9");
    check(Behaviour::ExchangeOnline, "/ews/", "PROD.OUTLOOK.COM");
    check(Behaviour::OtherServer, "/owa/", "Server: nginx");
    let stripped = face(Behaviour::HeaderStripped, "15.2.1544.14");
    assert!(!PATHS.iter().any(|path| text(&stripped, path).contains("X-OWA-Version")));
    assert!(head(&stripped, "/owa/").contains("X-FEServer: EX1"));
}

#[test]
fn a_rate_limit_asks_for_patience_and_then_answers() {
    let face = face(Behaviour::RateLimiting, "15.2.1544.14");
    let request = Request { method: "GET", path: "/owa/", ..Request::default() };
    let status = |number| {
        let text = String::from_utf8(answer(&face, &request, number).bytes).unwrap();
        text.split(' ').nth(1).unwrap().to_owned()
    };
    assert_eq!([0, 1, 2, 3].map(status), ["429", "429", "302", "302"]);
}

#[test]
fn balanced_front_ends_take_turns() {
    let mut face = face(Behaviour::LoadBalanced, "15.2.1544.14");
    face.servers.push(Server { host: "EX2".to_owned(), ..face.servers[0].clone() });
    let request = Request { method: "GET", path: "/owa/", ..Request::default() };
    let by = |number| {
        let text = String::from_utf8(answer(&face, &request, number).bytes).unwrap();
        text.contains("X-FEServer: EX2")
    };
    assert_eq!([0, 1, 2, 3].map(by), [false, true, false, true]);
}

proptest::proptest! {
    /// N1, N2: any path gets the same labelled answer twice; HEAD gets the same head and no body.
    #[test]
    fn any_path_is_answered(path in "/(owa|ecp|auth|EWS|logon.aspx|/|\\PC){0,8}", at in 0..30_usize) {
        let behaviour = crate::behaviour::BEHAVIOURS[at];
        let face = face(behaviour, "15.2.1544.14");
        let request = Request { method: "GET", path: &path, ..Request::default() };
        let got = answer(&face, &request, 3);
        proptest::prop_assert_eq!(&got, &answer(&face, &request, 3), "N1");
        if fault::after_request(behaviour).is_none() {
            let text = String::from_utf8(got.bytes).unwrap();
            proptest::prop_assert!(text.contains("\r\nX-Simulated: exward lab\r\n"), "N2");
            let head = answer(&face, &Request { method: "HEAD", ..request }, 3).bytes;
            let (want, _) = text.split_once("\r\n\r\n").unwrap();
            proptest::prop_assert_eq!(String::from_utf8(head).unwrap(), format!("{want}\r\n\r\n"));
        }
    }
}
