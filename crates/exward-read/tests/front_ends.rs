//! Several front ends behind one target, no answer, TLS, and when a probe has asked enough.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use exward_core::assess::assess;
use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::front_ends::worst_of;
use exward_core::report::{ServerReport, is_settled, report};
use exward_core::tls::{Certificate, TlsFacts, TlsVersion};
use jiff::civil::date;

fn seen(kind: EvidenceKind, build: &str) -> Evidence {
    Evidence::new(kind, build, Claim::Version(build.parse().unwrap()))
}

fn silent(why: &str) -> Vec<Evidence> {
    vec![Evidence::new(EvidenceKind::NoAnswer, why, Claim::Shown)]
}

fn judged(catalog: &Catalog, evidence: Vec<Evidence>) -> ServerReport<'_> {
    report(catalog, "mail".to_owned(), evidence, date(2026, 11, 24), |candidates, config| {
        Arc::new(assess(catalog, candidates, config))
    })
}

/// Judges front ends by their builds; `-` gave no answer.
fn together(builds: &[&str]) -> String {
    let catalog = exward_read::catalog::built_in().unwrap();
    let named = (1..).zip(builds).map(|(at, build): (u8, _)| {
        let evidence = match *build {
            "-" => silent("connection refused"),
            build => vec![seen(EvidenceKind::OwaHeader, build)],
        };
        (format!("192.0.2.{at}"), judged(&catalog, evidence))
    });
    let worst = worst_of(named.collect()).unwrap();
    let reasons = worst.judgement.reasons.join("\n");
    format!("{} of {}\n{reasons}", worst.judgement.verdict, worst.evidence.len())
}

#[test]
fn the_worst_front_end_counts() {
    insta::assert_snapshot!(together(&["15.2.2562.56", "15.2.1544.14"]), @r"
    vulnerable of 2
    2 front ends, the worst counts: 192.0.2.1 15.2.2562.56 patched, 192.0.2.2 15.2.1544.14 vulnerable
    42 CVEs open, 1 known exploited: CVE-2026-42897 (fixed in 15.2.1544.41)
    Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on
    ");
    insta::assert_snapshot!(together(&["15.2.1544.14", "15.2.2562.56", "-"]), @r"
    vulnerable of 3
    3 front ends, the worst counts: 192.0.2.1 15.2.1544.14 vulnerable, 192.0.2.2 15.2.2562.56 patched, 192.0.2.3 gave no answer
    42 CVEs open, 1 known exploited: CVE-2026-42897 (fixed in 15.2.1544.41)
    Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on
    ");
    insta::assert_snapshot!(together(&["-", "15.2.2562.56"]), @r"
    possibly of 2
    2 front ends, the worst counts: 192.0.2.1 gave no answer, 192.0.2.2 15.2.2562.56 patched
    patched as of 2026-10-15, by X-OWA-Version 15.2.2562.56; not verified: Extended Protection, Windows update for IIS TokenCacheModule, setup /PrepareAllDomains, dedicated hybrid app (hybrid only), Download Domains; not hunted, and patched is not clean
    Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on
    ");
    insta::assert_snapshot!(together(&["-", "-"]), @r"
    unknown of 2
    2 front ends, the worst counts: 192.0.2.1 gave no answer, 192.0.2.2 gave no answer
    no answer: connection refused
    ");
    insta::assert_snapshot!(together(&["-"]), @r"
    unknown of 1
    no answer: connection refused
    ");
}

#[test]
fn weak_tls_is_said() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let facts = TlsFacts {
        version: Some(TlsVersion::Tls10),
        suite: "TLS_RSA_WITH_3DES_EDE_CBC_SHA".to_owned(),
        certificate: Some(Certificate {
            key: "RSA".to_owned(),
            key_bits: 1024,
            signature: "sha1WithRSAEncryption".to_owned(),
            not_after: Some("2020-01-01T00:00:00Z".parse().unwrap()),
            ..Certificate::default()
        }),
        ..TlsFacts::default()
    };
    let tls = Evidence::new(EvidenceKind::Tls, "TLS 1.0", Claim::Tls(Box::new(facts.clone())));
    let report = judged(&catalog, vec![seen(EvidenceKind::OwaHeader, "8.3.485.1"), tls]);
    assert_eq!(report.tls, Some(facts));
    insta::assert_snapshot!(report.judgement.reasons.join("\n"), @r"
    CVEs after 2017-04-11 were never assessed for this product
    weak TLS: TLS 1.0 only, 3DES, no forward secrecy, key of 1024 bits, signature sha1WithRSAEncryption, certificate expired 2020-01-01
    ");
}

/// An all-clear needs a second witness; a server that must be updated needs none.
#[test]
fn an_all_clear_is_never_settled_by_one_header() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let check = |evidence: &[Evidence], want: bool| {
        assert_eq!(is_settled(&catalog, evidence), want, "{evidence:?}");
    };
    let header = |build| [seen(EvidenceKind::OwaHeader, build)];
    check(&header("15.2.1544.14"), true);
    check(&header("15.0.1497.48"), true); // unsupported
    check(&header("14.3.513.0"), true);
    check(&header("15.2.2562.56"), false); // patched
    check(&header("15.2.2562.99"), false); // newer than the catalog
    check(&header("15.2.1748"), false); // the update level is open
    check(&[seen(EvidenceKind::OwaPath, "15.2.1544.14")], false); // a page alone
    check(&[], false);
    let online = Evidence::new(EvidenceKind::FrontEnd, "x.outlook.com", Claim::ExchangeOnline);
    check(&[online], false); // a hybrid may still have a server of its own
}
