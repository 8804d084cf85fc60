//! Limits, pins, gates, approvals and the emergency profile.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::policy::{Approvals, Emergency, Gates, Limits, Pin};

use super::ring::selector;
use super::shared;
use crate::document::{Node, Notes, Opened, Table, quoted};

/// A limit: a number, or `"unlimited"`, which is [`u32::MAX`].
pub(crate) fn limit(
    table: &Table<'_>,
    key: &str,
    node: Node<'_>,
    notes: &mut Notes<'_>,
) -> Option<u32> {
    match node.open() {
        Opened::Text(text) if text == "unlimited" => Some(u32::MAX),
        Opened::Number(_) => table.number_of(key, node, notes),
        other => {
            table.wrong(key, node, &other, "a whole number or \"unlimited\"", notes);
            None
        }
    }
}

/// `[pools]` and `[sites]`.
pub(crate) fn limits<K: Ord>(
    file: &mut Table<'_>,
    key: &'static str,
    default_max: u32,
    name: fn(&str) -> K,
    notes: &mut Notes<'_>,
) -> Limits<K> {
    let mut limits = Limits { default_max, max: BTreeMap::new() };
    let Some(mut table) = file.take(key).and_then(|it| Table::open(it, key, notes)) else {
        return limits;
    };
    if let Some(node) = table.take("default_max") {
        limits.default_max = limit(&table, "default_max", node, notes).unwrap_or(default_max);
    }
    let max = table.take("max").and_then(|it| Table::open(it, format!("{key}.max"), notes));
    if let Some(mut max) = max {
        for (text, node) in max.rest() {
            let Some(value) = limit(&max, &quoted(&text), node, notes) else { continue };
            if text.trim().is_empty() || limits.max.insert(name(&text), value).is_some() {
                max.problem(
                    node.at,
                    &format!("`{}` is empty, or stands here twice", quoted(&text)),
                    notes,
                );
            }
        }
    }
    table.finish(notes);
    limits
}

/// `[[pins]]`.
pub(super) fn pins(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Vec<Pin> {
    let numbered = (1_u32..).zip(file.list("pins", notes));
    numbered
        .filter_map(|(number, node)| pin(Table::open(node, format!("pin {number}"), notes)?, notes))
        .collect()
}

fn pin(mut table: Table<'_>, notes: &mut Notes<'_>) -> Option<Pin> {
    let select = selector(&mut table, notes);
    let until = table.need_day("until", notes);
    let reason = table.need_text("reason", notes);
    let by = table.need_text("by", notes);
    table.finish(notes);
    Some(Pin { select, until: until?, reason: shared(reason?), by: shared(by?) })
}

/// `[gates]`.
pub(crate) fn gates(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Gates {
    let defaults = Gates::default();
    let Some(mut table) = file.take("gates").and_then(|it| Table::open(it, "gates", notes)) else {
        return defaults;
    };
    let gates = Gates {
        copy_queue_len_max: table
            .number("copy_queue_len_max", notes)
            .unwrap_or(defaults.copy_queue_len_max),
        replay_queue_len_max: table
            .number("replay_queue_len_max", notes)
            .unwrap_or(defaults.replay_queue_len_max),
        healthy_copies_min: table
            .number("healthy_copies_min", notes)
            .unwrap_or(defaults.healthy_copies_min),
        single_copy_allowed: table
            .flag("single_copy_allowed", notes)
            .unwrap_or(defaults.single_copy_allowed),
        health_age_minutes_max: age(&mut table, "health_age_minutes_max", notes)
            .unwrap_or(defaults.health_age_minutes_max),
        facts_age_minutes_max: age(&mut table, "facts_age_minutes_max", notes)
            .unwrap_or(defaults.facts_age_minutes_max),
    };
    if gates.healthy_copies_min == 0 {
        let what =
            "`healthy_copies_min` is 0: the last healthy copy of a database would be taken away";
        table.problem(table.at, what, notes);
    }
    table.finish(notes);
    gates
}

/// An age in minutes, at least 1: younger than now no fact is.
fn age(table: &mut Table<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<i64> {
    let node = table.take(key)?;
    let minutes: i64 = table.number_of(key, node, notes)?;
    if minutes < 1 {
        let what = format!("`{key}` is {minutes}, so no fact would ever be fresh enough");
        table.problem(node.at, &what, notes);
    }
    Some(minutes)
}

/// `[approvals]`.
pub(super) fn approvals(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Approvals {
    let node = file.take("approvals");
    let Some(mut table) = node.and_then(|it| Table::open(it, "approvals", notes)) else {
        return Approvals { needed: 1, ..Approvals::default() };
    };
    let approvals = Approvals {
        needed: table.number("needed", notes).unwrap_or(1),
        by: people(&mut table, "by", notes),
        emergency_by: people(&mut table, "emergency_by", notes),
    };
    let able = u32::try_from(approvals.by.len()).unwrap_or(u32::MAX);
    if approvals.needed == 0 {
        table.problem(
            table.at,
            "`needed` is 0, but nothing changes a server unapproved; write 1",
            notes,
        );
    } else if able > 0 && able < approvals.needed {
        let what =
            format!("{} people have to approve, and `by` names only {able}", approvals.needed);
        table.problem(table.at, &what, notes);
    }
    table.finish(notes);
    approvals
}

/// Names of people.
pub(crate) fn people(
    table: &mut Table<'_>,
    key: &'static str,
    notes: &mut Notes<'_>,
) -> BTreeSet<Arc<str>> {
    table.names(key, notes).into_iter().map(|(_, it)| shared(it)).collect()
}

/// `[emergency]`; `None` if there is none.
pub(super) fn emergency(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<Emergency> {
    let mut table = file.take("emergency").and_then(|it| Table::open(it, "emergency", notes))?;
    let emergency = Emergency {
        soak_minutes: table.number("soak_minutes", notes).unwrap_or(15),
        windows_ignored: table.flag("windows_ignored", notes).unwrap_or(false),
    };
    table.finish(notes);
    Some(emergency)
}
