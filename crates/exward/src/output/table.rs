//! The table for people: worst first, known-exploited marked, one next step a server.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table as Grid};
use exward_core::assess::{Urgency, Verdict};
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use exward_hunt::{HuntSummary, HuntVerdict};

use super::kept::{Counts, Rank, Skips, Worst};
use super::{Output, Tlp, hunt, skipped_line};
use crate::plain;

/// Rows shown; a terminal is no place for more.
const ROWS_MAX: usize = 1000;

/// Up to so many servers get their reasons below the table.
const REASONS_UP_TO: usize = 5;

/// Skipped rows shown by name.
const SKIPPED_SHOWN_MAX: usize = 10;

/// Collects rows, sorts them, and draws them at the end.
pub(super) struct Table<'c> {
    catalog: &'c Catalog,
    tlp: Tlp,
    width: u16,
    color: bool,
    rows: Worst<Row>,
    counts: Counts,
    /// Hunts by verdict, worst first.
    hunted: BTreeMap<Reverse<HuntVerdict>, usize>,
    exploited: usize,
    skipped: Skips,
}

struct Row {
    target: String,
    what: String,
    next_step: String,
    reasons: Vec<String>,
    hunt: Option<HuntVerdict>,
}

impl Row {
    fn of(report: &ServerReport<'_>, hunt: Option<&HuntSummary>) -> Self {
        let identity = &report.identity;
        let what = match (identity.build, identity.at_least, identity.at_most) {
            (Some(build), ..) => format!("{identity} ({build})"),
            (None, Some(low), Some(high)) if low != high => format!("{identity} ({low}…{high})"),
            _ => identity.to_string(),
        };
        let hunted = hunt.map(hunt::reasons::short).unwrap_or_default();
        let hunted = hunted.iter().map(|it| format!("hunt: {it}"));
        let reasons = report.judgement.reasons.iter().cloned().chain(hunted);
        Self {
            target: plain::line(&report.target).into_owned(),
            what: plain::line(&what).into_owned(),
            next_step: next_steps(&report.judgement.next_step, hunt),
            reasons: reasons.map(|it| plain::line(&it).into_owned()).collect(),
            hunt: hunt.map(|it| it.verdict),
        }
    }
}

/// Both next steps, that of an intrusion first.
fn next_steps(check: &str, hunt: Option<&HuntSummary>) -> String {
    let check = plain::line(check).into_owned();
    match hunt {
        None => check,
        Some(it) if it.verdict.urgency() == Urgency::Act => {
            format!("{}\n{check}", plain::line(&it.next_step))
        }
        Some(it) => format!("{check}\nhunt: {}", plain::line(&it.next_step)),
    }
}

impl<'c> Table<'c> {
    pub(super) fn new(catalog: &'c Catalog, tlp: Tlp, width: u16, color: bool) -> Self {
        Self {
            catalog,
            tlp,
            width,
            color,
            rows: Worst::new(ROWS_MAX),
            counts: Counts::default(),
            hunted: BTreeMap::new(),
            exploited: 0,
            skipped: Skips::new(SKIPPED_SHOWN_MAX),
        }
    }

    fn grid(&mut self) -> Grid {
        let mut grid = Grid::new();
        grid.load_style(comfy_table::presets::UTF8_HORIZONTAL_ONLY)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(self.width)
            .set_header(["Verdict", "Target", "Server", "Open CVEs", "Next step"]);
        if self.color {
            grid.enforce_styling();
        } else {
            grid.force_no_tty();
        }
        for (rank, row) in self.rows.sorted() {
            grid.add_row([
                verdict(*rank, row.hunt),
                Cell::new(&row.target),
                Cell::new(&row.what),
                open(*rank),
                Cell::new(&row.next_step),
            ]);
        }
        grid
    }

    fn summary(&self) -> String {
        let total = self.counts.total();
        let parts = self.counts.worst_first().map(|(verdict, count)| format!("{count} {verdict}"));
        let parts: Vec<String> = parts.collect();
        let servers = if total == 1 { "1 server".to_owned() } else { format!("{total} servers") };
        let exploited = match self.exploited {
            0 => String::new(),
            some => format!("; known-exploited CVEs open on {some}"),
        };
        let hunted = self.hunted.iter().map(|(Reverse(it), count)| format!("{count} {it}"));
        let hunted: Vec<String> = hunted.collect();
        let hunted = if hunted.is_empty() {
            String::new()
        } else {
            format!("; hunted: {}", hunted.join(", "))
        };
        format!("{servers}: {}{hunted}{exploited}", parts.join(", "))
    }
}

fn verdict(rank: Rank, hunt: Option<HuntVerdict>) -> Cell {
    let checked = rank.verdict.name().to_uppercase();
    let text = match hunt {
        None => checked,
        Some(it) => {
            let hunted = it.name().replace('-', " ").to_uppercase();
            let is_worse = rank.hunted_down || it.urgency() > rank.verdict.urgency();
            let (first, second) = if is_worse { (hunted, checked) } else { (checked, hunted) };
            format!("{first}\n{second}")
        }
    };
    if rank.hunted_down {
        return Cell::new(text).fg(Color::Red).add_attribute(Attribute::Bold);
    }
    let color = match rank.verdict {
        Verdict::Vulnerable | Verdict::Unsupported => Color::Red,
        Verdict::Possibly | Verdict::Unknown => Color::Yellow,
        Verdict::Patched | Verdict::Mitigated | Verdict::NotExchange => Color::Green,
    };
    if rank.web_shell {
        let text = format!("{text}\nWEB SHELL");
        return Cell::new(text).fg(Color::Red).add_attribute(Attribute::Bold);
    }
    Cell::new(text).fg(color)
}

fn open(rank: Rank) -> Cell {
    match (rank.open, rank.kev) {
        (0, _) => Cell::new("-"),
        (open, 0) => Cell::new(open),
        (open, kev) => Cell::new(format!("{open}, {kev} KEV")).add_attribute(Attribute::Bold),
    }
}

impl<'c> Output<'c> for Table<'c> {
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        let rank = Rank::of(&report, hunt);
        self.counts.add(rank.verdict);
        if let Some(hunt) = hunt {
            let count = self.hunted.entry(Reverse(hunt.verdict)).or_default();
            *count = count.saturating_add(1);
        }
        self.exploited = self.exploited.saturating_add(usize::from(rank.kev > 0));
        self.rows.push(rank, || Row::of(&report, hunt));
        Ok(())
    }

    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        self.skipped.push(skipped_line(file, line, why));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>> {
        let total = self.counts.total();
        if total > 0 {
            writeln!(out, "{}", self.grid())?;
            if total > ROWS_MAX {
                let more = total.saturating_sub(ROWS_MAX);
                writeln!(out, "… and {more} more; --format csv or json shows all")?;
            }
            if total <= REASONS_UP_TO {
                for (_, row) in self.rows.sorted() {
                    writeln!(out, "\n{}", row.target)?;
                    for reason in &row.reasons {
                        writeln!(out, "  · {reason}")?;
                    }
                }
            }
            writeln!(out, "\n{}", self.summary())?;
        }
        for line in &self.skipped.shown {
            writeln!(out, "{line}")?;
        }
        let more = self.skipped.more();
        if more > 0 {
            writeln!(out, "… and {more} more skipped; --format json names all")?;
        }
        writeln!(out, "catalog as of {} · {}", self.catalog.as_of(), self.tlp)?;
        Ok(None)
    }
}
