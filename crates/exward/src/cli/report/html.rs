//! The report as HTML: what [`crate::page::report`] shows.

use std::io::{self, Write};

use askama::Template as _;
use exward_core::assess::{VERDICTS, Verdict};
use exward_store::store::{AcceptanceRow, StandingRow};
use jiff::tz;

use super::collect::{Collected, Known};
use crate::page::badge::Badge;
use crate::page::chart::stacked::{Layer, stacked};
use crate::page::estate::Hunted;
use crate::page::report::{Accepted, Report, Row};
use crate::page::show::{Count, Reach, Shown};

/// Servers with their proof; more makes a file that no browser shows well, and the CSV form has them all.
const ROWS_MAX: usize = 1_000;

/// Writes it.
pub(super) fn write(it: &Collected, out: &mut dyn Write) -> io::Result<()> {
    let text = report(it).render().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

fn count(number: usize) -> Count {
    Count(u64::try_from(number).unwrap_or(u64::MAX))
}

fn report(it: &Collected) -> Report {
    let having = |verdicts: &[Verdict]| {
        let has = |server: &&Known| verdicts.iter().any(|it| it.name() == server.standing.verdict);
        count(it.servers.iter().filter(has).count())
    };
    let tallies = VERDICTS.into_iter().rev();
    let tallies = tallies.map(|it| (Badge::verdict(it.name()), having(&[it])));
    let layers: Vec<Layer> = VERDICTS
        .into_iter()
        .filter_map(|verdict| {
            let counts = it.trend.counts.get(&verdict)?.clone();
            let is_there = counts.iter().any(|it| *it > 0);
            is_there.then(|| Layer { badge: Badge::verdict(verdict.name()), counts })
        })
        .collect();
    let days = &it.trend.days;
    Report {
        tenant: it.tenant.as_str().into(),
        tlp: it.tlp.clone(),
        today: it.moment.day,
        catalog_as_of: it.catalog_as_of,
        total: count(it.servers.len()),
        protected: protected(it),
        exploited: count(it.servers.iter().filter(|it| it.standing.kev_open > 0).count()),
        unhunted: count(it.servers.iter().filter(|it| it.hunt.is_none()).count()),
        tallies: tallies.filter(|(_, servers)| servers.0 > 0).collect(),
        trend: stacked("trend", days, &layers).filter(|_| days.len() > 1),
        rows: it.servers.iter().take(ROWS_MAX).map(row).collect(),
        left_out: count(it.servers.len().saturating_sub(ROWS_MAX)),
        accepted: it.accepted.iter().map(accepted).collect(),
    }
}

/// Patched or mitigated, and no hunt says otherwise.
fn protected(it: &Collected) -> Count {
    let names = [Verdict::Patched, Verdict::Mitigated].map(Verdict::name);
    let is_well = |it: &&Known| names.contains(&&*it.standing.verdict) && !it.is_alarm();
    count(it.servers.iter().filter(is_well).count())
}

fn row(it: &Known) -> Row {
    let standing = &it.standing;
    let reach = |from, to| Reach { from: From::from(from), to: From::from(to) };
    Row {
        target: it.row.target.as_str().into(),
        verdict: Badge::verdict(&standing.verdict),
        release: release(standing),
        build: standing.build.as_deref().map(Into::into),
        open: Count(standing.open.into()),
        kev_open: Count(standing.kev_open.into()),
        hunted: it.hunt.as_ref().map(|hunt| Hunted {
            verdict: Badge::hunted(&hunt.verdict),
            is_settled: hunt.is_settled,
            reach: hunt.from.zip(hunt.to).map(|(from, to)| reach(from, to)),
        }),
        next_step: standing.next_step.as_str().into(),
        known_by: it.known_by.as_str().into(),
        last_seen: it.last_seen.into(),
    }
}

/// `Exchange 2019 CU15 Jun26SU`; empty where nothing is known.
fn release(standing: &StandingRow) -> Shown {
    let Some(product) = &standing.product else { return Shown::default() };
    let mut parts = vec!["Exchange", product.as_str()];
    parts.extend(standing.cu.as_deref());
    parts.extend(standing.update.as_deref().filter(|it| standing.cu.as_deref() != Some(*it)));
    Shown::of(&parts.join(" "))
}

fn accepted((target, it): &(String, AcceptanceRow)) -> Accepted {
    Accepted {
        server: target.as_str().into(),
        cve: if it.accepted.cve == "*" { "all".into() } else { it.accepted.cve.as_str().into() },
        until: tz::Offset::UTC.to_datetime(it.accepted.until).date(),
        by: it.accepted.by.as_str().into(),
        why: it.accepted.why.as_str().into(),
    }
}
