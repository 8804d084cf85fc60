//! A plan for people: the waves, then who waits and what would free them, then what to do next.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table as Grid};
use exward_core::blueprint::{Blueprint, Wave};
use exward_core::build::Build;
use exward_core::plan::Hold;
use exward_core::sentence::first_few;
use jiff::tz::TimeZone;

use super::Look;
use crate::output::skipped_line;
use crate::plain;

/// Waves shown; a terminal is no place for more.
const WAVES_MAX: usize = 1000;

/// Reasons shown, those of most servers first.
const REASONS_MAX: usize = 100;

/// Warnings shown, those of most servers first.
const WARNINGS_MAX: usize = 20;

/// Skipped entries shown.
const SKIPPED_SHOWN_MAX: usize = 10;

/// Servers named in a row or a reason.
const SERVERS_NAMED_MAX: usize = 4;

/// Servers that share a text, by the text.
type Groups<K> = BTreeMap<K, Vec<String>>;

/// Writes all of it.
pub(super) fn write(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let waves = look.blueprint.waves.len();
    if waves > 0 {
        writeln!(out, "{}", grid(look))?;
        if waves > WAVES_MAX {
            let more = waves.saturating_sub(WAVES_MAX);
            writeln!(out, "… and {more} more waves; --format json shows every server")?;
        }
    }
    if look.blueprint.windows_ignored {
        writeln!(
            out,
            "EMERGENCY: a hole that is known to be exploited is open; windows are ignored"
        )?;
    }
    warnings(look, out)?;
    waiting(look, out)?;
    let skipped = look.skipped.len();
    let file = look.inventory_file.display().to_string();
    for it in look.skipped.iter().take(SKIPPED_SHOWN_MAX) {
        writeln!(out, "{}", skipped_line(&file, it.line, &it.why))?;
    }
    let more = skipped.saturating_sub(SKIPPED_SHOWN_MAX);
    if more > 0 {
        writeln!(out, "… and {more} more skipped; --format json names all")?;
    }
    writeln!(out, "{}", summary(look))?;
    next(look, out)
}

