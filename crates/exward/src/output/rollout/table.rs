//! A rollout for people: who needs a look first, then the counts, then what was said and done last.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table as Grid};
use exward_core::sentence::first_few;
use exward_drive::journal::Track;
use exward_drive::report::{ServerOverview, State, sentence, standing};
use exward_drive::state::End;
use jiff::Timestamp;

use super::{Look, command_name};
use crate::plain;

/// Servers shown; a terminal is no place for more.
const ROWS_MAX: usize = 1000;

/// Differences named in a row.
const CHANGES_NAMED_MAX: usize = 3;

/// Approvals shown, the newest.
const APPROVALS_MAX: usize = 10;

/// Writes all of it.
pub(super) fn write(look: &Look<'_>, out: &mut dyn Write) -> io::Result<()> {
    let overview = look.overview;
    writeln!(out, "blueprint {} (generation {})", look.id, look.blueprint.generation)?;
    writeln!(out, "{}", grid(look))?;
    let more = overview.servers.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        writeln!(out, "… and {more} more; --format json shows all")?;
    }
    writeln!(out, "\n{}", summary(look))?;
    if let Some(halt) = overview.halt(look.commands) {
        writeln!(out, "HALTED since {}: {}", time(halt.at), plain::line(&halt.why))?;
        writeln!(out, "  → look at these servers, then: exward rollout resume --by YOU")?;
    }
    if let Some(it) = standing(look.commands) {
        let by = plain::line(&it.by);
        writeln!(out, "command: {} by {by}, {}", command_name(it.command), time(it.at))?;
    }
    let older = look.approvals.len().saturating_sub(APPROVALS_MAX);
    for it in look.approvals.iter().skip(older) {
        let (by, at, until) = (plain::line(&it.by), time(it.at), time(it.until));
        writeln!(out, "approved by {by}, {at}, until {until}")?;
    }
    if let Some(executor) = &overview.executor {
        writeln!(out, "carried out by {}", plain::line(executor))?;
    }
    match &overview.last {
        Some(it) => {
            let text = sentence(&it.entry);
            writeln!(out, "last entry: {} {}", time(it.at), plain::line(&text))
        }
        None => writeln!(out, "nothing has begun yet"),
    }
}

fn grid(look: &Look<'_>) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width)
        .set_header(["State", "Server", "Wave", "From → to", "What", "Since"]);
    if look.color {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
    let mut servers: Vec<&ServerOverview> = look.overview.servers.iter().collect();
    servers.sort_by_key(|it| urgency(&it.state));
    for it in servers.into_iter().take(ROWS_MAX) {
        grid.add_row([
            state(&it.state),
            Cell::new(plain::line(it.server.as_str())),
            Cell::new(it.wave.saturating_add(1)),
            Cell::new(format!("{} → {}", it.from, it.to)),
            Cell::new(what(it)),
            Cell::new(since(it).map_or_else(String::new, time)),
        ]);
    }
    grid
}

/// Who needs a look comes first; equal ones stay in the order of the blueprint.
const fn urgency(state: &State) -> u8 {
    match state {
        State::Ended(End::Quarantined(_)) => 0,
        State::UnderWay(_) => 1,
        State::Ended(End::Restored(_)) => 2,
        State::Ended(End::Held(_)) => 3,
        State::Waiting => 4,
        State::Ended(End::Current) => 5,
    }
}

fn state(state: &State) -> Cell {
    let cell = Cell::new(state.name().replace('-', " ").to_uppercase());
    match state {
        State::Ended(End::Quarantined(_)) => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        State::Ended(End::Restored(_) | End::Held(_)) | State::UnderWay(_) => {
            cell.fg(Color::Yellow)
        }
        State::Ended(End::Current) => cell.fg(Color::Green),
        State::Waiting => cell,
    }
}

/// The step under way, why it ended, what is not as it was.
fn what(it: &ServerOverview) -> String {
    let mut lines = Vec::new();
    if let State::UnderWay(place) = &it.state {
        let way = match &place.track {
            Track::Forward => "",
            Track::Back(_) => "back into service: ",
            Track::Isolate(_) => "out of service, to stay: ",
        };
        let step = if place.step.is_empty() { "all steps are done" } else { &place.step };
        lines.push(format!("{way}{step} (step {} of {})", place.number, place.of));
        lines.extend(it.failed.as_ref().map(|why| format!("failed: {why}")));
    }
    lines.extend(it.state.why().map(str::to_owned));
    match it.cures {
        0 => {}
        1 => lines.push("1 repair".to_owned()),
        some => lines.push(format!("{some} repairs")),
    }
    if !it.changes.is_empty() {
        lines.push(format!("changed: {}", first_few(&it.changes, CHANGES_NAMED_MAX)));
    }
    let elsewhere = !matches!(it.state, State::Ended(End::Current));
    if let Some(build) = it.build.filter(|_| elsewhere) {
        lines.push(format!("its build is {build}"));
    }
    let lines: Vec<_> = lines.iter().map(|it| plain::line(it)).collect();
    lines.join("\n")
}

/// Since when it is so.
fn since(it: &ServerOverview) -> Option<Timestamp> {
    match &it.state {
        State::Waiting => None,
        State::UnderWay(place) => Some(place.since),
        State::Ended(_) => it.ended,
    }
}

/// `wave 2 of 5; 5 servers: 3 waiting, 1 under way, 1 current`.
fn summary(look: &Look<'_>) -> String {
    let overview = look.overview;
    let (begun, waves) = (overview.waves.iter().flatten().count(), overview.waves.len());
    let place = match (overview.finished, begun) {
        (Some(at), _) => format!("finished {}", time(at)),
        (None, 0) => format!("no wave of {waves} has begun"),
        (None, _) => format!("{begun} of {waves} waves begun"),
    };
    let parts = overview.counts.all().into_iter().filter(|(_, count)| *count > 0);
    let parts: Vec<String> = parts.map(|(state, count)| format!("{count} {state}")).collect();
    let total = overview.servers.len();
    let servers = if total == 1 { "1 server".to_owned() } else { format!("{total} servers") };
    format!("{place}; {servers}: {}", parts.join(", "))
}

fn time(at: Timestamp) -> String {
    at.strftime("%FT%TZ").to_string()
}
