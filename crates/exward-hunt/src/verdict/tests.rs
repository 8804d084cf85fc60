//! Made-up sightings and coverage: the verdict, its reasons, its span.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Known, summary};
use crate::correlate::tests::sightings;
use crate::{Channel, Coverage, Examined, HuntSummary, Noted, Source};

fn covered(source: Source, from: &str) -> Examined {
    let from = Some(format!("{from}T00:00:00Z").parse().unwrap());
    let to = Some("2026-11-24T00:00:00Z".parse().unwrap());
    let coverage = vec![Coverage { source, from, to, records: 10, bytes: 1000, files: 1 }];
    Examined { coverage, ..Examined::default() }
}

/// Web logs and web folders.
fn enough() -> Examined {
    let mut all = Examined::default();
    all.absorb(covered(Source::Iis, "2026-07-27"));
    all.absorb(covered(Source::HttpProxy, "2026-10-26"));
    all.absorb(covered(Source::WebFolder, "2021-01-01"));
    all
}

fn hunt(mut examined: Examined, lines: &str) -> HuntSummary {
    examined.absorb(Examined { sightings: sightings(lines), ..Examined::default() });
    summary(examined, &Known::default())
}

#[track_caller]
fn check(lines: &str, want: &str) {
    let got = hunt(enough(), lines);
    assert_eq!(got.verdict.name(), want, "{lines}");
    assert!(!got.reasons.is_empty() && !got.next_step.is_empty(), "Y3");
    assert!(got.reasons.iter().any(|it| it.contains("2026-10-26")), "Y3: {:?}", got.reasons);
}

#[test]
fn the_worst_sighting_decides() {
    check("", "nothing-found");
    check("scan high iis 1", "scanned");
    check("attempt low iis 1", "scanned");
    check("success low iis 1", "scanned"); // Y1
    check("webshell low iis 1", "scanned"); // Y1
    check("attempt medium iis 1", "attempted");
    check("attempt high iis 1\nscan high iis 1", "attempted");
    check("success medium iis 1", "exploit-reached");
    check("success high iis 1", "exploit-reached");
    check("webshell medium iis 1", "exploit-reached");
    check("webshell high iis 1", "compromised");
    check("post high cmdlet 1", "compromised");
    check("post medium cmdlet 1", "not-enough-evidence");
    check("post low cmdlet 1", "not-enough-evidence");
    check("post medium cmdlet 1\nattempt high iis 1", "attempted");
    check("success high iis 1\npost medium cmdlet 2", "compromised"); // raised
}

#[track_caller]
fn check_coverage(sources: &[Source], want: &str) {
    let mut all = Examined::default();
    sources.iter().for_each(|it| all.absorb(covered(*it, "2026-10-26")));
    assert_eq!(hunt(all, "").verdict.name(), want, "Y2: {sources:?}");
}

#[test]
fn an_all_clear_needs_web_logs_and_what_shows_consequences() {
    use Channel::{MsExchangeManagement, Security, Sysmon};
    check_coverage(&[], "not-enough-evidence");
    check_coverage(&[Source::Iis], "not-enough-evidence");
    check_coverage(&[Source::WebFolder], "not-enough-evidence");
    check_coverage(&[Source::Iis, Source::Config], "not-enough-evidence");
    check_coverage(&[Source::Iis, Source::Events(Security)], "not-enough-evidence");
    check_coverage(
        &[Source::Iis, Source::Events(Security), Source::Events(Sysmon)],
        "nothing-found",
    );
    check_coverage(&[Source::Iis, Source::Events(MsExchangeManagement)], "nothing-found");
    check_coverage(&[Source::HttpProxy, Source::Cmdlet], "nothing-found");
    check_coverage(&[Source::HttpProxy, Source::WebFolder], "nothing-found");
}

#[test]
fn what_could_not_be_read_is_no_all_clear() {
    let clear = summary(enough(), &Known::default());
    assert_eq!(clear.verdict.name(), "nothing-found");
    let exposed_since = Some("2026-11-30".parse().unwrap());
    let got = summary(enough(), &Known { exposed_since, ..Known::default() });
    assert_eq!(got.verdict.name(), "not-enough-evidence", "Y2");
    assert!(reasons(&got).contains("the web logs end on 2026-11-24, before"), "{}", reasons(&got));
    for known in
        [Known { unread: 2, ..Known::default() }, Known { is_stopped: true, ..Known::default() }]
    {
        let got = summary(enough(), &known);
        assert_eq!(got.verdict.name(), "not-enough-evidence", "Y2");
        assert!(reasons(&got).contains("no whole answer"), "Y3: {}", reasons(&got));
    }
}

/// The answer when one thing about the evidence is otherwise.
#[track_caller]
fn check_no_all_clear(change: impl FnOnce(&mut Examined, &mut Known), want: &str) {
    let (mut examined, mut known) = (enough(), Known::default());
    change(&mut examined, &mut known);
    let got = summary(examined, &known);
    assert_eq!(got.verdict.name(), "not-enough-evidence", "Y2: {want}");
    assert!(reasons(&got).contains(want), "{}", reasons(&got));
}

#[test]
fn what_the_logs_do_not_show_is_no_all_clear() {
    check_no_all_clear(|it, _| it.lost = 1, "a part of one, could not be read");
    let day = |text: &str| Some(text.parse().unwrap());
    check_no_all_clear(|_, it| it.today = day("2027-11-24"), "end on 2026-11-24, 12 months ago");
    let fresh = Known { today: day("2026-11-30"), ..Known::default() };
    assert_eq!(summary(enough(), &fresh).verdict.name(), "nothing-found");
    let gap = |examined: &mut Examined, _: &mut Known| {
        let mut early = covered(Source::Iis, "2026-07-01");
        early.coverage[0].to = Some("2026-07-10T00:00:00Z".parse().unwrap());
        examined.absorb(early);
    };
    check_no_all_clear(gap, "no web log has a record between 2026-07-10");
}

