//! What was known of a server's CVEs during a stretch of time.

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{Assessment, CveStatus, Verdict};
use crate::catalog::Advisory;
use crate::evidence::EvidenceKind;
use crate::identify::Candidate;
use crate::report::ServerReport;

/// Whether one CVE is a hole of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OpenState {
    /// It is.
    Open,
    /// Nobody can tell.
    Unknown,
    /// It is not.
    Closed,
}

impl OpenState {
    /// What a status means for a hole, by what the verdict makes of it: `assumed` asks to act as `open` does;
    /// what is disputed, undetermined or needs a look at the configuration decides nothing.
    #[must_use]
    pub const fn of(status: CveStatus) -> Self {
        match status {
            CveStatus::Open | CveStatus::Assumed => Self::Open,
            CveStatus::Disputed | CveStatus::Undetermined | CveStatus::NeedsConfig => Self::Unknown,
            CveStatus::ClosedUnlessDisabled | CveStatus::Closed => Self::Closed,
        }
    }
}

/// What was known of a server's CVEs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known<'c> {
    /// The open ones and the unknown ones, by id.
    named: BTreeMap<&'c str, (&'c Advisory, OpenState)>,
    /// What all others are: closed, or unknown where an all-clear would be none.
    others: OpenState,
    /// Those that others report: not closed by what we saw alone.
    reported: BTreeSet<String>,
}

impl<'c> Known<'c> {
    /// Nothing: nobody could tell about any CVE.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { named: BTreeMap::new(), others: OpenState::Unknown, reported: BTreeSet::new() }
    }

    /// What an assessment says, if nothing casts doubt on the evidence behind it.
    #[must_use]
    pub fn of_assessment(assessment: &Assessment<'c>) -> Self {
        let named = assessment.findings.iter().map(|it| (it.advisory, OpenState::of(it.status)));
        Self::new(named, OpenState::Closed)
    }

    /// The states of some CVEs, and that of all others. Of two states of one CVE the worse counts.
    #[must_use]
    pub fn new(
        states: impl IntoIterator<Item = (&'c Advisory, OpenState)>,
        others: OpenState,
    ) -> Self {
        let mut named: BTreeMap<&'c str, (&'c Advisory, OpenState)> = BTreeMap::new();
        for (advisory, state) in states {
            let known = named.entry(advisory.id.as_str()).or_insert((advisory, state));
            known.1 = known.1.min(state);
        }
        named.retain(|_, (_, state)| *state != others);
        Self { named, others, reported: BTreeSet::new() }
    }

    /// What a report says, as far as its verdict stands behind it.
    ///
    /// * Verdict *unknown*, or a version without CVE lists: nothing is known, so nothing is closed.
    /// * *Not Exchange*: everything is closed; there is nothing of Exchange to be open.
    /// * Where an all-clear is doubted (a question without an answer, a contradiction), what is not open is
    ///   unknown. Where others report a CVE that the build has fixed, that CVE is.
    #[must_use]
    pub fn of(report: &ServerReport<'c>) -> Self {
        let candidates = &report.identity.candidates;
        match report.judgement.verdict {
            Verdict::Unknown => return Self::nothing(),
            Verdict::NotExchange => return Self::new([], OpenState::Closed),
            Verdict::Patched
            | Verdict::Mitigated
            | Verdict::Possibly
            | Verdict::Unsupported
            | Verdict::Vulnerable => {}
        }
        if candidates.iter().all(|it| matches!(it, Candidate::Unlisted(_))) {
            return Self::nothing();
        }
        let others = if is_doubted(report) { OpenState::Unknown } else { OpenState::Closed };
        let states = report.assessment.findings.iter().map(|it| {
            let state = OpenState::of(it.status);
            (it.advisory, if state == OpenState::Closed { others } else { state })
        });
        let reported = report.reported.cves.iter().cloned().collect();
        Self { reported, ..Self::new(states, others) }
    }

    /// The state of a CVE, by the id that the catalog writes.
    #[must_use]
    pub fn state(&self, cve: &str) -> OpenState {
        let state = self.named.get(cve).map_or(self.others, |(_, state)| *state);
        let is_disputed = state == OpenState::Closed && self.reported.contains(cve);
        if is_disputed { OpenState::Unknown } else { state }
    }

    /// The CVEs that are open, by id.
    pub fn open(&self) -> impl Iterator<Item = &'c Advisory> {
        let open = self.named.values().filter(|(_, state)| *state == OpenState::Open);
        open.map(|(advisory, _)| *advisory)
    }
}

/// True where an all-clear is none: a question went without an answer, pieces of evidence contradict each
/// other, or another front end of the same target may be worse.
///
/// A CVE that others report although it is fixed is a contradiction about that CVE only.
fn is_doubted(report: &ServerReport<'_>) -> bool {
    let is_unanswered = |kind| matches!(kind, EvidenceKind::NoAnswer | EvidenceKind::NotAsked);
    let build = report.identity.build;
    report.evidence.iter().any(|it| is_unanswered(it.kind))
        || report.identity.conflicts.iter().any(|it| it.name != "reported-but-fixed")
        || report.front_ends.iter().any(|it| it.build != build)
}
