//! What goes on over time.

use super::*;

pub(super) fn campaigns(text: Text<'_>, role: Role) -> Campaigns {
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

pub(super) fn campaign(text: Text<'_>, role: Role) -> Campaign {
    let shown = |it: &str| Shown::of(&text(it));
    let name = text("CVE-2026-42897");
    let open: Vec<(Date, u64)> = days(73)
        .into_iter()
        .zip((0_u64..73).map(|day| 412_u64.saturating_sub(day.saturating_mul(5)).max(29)))
        .collect();
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

pub(super) fn run(text: Text<'_>, role: Role, state: Stage) -> Run {
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
        picture: waves("waves-picture", &list),
        holds: vec![Hold {
            server: shown("EX03"),
            waits_for: shown("EX02"),
            why: shown("both hold copies of DB07, one must stay"),
        }],
        entries: vec![
            (at(20, 21, 43), shown("EX02: order install Jul26SU")),
            (at(20, 21, 40), shown("EX02: drained, 2 copies active elsewhere")),
        ],
    }
}

pub(super) fn rollout(text: Text<'_>, role: Role, state: Stage) -> Rollout {
    let shown = |it: &str| Shown::of(&text(it));
    Rollout {
        frame: frame(text, role, Section::Rollouts),
        run: run(text, role, state),
        approvals: vec![Approval { by: shown("kim"), at: at(20, 20, 0), until: at(21, 4, 0) }],
        changes: vec![Change {
            server: shown("EX01"),
            what: shown("build"),
            before: shown("15.2.2562.29"),
            after: shown("15.2.2562.41"),
        }],
    }
}

pub(super) fn rollouts(text: Text<'_>, role: Role) -> Rollouts {
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
        more: Count(0),
        is_all: true,
        lines: vec![
            line("3f9a1c07", Stage::Running, 1, "EX02: order install Jul26SU"),
            line("b01d22e9", Stage::Finished, 4, "every wave has ended"),
        ],
    }
}

pub(super) fn report(text: Text<'_>) -> Report {
    let shown = |it: &str| Shown::of(&text(it));
    let layer = |name, counts: &dyn Fn(u64) -> u64| Layer {
        badge: Badge::verdict(name),
        counts: (0..73).map(counts).collect(),
    };
    let layers = [
        layer("patched", &|day| day.saturating_mul(4).saturating_add(80)),
        layer("mitigated", &|day| day.saturating_add(20)),
        layer("possibly", &|_| 12),
        layer("vulnerable", &|day| 300_u64.saturating_sub(day.saturating_mul(4))),
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
