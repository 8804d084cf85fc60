//! Made-up sightings: what joins, what raises, and that order is nothing.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan as _};
use proptest::prelude::*;

use super::{Correlated, correlate};
use crate::{Channel, Confidence, RuleFacts, Sighting, Source, Stage};

/// `stage confidence source minute [actor=…] [user=…] [path=…] [cmdlet=…] [rule=…]`; minute `-` is no time.
pub(crate) fn sighting(text: &str) -> Sighting {
    let mut words = text.split(' ');
    let mut next = || words.next().unwrap();
    let (stage, confidence, source) = (next(), next(), next());
    let minute = next();
    let start: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    let named: Vec<(&str, &str)> = words.map(|it| it.split_once('=').unwrap()).collect();
    let of = |name: &str| named.iter().find(|it| it.0 == name).map(|it| it.1.to_owned());
    let sources = [
        Source::Iis,
        Source::HttpProxy,
        Source::WebFolder,
        Source::Cmdlet,
        Source::Events(Channel::Security),
        Source::Events(Channel::MsExchangeManagement),
    ];
    let id = of("rule").unwrap_or_else(|| format!("test-{stage}"));
    let rule = RuleFacts {
        title: format!("A {stage}"),
        id,
        cves: vec!["CVE-2021-34473".to_owned()],
        techniques: Vec::new(),
        references: Vec::new(),
        false_positives: Vec::new(),
        author: None,
    };
    Sighting {
        rule: Arc::new(rule),
        stage: Stage::of(stage).unwrap(),
        confidence: Confidence::of(confidence).unwrap(),
        at: minute.parse::<i64>().ok().map(|it| start.checked_add(it.minutes()).unwrap()),
        source: sources.into_iter().find(|it| it.name() == source).unwrap(),
        file: source.into(),
        line: minute.parse().ok(),
        excerpt: String::new(),
        actor: of("actor"),
        user: of("user"),
        path: of("path"),
        cmdlet: of("cmdlet"),
        why: "made up".to_owned(),
    }
}

pub(crate) fn sightings(lines: &str) -> Vec<Sighting> {
    lines.lines().map(str::trim).filter(|it| !it.is_empty()).map(sighting).collect()
}

/// Each chain on a line: its stage and confidence, and its sightings by source and line.
fn shown(found: &Correlated) -> String {
    let one = |at: &usize| {
        let it = &found.sightings[*at];
        format!("{}:{}", it.file, it.line.map_or_else(|| "-".to_owned(), |it| it.to_string()))
    };
    let line = |it: &super::Chain| {
        let members: Vec<String> = it.sightings.iter().map(one).collect();
        format!("{} {} {}", it.stage, it.confidence, members.join(" "))
    };
    found.chains.iter().map(line).collect::<Vec<_>>().join(" | ")
}

#[track_caller]
fn check(lines: &str, want: &str) {
    assert_eq!(shown(&correlate(sightings(lines))), want, "{lines}");
}

#[test]
fn sightings_join_by_who_what_and_where() {
    check(
        "scan high iis 1 actor=203.0.113.9\nattempt high httpproxy 9 actor=203.0.113.9",
        "attempt high iis:1 httpproxy:9",
    );
    check(
        "scan high iis 1 actor=10.0.0.1\nattempt high iis 9 actor=10.0.0.1",
        "attempt high iis:9 | scan high iis:1",
    ); // Q3
    check(
        "post low cmdlet 1 user=C\\anna\npost low cmdlet 1000 user=anna@c.org",
        "post low cmdlet:1 cmdlet:1000",
    );
    check(
        "post low cmdlet 1 user=anna\npost low cmdlet 2000 user=anna",
        "post low cmdlet:1 | post low cmdlet:2000",
    );
    check(
        "post low cmdlet 1 user=EX01$\npost low cmdlet 2 user=EX01$",
        "post low cmdlet:1 | post low cmdlet:2",
    ); // Q3
    check(
        "webshell high iis 1 path=/owa/auth/X.aspx\nwebshell low web-folder - path=C:\\t\\x.aspx.f5dba9b9.compiled",
        "webshell high iis:1 web-folder:-",
    );
    check(
        "scan low iis 1 path=/owa/auth/logon.aspx\nscan low iis 2 path=/ecp/logon.aspx",
        "scan low iis:1 | scan low iis:2",
    ); // Q3
}

#[test]
fn the_most_telling_comes_first() {
    check("scan high iis 1\npost medium cmdlet 5", "post medium cmdlet:5 | scan high iis:1");
    check(
        "post medium cmdlet 1\nattempt medium iis 5\nwebshell medium iis 9\npost high cmdlet 9",
        "post high cmdlet:9 | webshell medium iis:9 | attempt medium iis:5 | post medium cmdlet:1",
    );
}

#[test]
fn cmdlets_of_one_sequence_join_within_ten_minutes() {
    let lines = |times: [u32; 3]| {
        let names =
            ["Set-OabVirtualDirectory", "Remove-OabVirtualDirectory", "New-OabVirtualDirectory"];
        let line = |(name, time)| format!("post low cmdlet {time} cmdlet={name}\n");
        names.iter().zip(times).map(line).collect::<String>()
    };
    check(&lines([1, 2, 3]), "post low cmdlet:1 cmdlet:2 cmdlet:3");
    check(&lines([1, 2, 30]), "post low cmdlet:1 cmdlet:2 | post low cmdlet:30");
    check(&lines([3, 2, 1]), "post low cmdlet:1 | post low cmdlet:2 | post low cmdlet:3"); // the wrong way round
}