#[test]
fn a_log_that_ends_before_the_others_is_named() {
    let mut examined = enough();
    let at = examined.coverage.iter().position(|it| it.source == Source::HttpProxy).unwrap();
    examined.coverage[at].to = Some("2026-10-28T00:00:00Z".parse().unwrap());
    let got = summary(examined, &Known::default());
    let named = "HttpProxy logs end on 2026-10-28, 27 days before others";
    assert!(got.missing.iter().any(|it| it.starts_with(named)), "{:?}", got.missing);
    assert!(reasons(&got).contains("HttpProxy logs reach back 2 days"), "{}", reasons(&got));
}

fn reasons(it: &HuntSummary) -> String {
    it.reasons.iter().map(|it| format!("{it}\n")).collect()
}

#[test]
fn reasons_are_for_people() {
    let shell = "webshell high web-folder - path=C:\\x.aspx\nwebshell medium iis 5 path=/x.aspx actor=203.0.113.9";
    insta::assert_snapshot!(reasons(&hunt(enough(), shell)), @r"
    A webshell: made up; raised from medium: requests and the disk tell of x.aspx; by 203.0.113.9; at 2026-11-20 00:05:00 UTC (iis:5)
    HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); what happened before is not seen
    ");
    insta::assert_snapshot!(reasons(&hunt(enough(), "attempt high iis 1 actor=203.0.113.9\nscan high iis 3\npost low cmdlet 9")), @r"
    1 attempt from 1 address: CVE-2021-34473; nothing shows that one worked
    seen, and administrators do it too: check these: A post
    HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); what happened before is not seen
    ");
    insta::assert_snapshot!(reasons(&hunt(covered(Source::HttpProxy, "2026-10-26"), "")), @r"
    no trace of an attack, and not enough to say that there was none
    missing: something that shows what an intruder left behind (web folders, cmdlet logs, MSExchange Management events, or Security and Sysmon events)
    HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24); what happened before is not seen
    ");
    insta::assert_snapshot!(reasons(&hunt(enough(), "post medium cmdlet 1")), @r"
    seen, and administrators do it too: check these: A post
    HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); what happened before is not seen
    ");
}

#[test]
fn the_span_says_what_was_before() {
    let known = Known { exposed_since: Some("2026-06-20".parse().unwrap()), ..Known::default() };
    let got = summary(enough(), &known);
    insta::assert_snapshot!(got.reasons.join("\n"), @r"
    no trace of an attack in what was read
    HttpProxy logs reach back 29 days (2026-10-26 to 2026-11-24), IIS logs 4 months (2026-07-27); the hole was open for 4 months before that (2026-06-20), and what happened then is not seen
    ");
}

#[test]
fn gaps_and_missing_sources_are_named_with_their_place() {
    let mut all = enough();
    let mut early = covered(Source::Iis, "2026-07-01");
    early.coverage[0].to = early.coverage[0].from;
    all.absorb(early);
    insta::assert_snapshot!(summary(all, &Known::default()).missing.join("\n"), @r"
    ECP server logs: <Exchange>\Logging\ECP\Server
    cmdlet logs: <Exchange>\Logging\CmdletInfra
    MSExchange Management events: %SystemRoot%\System32\winevt\Logs\MSExchange Management.evtx
    Application events: %SystemRoot%\System32\winevt\Logs\Application.evtx
    Security events: %SystemRoot%\System32\winevt\Logs\Security.evtx
    configuration files: %SystemRoot%\System32\inetsrv\config\applicationHost.config
    IIS logs between 2026-07-01 00:00:00 UTC and 2026-07-27 00:00:00 UTC: a gap; were files deleted?
    ");
}

#[track_caller]
fn check_servers(names: &[&str], asked: Option<&str>, want: Option<&str>, reason: &str) {
    let servers: BTreeSet<String> = names.iter().map(|it| (*it).to_owned()).collect();
    let known = Known { server: asked.map(str::to_owned), ..Known::default() };
    let got = summary(Examined { servers, ..enough() }, &known);
    assert_eq!(got.server.as_deref(), want, "{names:?}");
    assert!(reasons(&got).contains(reason), "{}", reasons(&got));
}

#[test]
fn servers_are_named() {
    check_servers(&[], None, None, "");
    check_servers(&["EX01"], None, Some("EX01"), "");
    check_servers(&["EX01", "ex01.contoso.com"], None, Some("ex01.contoso.com"), "");
    check_servers(&["EX01", "EX02"], None, None, "several servers (EX01, EX02)");
    check_servers(&["EX01"], Some("EX02"), Some("EX02"), "names its server EX01, not EX02");
    check_servers(&["ex01.contoso.com"], Some("EX01"), Some("EX01"), "");
}

proptest! {
    #[test]
    fn what_is_noted_decides_nothing(
        lines in prop::sample::select(vec!["", "scan high iis 1", "post low cmdlet 1", "webshell high iis 1"]),
        count in 1_u64..9,
    ) {
        let noted = Noted {
            what: "exward-probe".to_owned(),
            sentence: "asked by exward itself".to_owned(),
            count,
            from: None,
            to: None,
            actors: BTreeSet::from(["203.0.113.9".to_owned()]),
        };
        let mut with = enough();
        with.note(noted);
        prop_assert_eq!(hunt(with, lines).verdict, hunt(enough(), lines).verdict, "Y4");
    }
}
