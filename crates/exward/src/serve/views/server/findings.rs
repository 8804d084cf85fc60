//! The CVEs of a server: what is open, what nobody can tell, what somebody lives with, what is fixed.

use std::cmp::Reverse;

use exward_core::assess::{CveFinding, CveStatus};
use exward_core::catalog::{Advisory, Catalog};
use exward_core::finding::{Acceptance, Finding, FindingState, Known, OpenState};
use exward_core::report::ServerReport;
use exward_store::store::AcceptanceRow;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::page::badge::Badge;
use crate::page::server as page;
use crate::page::show::{Count, Shown};
use crate::serve::views::words;

/// What stands for every CVE of a server in the store.
const EVERY_CVE: &str = "*";

/// What was accepted on a server.
pub(super) struct Accepted<'a> {
    rows: &'a [AcceptanceRow],
    now: Timestamp,
}

impl<'a> Accepted<'a> {
    pub(super) const fn new(rows: &'a [AcceptanceRow], now: Timestamp) -> Self {
        Self { rows, now }
    }

    /// As the core folds it.
    pub(super) fn in_core(&self) -> Vec<Acceptance> {
        self.rows.iter().map(in_core).collect()
    }

    /// The one in force for a CVE that ends last.
    fn of(&self, cve: &str) -> Option<page::Accepted> {
        let in_force = self.rows.iter().filter(|row| {
            let it = in_core(row);
            it.is_in_force(self.now) && it.concerns(cve)
        });
        let row = in_force.max_by_key(|it| {
            let accepted = &it.accepted;
            (accepted.until, it.at, &accepted.by, &accepted.why, Reverse(it.id))
        })?;
        // It ends with its last day.
        let last = row.accepted.until.checked_sub(SignedDuration::from_millis(1)).ok()?;
        Some(page::Accepted {
            id: row.id.0,
            until: last.to_zoned(TimeZone::UTC).date(),
            by: Shown::of(&row.accepted.by),
            why: Shown::of(&row.accepted.why),
        })
    }
}

/// An acceptance as the core knows it.
pub(in crate::serve::views) fn in_core(row: &AcceptanceRow) -> Acceptance {
    let accepted = &row.accepted;
    Acceptance {
        cve: Some(accepted.cve.clone()).filter(|it| it != EVERY_CVE),
        until: accepted.until,
        by: accepted.by.clone(),
        why: accepted.why.clone(),
        at: row.at,
        revoked_at: row.revoked_at,
    }
}

