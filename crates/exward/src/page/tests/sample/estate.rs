//! The estate, one server, its hunts.

use super::*;
use crate::page::server::Settled;

pub(super) fn estate(text: Text<'_>, role: Role) -> Estate {
    let mut frame = frame(text, role, Section::Estate);
    frame.flash = Some(Flash {
        is_bad: false,
        text: Shown::of(&text("The feed shadowserver.csv was read: 412 servers, 3 changed.")),
    });
    Estate {
        frame,
        total: Count(5),
        protected: Count(3),
        exploited: Count(2),
        unhunted: Count(2),
        worst: Some((
            Shown::of(&text("EX02")),
            Shown::of(&text("apply Jun26SU, then run Setup /PrepareAllDomains")),
        )),
        news: news(text),
        tallies: tallies(),
        filter: Filter { text: text(""), ..Filter::default() },
        sites: ["Berlin", "Graz"].map(|it| Shown::of(&text(it))).into(),
        tags: vec![Shown::of(&text("edge"))],
        rows: rows(text),
        here: text("41:EX02"),
        after: Some(text("41:EX04")),
    }
}

pub(super) fn finding(text: Text<'_>, cve: &str, state: &str, best: &str, worst: &str) -> Finding {
    Finding {
        cve: Shown::of(&text(cve)),
        kev: cve == "CVE-2026-42897",
        state: Badge::finding(state),
        best: Badge::status(best),
        worst: Badge::status(worst),
        why: Shown::of(&text(if best == worst { "" } else { "extended protection was not seen" })),
        fixed_in: Shown::of(&text("Jun26SU")),
        since: Some(date(2026, 6, 9)),
        days_open: Some(Count(72)),
        accepted: None,
        can_accept: matches!(state, "new" | "open" | "reopened"),
    }
}

pub(super) fn server(text: Text<'_>, role: Role) -> Server {
    let shown = |it: &str| Shown::of(&text(it));
    let span = |from, to, verdict, release: &str| Span {
        from: at(from, 6, 0),
        to: at(to, 6, 0),
        times: Count(7),
        verdict: Badge::verdict(verdict),
        release: shown(release),
        build: Some(shown("15.2.1748.24")),
        source: shown("HealthChecker-EX02.xml"),
    };
    Server {
        frame: frame(text, role, Section::Estate),
        id: 2,
        target: shown("EX02"),
        name: Some(shown("ex02.contoso.example")),
        site: Some(shown("Berlin")),
        tags: vec![shown("dag-1")],
        verdict: Badge::verdict("vulnerable"),
        release: shown("Exchange 2019 CU15 Apr25HU"),
        build: Some(shown("15.2.1748.24")),
        support: shown("ended 2025-10-14; updates need ESU"),
        reasons: vec![
            shown("CVE-2026-42897 is open and known to be exploited"),
            shown("the build is older than Jun26SU"),
        ],
        next_step: shown("apply Jun26SU, then run Setup /PrepareAllDomains"),
        first_seen: at(1, 6, 0),
        last_seen: at(20, 6, 12),
        as_of: None,
        hunted: hunted("attempted", 1, 18),
        findings: findings(text),
        findings_more: Count(1240),
        evidence: vec![
            Evidence {
                kind: shown("file version"),
                value: shown("ExSetup.exe 15.2.1748.24"),
                place: shown("HealthChecker-EX02.xml"),
                at: Some(at(20, 6, 12)),
            },
            Evidence {
                kind: shown("header"),
                value: shown("X-OWA-Version: 15.2.1748.24"),
                place: shown("https://mail.contoso.example/owa/"),
                at: None,
            },
        ],
        spans: vec![
            span(1, 9, "vulnerable", "Exchange 2019 CU15"),
            span(9, 20, "vulnerable", "Exchange 2019 CU15 Apr25HU"),
        ],
        history: timeline(
            "history-picture",
            "What EX02 was, and what was found",
            &lanes(text, &["EX02"]),
        ),
        hunts: hunts(text),
        sightings: sightings(text),
        sightings_more: Count(0),
        exports: vec![
            Export { name: "JSON", href: "/api/v1/tenants/contoso/servers/2".to_owned() },
            Export { name: "CVEs as CSV", href: "/t/contoso/servers/2/findings.csv".to_owned() },
        ],
    }
}

