//! The catalog, who did what, who may, and the doors.

use super::*;

pub(super) fn catalog(text: Text<'_>, role: Role) -> CatalogPage {
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

pub(super) fn activity(text: Text<'_>, role: Role) -> Activity {
    let shown = |it: &str| Shown::of(&text(it));
    let job = |id, kind: &str, state, reason: Option<&str>| Job {
        id,
        kind: shown(kind),
        for_all: id == 39,
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
        news: news(text),
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
        here: None,
        before: Some(1040),
    }
}

pub(super) fn people(text: Text<'_>, role: Role) -> People {
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

pub(super) fn doors(text: Text<'_>, role: Role) -> Vec<(&'static str, String)> {
    let shown = |it: &str| Shown::of(&text(it));
    let line = |name: &str, servers, protected, exploited| TenantLine {
        tenant: Tenant::named(&text(name)),
        servers: Count(servers),
        protected: Count(protected),
        exploited: Count(exploited),
        act: Count(exploited),
        course: spark(
            usize::try_from(servers).unwrap(),
            (&shown(name).within(40), "servers that must act"),
            &days(30).into_iter().zip((0..30).rev()).collect::<Vec<_>>(),
        ),
        last_seen: Some(at(20, 6, 0)),
    };
    vec![
        (
            "sign-in",
            SignIn {
                frame: outside(),
                name: text("kim"),
                failure: Some(shown("Name and password do not belong together.")),
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
    ]
}
