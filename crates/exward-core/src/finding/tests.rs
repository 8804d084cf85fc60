//! Histories as people would tell them, and the invariants over random ones.

mod random;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::*;
use crate::catalog::{Cvss, Kev};

pub(super) fn advisory(id: &str, published: &str, tenths: u8, kev: bool) -> Advisory {
    Advisory {
        id: id.to_owned(),
        kind: "RCE".to_owned(),
        cvss: Some(Cvss { tenths, version: "3.1".to_owned() }),
        published: published.parse().unwrap(),
        kev: kev.then(|| Kev {
            added: "2026-01-01".parse().unwrap(),
            ransomware: "unknown".to_owned(),
            source: "test".to_owned(),
        }),
        listed: true,
        fixes: Vec::new(),
        note: String::new(),
        source: "test".to_owned(),
    }
}

/// The first moment of a day, `2026-01-31`, or a day of January 2026, `31`.
fn day(text: &str) -> Timestamp {
    let date: Date = match text.len() {
        1 | 2 => Date::new(2026, 1, text.parse().unwrap()).unwrap(),
        _ => text.parse().unwrap(),
    };
    date.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

/// Spans of one CVE: `1-3 open, 5-6 unknown`.
fn spans<'c>(advisory: &'c Advisory, text: &str) -> Vec<Span<'c>> {
    let spans = text.split(", ").filter(|it| !it.is_empty()).map(|it| {
        let (days, state) = it.split_once(' ').unwrap();
        let (from, to) = days.split_once('-').unwrap();
        let statuses = match state {
            "open" => Known::new([(advisory, OpenState::Open)], OpenState::Closed),
            "unknown" => Known::new([(advisory, OpenState::Unknown)], OpenState::Closed),
            "closed" => Known::new([], OpenState::Closed),
            "nothing" => Known::nothing(),
            other => panic!("{other}"),
        };
        Span { from: day(from), to: day(to), statuses: Arc::new(statuses) }
    });
    spans.collect()
}

/// `open since 1, 9 days, seen 3`: a finding in words, days of January 2026 as numbers.
fn told(finding: &Finding<'_>) -> String {
    let date = |at: Timestamp| {
        let date = at.to_zoned(TimeZone::UTC).date();
        let january = date.year() == 2026 && date.month() == 1;
        if january { date.day().to_string() } else { date.to_string() }
    };
    let mut text = format!("{} since {}", finding.state.name(), date(finding.opened_at));
    if let Some(at) = finding.reopened_at {
        text.push_str(&format!(", again {}, {} times", date(at), finding.reopened));
    }
    if let Some(at) = finding.fixed_at {
        text.push_str(&format!(", fixed {}", date(at)));
    }
    text.push_str(&format!(", {} days, seen {}", finding.days_open, date(finding.last_confirmed)));
    text
}

#[track_caller]
fn check(published: &str, history: &str, as_of: &str, want: &str) {
    let advisory = advisory("CVE-2026-1", published, 88, true);
    let findings = fold(&spans(&advisory, history), &[], day(as_of));
    let got: Vec<String> = findings.iter().map(told).collect();
    assert_eq!(got.join("; "), want, "published {published}: {history}; as of {as_of}");
}

const OLD: &str = "2025-06-10";

#[test]
fn an_empty_history_gives_nothing() {
    check(OLD, "", "9", "");
    check(OLD, "1-9 closed", "9", "");
    check(OLD, "1-9 unknown, 10-11 nothing", "12", "");
    check(OLD, "5-9 open", "4", ""); // H4: not seen yet
}

#[test]
fn a_hole_is_new_for_a_week() {
    check(OLD, "1-3 open", "3", "new since 1, 2 days, seen 3");
    check(OLD, "1-8 open", "7", "new since 1, 6 days, seen 7");
    check(OLD, "1-8 open", "8", "open since 1, 7 days, seen 8");
    check(OLD, "1-3 open", "31", "open since 1, 30 days, seen 3"); // nobody saw anything else
}

#[test]
fn a_hole_is_open_from_the_day_its_cve_was_published() {
    check("2026-01-06", "1-9 open", "9", "new since 6, 3 days, seen 9"); // H2
    check("2026-01-06", "1-9 open", "6", "new since 6, 0 days, seen 6");
    check("2026-01-06", "1-9 open", "5", "");
    check("2026-01", "1-9 open", "2", "new since 1, 1 days, seen 2");
    // It was published after the server was last seen: what was seen holds until something else is.
    check("2026-01-06", "1-3 open", "9", "new since 6, 3 days, seen 3");
    check("2026-01-06", "1-3 open, 8-9 closed", "9", "fixed since 6, fixed 8, 2 days, seen 9");
    // It was published when the server had its fix.
    check("2026-01-06", "1-3 open, 6-9 closed", "9", "");
}

#[test]
fn unknown_changes_nothing() {
    check(OLD, "1-3 open, 4-5 unknown", "9", "open since 1, 8 days, seen 3"); // H1
    check(OLD, "1-3 open, 4-5 nothing", "9", "open since 1, 8 days, seen 3");
    check(OLD, "1-3 unknown, 4-5 open", "9", "new since 4, 5 days, seen 5");
    check(OLD, "1-2 open, 3-4 closed, 5-6 nothing", "9", "fixed since 1, fixed 3, 2 days, seen 4");
    check("2026-01-06", "1-3 unknown", "9", "");
}

