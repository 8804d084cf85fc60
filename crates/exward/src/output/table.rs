//! The table for people: worst first, known-exploited marked, one next step a server.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ContentArrangement, Table as Grid};
use exward_core::assess::{CveStatus, VERDICTS, Verdict};
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;

use super::{Output, Tlp, skipped_line};
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
    rows: Vec<Row>,
    counts: [usize; VERDICTS.len()],
    exploited: usize,
    skipped: Vec<String>,
    skipped_count: usize,
}

struct Row {
    verdict: Verdict,
    web_shell: bool,
    target: String,
    what: String,
    open: usize,
    kev: usize,
    next_step: String,
    reasons: Vec<String>,
}

impl Row {
    fn of(report: &ServerReport<'_>) -> Self {
        let open: Vec<_> = report.assessment.with(CveStatus::Open).collect();
        let identity = &report.identity;
        let what = match (identity.build, identity.at_least, identity.at_most) {
            (Some(build), ..) => format!("{identity} ({build})"),
            (None, Some(low), Some(high)) if low != high => format!("{identity} ({low}…{high})"),
            _ => identity.to_string(),
        };
        Self {
            verdict: report.judgement.verdict,
            web_shell: report.reported.web_shell,
            target: plain::line(&report.target).into_owned(),
            what: plain::line(&what).into_owned(),
            kev: open.iter().filter(|it| it.is_kev()).count(),
            open: open.len(),
            next_step: plain::line(&report.judgement.next_step).into_owned(),
            reasons: report
                .judgement
                .reasons
                .iter()
                .map(|it| plain::line(it).into_owned())
                .collect(),
        }
    }

    /// Worst first; equal rows stay in input order.
    fn rank(&self) -> impl Ord + use<> {
        use std::cmp::Reverse;
        (Reverse((self.web_shell, self.verdict)), Reverse((self.kev, self.open)))
    }
}

impl<'c> Table<'c> {
    pub(super) const fn new(catalog: &'c Catalog, tlp: Tlp, width: u16, color: bool) -> Self {
        Self {
            catalog,
            tlp,
            width,
            color,
            rows: Vec::new(),
            counts: [0; VERDICTS.len()],
            exploited: 0,
            skipped: Vec::new(),
            skipped_count: 0,
        }
    }

    fn grid(&self) -> Grid {
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
        for row in self.rows.iter().take(ROWS_MAX) {
            grid.add_row([
                verdict(row),
                Cell::new(&row.target),
                Cell::new(&row.what),
                open(row),
                Cell::new(&row.next_step),
            ]);
        }
        grid
    }

    fn summary(&self) -> String {
        let total: usize = self.counts.iter().sum();
        let mut parts: Vec<String> = Vec::new();
        for (count, verdict) in self.counts.iter().zip(VERDICTS).rev() {
            if *count > 0 {
                parts.push(format!("{count} {verdict}"));
            }
        }
        let servers = if total == 1 { "1 server".to_owned() } else { format!("{total} servers") };
        let exploited = match self.exploited {
            0 => String::new(),
            some => format!("; known-exploited CVEs open on {some}"),
        };
        format!("{servers}: {}{exploited}", parts.join(", "))
    }
}

fn verdict(row: &Row) -> Cell {
    let text = row.verdict.name().to_uppercase();
    let color = match row.verdict {
        Verdict::Vulnerable | Verdict::Unsupported => Color::Red,
        Verdict::Possibly | Verdict::Unknown => Color::Yellow,
        Verdict::Patched | Verdict::Mitigated | Verdict::NotExchange => Color::Green,
    };
    if row.web_shell {
        let text = format!("{text}\nWEB SHELL");
        return Cell::new(text).fg(Color::Red).add_attribute(Attribute::Bold);
    }
    Cell::new(text).fg(color)
}

fn open(row: &Row) -> Cell {
    match (row.open, row.kev) {
        (0, _) => Cell::new("-"),
        (open, 0) => Cell::new(open),
        (open, kev) => Cell::new(format!("{open}, {kev} KEV")).add_attribute(Attribute::Bold),
    }
}

impl<'c> Output<'c> for Table<'c> {
    fn report(&mut self, report: ServerReport<'c>, _out: &mut dyn Write) -> io::Result<()> {
        let row = Row::of(&report);
        for (count, verdict) in self.counts.iter_mut().zip(VERDICTS) {
            *count = count.saturating_add(usize::from(verdict == row.verdict));
        }
        self.exploited = self.exploited.saturating_add(usize::from(row.kev > 0));
        self.rows.push(row);
        // Keep the worst only: a feed of 300,000 rows must not fill the memory with rows that no
        // terminal shows.
        if self.rows.len() >= ROWS_MAX.saturating_mul(2) {
            self.rows.sort_by_key(Row::rank);
            self.rows.truncate(ROWS_MAX);
        }
        Ok(())
    }

    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        self.skipped_count = self.skipped_count.saturating_add(1);
        if self.skipped.len() < SKIPPED_SHOWN_MAX {
            self.skipped.push(skipped_line(file, line, why));
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>> {
        self.rows.sort_by_key(Row::rank);
        let total: usize = self.counts.iter().sum();
        if total > 0 {
            writeln!(out, "{}", self.grid())?;
            if total > ROWS_MAX {
                let more = total.saturating_sub(ROWS_MAX);
                writeln!(out, "… and {more} more; --format csv or json shows all")?;
            }
            if self.rows.len() <= REASONS_UP_TO {
                for row in &self.rows {
                    writeln!(out, "\n{}", row.target)?;
                    for reason in &row.reasons {
                        writeln!(out, "  · {reason}")?;
                    }
                }
            }
            writeln!(out, "\n{}", self.summary())?;
        }
        for line in &self.skipped {
            writeln!(out, "{line}")?;
        }
        let more = self.skipped_count.saturating_sub(self.skipped.len());
        if more > 0 {
            writeln!(out, "… and {more} more skipped; --format json names all")?;
        }
        writeln!(out, "catalog as of {} · {}", self.catalog.as_of(), self.tlp)?;
        Ok(None)
    }
}
