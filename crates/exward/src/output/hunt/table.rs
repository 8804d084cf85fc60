//! The answer for a person: the verdict, why, what was seen, how far that reaches, what to do.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table as Grid};
use exward_core::assess::Urgency;
use exward_core::sentence::first_few;
use exward_hunt::correlate::Chain;
use exward_hunt::{HuntSummary, HuntVerdict};

use super::{Look, excerpt, noted, place, skips, telling, time, title, who};
use crate::plain;

/// Reasons shown.
const REASONS_MAX: usize = 3;

/// Chains shown, worst first.
const CHAINS_SHOWN_MAX: usize = 10;

/// Names listed in a cell.
const LISTED_MAX: usize = 3;

/// Skipped files and lines shown by name.
const SKIPPED_SHOWN_MAX: usize = 20;

/// The whole answer.
pub(super) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", heading(it.verdict, look.color), who(it))?;
    for reason in shortened(&it.reasons) {
        writeln!(out, "  · {}", plain::line(reason))?;
    }
    writeln!(out, "Next: {}", plain::line(&it.next_step))?;
    if look.timeline {
        timeline(it, look, out)?;
    } else if !it.chains.is_empty() {
        writeln!(out, "\n{}", seen(it, look))?;
        let more = it.chains.len().saturating_sub(CHAINS_SHOWN_MAX);
        if more > 0 {
            writeln!(
                out,
                "… and {more} more like these or lesser; --timeline shows every sighting"
            )?;
        }
    }
    if !it.covered.is_empty() {
        writeln!(out, "\n{}", covered(it, look))?;
    }
    section(out, "Missing", it.missing.iter().map(|it| plain::line(it).into_owned()))?;
    section(out, "Noted, and no attack", it.noted.iter().map(noted))?;
    let (shown, more) = skips(it, SKIPPED_SHOWN_MAX);
    if !shown.is_empty() {
        writeln!(out)?;
    }
    for line in shown {
        writeln!(out, "{line}")?;
    }
    if more > 0 {
        writeln!(out, "… and {more} more skipped; --format json names them")?;
    }
    if it.sightings_more > 0 {
        writeln!(out, "{} more sightings were counted and not kept", it.sightings_more)?;
    }
    writeln!(out, "\n{}", look.tlp)
}

/// The first reasons; the last, which tells the span, is always among them.
fn shortened(reasons: &[String]) -> impl Iterator<Item = &String> {
    let first =
        if reasons.len() > REASONS_MAX { REASONS_MAX.saturating_sub(1) } else { REASONS_MAX };
    let last = reasons.last().filter(|_| reasons.len() > REASONS_MAX);
    reasons.iter().take(first).chain(last)
}

fn heading(verdict: HuntVerdict, color: bool) -> String {
    let code = match verdict {
        HuntVerdict::Compromised | HuntVerdict::ExploitReached => "31",
        HuntVerdict::NotEnoughEvidence | HuntVerdict::Scanned | HuntVerdict::Attempted => "33",
        HuntVerdict::NothingFound => "32",
    };
    let text = title(verdict);
    if color { format!("\x1b[1;{code}m{text}\x1b[0m") } else { text.to_owned() }
}

fn grid(look: Look, header: [&str; 5]) -> Grid {
    let mut grid = Grid::new();
    grid.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(look.width)
        .set_header(header);
    if look.color {
        grid.enforce_styling();
    } else {
        grid.force_no_tty();
    }
    grid
}

/// The worst chains.
fn seen(it: &HuntSummary, look: Look) -> Grid {
    let mut grid = grid(look, ["Seen", "When", "Who", "What", "Where"]);
    for chain in it.chains.iter().take(CHAINS_SHOWN_MAX) {
        let place = telling(it, chain).map_or_else(String::new, place);
        let place = match chain.sightings.len().saturating_sub(1) {
            0 => place,
            more => format!("{place} and {more} more"),
        };
        let cells = [when(chain), names(chain), what(it, chain), place];
        let cells = cells.iter().map(|it| Cell::new(plain::line(it)));
        grid.add_row(std::iter::once(stage(it, chain)).chain(cells));
    }
    grid
}

fn stage(it: &HuntSummary, chain: &Chain) -> Cell {
    let cell = Cell::new(format!("{} ({})", chain.stage, chain.confidence));
    let alone = exward_hunt::verdict::alone(chain.stage, chain.confidence);
    if alone == it.verdict && alone.urgency() == Urgency::Act {
        cell.fg(Color::Red).add_attribute(Attribute::Bold)
    } else {
        cell
    }
}

fn when(chain: &Chain) -> String {
    match (chain.from, chain.to) {
        (Some(from), Some(to)) if from != to => format!("{from} to {to}"),
        (from, _) => time(from),
    }
}

fn names(chain: &Chain) -> String {
    let all: Vec<&str> = chain.actors.iter().chain(&chain.users).map(String::as_str).collect();
    first_few(&all, LISTED_MAX)
}

fn what(it: &HuntSummary, chain: &Chain) -> String {
    let why = telling(it, chain).map_or_else(String::new, |it| format!(": {}", it.why));
    let files: Vec<&str> = chain.files.iter().map(String::as_str).collect();
    let files = if files.is_empty() {
        String::new()
    } else {
        format!(" ({})", first_few(&files, LISTED_MAX))
    };
    format!("{}{files}{why}", chain.title)
}

fn covered(it: &HuntSummary, look: Look) -> Grid {
    let mut grid = grid(look, ["Covered", "From", "To", "Records", "Files"]);
    for row in &it.covered {
        let (from, to) = (time(row.from), time(row.to));
        let counts = [row.records.to_string(), row.files.to_string()];
        let [records, files] = counts;
        grid.add_row([row.source.to_string(), from, to, records, files]);
    }
    grid
}

/// Every sighting on a line.
fn timeline(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for sighting in &it.sightings {
        let time = sighting.at.map_or_else(|| format!("{:<20}", "-"), |at| at.to_string());
        let who = [&sighting.actor, &sighting.user];
        let who: Vec<&str> = who.into_iter().flatten().map(String::as_str).collect();
        let line = format!(
            "{time}  {} {}  {}  {}  {}  {}",
            sighting.stage,
            sighting.confidence,
            if who.is_empty() { "-".to_owned() } else { who.join(" ") },
            sighting.rule.title,
            place(sighting),
            excerpt(sighting, look.raw),
        );
        writeln!(out, "{}", plain::line(&line))?;
    }
    Ok(())
}

fn section(
    out: &mut dyn Write,
    title: &str,
    lines: impl Iterator<Item = String>,
) -> io::Result<()> {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        writeln!(out, "\n{title}")?;
    }
    for line in lines {
        writeln!(out, "  · {line}")?;
    }
    Ok(())
}
