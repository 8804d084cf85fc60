//! Runs, schedules, webhooks.

use super::*;
use crate::page::runs::{Row as RunRow, Runs, Skipped};
use crate::page::schedules::{Row as ScheduleRow, Schedules};
use crate::page::webhooks::{Made, Message, Row as HookRow, Webhooks};

pub(super) fn runs(text: Text<'_>, role: Role) -> Runs {
    let row = |id, kind: &str, source: &str, ended_at, skipped| RunRow {
        id,
        kind: Shown::of(kind),
        source: Shown::of(&text(source)),
        by: Shown::of(&text("command line")),
        began_at: at(20, 6, 0),
        ended_at,
        servers: Count(1_204),
        changed: Count(3),
        skipped,
        more_skipped: Count(7),
    };
    let skipped = Skipped {
        place: Shown::of(&text("shadowserver.csv:17")),
        why: Shown::of(&text("the row has no address")),
    };
    Runs {
        frame: frame(text, role, Section::Activity),
        rows: vec![
            row(12, "feed", "shadowserver.csv", Some(at(20, 6, 2)), vec![skipped]),
            row(11, "check", "EX01", None, vec![]),
        ],
        before: Some(11),
    }
}

pub(super) fn schedules(text: Text<'_>, role: Role) -> Schedules {
    let row = |id, target: &str, minutes| ScheduleRow {
        id,
        target: Shown::of(&text(target)),
        every_minutes: Count(minutes),
        next_at: at(21, 2, 0),
        made_by: Shown::of(&text("kim")),
    };
    Schedules {
        frame: frame(text, role, Section::Activity),
        rows: vec![row(1, "mail.contoso.example", 1_440), row(2, "EX02", 60)],
        is_more: true,
    }
}

pub(super) fn webhooks(text: Text<'_>, role: Role) -> Webhooks {
    let row = |id, events: &[&str], disabled_at| HookRow {
        id,
        whom: Shown::of(&text("hooks.contoso.example")),
        events: events.iter().map(|it| Shown::of(&text(it))).collect(),
        made_by: Shown::of(&text("kim")),
        made_at: at(2, 9, 0),
        disabled_at,
    };
    Webhooks {
        frame: frame(text, role, Section::Activity),
        rows: vec![row(1, &[], None), row(2, &["server.fixed"], Some(at(9, 9, 0)))],
        kinds: vec!["server.vulnerable", "server.fixed"],
        messages: vec![Message {
            event: Shown::of(&text("server.vulnerable")),
            whom: Shown::of(&text("hooks.contoso.example")),
            state: Badge::work("dead"),
            attempts: Count(9),
            reason: Some(Shown::of(&text("the receiver answered 503"))),
            made_at: at(20, 6, 0),
        }],
        made: Some(Made {
            whom: Shown::of(&text("hooks.contoso.example")),
            secret: "whsec_bm90IGEgc2VjcmV0IGF0IGFsbCwgYnV0IGxvbmc=".to_owned(),
        }),
    }
}