#[test]
fn two_witnesses_of_one_page_raise() {
    let disk = "webshell medium web-folder - path=C:\\x.aspx\n";
    check(&format!("{disk}webshell medium iis 1 path=/x.aspx"), "webshell high iis:1 web-folder:-");
    // Two logs of one request are one witness; who only asks is none; low is none.
    check(
        "webshell medium httpproxy 1 path=/x.aspx\nwebshell medium iis 1 path=/x.aspx",
        "webshell medium httpproxy:1 iis:1",
    );
    check(&format!("{disk}scan high iis 1 path=/x.aspx"), "webshell medium iis:1 web-folder:-");
    check(&format!("{disk}webshell low iis 1 path=/x.aspx"), "webshell medium iis:1 web-folder:-");
    check(
        &format!("{disk}webshell medium iis 1 path=/y.aspx"),
        "webshell medium iis:1 | webshell medium web-folder:-",
    );
}

#[test]
fn fruits_of_an_exploit_raise() {
    let post = |minute: u32, more: &str| format!("post medium cmdlet {minute}{more}");
    let after = |success: &str, fruit: &str| format!("{success}\n{fruit}");
    check(
        &after("success high iis 10", &post(20, "")),
        "post high cmdlet:20 | success high iis:10",
    );
    check(
        &after("success high iis 10", &post(5, "")),
        "success high iis:10 | post medium cmdlet:5",
    ); // before it
    check(
        &after("success high iis 10", &post(1451, "")),
        "success high iis:10 | post medium cmdlet:1451",
    ); // too late
    // An unsure exploit raises only what belongs to it.
    check(
        &after("success medium iis 10", &post(20, "")),
        "success medium iis:10 | post medium cmdlet:20",
    );
    let [success, fruit] = ["success medium iis 10 user=anna", " user=anna"];
    check(&after(success, &post(20, fruit)), "post high iis:10 cmdlet:20");
    // Low stays low.
    check("success high iis 10\npost low cmdlet 20", "success high iis:10 | post low cmdlet:20");
}

#[test]
fn an_address_from_a_list_raises_nothing() {
    let listed = "rule=exward-address-fin7";
    check(
        &format!("success high iis 10 {listed}\npost medium cmdlet 20"),
        "success high iis:10 | post medium cmdlet:20",
    );
    check(
        &format!("success high iis 10\npost medium cmdlet 20 {listed}"),
        "success high iis:10 | post medium cmdlet:20",
    );
}

#[test]
fn requests_name_who_used_a_shell() {
    let found = correlate(sightings(
        "webshell high web-folder - path=C:\\x.aspx\nwebshell low iis 5 path=/x.aspx actor=203.0.113.9 user=eve",
    ));
    let chain = &found.chains[0];
    assert_eq!(
        format!("{:?} {:?} {:?}", chain.actors, chain.users, chain.files),
        r#"{"203.0.113.9"} {"eve"} {"x.aspx"}"#
    );
}

fn any() -> impl Strategy<Value = Vec<Sighting>> {
    let pick = |all: &[&'static str]| prop::sample::select(all.to_vec());
    let one = (
        pick(&["scan", "attempt", "success", "webshell", "post"]),
        pick(&["low", "medium", "high"]),
        pick(&["iis", "httpproxy", "web-folder", "cmdlet", "events-security"]),
        pick(&["-", "1", "5", "9", "500", "2000"]),
        pick(&[
            "",
            " actor=203.0.113.9",
            " actor=203.0.113.7",
            " user=anna",
            " path=/x.aspx",
            " path=/y.aspx",
            " rule=exward-address-x",
        ]),
    );
    let text = one.prop_map(|(a, b, c, d, e)| sighting(&format!("{a} {b} {c} {d}{e}")));
    prop::collection::vec(text, 0..12)
}

proptest! {
    #[test]
    fn chains_keep_their_invariants((given, turned) in any().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))) {
        let found = correlate(given.clone());
        prop_assert_eq!(&found, &correlate(turned), "Q2");
        let mut members: Vec<usize> = found.chains.iter().flat_map(|it| it.sightings.clone()).collect();
        members.sort_unstable();
        prop_assert_eq!(members, (0..given.len()).collect::<Vec<_>>(), "Q1");
        let count = |all: &[Sighting], confidence| all.iter().filter(|it| it.confidence == confidence).count();
        prop_assert_eq!(count(&given, Confidence::Low), count(&found.sightings, Confidence::Low), "R4");
        prop_assert!(count(&given, Confidence::High) <= count(&found.sightings, Confidence::High), "R4");
        for it in found.sightings.iter().filter(|it| it.why.contains("raised")) {
            prop_assert!(it.stage >= Stage::WebShell && !it.rule.id.starts_with("exward-address"), "R3");
        }
    }
}
