//! The report for a boss, an insurer or a customer: one file, no scripts, prints well.

use std::io::{self, Write};

use askama::Template;
use exward_core::assess::{CveStatus, LISTED};
use exward_core::catalog::Catalog;
use exward_core::report::ServerReport;
use exward_hunt::HuntSummary;
use jiff::civil::Date;

use super::kept::{Counts, Rank, Skips, Worst};
use super::{Output, Tlp, skipped_line};
use crate::plain;

/// Servers in one report. A browser does not open more with pleasure.
const SERVERS_MAX: usize = 20_000;

/// Skipped inputs and rows named in one report.
const SKIPPED_SHOWN_MAX: usize = 1000;

/// Collects servers and writes the report at the end.
pub(super) struct Html {
    as_of: Date,
    today: Date,
    tlp: Tlp,
    servers: Worst<Server>,
    counts: Counts,
    skipped: Skips,
    hunted: bool,
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
    servers: &'a [(Rank, Server)],
    skipped: &'a Skips,
    hunted: bool,
}

struct Server {
    target: String,
    what: String,
    support: String,
    next_step: String,
    reasons: Vec<String>,
    lists: Vec<(&'static str, Vec<Cve>)>,
    evidence: Vec<[String; 4]>,
    hunt: Option<Beside>,
}

/// What the hunt says.
struct Beside {
    verdict: &'static str,
    reasons: Vec<String>,
    next_step: String,
}

struct Cve {
    id: String,
    kev: bool,
    fixed_in: String,
}

impl Html {
    pub(super) fn new(catalog: &Catalog, tlp: Tlp, today: Date) -> Self {
        Self {
            as_of: catalog.as_of(),
            today,
            tlp,
            servers: Worst::new(SERVERS_MAX),
            counts: Counts::default(),
            skipped: Skips::new(SKIPPED_SHOWN_MAX),
            hunted: false,
        }
    }
}

impl Server {
    fn of(report: &ServerReport<'_>, hunt: Option<&HuntSummary>) -> Self {
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
            target: plain(&report.target),
            what: plain(&format!("{identity}{range}")),
            support: judgement.support.map_or_else(String::new, |it| {
                let until = it.until.map_or_else(String::new, |until| format!(" ({until})"));
                format!("{}{until}", it.state.name())
            }),
            next_step: plain(&judgement.next_step),
            reasons: judgement.reasons.iter().map(|it| plain(it)).collect(),
            lists,
            hunt: hunt.map(|it| Beside {
                verdict: it.verdict.name(),
                reasons: it.reasons.iter().map(|it| plain(it)).collect(),
                next_step: plain(&it.next_step),
            }),
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
    fn report(
        &mut self,
        report: ServerReport<'c>,
        hunt: Option<&HuntSummary>,
        _out: &mut dyn Write,
    ) -> io::Result<()> {
        let rank = Rank::of(&report, hunt);
        self.counts.add(rank.verdict);
        self.hunted |= hunt.is_some();
        self.servers.push(rank, || Server::of(&report, hunt));
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
        let servers = self.servers.sorted();
        let page = Page {
            tlp: self.tlp.to_string(),
            as_of: self.as_of,
            today: self.today,
            total,
            left_out: total.saturating_sub(servers.len()),
            counts: self.counts.worst_first().map(|(it, count)| (it.name(), count)).collect(),
            servers,
            skipped: &self.skipped,
            hunted: self.hunted,
        };
        page.write_into(out).map_err(io::Error::other)?;
        writeln!(out)?;
        Ok(None)
    }
}
