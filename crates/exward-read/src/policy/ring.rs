//! Rings, and which servers something is about.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use exward_core::fleet::{DagName, RingName, ServerName, SiteName};
use exward_core::policy::{Ring, Selector};
use jiff::tz::TimeZone;

use super::{check, rules, schedule};
use crate::document::{Notes, Table};
use crate::limits::RINGS_MAX;

/// The rings of the file, first to last.
pub(super) fn rings(
    file: &mut Table<'_>,
    zone: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Vec<Ring> {
    let Some(node) = file.take("rings") else {
        notes.add_whole(
            "there is no ring, so nothing would be updated; add [[rings]] with everything = true",
        );
        return Vec::new();
    };
    let list = match node.open() {
        crate::document::Opened::List(list) => list,
        other => {
            file.wrong("rings", node, &other, "a list: [[rings]]", notes);
            return Vec::new();
        }
    };
    if list.is_empty() || list.len() > RINGS_MAX {
        let what = format!("{} rings; there have to be 1 to {RINGS_MAX}", list.len());
        file.problem(node.at, &what, notes);
        return Vec::new();
    }
    let mut rings = Vec::new();
    let mut places = Vec::new();
    for (number, node) in (1_u32..).zip(list) {
        let Some(table) = Table::open(node, format!("ring {number}"), notes) else { continue };
        places.push(node.at);
        rings.push(ring(table, number, zone, notes));
    }
    check::rings(&rings, &places, notes);
    rings
}

fn ring(mut table: Table<'_>, number: u32, zone: Option<&TimeZone>, notes: &mut Notes<'_>) -> Ring {
    let name = table.name("name", notes);
    if let Some(name) = &name {
        table.of = format!("ring `{name}`");
    }
    let select = selector(&mut table, notes);
    let ring = Ring {
        name: RingName::new(&name.unwrap_or_else(|| format!("ring {number}"))),
        select,
        canaries: table.number("canaries", notes).unwrap_or(1),
        unavailable_max: unavailable_max(&mut table, notes),
        soak_minutes: table.number("soak_minutes", notes).unwrap_or(60),
        failures_max: table.number("failures_max", notes).unwrap_or(0),
        windows: schedule::windows(&mut table, zone, notes),
    };
    if ring.unavailable_max == Some(0) {
        let what =
            "`unavailable_max` is 0, so no server of it would ever be updated; pin them instead";
        table.problem(table.at, what, notes);
    }
    table.finish(notes);
    ring
}

/// Most servers of a ring out at a time: 1 if nothing is said, `None` if it is written as no limit.
fn unavailable_max(table: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<u32> {
    let Some(node) = table.take("unavailable_max") else { return Some(1) };
    rules::limit(table, "unavailable_max", node, notes).filter(|it| *it != u32::MAX)
}

/// Which servers a ring or pin is about.
pub(super) fn selector(table: &mut Table<'_>, notes: &mut Notes<'_>) -> Selector {
    let selector = Selector {
        everything: table.flag("everything", notes).unwrap_or(false),
        servers: set(table, "servers", ServerName::new, notes),
        dags: set(table, "dags", DagName::new, notes),
        sites: set(table, "sites", SiteName::new, notes),
        tags: set(table, "tags", |it| Arc::from(it), notes),
    };
    let names_some = !(selector.servers.is_empty()
        && selector.dags.is_empty()
        && selector.sites.is_empty()
        && selector.tags.is_empty());
    if selector.everything && names_some {
        let what = "it selects everything, and names servers besides; leave one of both out";
        table.problem(table.at, what, notes);
    }
    if !selector.everything && !names_some {
        let what =
            "it selects no server; give it `servers`, `dags`, `sites`, `tags` or everything = true";
        table.problem(table.at, what, notes);
    }
    selector
}

fn set<T: Ord>(
    table: &mut Table<'_>,
    key: &'static str,
    name: fn(&str) -> T,
    notes: &mut Notes<'_>,
) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    for (at, text) in table.names(key, notes) {
        if !set.insert(name(&text)) {
            table.problem(at, &format!("`{key}` names `{text}` twice"), notes);
        }
    }
    set
}
