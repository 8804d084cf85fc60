//! CSV for spreadsheets: one server a row, formulas defused, skipped rows on standard error.

use std::io::{self, Write};

use exward_core::assess::{Assessment, CveStatus};
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;

use super::{KeptHunt, Output, Tlp, skipped_line, warn};
use crate::plain;

const HEADER: [&str; 26] = [
    "target",
    "verdict",
    "best",
    "worst",
    "product",
    "cu",
    "update",
    "build",
    "at_least",
    "at_most",
    "support",
    "open",
    "open_known_exploited",
    "assumed",
    "disputed",
    "undetermined",
    "needs_config",
    "web_shell_reported",
    "next_step",
    "reasons",
    "observed_at",
    "catalog_as_of",
    "tlp",
    "hunt",
    "hunt_next_step",
    "hunt_reasons",
];

/// Writes rows as they come, in constant memory.
pub(super) struct CsvRows {
    tlp: Tlp,
    header_written: bool,
}

impl CsvRows {
    pub(super) const fn new(tlp: Tlp) -> Self {
        Self { tlp, header_written: false }
    }

    /// One server, and what is known of the hunt on it.
    pub(super) fn server(
        &mut self,
        report: &ServerReport<'_>,
        hunt: Option<&KeptHunt<'_>>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let cells = cells(report, hunt, self.tlp);
        self.row(&cells, out)
    }

    /// The header, where no row has brought it.
    pub(super) fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.row(&[], out)
    }

    fn row(&mut self, cells: &[String], out: &mut dyn Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        if !self.header_written {
            writer.write_record(HEADER)?;
            self.header_written = true;
        }
        if !cells.is_empty() {
            writer.write_record(cells.iter().map(|it| plain::cell(it).into_owned()))?;
        }
        writer.flush()
    }
}

impl<'c> Output<'c> for CsvRows {
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let hunt = hunt.map(|it| KeptHunt {
            verdict: it.verdict.name(),
            next_step: &it.next_step,
            reasons: &it.reasons,
            body: "",
        });
        self.server(&report, hunt.as_ref(), out)
    }

    fn skipped(
        &mut self,
        file: &str,
        line: Option<u64>,
        why: &str,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        warn(&skipped_line(file, line, why));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>> {
        self.end(out)?;
        Ok(None)
    }
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(String::new, |it| it.to_string())
}

/// Ids with this status, known-exploited only if asked, separated by blanks.
fn ids(assessment: &Assessment<'_>, status: CveStatus, kev_only: bool) -> String {
    let wanted = assessment.with(status).filter(|it| !kev_only || it.is_kev());
    let ids: Vec<&str> = wanted.map(|it| it.advisory.id.as_str()).collect();
    ids.join(" ")
}

fn cells(report: &ServerReport<'_>, hunt: Option<&KeptHunt<'_>>, tlp: Tlp) -> Vec<String> {
    let (identity, judgement, all) = (&report.identity, &report.judgement, &report.assessment);
    vec![
        report.target.clone(),
        judgement.verdict.to_string(),
        judgement.best.to_string(),
        judgement.worst.to_string(),
        text(identity.product),
        text(identity.cu),
        text(identity.update.as_ref()),
        text(identity.build),
        text(identity.at_least),
        text(identity.at_most),
        text(judgement.support.map(|it| it.state.name())),
        ids(all, CveStatus::Open, false),
        ids(all, CveStatus::Open, true),
        ids(all, CveStatus::Assumed, false),
        ids(all, CveStatus::Disputed, false),
        ids(all, CveStatus::Undetermined, false),
        ids(all, CveStatus::NeedsConfig, false),
        if report.reported.web_shell { "yes" } else { "no" }.to_owned(),
        judgement.next_step.clone(),
        judgement.reasons.join("; "),
        text(report.observed_at),
        report.as_of.to_string(),
        tlp.to_string(),
        text(hunt.map(|it| it.verdict)),
        text(hunt.map(|it| it.next_step)),
        text(hunt.map(|it| it.reasons.join("; "))),
    ]
}
