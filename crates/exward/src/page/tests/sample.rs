//! A made-up estate: four servers of Contoso, of which one is late.

use askama::Template;
use jiff::civil::{Date, date};
use jiff::{Span as Time, Timestamp};

use crate::page::activity::{Activity, Audited, Delivery, Job};
use crate::page::badge::Badge;
use crate::page::campaign::{Campaign, Campaigns, Line, Row as CampaignRow};
use crate::page::catalog::{Answer, CatalogPage, Exploited, Newest, Withdrawn};
use crate::page::chart::curve::{Curve, burn_down};
use crate::page::chart::stacked::{Layer, stacked};
use crate::page::chart::timeline::{Bar, Lane, Mark, timeline};
use crate::page::chart::waves::{Seat, Wave, waves};
use crate::page::estate::{Estate, Filter, Hunted, Row, Tally};
use crate::page::hunt::{HuntPage, Row as HuntRow};
use crate::page::layout::{Flash, Frame, Role, Section, Tenant, Trouble, Who};
use crate::page::people::{Choice, Made, People, Person, Token};
use crate::page::report::{Accepted as ReportAccepted, Report, Row as ReportRow};
use crate::page::rollouts::Row as RunRow;
use crate::page::rollouts::{
    Approval, Change, Hold, Line as RolloutLine, Rollout, Rollouts, Run, Stage,
};
use crate::page::server::{Accepted, Evidence, Export, Finding, Hunt, Server, Sighting, Span};
use crate::page::show::{Count, Reach, Shown, When};
use crate::page::sign_in::{Failure, Password, SetUp, SignIn, TenantLine, Tenants};

/// Of every form.
pub(super) const FORM_KEY: &str = "k3y0fth1s5e5510n";

/// Where texts of others come from: themselves, or something hostile in their place.
type Text<'a> = &'a dyn Fn(&str) -> String;

pub(super) fn plain_text(text: &str) -> String {
    text.to_owned()
}

fn at(day: i8, hour: i8, minute: i8) -> When {
    When(date(2026, 8, day).at(hour, minute, 0, 0).in_tz("UTC").unwrap().timestamp())
}

fn stamp(day: i8, hour: i8) -> Timestamp {
    at(day, hour, 0).0
}

fn days(count: usize) -> Vec<Date> {
    date(2026, 6, 9).series(Time::new().days(1)).take(count).collect()
}

pub(super) fn frame(text: Text<'_>, role: Role, here: Section) -> Frame {
    Frame {
        here,
        tenant: Some(Tenant::named(&text("Contoso"))),
        others: ["Fabrikam", "Northwind Traders"].map(|it| Tenant::named(&text(it))).into(),
        who: Some(Who { name: Shown::of(&text("kim")), role }),
        form_key: FORM_KEY.to_owned(),
        tlp: "TLP:AMBER".to_owned(),
        catalog_as_of: date(2026, 8, 12),
        today: date(2026, 8, 20),
        flash: None,
        trouble: None,
    }
}

/// Nobody is signed in.
fn outside() -> Frame {
    let frame = frame(&plain_text, Role::Viewer, Section::Elsewhere);
    Frame { tenant: None, others: vec![], who: None, ..frame }
}

fn hunted(verdict: &str, from: i8, to: i8) -> Option<Hunted> {
    let reach = Reach { from: at(from, 0, 0), to: at(to, 23, 0) };
    Some(Hunted { verdict: Badge::hunted(verdict), reach: Some(reach) })
}

fn tallies() -> Vec<Tally> {
    let tally =
        |name, servers| Tally { name, verdict: Badge::verdict(name), servers: Count(servers) };
    vec![tally("vulnerable", 1), tally("possibly", 1), tally("mitigated", 1), tally("patched", 2)]
}