/// All CVEs: open ones, then those of which nobody can tell, then accepted, then fixed ones; each by urgency.
pub(super) fn list(
    catalog: &Catalog,
    report: Option<&ServerReport<'_>>,
    known: &Known<'_>,
    folded: &[Finding<'_>],
    (accepted, is_now): (&Accepted<'_>, bool),
) -> Vec<page::Finding> {
    let row = Row { catalog, report, known };
    let over_time = folded.iter().map(|it| {
        let mut shown = row.shown(it.advisory, Badge::finding(it.state.name()));
        shown.since = Some(day(it.reopened_at.unwrap_or(it.opened_at)));
        shown.days_open = Some(Count(it.days_open.into()));
        if matches!(it.state, FindingState::Accepted { .. }) {
            shown.accepted = accepted.of(it.cve());
        }
        shown.can_accept = is_now && it.state.is_open() && shown.accepted.is_none();
        (group(&it.state), it.advisory, shown)
    });
    let is_told = |it: &Advisory| folded.iter().any(|told| told.advisory.id == it.id);
    let untold = row.unknown().into_iter().filter(|it| !is_told(it));
    let unknown = untold.map(|it| (1, it, row.shown(it, Badge::finding("unknown"))));
    let mut all: Vec<_> = over_time.chain(unknown).collect();
    all.sort_by(|a, b| (a.0, a.1.urgency()).cmp(&(b.0, b.1.urgency())));
    all.into_iter().map(|(_, _, shown)| shown).collect()
}

const fn group(state: &FindingState) -> u8 {
    match state {
        FindingState::New | FindingState::Open | FindingState::Reopened => 0,
        FindingState::Accepted { .. } => 2,
        FindingState::Fixed => 3,
    }
}

fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// What the newest report says.
struct Row<'a, 'c> {
    catalog: &'a Catalog,
    /// None: it cannot be read.
    report: Option<&'a ServerReport<'c>>,
    known: &'a Known<'c>,
}

impl<'a> Row<'a, '_> {
    fn finding(&self, id: &str) -> Option<&'a CveFinding<'a>> {
        self.report?.assessment.findings.iter().find(|it| it.advisory.id == id)
    }

    /// CVEs of which nobody can tell, as far as something names them.
    fn unknown(&self) -> Vec<&'a Advisory> {
        let Some(report) = self.report else { return Vec::new() };
        let assessed = report.assessment.findings.iter().map(|it| it.advisory);
        let reported = report.reported.cves.iter().filter_map(|id| self.catalog.advisory(id));
        let mut all: Vec<&Advisory> = assessed.chain(reported).collect();
        all.sort_by(|a, b| a.id.cmp(&b.id));
        all.dedup_by(|a, b| a.id == b.id);
        all.retain(|it| self.known.state(&it.id) == OpenState::Unknown);
        all
    }

    fn shown(&self, advisory: &Advisory, state: Badge) -> page::Finding {
        let (best, worst, why) = self.range(&advisory.id);
        page::Finding {
            cve: Shown::of(&advisory.id),
            kev: advisory.kev.is_some(),
            state,
            best: Badge::status(best),
            worst: Badge::status(worst),
            why: Shown::of(&why),
            fixed_in: self.fixed_in(advisory),
            since: None,
            days_open: None,
            accepted: None,
            can_accept: false,
        }
    }

    /// Its status if everything that is not known is well, and if it is not; and why the two differ.
    fn range(&self, id: &str) -> (&'static str, &'static str, String) {
        let (open, closed) = (CveStatus::Open.name(), CveStatus::Closed.name());
        let Some(finding) = self.finding(id) else {
            return match self.known.state(id) {
                OpenState::Closed => (closed, closed, String::new()),
                OpenState::Open => (open, open, String::new()),
                OpenState::Unknown => {
                    (closed, open, "the evidence is doubted, or does not say".to_owned())
                }
            };
        };
        let status = finding.status;
        let item = |item: Option<exward_core::config::ConfigItem>| {
            item.map_or("the configuration", |it| it.title())
        };
        match status {
            CveStatus::Open => {
                let why =
                    finding.open_by.map(|it| format!("{} is not as it has to be", it.title()));
                (open, open, why.unwrap_or_default())
            }
            CveStatus::Assumed => {
                (status.name(), open, "no fix was ever made for this CU".to_owned())
            }
            CveStatus::Disputed => (closed, open, "sources name different fixed builds".to_owned()),
            CveStatus::Undetermined => {
                (closed, open, "the evidence leaves it undecided".to_owned())
            }
            CveStatus::NeedsConfig => {
                let why = format!("needs {}, which nobody has seen", item(finding.needed_item()));
                (closed, status.name(), why)
            }
            CveStatus::ClosedUnlessDisabled => (closed, status.name(), String::new()),
            CveStatus::Closed => (closed, closed, String::new()),
        }
    }

    /// The update that closes it on this server; empty where none does.
    fn fixed_in(&self, advisory: &Advisory) -> Shown {
        let identity = self.report.map(|it| &it.identity);
        let of_line = || {
            let (product, cu) = (identity?.product?, identity?.cu);
            advisory.fixes.iter().find(|it| it.product == product && it.cu == cu)?.fixed
        };
        let found = self.finding(&advisory.id).and_then(CveFinding::fixed_in).or_else(of_line);
        match (found, identity.and_then(|it| it.cu)) {
            (Some(build), _) => words::update(self.catalog, build),
            // Without the CU nobody can say which update it is.
            (None, None) => Shown::of("not known"),
            (None, Some(_)) => Shown::default(),
        }
    }
}