#[test]
fn a_hole_is_fixed_when_it_is_first_seen_fixed() {
    check(OLD, "1-3 open, 5-6 closed, 7-8 closed", "9", "fixed since 1, fixed 5, 4 days, seen 8");
    check(OLD, "1-3 open, 5-6 closed", "4", "new since 1, 3 days, seen 3");
    check(OLD, "5-6 closed, 1-3 open", "9", "fixed since 1, fixed 5, 4 days, seen 6"); // in any order
}

#[test]
fn a_hole_that_is_open_again_is_reopened_and_never_new() {
    let history = "1-2 open, 3-4 closed, 6-7 open";
    check(OLD, history, "8", "reopened since 1, again 6, 1 times, 4 days, seen 7"); // H3
    let history = "1-2 open, 3-4 closed, 6-7 open, 8-8 closed, 9-9 open";
    check(OLD, history, "10", "reopened since 1, again 9, 2 times, 5 days, seen 9");
    check(OLD, history, "8", "fixed since 1, again 6, 1 times, fixed 8, 4 days, seen 8");
}

fn accepted(cve: Option<&str>, at: &str, until: &str, revoked: Option<&str>) -> Acceptance {
    Acceptance {
        cve: cve.map(str::to_owned),
        until: day(until),
        by: "kim".to_owned(),
        why: "replaced in March".to_owned(),
        at: day(at),
        revoked_at: revoked.map(day),
    }
}

#[track_caller]
fn check_accepted(acceptances: &[Acceptance], history: &str, as_of: &str, want: &str) {
    let advisory = advisory("CVE-2026-1", OLD, 88, true);
    let findings = fold(&spans(&advisory, history), acceptances, day(as_of));
    let told: Vec<String> = findings.iter().map(told).collect();
    assert_eq!(told.join("; "), want, "H6: {acceptances:?} as of {as_of}");
}

#[test]
fn an_acceptance_hides_the_state_and_nothing_else() {
    let one = [accepted(Some("cve-2026-1"), "5", "20", None)];
    check_accepted(&one, "1-3 open", "4", "new since 1, 3 days, seen 3");
    check_accepted(&one, "1-3 open", "5", "accepted since 1, 4 days, seen 3");
    check_accepted(&one, "1-3 open", "19", "accepted since 1, 18 days, seen 3");
    check_accepted(&one, "1-3 open", "20", "open since 1, 19 days, seen 3");
    check_accepted(&one, "1-3 open, 6-6 closed", "7", "fixed since 1, fixed 6, 5 days, seen 6");
    let other = [accepted(Some("CVE-2026-2"), "5", "20", None)];
    check_accepted(&other, "1-3 open", "9", "open since 1, 8 days, seen 3");
    let all = [accepted(None, "5", "20", Some("8"))];
    check_accepted(&all, "1-3 open", "7", "accepted since 1, 6 days, seen 3");
    check_accepted(&all, "1-3 open", "8", "open since 1, 7 days, seen 3");
}

#[test]
fn of_several_acceptances_the_longest_counts() {
    let advisory = advisory("CVE-2026-1", OLD, 88, true);
    let mut both = [accepted(None, "1", "20", None), accepted(Some("CVE-2026-1"), "1", "25", None)];
    for _ in 0..2 {
        let findings = fold(&spans(&advisory, "1-3 open"), &both, day("9"));
        let want = FindingState::Accepted {
            until: day("25"),
            by: "kim".to_owned(),
            why: "replaced in March".to_owned(),
        };
        assert_eq!(findings[0].state, want);
        both.reverse();
    }
}

#[test]
fn the_most_urgent_comes_first() {
    let known = [
        advisory("CVE-1", "2026-01-02", 98, false),
        advisory("CVE-2", "2026-01-02", 50, true),
        advisory("CVE-3", "2025-01-02", 70, false),
        advisory("CVE-4", "2024-01-02", 70, false),
    ];
    let open = known.iter().map(|it| (it, OpenState::Open));
    let statuses = Arc::new(Known::new(open, OpenState::Closed));
    let span = Span { from: day("1"), to: day("9"), statuses };
    let findings = fold(&[span], &[], day("9"));
    let ids: Vec<&str> = findings.iter().map(Finding::cve).collect();
    assert_eq!(ids, ["CVE-2", "CVE-1", "CVE-4", "CVE-3"]);
}

#[test]
fn of_two_states_of_one_cve_the_worse_counts() {
    let it = advisory("CVE-1", OLD, 98, false);
    let both = [(&it, OpenState::Unknown), (&it, OpenState::Open)];
    assert_eq!(Known::new(both, OpenState::Closed).state("CVE-1"), OpenState::Open);
    assert_eq!(Known::new([], OpenState::Closed).state("CVE-1"), OpenState::Closed);
    assert_eq!(Known::nothing().state("CVE-1"), OpenState::Unknown);
}

#[test]
fn a_curve_has_a_point_for_each_day_on_which_something_turned() {
    let turn = |day: &str, imprint: char, delta| Turn { day: day.parse().unwrap(), imprint, delta };
    let turns = [
        turn("2026-01-03", 'o', -1),
        turn("2026-01-01", 'o', 3),
        turn("2026-01-01", 'u', 1),
        turn("2026-01-03", 'c', 1),
    ];
    let state = |imprint| match imprint {
        'o' => OpenState::Open,
        'u' => OpenState::Unknown,
        _ => OpenState::Closed,
    };
    let point = |day: &str, open, unknown, closed| Point {
        day: day.parse().unwrap(),
        open,
        unknown,
        closed,
    };
    let want = [point("2026-01-01", 3, 1, 0), point("2026-01-03", 2, 1, 1)];
    assert_eq!(burn_down(&turns, state), want);
    assert_eq!(burn_down(&[], state), []);
}
