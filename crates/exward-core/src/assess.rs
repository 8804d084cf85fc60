//! Identity × catalog × configuration → the status of every CVE, and the verdict.
//!
//! # Invariants (design.md §4)
//! * **V1 per CU.** A fixed build is compared only within its own CU; there is no threshold across
//!   CUs, and no CVE range is ever used as a range.
//! * **V2 ends decide.** A status that differs between the ends of a range is *undetermined*. The
//!   verdict lies between the best and the worst one, whatever mix of CVEs makes them.
//! * **V3 unknown is not good.** What nobody looked at never closes anything.
//! * **V4 every verdict says why** (A9), and *patched* says as of when.
//! * **V5 pure.** The same arguments give the same answer (A8).

mod advice;
mod reasons;
mod reported;
mod status;
mod support;
mod verdict;

use std::fmt;

pub use reported::Reported;
pub(crate) use status::inherited_by_se;
pub use status::{CveStatus, LISTED};
pub use support::{Support, SupportState, support};
pub(crate) use verdict::NOT_HUNTED;
pub use verdict::{Judgement, judge};

use crate::build::Build;
use crate::catalog::{Advisory, Catalog, ConfigRule, Fix};
use crate::config::{ConfigFacts, ConfigItem};
use crate::identify::Candidate;

/// What exward says about a server. Ordered from nothing to do to act now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is something else, or Exchange Online.
    NotExchange,
    /// Nothing open, as of the catalog's date.
    Patched,
    /// Every known-exploited open CVE has a mitigation proved effective.
    Mitigated,
    /// The evidence cannot decide; the reasons say between what.
    Possibly,
    /// Exchange, or something like it, without a build.
    Unknown,
    /// Its CU or product gets no fixes: later CVEs are assumed open or were never assessed.
    Unsupported,
    /// At least one CVE is open.
    Vulnerable,
}

/// Every verdict, from nothing to do to act now.
pub const VERDICTS: [Verdict; 7] = [
    Verdict::NotExchange,
    Verdict::Patched,
    Verdict::Mitigated,
    Verdict::Possibly,
    Verdict::Unknown,
    Verdict::Unsupported,
    Verdict::Vulnerable,
];

impl Verdict {
    /// Name in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotExchange => "not-exchange",
            Self::Patched => "patched",
            Self::Mitigated => "mitigated",
            Self::Possibly => "possibly",
            Self::Unknown => "unknown",
            Self::Unsupported => "unsupported",
            Self::Vulnerable => "vulnerable",
        }
    }

    /// What it asks of the operator.
    #[must_use]
    pub const fn urgency(self) -> Urgency {
        match self {
            Self::NotExchange | Self::Patched | Self::Mitigated => Urgency::NothingToDo,
            Self::Possibly | Self::Unknown => Urgency::CannotTell,
            Self::Unsupported | Self::Vulnerable => Urgency::Act,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a verdict asks of the operator; the exit code follows from the most urgent one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Patched, mitigated, not Exchange.
    NothingToDo,
    /// Possibly, unknown.
    CannotTell,
    /// Vulnerable, unsupported, or reported as compromised.
    Act,
}

/// The status of one CVE on one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CveFinding<'c> {
    /// The CVE.
    pub advisory: &'c Advisory,
    /// Its status over all that the server may be.
    pub status: CveStatus,
    /// The fix on the server's CU, if there is one.
    pub fix: Option<&'c Fix>,
    /// Set if the build is fixed but this part of the configuration keeps it open.
    pub open_by: Option<ConfigItem>,
}

impl CveFinding<'_> {
    /// The build that closes it on this CU, if one does.
    #[must_use]
    pub fn fixed_in(&self) -> Option<Build> {
        self.fix.and_then(|fix| fix.fixed)
    }

    /// The part of the configuration that its fix needs besides the build, if any.
    #[must_use]
    pub fn needed_item(&self) -> Option<ConfigItem> {
        let mut needs = self.advisory.fixes.iter().filter_map(|fix| fix.config);
        needs.find(|need| need.rule == ConfigRule::MustConfigure).map(|need| need.item)
    }

    /// True if it is known to be exploited.
    #[must_use]
    pub const fn is_kev(&self) -> bool {
        self.advisory.kev.is_some()
    }
}

/// The status of every CVE that concerns the server, most urgent first.
///
/// Depends on the candidates, the configuration and the catalog only, so it may be cached by them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment<'c> {
    /// All CVEs but the plainly closed ones, by urgency.
    pub findings: Vec<CveFinding<'c>>,
    /// Verdict at the best and at the worst of the candidates.
    pub best: Verdict,
    /// See `best`.
    pub worst: Verdict,
    /// Why, in sentences, most urgent first.
    pub reasons: Vec<String>,
    /// Verdict over all candidates, before contradictions are looked at.
    verdict: Verdict,
}

impl<'c> Assessment<'c> {
    /// The findings with this status.
    pub fn with(&self, status: CveStatus) -> impl Iterator<Item = &CveFinding<'c>> {
        self.findings.iter().filter(move |finding| finding.status == status)
    }

    /// How many findings have this status.
    #[must_use]
    pub fn count(&self, status: CveStatus) -> usize {
        self.with(status).count()
    }
}

/// Assesses what a server may be. No candidates: no findings, verdict *unknown*.
///
/// Cost: candidates × CVEs, about 25 µs for one build; see the bench `assess`.
#[must_use]
pub fn assess<'c>(
    catalog: &'c Catalog,
    candidates: &[Candidate],
    facts: &ConfigFacts,
) -> Assessment<'c> {
    let mut per_candidate: Vec<Vec<CveFinding<'c>>> = Vec::new();
    let mut verdicts = Vec::new();
    for &candidate in candidates {
        let findings = status::findings(catalog, candidate, facts);
        verdicts.push(verdict::of(catalog, &[candidate], &findings, facts));
        per_candidate.push(findings);
    }
    let mut findings = status::merge(per_candidate);
    let merged = match candidates {
        [] => Verdict::Unknown,
        _ => verdict::of(catalog, candidates, &findings, facts),
    };
    findings.retain(|finding| finding.status != CveStatus::Closed);
    findings.sort_by(|a, b| a.advisory.urgency().cmp(&b.advisory.urgency()));
    let best = verdicts.iter().copied().min().unwrap_or(merged);
    let verdict = merged.max(best);
    let mut reasons = reasons::of(catalog, candidates, &findings, facts);
    if merged < best {
        reasons.insert(0, format!("{best} whichever of the possible builds it is"));
    }
    Assessment {
        findings,
        best,
        worst: verdicts.iter().copied().max().unwrap_or(verdict).max(verdict),
        reasons,
        verdict,
    }
}
