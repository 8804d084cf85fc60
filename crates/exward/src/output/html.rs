//! The report for a boss, an insurer or a customer: one file, no scripts, prints well.

use std::io::{self, Write};

use askama::Template;
use exward_core::assess::{CveStatus, LISTED, VERDICTS, Verdict};
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use jiff::civil::Date;

use super::{Output, Tlp, skipped_line};
use crate::plain;

/// Servers in one report. A browser does not open more with pleasure.
const SERVERS_MAX: usize = 20_000;

/// Collects servers and writes the report at the end.
pub(super) struct Html {
    as_of: Date,
    today: Date,
    tlp: Tlp,
    servers: Vec<Server>,
    counts: [usize; VERDICTS.len()],
    skipped: Vec<String>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    tlp: String,
    as_of: Date,
    today: Date,
    total: usize,
    left_out: usize,
    counts: Vec<(&'static str, usize)>,
    servers: &'a [Server],
    skipped: &'a [String],
}

struct Server {
    verdict: Verdict,
    target: String,
    what: String,
    support: String,
    next_step: String,
    reasons: Vec<String>,
    open: usize,
    kev: usize,
    lists: Vec<(&'static str, Vec<Cve>)>,
    evidence: Vec<[String; 4]>,
}

struct Cve {
    id: String,
    kev: bool,
    fixed_in: String,
}

impl Html {
    pub(super) const fn new(catalog: &Catalog, tlp: Tlp, today: Date) -> Self {
        Self {
            as_of: catalog.as_of(),
            today,
            tlp,
            servers: Vec::new(),
            counts: [0; VERDICTS.len()],
            skipped: Vec::new(),
        }
    }
}

impl Server {
    fn of(report: &ServerReport<'_>) -> Self {
        let (identity, judgement) = (&report.identity, &report.judgement);
        let plain = |text: &str| plain::line(text).into_owned();
        let range = match (identity.build, identity.at_least, identity.at_most) {
            (Some(build), ..) => format!(" ({build})"),
            (None, Some(low), Some(high)) if low != high => format!(" ({low} to {high})"),
            _ => String::new(),
        };
        let lists: Vec<_> = LISTED
            .into_iter()
            .map(|status| (status.name(), cves(report, status)))
            .filter(|(_, cves)| !cves.is_empty())
            .collect();
        Self {
            verdict: judgement.verdict,
            target: plain(&report.target),
            what: plain(&format!("{identity}{range}")),
            support: judgement.support.map_or_else(String::new, |it| {
                let until = it.until.map_or_else(String::new, |until| format!(" ({until})"));
                format!("{}{until}", it.state.name())
            }),
            next_step: plain(&judgement.next_step),
            reasons: judgement.reasons.iter().map(|it| plain(it)).collect(),
            open: report.assessment.count(CveStatus::Open),
            kev: report.assessment.with(CveStatus::Open).filter(|it| it.is_kev()).count(),
            lists,
            evidence: report
                .evidence
                .iter()
                .map(|it| {
                    [
                        it.kind.name().to_owned(),
                        plain(&it.value),
                        plain(it.endpoint.as_deref().unwrap_or_default()),
                        it.at.map_or_else(String::new, |at| at.to_string()),
                    ]
                })
                .collect(),
        }
    }
}

fn cves(report: &ServerReport<'_>, status: CveStatus) -> Vec<Cve> {
    report
        .assessment
        .with(status)
        .map(|it| Cve {
            id: it.advisory.id.clone(),
            kev: it.is_kev(),
            fixed_in: it.fixed_in().map_or_else(String::new, |build| build.to_string()),
        })
        .collect()
}

impl<'c> Output<'c> for Html {
    fn report(&mut self, report: ServerReport<'c>, _out: &mut dyn Write) -> io::Result<()> {
        for (count, verdict) in self.counts.iter_mut().zip(VERDICTS) {
            *count = count.saturating_add(usize::from(verdict == report.judgement.verdict));
        }
        if self.servers.len() < SERVERS_MAX {
            self.servers.push(Server::of(&report));
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
        self.skipped.push(skipped_line(file, line, why));
        Ok(())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<Option<u8>> {
        use std::cmp::Reverse;
        self.servers.sort_by_key(|it| (Reverse(it.verdict), Reverse((it.kev, it.open))));
        let total: usize = self.counts.iter().sum();
        let counts = self.counts.iter().zip(VERDICTS).rev();
        let page = Page {
            tlp: self.tlp.to_string(),
            as_of: self.as_of,
            today: self.today,
            total,
            left_out: total.saturating_sub(self.servers.len()),
            counts: counts.filter(|(n, _)| **n > 0).map(|(n, it)| (it.name(), *n)).collect(),
            servers: &self.servers,
            skipped: &self.skipped,
        };
        page.write_into(out).map_err(io::Error::other)?;
        writeln!(out)?;
        Ok(None)
    }
}