/// One of each kind: an alarm that stands, one that is settled, and none.
fn hunts(text: Text<'_>) -> Vec<Hunt> {
    let hunt = |day, verdict, settled: Option<&str>| Hunt {
        id: i64::from(day),
        is_alarm: verdict == "compromised",
        settled: settled.map(|why| Settled {
            at: at(19, 8, 0),
            by: Shown::of(&text("kim")),
            why: Shown::of(&text(why)),
        }),
        at: at(day, 9, 0),
        hunted: Hunted { is_settled: settled.is_some(), ..hunted(verdict, 1, day).unwrap() },
        reasons: vec![Shown::of(&text("3 attempts from 198.51.100.7, none answered"))],
        next_step: Shown::of(&text("block the address, keep the logs")),
    };
    vec![
        hunt(18, "compromised", None),
        hunt(17, "compromised", Some("rebuilt from scratch")),
        hunt(16, "attempted", None),
    ]
}

pub(super) fn lanes(text: Text<'_>, names: &[&str]) -> Vec<Lane> {
    let lane = |(index, name): (i8, &&str)| Lane {
        name: Shown::of(&text(name)),
        bars: vec![
            Bar {
                from: stamp(index.saturating_add(1), 0),
                to: stamp(10, 0),
                badge: None,
                what: Shown::of(&text("IIS logs")),
            },
            Bar {
                from: stamp(12, 0),
                to: stamp(19, 0),
                badge: None,
                what: Shown::of(&text("IIS logs")),
            },
        ],
        marks: vec![
            Mark {
                at: stamp(13, 4),
                badge: Badge::stage("scan"),
                what: Shown::of(&text("asks for the build")),
            },
            Mark {
                at: stamp(index.saturating_add(14), 3),
                badge: Badge::stage("attempt"),
                what: Shown::of(&text("Autodiscover")),
            },
        ],
    };
    (0..).zip(names).map(lane).collect()
}

pub(super) fn hunt(text: Text<'_>, role: Role) -> HuntPage {
    let shown = |it: &str| Shown::of(&text(it));
    let row = |server, target: &str, verdict, sightings, worst, next: &str| HuntRow {
        server,
        target: shown(target),
        at: at(18, 9, 0),
        hunted: hunted(verdict, 1, 18).unwrap(),
        sightings: Count(sightings),
        worst,
        next_step: shown(next),
    };
    HuntPage {
        frame: frame(text, role, Section::Hunt),
        total: Count(5),
        hunted: Count(3),
        tallies: vec![
            (Badge::hunted("attempted"), Count(1)),
            (Badge::hunted("nothing-found"), Count(2)),
        ],
        picture: timeline(
            "hunt-picture",
            "What the logs cover, and what they show",
            &lanes(text, &["EX02", "EX03", "EX01"]),
        ),
        rows: vec![
            row(
                2,
                "EX02",
                "attempted",
                3,
                Some(Badge::stage("attempt")),
                "block the address, keep the logs",
            ),
            row(3, "EX03", "nothing-found", 0, None, "hunt again after the update"),
            row(1, "EX01", "nothing-found", 0, None, "nothing"),
        ],
        after: Some("x".to_owned()),
    }
}

fn findings(text: Text<'_>) -> Vec<Finding> {
    let shown = |it: &str| Shown::of(&text(it));
    let mut findings = vec![
        finding(text, "CVE-2026-42897", "open", "open", "open"),
        finding(text, "CVE-2026-21410", "reopened", "closed", "open"),
        finding(text, "CVE-2025-53786", "accepted", "needs-config", "needs-config"),
        finding(text, "CVE-2024-21410", "fixed", "closed", "closed"),
    ];
    findings[2].accepted = Some(Accepted {
        id: 7,
        until: date(2026, 9, 30),
        by: shown("kim"),
        why: shown("hybrid application moves in September"),
    });
    findings
}

fn sightings(text: Text<'_>) -> Vec<Sighting> {
    let shown = |it: &str| Shown::of(&text(it));
    let sighting = |day, stage, what: &str| Sighting {
        at: Some(at(day, 3, 14)),
        stage: Badge::stage(stage),
        confidence: shown("medium"),
        who: shown("198.51.100.7"),
        what: shown(what),
        place: shown("iis/u_ex260814.log:2211"),
        rule: shown("exward-autodiscover-ssrf"),
        record: shown(
            "2026-08-14 03:14:07 GET /autodiscover/autodiscover.json 443 - 198.51.100.7 python-requests 401 0 0 15",
        ),
    };
    vec![
        sighting(13, "scan", "asks for the build"),
        sighting(14, "attempt", "asks Autodiscover for a back end"),
    ]
}
