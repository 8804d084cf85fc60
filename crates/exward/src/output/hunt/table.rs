//! The answer for a person: the verdict, why, what was seen, how far that reaches, what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{
    Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table as Grid, Width,
};
use exward_core::assess::Urgency;
use exward_core::sentence::first_few;
use exward_hunt::correlate::Chain;
use exward_hunt::{Confidence, HuntSummary, HuntVerdict, Stage};
use jiff::Timestamp;

use super::{Look, excerpt, file_name, noted, place, reasons, skips, telling, time, title, who};
use crate::plain;

/// Kinds of sightings shown, worst first.
const ROWS_MAX: usize = 10;

/// Columns from which on there is room for words that are not broken.
const WIDTH_FOR_WORDS: u16 = 80;

/// Blanks around a cell.
const PADDING: usize = 2;

/// How a table shows a time.
const SECOND: &str = "%F %T";

/// Names listed in a cell.
const LISTED_MAX: usize = 3;

/// Skipped files and lines shown by name.
const SKIPPED_SHOWN_MAX: usize = 20;

/// The whole answer.
pub(super) fn write(it: &HuntSummary, look: Look, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}  {}", heading(it.verdict, look.color), who(it))?;
    writeln!(out, "Next: {}", plain::line(&it.next_step))?;
    for reason in reasons::short(it) {
        writeln!(out, "  · {reason}")?;
    }
    if look.timeline {
        timeline(it, look, out)?;
    } else if !it.chains.is_empty() {
        let rows = Seen::of(it);
        writeln!(out, "\n{}", seen(&rows, it, look))?;
        let more = rows.len().saturating_sub(ROWS_MAX);
        if more > 0 {
            writeln!(out, "… and {more} lesser kinds; --timeline shows every sighting")?;
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
    grid.load_style(UTF8_HORIZONTAL_ONLY)
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

/// The worst chains. Those of one title are one row.
fn seen(rows: &[Seen<'_>], it: &HuntSummary, look: Look) -> Grid {
    let mut grid = grid(look, ["Seen", "When (UTC)", "Who", "What", "Where"]);
    grid.load_style(UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none()));
    for row in rows.iter().take(ROWS_MAX) {
        let place = row.place.as_deref().map_or_else(String::new, file_name);
        let place = match row.records.len().saturating_sub(1) {
            0 => place,
            more => format!("{place} and {more} more"),
        };
        let cells = [when(row.from, row.to), list(&row.who), row.what(), place];
        let cells = cells.iter().map(|it| Cell::new(plain::line(it)));
        grid.add_row(std::iter::once(row.stage(it)).chain(cells));
    }
    keep_words_whole(&mut grid, look.width);
    grid
}

/// On a terminal of common width, an address or the name of a file stays in one piece: somebody will copy it.
fn keep_words_whole(grid: &mut Grid, width: u16) {
    if width < WIDTH_FOR_WORDS {
        return;
    }
    let most = [width, width, width / 4, (width / 20).saturating_mul(3), width];
    // A blank stands between columns.
    let mut left = width.saturating_sub(4);
    for (column, most) in most.into_iter().enumerate() {
        let cells = grid.column_cells_with_header_iter(column).flatten().map(Cell::content);
        let words = cells.filter_map(|it| it.split(' ').map(|word| word.chars().count()).max());
        let longest = words.max().unwrap_or(0).saturating_add(PADDING);
        let least = u16::try_from(longest).unwrap_or(u16::MAX).min(most).min(left);
        left = left.saturating_sub(least);
        if let Some(column) = grid.column_mut(column) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least)));
        }
    }
}

/// What several chains of one title have in common.
struct Seen<'h> {
    first: &'h Chain,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    who: BTreeSet<&'h str>,
    files: BTreeSet<&'h str>,
    /// A record that two rules saw counts once.
    records: BTreeSet<(&'h str, Option<u64>)>,
    place: Option<String>,
}

impl<'h> Seen<'h> {
    /// Rows in the order of their first chain.
    fn of(it: &'h HuntSummary) -> Vec<Self> {
        let mut rows: Vec<Self> = Vec::new();
        let mut places: BTreeMap<(&str, Stage, Confidence), usize> = BTreeMap::new();
        for chain in &it.chains {
            let at =
                *places.entry((&chain.title, chain.stage, chain.confidence)).or_insert(rows.len());
            if at == rows.len() {
                rows.push(Self {
                    first: chain,
                    from: chain.from,
                    to: chain.to,
                    who: BTreeSet::new(),
                    files: BTreeSet::new(),
                    records: BTreeSet::new(),
                    place: telling(it, chain).map(place),
                });
            }
            let Some(row) = rows.get_mut(at) else { continue };
            row.from = row.from.into_iter().chain(chain.from).min();
            row.to = row.to.max(chain.to);
            row.who.extend(chain.actors.iter().chain(&chain.users).map(String::as_str));
            row.files.extend(chain.files.iter().map(String::as_str));
            let members = chain.sightings.iter().filter_map(|at| it.sightings.get(*at));
            row.records.extend(members.map(|it| (&*it.file, it.line)));
        }
        rows
    }

    fn stage(&self, it: &HuntSummary) -> Cell {
        let cell = Cell::new(format!("{} ({})", self.first.stage, self.first.confidence));
        let alone = exward_hunt::verdict::alone(self.first.stage, self.first.confidence);
        if alone == it.verdict && alone.urgency() == Urgency::Act {
            cell.fg(Color::Red).add_attribute(Attribute::Bold)
        } else {
            cell
        }
    }

    fn what(&self) -> String {
        let files = list(&self.files);
        let files = if files.is_empty() { files } else { format!(" ({files})") };
        format!("{}{files}", self.first.title)
    }
}

fn list(all: &BTreeSet<&str>) -> String {
    let all: Vec<&str> = all.iter().copied().collect();
    first_few(&all, LISTED_MAX)
}

/// `2026-11-20 02:00:00`, and the end if it is another.
fn when(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    let shown = |at: Timestamp, format: &str| at.strftime(format).to_string();
    match (from, to) {
        (Some(from), Some(to)) => {
            let (start, end) = (shown(from, SECOND), shown(to, SECOND));
            let same_day = shown(from, "%F") == shown(to, "%F");
            match (start == end, same_day) {
                (true, _) => start,
                (false, true) => format!("{start} to {}", shown(to, "%T")),
                (false, false) => format!("{start} to {end}"),
            }
        }
        (one, other) => one.or(other).map_or_else(|| "-".to_owned(), |at| shown(at, SECOND)),
    }
}

fn covered(it: &HuntSummary, look: Look) -> Grid {
    let mut grid = grid(look, ["Covered", "From (UTC)", "To (UTC)", "Records", "Files"]);
    for row in &it.covered {
        let (from, to) = (when(row.from, None), when(row.to, None));
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
        let time = sighting.at.map_or_else(|| format!("{:<20}", "-"), |at| time(Some(at)));
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