fn rows(text: Text<'_>) -> Vec<Row> {
    let row = |id, target: &str, verdict, release: &str, build: &str, open, kev, next: &str| Row {
        id,
        target: Shown::of(&text(target)),
        name: Some(Shown::of(&text(&format!("{target}.contoso.example")))),
        site: Some(Shown::of(&text("Berlin"))),
        verdict: Badge::verdict(verdict),
        release: Shown::of(&text(release)),
        build: Some(Shown::of(&text(build))),
        open: Count(open),
        kev_open: Count(kev),
        mitigation: None,
        hunted: None,
        next_step: Shown::of(&text(next)),
        last_seen: at(20, 6, 12),
    };
    let mut rows = vec![
        row(
            2,
            "EX02",
            "vulnerable",
            "Exchange 2019 CU15 Apr25HU",
            "15.2.1748.24",
            9,
            2,
            "apply Jun26SU, then run Setup /PrepareAllDomains",
        ),
        row(
            9,
            "mail.contoso.example",
            "possibly",
            "Exchange 2016 CU23",
            "15.1.2507.0",
            4,
            1,
            "look from inside: the build cannot be told from outside",
        ),
        row(
            3,
            "EX03",
            "mitigated",
            "Exchange SE RTM Feb26SU",
            "15.2.2562.29",
            1,
            0,
            "apply Jun26SU when the window opens",
        ),
        row(1, "EX01", "patched", "Exchange SE RTM Jul26SU", "15.2.2562.41", 0, 0, "nothing"),
        row(
            4,
            "EX04",
            "patched",
            "Exchange SE RTM Jul26SU",
            "15.2.2562.41",
            0,
            0,
            "hunt: nobody looked at its logs",
        ),
    ];
    rows[0].hunted = hunted("attempted", 1, 18);
    rows[2].mitigation = Some(Badge::mitigation("proved"));
    rows[2].hunted = hunted("nothing-found", 1, 18);
    rows[3].hunted = hunted("nothing-found", 1, 19);
    rows
}

fn estate(text: Text<'_>, role: Role) -> Estate {
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
        tallies: tallies(),
        filter: Filter { text: text(""), ..Filter::default() },
        sites: ["Berlin", "Graz"].map(|it| Shown::of(&text(it))).into(),
        tags: vec![Shown::of(&text("edge"))],
        rows: rows(text),
        after: Some(text("41:EX04")),
    }
}

fn finding(text: Text<'_>, cve: &str, state: &str, best: &str, worst: &str) -> Finding {
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

fn server(text: Text<'_>, role: Role) -> Server {
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
    let span = |from, to, verdict, release: &str| Span {
        from: at(from, 6, 0),
        to: at(to, 6, 0),
        times: Count(7),
        verdict: Badge::verdict(verdict),
        release: shown(release),
        build: Some(shown("15.2.1748.24")),
        source: shown("HealthChecker-EX02.xml"),
    };
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
        findings,
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
        hunts: vec![Hunt {
            at: at(18, 9, 0),
            hunted: hunted("attempted", 1, 18).unwrap(),
            reasons: vec![shown("3 attempts from 198.51.100.7, none answered")],
            next_step: shown("block the address, keep the logs"),
        }],
        sightings: vec![
            sighting(13, "scan", "asks for the build"),
            sighting(14, "attempt", "asks Autodiscover for a back end"),
        ],
        sightings_more: Count(0),
        exports: vec![
            Export { name: "JSON", href: "/api/v1/tenants/contoso/servers/2".to_owned() },
            Export { name: "CVEs as CSV", href: "/t/contoso/servers/2/findings.csv".to_owned() },
        ],
    }
}

fn lanes(text: Text<'_>, names: &[&str]) -> Vec<Lane> {
    let lane = |(index, name): (i8, &&str)| Lane {
        name: Shown::of(&text(name)),
        bars: vec![
            Bar {
                from: stamp(1 + index, 0),
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
                at: stamp(14 + index, 3),
                badge: Badge::stage("attempt"),
                what: Shown::of(&text("Autodiscover")),
            },
        ],
    };
    (0..).zip(names).map(lane).collect()
}