fn grid(look: &Look<'_>) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width)
        .set_header(["Wave", "Ring", "Expected start", "Servers", "From → to", "Minutes out"]);
    if look.color {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
    for (at, wave) in look.blueprint.waves.iter().take(WAVES_MAX).enumerate() {
        grid.add_row([
            at.saturating_add(1).to_string(),
            ring(look.blueprint, wave),
            start(look.blueprint, wave),
            servers(wave),
            moves(wave),
            minutes(look, wave),
        ]);
    }
    grid
}

fn ring(blueprint: &Blueprint, wave: &Wave) -> String {
    let name = blueprint.rings.get(wave.ring).map_or("?", |it| it.name.as_str());
    let canary = if wave.canary { ", canary" } else { "" };
    plain::line(&format!("{name}{canary}")).into_owned()
}

/// `2026-11-24 20:00 Europe/Berlin`: in the zone that the windows of its ring are written in.
fn start(blueprint: &Blueprint, wave: &Wave) -> String {
    let window = blueprint.rings.get(wave.ring).and_then(|it| it.windows.first());
    let zone = window.map_or(TimeZone::UTC, |it| it.zone.clone());
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    format!("{} {name}", wave.expected_start.to_zoned(zone).strftime("%F %H:%M"))
}

fn servers(wave: &Wave) -> String {
    let names: Vec<&str> = wave.updates.iter().map(|it| it.server.as_str()).collect();
    plain::line(&first_few(&names, SERVERS_NAMED_MAX)).into_owned()
}

/// One line for each move, and how many servers make it where there are several moves.
fn moves(wave: &Wave) -> String {
    let mut counts: BTreeMap<(Build, Build), usize> = BTreeMap::new();
    for update in &wave.updates {
        let count = counts.entry((update.from, update.to)).or_default();
        *count = count.saturating_add(1);
    }
    let several = counts.len() > 1;
    let line = |((from, to), count): (&(Build, Build), &usize)| {
        if several { format!("{from} → {to} ({count})") } else { format!("{from} → {to}") }
    };
    counts.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// How long its slowest server will be out of service.
fn minutes(look: &Look<'_>, wave: &Wave) -> String {
    let chosen = wave.updates.iter().filter_map(|it| look.report.chosen.get(&it.server));
    chosen.map(|it| it.expected_minutes).max().unwrap_or_default().to_string()
}

fn warnings(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut groups = Groups::new();
    for (server, chosen) in &look.report.chosen {
        for warning in &chosen.warnings {
            groups.entry(warning.clone()).or_default().push(server.to_string());
        }
    }
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nTo know before:")?;
    let all = largest_first(groups);
    for (warning, servers) in all.iter().take(WARNINGS_MAX) {
        writeln!(out, "  · {}", plain::line(&format!("{}: {warning}", named(servers))))?;
    }
    more(all.len(), WARNINGS_MAX, "warnings", out)
}

/// Who waits, by reason, the reason of most servers first. Who is current waits for nothing.
fn waiting(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut groups = Groups::new();
    for (server, hold) in &look.report.held {
        if !matches!(hold, Hold::Current { .. }) {
            let reason = (hold.why(), hold.frees());
            groups.entry(reason).or_default().push(server.to_string());
        }
    }
    if groups.is_empty() {
        return writeln!(out);
    }
    writeln!(out, "\nWho waits, and what would free them:")?;
    let all = largest_first(groups);
    for ((why, frees), servers) in all.iter().take(REASONS_MAX) {
        writeln!(out, "  · {}", plain::line(&format!("{}: {why}", named(servers))))?;
        writeln!(out, "    → {}", plain::line(frees))?;
    }
    more(all.len(), REASONS_MAX, "reasons", out)?;
    writeln!(out)
}

fn largest_first<K>(groups: Groups<K>) -> Vec<(K, Vec<String>)> {
    let mut all: Vec<(K, Vec<String>)> = groups.into_iter().collect();
    all.sort_by_key(|(_, servers)| Reverse(servers.len()));
    all
}

fn more(all: usize, shown: usize, what: &str, out: &mut dyn Write) -> io::Result<()> {
    match all.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(out, "  … and {more} more {what}; --format json shows every server"),
    }
}

/// `EX01`; `12 servers (EX01, EX02, EX03, EX04 and 8 more)`.
fn named(servers: &[String]) -> String {
    match servers {
        [one] => one.clone(),
        several => {
            format!("{} servers ({})", several.len(), first_few(several, SERVERS_NAMED_MAX))
        }
    }
}

/// `4 updated in 4 waves, 3 wait, 1 current`.
fn summary(look: &Look<'_>) -> String {
    let is_current = |it: &&Hold| matches!(it, Hold::Current { .. });
    let current = look.report.held.values().filter(is_current).count();
    let waits = look.report.held.len().saturating_sub(current);
    let waves = look.blueprint.waves.len();
    let plural = if waves == 1 { "wave" } else { "waves" };
    let updated = look.report.chosen.len();
    let skipped = match look.skipped.len() {
        0 => String::new(),
        some => format!("; {some} skipped"),
    };
    format!(
        "{updated} updated in {waves} {plural}, {waits} wait, {current} current{skipped} \
         (generation {}, catalog as of {})",
        look.blueprint.generation, look.blueprint.catalog_as_of
    )
}

/// Where the plan is, and the command that comes next.
fn next(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Some((path, id)) = look.written else {
        return writeln!(out, "shown only; to have it carried out, plan again with --out FILE");
    };
    let file = plain::line(&path.display().to_string()).into_owned();
    writeln!(out, "blueprint {id} is in {file}")?;
    if look.blueprint.waves.is_empty() {
        return Ok(());
    }
    writeln!(out, "next: exward rollout approve {file} --by YOU --until TIME")
}
