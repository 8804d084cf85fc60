//! What the evidence of a server comes to, as its page says it.

use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::finding::{self, Known};
use exward_core::report::ServerReport;
use exward_store::store::{AcceptanceRow, HuntOfServer, SpanRow};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::findings::{self, Accepted};
use super::spans::{self, Sources};
use crate::page::badge::Badge;
use crate::page::server::{self as page};
use crate::page::show::{Count, Shown};
use crate::serve::views::imprints::{Imprints, not_read};
use crate::serve::views::{hunt, words};

/// CVEs of one page. Of the 5 years before an old server was last updated there are about 60.
const FINDINGS_MAX: usize = 300;

/// Pieces of evidence of one page.
const EVIDENCE_MAX: usize = 500;

/// See the page.
pub(super) struct Facts {
    pub(super) verdict: Badge,
    pub(super) release: Shown,
    pub(super) build: Option<Shown>,
    pub(super) support: Shown,
    pub(super) reasons: Vec<Shown>,
    pub(super) next_step: Shown,
    /// None: no check has seen it.
    pub(super) last_seen: Option<Timestamp>,
    pub(super) findings: Vec<page::Finding>,
    pub(super) findings_more: Count,
    pub(super) evidence: Vec<page::Evidence>,
    pub(super) spans: Vec<page::Span>,
}

impl Facts {
    /// Judges everything with this catalog, as of this moment; `is_now`: whether that is the present. `hunted`: the
    /// hunt that speaks for the server.
    pub(super) fn of(
        catalog: &Catalog,
        target: String,
        (rows, sources): (&[SpanRow], &Sources),
        acceptances: &[AcceptanceRow],
        (now, is_now): (Timestamp, bool),
        hunted: Option<&HuntOfServer>,
    ) -> Self {
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut imprints = Imprints::new(catalog, today);
        let judged: Vec<_> =
            rows.iter().map(|it| imprints.of(it.imprint, &it.imprint_body)).collect();
        let mut facts = Self::nothing();
        facts.spans = spans::shown(rows, &judged, sources);
        let Some(newest) = rows.last() else { return facts };
        facts.last_seen = Some(newest.to);
        let report = match imprints.report(target, &newest.body, Some(newest.to)) {
            Ok(mut report) => {
                if let Some(hunt) = hunted {
                    hunt::say(&mut report, hunt);
                }
                Some(report)
            }
            Err(error) => {
                let (step, why) = not_read(&error);
                (facts.next_step, facts.reasons) = (Shown::of(&step), vec![Shown::of(&why)]);
                None
            }
        };
        if let Some(report) = &report {
            facts.say(report);
        }
        let accepted = Accepted::new(acceptances, now);
        let history: Vec<_> =
            rows.iter().zip(&judged).map(|(row, it)| spans::span(row, it)).collect();
        let folded = finding::fold(&history, &accepted.in_core(), now);
        let nothing = Known::nothing();
        let known = judged.last().map_or(&nothing, |it| it.known.as_ref());
        let mut all = findings::list(catalog, report.as_ref(), known, &folded, (&accepted, is_now));
        facts.findings_more = Count(all.len().saturating_sub(FINDINGS_MAX) as u64);
        all.truncate(FINDINGS_MAX);
        facts.findings = all;
        facts
    }

    /// A server of which nothing is known.
    fn nothing() -> Self {
        Self {
            verdict: Badge::verdict("unknown"),
            release: Shown::default(),
            build: None,
            support: Shown::default(),
            reasons: vec![Shown::of("no check has seen it, so nothing is known")],
            next_step: Shown::of("check it: exward check --store URL NAME"),
            last_seen: None,
            findings: Vec::new(),
            findings_more: Count(0),
            evidence: Vec::new(),
            spans: Vec::new(),
        }
    }

    fn say(&mut self, report: &ServerReport<'_>) {
        let judgement = &report.judgement;
        self.verdict = Badge::verdict(judgement.verdict.name());
        self.release = words::release_of(&report.identity);
        self.build = report.identity.build.map(|it| Shown::of(&it.to_string()));
        self.support = judgement.support.map(words::support).unwrap_or_default();
        self.reasons = judgement.reasons.iter().map(Shown::from).collect();
        self.next_step = Shown::of(&judgement.next_step);
        let pieces = report.evidence.iter().take(EVIDENCE_MAX);
        self.evidence = pieces.map(evidence).collect();
    }
}

fn evidence(it: &Evidence) -> page::Evidence {
    page::Evidence {
        kind: Shown::of(it.kind.title()),
        value: Shown::of(&it.value),
        place: it.endpoint.as_ref().map(Shown::from).unwrap_or_default(),
        at: it.at.map(Into::into),
    }
}