fn hunt(text: Text<'_>, role: Role) -> HuntPage {
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

fn campaigns(text: Text<'_>, role: Role) -> Campaigns {
    let line = |name: &str, title: &str, done, total| Line {
        name: text(name),
        title: Shown::of(&text(title)),
        since: Some(date(2026, 5, 14)),
        done: Count(done),
        total: Count(total),
    };
    Campaigns {
        frame: frame(text, role, Section::Campaigns),
        exploited: vec![
            line("CVE-2026-42897", "Spoofing in Outlook on the web", 3, 5),
            line("CVE-2024-21410", "Elevation of privilege by NTLM relay", 5, 5),
        ],
        updates: vec![line("Jul26SU", "Security update of July 2026", 2, 5)],
    }
}

fn campaign(text: Text<'_>, role: Role) -> Campaign {
    let shown = |it: &str| Shown::of(&text(it));
    let name = text("CVE-2026-42897");
    let open: Vec<(Date, u64)> =
        days(73).into_iter().zip((0_u64..73).map(|day| 412 * 400 / (400 + day * day))).collect();
    let row = |server, target: &str, state, release: &str| CampaignRow {
        server,
        target: shown(target),
        state: Badge::finding(state),
        release: shown(release),
        since: Some(date(2026, 6, 9)),
        days_open: Some(Count(72)),
        next_step: shown("apply Jun26SU"),
    };
    Campaign {
        frame: frame(text, role, Section::Campaigns),
        curve: burn_down(&Curve { id: "curve-picture", about: &name, open: &open }),
        name,
        title: shown("Spoofing in Outlook on the web"),
        kev: true,
        exploited_since: Some(date(2026, 5, 14)),
        fix: shown("Jun26SU of 2026-06-09"),
        done: Count(383),
        total: Count(412),
        tallies: vec![
            (Badge::finding("open"), Count(24)),
            (Badge::finding("reopened"), Count(2)),
            (Badge::finding("accepted"), Count(3)),
            (Badge::finding("fixed"), Count(383)),
        ],
        stuck: vec![
            (shown("out of support, no ESU"), Count(17)),
            (shown("no window before September"), Count(9)),
        ],
        rows: vec![
            row(2, "EX02", "open", "Exchange 2019 CU15 Apr25HU"),
            row(9, "mail.contoso.example", "reopened", "Exchange 2016 CU23"),
        ],
        after: Some("x".to_owned()),
    }
}

fn run(text: Text<'_>, role: Role, state: Stage) -> Run {
    let shown = |it: &str| Shown::of(&text(it));
    let row = |name: &str, wave, state, step: &str, gone, why: &str| RunRow {
        name: shown(name),
        wave: Count(wave),
        state: Badge::leaving(state),
        from: shown("SE RTM Feb26SU"),
        to: shown("Jul26SU"),
        step: shown(step),
        elapsed_minutes: gone,
        expected_minutes: Some(Count(42)),
        why: shown(why),
    };
    Run {
        base: Tenant::named(&text("Contoso")).base,
        form_key: FORM_KEY.to_owned(),
        may_approve: role >= Role::Approver,
        id: "3f9a1c07".to_owned(),
        state,
        is_simulated: true,
        halted: None,
        sentence: shown("EX02 is under way: step 4 of 9, install Jul26SU"),
        servers: Count(4),
        ended: Count(1),
        elapsed_minutes: Some(Count(61)),
        expected_minutes: Some(Count(170)),
        rows: vec![
            row("EX01", 1, "current", "", Some(Count(39)), ""),
            row("EX02", 2, "under-way", "4 of 9: install Jul26SU", Some(Count(22)), ""),
            row("EX03", 3, "waiting", "", None, "waits for EX02: same DAG"),
            row(
                "EX04",
                3,
                "quarantined",
                "",
                Some(Count(55)),
                "setup failed with 1603 twice; taken out of service, its copies are elsewhere",
            ),
        ],
        entries: vec![
            (at(20, 21, 43), shown("EX02: order install Jul26SU")),
            (at(20, 21, 40), shown("EX02: drained, 2 copies active elsewhere")),
        ],
    }
}

fn rollout(text: Text<'_>, role: Role, state: Stage) -> Rollout {
    let shown = |it: &str| Shown::of(&text(it));
    let seat = |name: &str, state, waits: &str| Seat {
        name: shown(name),
        state: Badge::leaving(state),
        waits_for: shown(waits),
    };
    let list = [
        Wave { seats: vec![seat("EX01", "current", "")] },
        Wave { seats: vec![seat("EX02", "under-way", "")] },
        Wave { seats: vec![seat("EX03", "waiting", "EX02"), seat("EX04", "quarantined", "")] },
    ];
    Rollout {
        frame: frame(text, role, Section::Rollouts),
        run: run(text, role, state),
        picture: waves("waves-picture", &list),
        holds: vec![Hold {
            server: shown("EX03"),
            waits_for: shown("EX02"),
            why: shown("both hold copies of DB07, one must stay"),
        }],
        approvals: vec![Approval { by: shown("kim"), at: at(20, 20, 0), until: at(21, 4, 0) }],
        changes: vec![Change {
            server: shown("EX01"),
            what: shown("build"),
            before: shown("15.2.2562.29"),
            after: shown("15.2.2562.41"),
        }],
    }
}

fn rollouts(text: Text<'_>, role: Role) -> Rollouts {
    let line = |id: &str, state, current, last: &str| RolloutLine {
        id: id.to_owned(),
        state,
        is_simulated: true,
        servers: Count(4),
        current: Count(current),
        last: Shown::of(&text(last)),
        last_at: Some(at(20, 21, 43)),
    };
    Rollouts {
        frame: frame(text, role, Section::Rollouts),
        lines: vec![
            line("3f9a1c07", Stage::Running, 1, "EX02: order install Jul26SU"),
            line("b01d22e9", Stage::Finished, 4, "every wave has ended"),
        ],
    }
}

fn catalog(text: Text<'_>, role: Role) -> CatalogPage {
    let shown = |it: &str| Shown::of(&text(it));
    let newest = |product: &str, cu: &str, build: &str, support: &str| Newest {
        product: shown(product),
        cu: shown(cu),
        update: shown("Jul26SU"),
        build: shown(build),
        published: Some(date(2026, 7, 14)),
        support: shown(support),
    };
    let mut frame = frame(text, role, Section::Catalog);
    frame.catalog_as_of = date(2026, 6, 10);
    CatalogPage {
        frame,
        builds: Count(312),
        cves: Count(187),
        newest: vec![
            newest("Exchange SE", "RTM", "15.2.2562.41", "supported"),
            newest("Exchange 2019", "CU15", "15.2.1748.43", "ended; ESU only"),
            newest("Exchange 2016", "CU23", "15.1.2507.70", "ended; ESU only"),
        ],
        exploited: vec![
            Exploited {
                cve: shown("CVE-2026-42897"),
                title: shown("Spoofing in Outlook on the web"),
                listed: Some(date(2026, 5, 15)),
                ransomware: false,
            },
            Exploited {
                cve: shown("CVE-2021-26855"),
                title: shown("Server-side request forgery"),
                listed: Some(date(2021, 11, 3)),
                ransomware: true,
            },
        ],
        withdrawn: vec![Withdrawn {
            update: shown("Nov24SU"),
            on: Some(date(2024, 11, 14)),
            why: shown("transport rules stopped; version 2 followed"),
        }],
        asked: text("15.2.1748.24"),
        answer: Some(Answer::Known {
            build: shown("15.2.1748.24"),
            release: shown("Exchange 2019 CU15 Apr25HU"),
            published: Some(date(2025, 4, 18)),
            support: shown("ended 2025-10-14"),
            open: vec![(shown("CVE-2026-42897"), true), (shown("CVE-2026-21410"), false)],
            next_step: shown("apply Jul26SU"),
        }),
    }
}

fn activity(text: Text<'_>, role: Role) -> Activity {
    let shown = |it: &str| Shown::of(&text(it));
    let job = |id, kind: &str, state, reason: Option<&str>| Job {
        id,
        kind: shown(kind),
        state: Badge::work(state),
        done: Count(312),
        total: Some(Count(412)),
        owner: Some(shown("serve-2")),
        attempts: Count(2),
        due: Some(at(20, 7, 0)),
        reason: reason.map(shown),
        made_by: shown("schedule"),
        made_at: at(20, 6, 0),
        can_retry: state == "failed",
        can_cancel: state == "running",
    };
    let audit = |sequence, actor: &str, action: &str, subject: &str, detail: &str| Audited {
        sequence,
        at: at(20, 6, 0),
        actor: shown(actor),
        action: shown(action),
        subject: shown(subject),
        detail: shown(detail),
    };
    Activity {
        frame: frame(text, role, Section::Activity),
        jobs: vec![
            job(41, "check", "running", None),
            job(40, "read feed", "failed", Some("shadowserver.csv: not one row could be read")),
            job(39, "check", "done", None),
        ],
        dead: vec![Delivery {
            id: 3,
            event: shown("server.vulnerable"),
            url: shown("https://tickets.contoso.example/hook"),
            attempts: Count(8),
            reason: shown("answered 502 eight times"),
            ended_at: at(19, 23, 0),
        }],
        audit: vec![
            audit(1042, "kim", "rollout.approve", "3f9a1c07", "until 2026-08-21 04:00"),
            audit(
                1041,
                "kim",
                "finding.accept",
                "EX02 CVE-2025-53786",
                "until 2026-09-30: hybrid application moves in September",
            ),
            audit(1040, "sam", "session.begin", "sam", ""),
        ],
        before: Some(1040),
    }
}

fn people(text: Text<'_>, role: Role) -> People {
    let shown = |it: &str| Shown::of(&text(it));
    let person = |id, name: &str, role, is_self| Person {
        id,
        name: shown(name),
        role,
        tenant: (id > 1).then(|| shown("Contoso")),
        made_at: at(1, 9, 0),
        disabled_at: (id == 3).then(|| at(9, 9, 0)),
        is_self,
    };
    let token = |id, name: &str, revoked| Token {
        id,
        name: shown(name),
        role: Role::Viewer,
        tenant: Some(shown("Contoso")),
        by: shown("kim"),
        made_at: at(2, 9, 0),
        expires_at: Some(at(30, 0, 0)),
        revoked_at: revoked,
    };
    People {
        frame: frame(text, role, Section::People),
        people: vec![
            person(1, "kim", Role::Admin, true),
            person(2, "sam", Role::Operator, false),
            person(3, "alex", Role::Viewer, false),
        ],
        tokens: vec![token(1, "grafana", None), token(2, "old script", Some(at(3, 9, 0)))],
        tenants: vec![
            Choice { id: 1, name: shown("Contoso") },
            Choice { id: 2, name: shown("Fabrikam") },
        ],
        made: Some(Made { name: shown("grafana"), secret: "exward_5Yc0w8q1Zx3".to_owned() }),
    }
}

fn report(text: Text<'_>) -> Report {
    let shown = |it: &str| Shown::of(&text(it));
    let layer = |name, counts: &dyn Fn(u64) -> u64| Layer {
        badge: Badge::verdict(name),
        counts: (0..73).map(counts).collect(),
    };
    let layers = [
        layer("patched", &|day| 80 + day * 4),
        layer("mitigated", &|day| 20 + day / 9),
        layer("possibly", &|_| 12),
        layer("vulnerable", &|day| 300 - day * 4),
    ];
    let rows = rows(text).into_iter().map(|row| ReportRow {
        target: row.target,
        verdict: row.verdict,
        release: row.release,
        build: row.build,
        open: row.open,
        kev_open: row.kev_open,
        hunted: row.hunted,
        next_step: row.next_step,
        known_by: shown("HealthChecker, file versions"),
        last_seen: row.last_seen,
    });
    Report {
        tenant: shown("Contoso"),
        tlp: "TLP:AMBER".to_owned(),
        today: date(2026, 8, 20),
        catalog_as_of: date(2026, 8, 12),
        total: Count(5),
        protected: Count(3),
        exploited: Count(2),
        unhunted: Count(2),
        tallies: tallies().into_iter().map(|it| (it.verdict, it.servers)).collect(),
        trend: stacked("trend", &days(73), &layers),
        rows: rows.collect(),
        left_out: Count(0),
        accepted: vec![ReportAccepted {
            server: shown("EX02"),
            cve: shown("CVE-2025-53786"),
            until: date(2026, 9, 30),
            by: shown("kim"),
            why: shown("hybrid application moves in September"),
        }],
    }
}

fn doors(text: Text<'_>, role: Role) -> Vec<(&'static str, String)> {
    let shown = |it: &str| Shown::of(&text(it));
    let line = |name: &str, servers, protected, exploited| TenantLine {
        tenant: Tenant::named(&text(name)),
        servers: Count(servers),
        protected: Count(protected),
        exploited: Count(exploited),
        last_seen: Some(at(20, 6, 0)),
    };
    vec![
        (
            "sign-in",
            SignIn {
                frame: outside(),
                name: text("kim"),
                failure: Some(shown("Name and password do not belong together.")),
                next: text("/t/contoso/"),
            }
            .render()
            .unwrap(),
        ),
        (
            "set-up",
            SetUp {
                frame: outside(),
                action: "/set-up/abc".to_owned(),
                failure: None,
                password_min: 12,
            }
            .render()
            .unwrap(),
        ),
        (
            "password",
            Password {
                frame: frame(text, role, Section::Elsewhere),
                failure: None,
                password_min: 12,
            }
            .render()
            .unwrap(),
        ),
        (
            "tenants",
            Tenants {
                frame: Frame { tenant: None, ..frame(text, role, Section::Elsewhere) },
                lines: vec![
                    line("Fabrikam", 31, 12, 9),
                    line("Contoso", 5, 3, 2),
                    line("Northwind Traders", 4, 4, 0),
                ],
            }
            .render()
            .unwrap(),
        ),
        (
            "failure",
            Failure {
                frame: frame(text, role, Section::Elsewhere),
                status: 404,
                title: "There is no such page",
                help: shown("It may have been renamed."),
                reference: "7Q2M".to_owned(),
            }
            .render()
            .unwrap(),
        ),
    ]
}

/// Every page by name, with something on it.
pub(super) fn pages(text: Text<'_>, role: Role) -> Vec<(&'static str, String)> {
    let mut pages = vec![
        ("estate", estate(text, role).render().unwrap()),
        ("server", server(text, role).render().unwrap()),
        ("hunt", hunt(text, role).render().unwrap()),
        ("campaigns", campaigns(text, role).render().unwrap()),
        ("campaign", campaign(text, role).render().unwrap()),
        ("rollouts", rollouts(text, role).render().unwrap()),
        ("rollout", rollout(text, role, Stage::Running).render().unwrap()),
        ("rollout-planned", rollout(text, role, Stage::Planned).render().unwrap()),
        ("rollout-paused", rollout(text, role, Stage::Paused).render().unwrap()),
        ("catalog", catalog(text, role).render().unwrap()),
        ("activity", activity(text, role).render().unwrap()),
        ("people", people(text, role).render().unwrap()),
        ("report", report(text).render().unwrap()),
    ];
    pages.extend(doors(text, role));
    pages
}

/// Pages with nothing on them, while the store is away.
pub(super) fn empty_pages(role: Role) -> Vec<(&'static str, String)> {
    let text: Text<'_> = &plain_text;
    let mut estate = estate(text, role);
    (estate.total, estate.rows, estate.after) = (Count(0), vec![], None);
    let mut none = self::estate(text, role);
    (none.rows, none.filter.verdict, none.after) = (vec![], "patched".to_owned(), None);
    none.frame.trouble = Some(Trouble { since: at(20, 6, 0), seen: Some(at(20, 5, 58)) });
    let mut server = server(text, role);
    (server.findings, server.hunts, server.sightings, server.history) =
        (vec![], vec![], vec![], None);
    server.hunted = None;
    server.as_of = Some(at(9, 0, 0));
    let mut hunt = hunt(text, role);
    (hunt.rows, hunt.picture, hunt.after) = (vec![], None, None);
    let mut campaign = campaign(text, role);
    (campaign.curve, campaign.rows, campaign.stuck) = (None, vec![], vec![]);
    let mut report = report(text);
    (report.trend, report.accepted, report.rows) = (None, vec![], vec![]);
    let rollouts = Rollouts { lines: vec![], ..rollouts(text, role) };
    let mut activity = activity(text, role);
    (activity.jobs, activity.dead, activity.audit) = (vec![], vec![], vec![]);
    vec![
        ("estate-empty", estate.render().unwrap()),
        ("estate-none", none.render().unwrap()),
        ("server-empty", server.render().unwrap()),
        ("hunt-empty", hunt.render().unwrap()),
        ("campaign-empty", campaign.render().unwrap()),
        ("rollouts-empty", rollouts.render().unwrap()),
        ("activity-empty", activity.render().unwrap()),
        ("report-empty", report.render().unwrap()),
    ]
}
