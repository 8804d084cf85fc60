//! Windows, blackouts, zones and hours, as files write them.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

use std::collections::BTreeSet;

use exward_core::policy::{Blackout, Window};
use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{shared, zone_of};
use crate::document::{Node, Notes, Opened, Table, nearest, quoted};
use crate::limits::WINDOWS_MAX;

/// Days of the week from Monday, as files write them.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const DAYS_LONG: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// The number of a day of the week, Monday = 1; `None` if it is none.
pub(crate) fn weekday(name: &str) -> Option<i8> {
    let name = name.to_ascii_lowercase();
    let pairs = (1..).zip(DAYS.into_iter().zip(DAYS_LONG));
    pairs.into_iter().find(|(_, (short, long))| *short == name || *long == name).map(|(it, _)| it)
}

/// The day's name in files; empty for a number that is no day.
pub(crate) fn weekday_name(weekday: i8) -> &'static str {
    let at = usize::try_from(weekday).ok().and_then(|it| it.checked_sub(1));
    at.and_then(|it| DAYS.get(it)).copied().unwrap_or_default()
}

/// The zone of this IANA name, from the rules that are built in: no file of the machine is asked.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// The zone's IANA name. A zone without one comes from no file; its text is then no name of a zone.
pub(crate) fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("(no name)")
}

/// An hour of the day, `22:00`; `24:00` is the midnight that ends the day.
pub(crate) fn time(text: &str) -> Option<Time> {
    match text {
        "24:00" => Some(Time::midnight()),
        _ if text.len() >= 5 && text.as_bytes().get(2) == Some(&b':') => text.parse().ok(),
        _ => None,
    }
}

/// An hour as files write it: without the seconds, if there are none.
pub(crate) fn time_text(time: Time) -> String {
    let is_whole_minute = time.second() == 0 && time.subsec_nanosecond() == 0;
    if is_whole_minute {
        format!("{:02}:{:02}", time.hour(), time.minute())
    } else {
        time.to_string()
    }
}

/// The hour at which a window closes: midnight is the end of its day.
pub(crate) fn closing_text(time: Time) -> String {
    if time == Time::midnight() { "24:00".to_owned() } else { time_text(time) }
}

/// The zone that a node names.
pub(super) fn zone_in(
    table: &Table<'_>,
    node: Node<'_>,
    notes: &mut Notes<'_>,
) -> Option<TimeZone> {
    let name = table.name_of("zone", node, notes)?;
    let found = zone(&name);
    if found.is_none() {
        let known = TimeZoneDatabase::bundled();
        let known: Vec<String> = known.available().map(|it| it.to_string()).collect();
        let meant = nearest(&name, known.iter().map(String::as_str));
        let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
        let what = format!("`{}` is no time zone of the IANA database{meant}", quoted(&name));
        table.problem(node.at, &what, notes);
    }
    found
}

/// The windows of a ring.
pub(crate) fn windows(
    ring: &mut Table<'_>,
    default: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Vec<Window> {
    let Some(node) = ring.take("windows") else { return Vec::new() };
    let list = match node.open() {
        Opened::List(list) if !list.is_empty() && list.len() <= WINDOWS_MAX => list,
        Opened::List(list) if list.is_empty() => {
            // "No window" and "any time" are opposites; an empty list could mean either.
            let what = "`windows` is empty; leave it out if servers may be updated at any time";
            ring.problem(node.at, what, notes);
            return Vec::new();
        }
        Opened::List(list) => {
            let what = format!("{} windows, and {WINDOWS_MAX} is the limit", list.len());
            ring.problem(node.at, &what, notes);
            return Vec::new();
        }
        other => {
            ring.wrong("windows", node, &other, "a list of windows", notes);
            return Vec::new();
        }
    };
    let of = ring.of.clone();
    let numbered = (1..).zip(list);
    numbered
        .filter_map(|(number, node): (u32, _)| {
            window(Table::open(node, format!("{of}, window {number}"), notes)?, default, notes)
        })
        .collect()
}

fn window(
    mut table: Table<'_>,
    default: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Option<Window> {
    let weekdays = weekdays(&mut table, notes);
    let from = hour(&mut table, "from", notes);
    let to = hour(&mut table, "to", notes);
    let zone = zone_of(&mut table, default, notes);
    if let (Some((from, _)), Some((to, is_end_of_day))) = (from, to)
        && from == to
        && !is_end_of_day
    {
        let what = format!(
            "it opens and closes at {}; write from = \"00:00\" and to = \"24:00\" for a whole day",
            time_text(from)
        );
        table.problem(table.at, &what, notes);
    }
    table.finish(notes);
    Some(Window { weekdays: weekdays?, from: from?.0, to: to?.0, zone: zone? })
}

/// The weekdays of a window; every day if it names none.
fn weekdays(table: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<BTreeSet<i8>> {
    let Some(node) = table.take("days") else { return Some((1..=7).collect()) };
    let Opened::List(list) = node.open() else {
        table.wrong("days", node, &node.open(), "a list as [\"sat\", \"sun\"]", notes);
        return None;
    };
    let mut days = BTreeSet::new();
    for it in &list {
        let Some(name) = table.name_of("days", *it, notes) else { continue };
        let Some(day) = weekday(&name) else {
            let what = format!(
                "`{}` is no day; the days are mon, tue, wed, thu, fri, sat, sun",
                quoted(&name)
            );
            table.problem(it.at, &what, notes);
            continue;
        };
        if !days.insert(day) {
            table.problem(it.at, &format!("`days` names {} twice", weekday_name(day)), notes);
        }
    }
    if list.is_empty() {
        table.problem(node.at, "`days` is empty: it never opens", notes);
    }
    (!days.is_empty()).then_some(days)
}

/// An hour of a window, and whether it is written as `24:00`.
fn hour(table: &mut Table<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<(Time, bool)> {
    let node = table.need(key, notes)?;
    let text = match node.open() {
        Opened::Text(text) => text.into_owned(),
        Opened::Time(text) => text,
        other => {
            table.wrong(key, node, &other, "an hour as \"22:00\"", notes);
            return None;
        }
    };
    let is_end_of_day = text == "24:00";
    let found = time(&text).filter(|_| !is_end_of_day || key == "to");
    if found.is_none() {
        let what =
            format!("`{key}` is `{}`, which is no hour; write one as \"22:00\"", quoted(&text));
        table.problem(node.at, &what, notes);
    }
    found.map(|it| (it, is_end_of_day))
}

/// The blackouts of the file.
pub(crate) fn blackouts(
    file: &mut Table<'_>,
    default: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Vec<Blackout> {
    let list = file.list("blackouts", notes);
    if let Some(node) = list.get(WINDOWS_MAX) {
        let what = format!("{} blackouts, and {WINDOWS_MAX} is the limit", list.len());
        file.problem(node.at, &what, notes);
        return Vec::new();
    }
    let numbered = (1..).zip(list);
    numbered
        .filter_map(|(number, node): (u32, _)| {
            blackout(Table::open(node, format!("blackout {number}"), notes)?, default, notes)
        })
        .collect()
}

fn blackout(
    mut table: Table<'_>,
    default: Option<&TimeZone>,
    notes: &mut Notes<'_>,
) -> Option<Blackout> {
    let (first, last) = (table.need_day("first", notes), table.need_day("last", notes));
    let zone = zone_of(&mut table, default, notes);
    let reason = table.need_text("reason", notes);
    if let (Some(first), Some(last)) = (first, last)
        && last < first
    {
        let what = format!("its last day, {last}, is before its first, {first}");
        table.problem(table.at, &what, notes);
    }
    table.finish(notes);
    Some(Blackout { first: first?, last: last?, zone: zone?, reason: shared(reason?) })
}
