//! Where a server stands, small enough to keep: what decided it, and one row that lists sort by.
//!
//! # Invariants
//! * **D1 nothing that decides is lost.** A report of [`decisive`] evidence has the same identity, statuses,
//!   verdict, urgency and next step as a report of all of it, the same configuration, and the same row. One thing may be
//!   missing: the server's name, where no setting override found on it names servers; it decides nothing
//!   there. Reasons and what others report are told with times and values, and are not kept.
//! * **D2 one form.** [`decisive`] does not depend on order, and what is decisive of the decisive is the same.
//! * **D3 one order.** [`Rank::packed`] compares as the rank does, within the widths that it packs.

mod rank;

use std::collections::BTreeSet;

use jiff::civil::Date;

pub use rank::Rank;

use crate::assess::{CveStatus, Urgency, Verdict};
use crate::build::Build;
use crate::evidence::{Claim, Evidence, EvidenceKind};
use crate::product::{Cu, Product};
use crate::report::ServerReport;

/// What of the evidence decides, without place and time: the same for servers that are alike.
///
/// Sorted, each piece once. A value stays only where it is quoted in the identity (what the host is, why it
/// is Exchange Online, and a foreign title), or in the row: what is said of mitigations.
///
/// Evidence of several front ends must not be given as one: each decides by itself
/// ([`crate::front_ends::worst_of`]), and together they would only contradict each other.
#[must_use]
pub fn decisive(evidence: &[Evidence]) -> Vec<Evidence> {
    let named = names_decide(evidence);
    let mut kept: Vec<Evidence> =
        evidence.iter().filter_map(|it| decisive_part(it, named)).collect();
    kept.sort_by(|a, b| (a.kind, &a.claim, &a.value).cmp(&(b.kind, &b.claim, &b.value)));
    kept.dedup();
    kept
}

/// True where names decide: evidence of two servers contradicts itself, and an override may be for one
/// server only.
fn names_decide(evidence: &[Evidence]) -> bool {
    let mut names = BTreeSet::new();
    let mut overrides_name_servers = false;
    for it in evidence {
        if let Claim::Name(name) = &it.claim {
            names.insert(name.to_ascii_uppercase());
        } else if let Claim::Override(found) = &it.claim {
            overrides_name_servers |= !found.servers.is_empty();
        }
    }
    names.len() > 1 || overrides_name_servers
}

/// What is left of one piece; `None` if it decides nothing.
fn decisive_part(it: &Evidence, names_decide: bool) -> Option<Evidence> {
    let without_value = || Some(Evidence::new(it.kind, "", it.claim.clone()));
    match &it.claim {
        Claim::Version(_)
        | Claim::AtLeast(_)
        | Claim::Products(_)
        | Claim::Fits
        | Claim::NotExchange(_)
        | Claim::Imitation(_)
        | Claim::Doubt(_)
        | Claim::Config(..)
        | Claim::OverridesRead
        | Claim::Override(_)
        | Claim::ReportedWebShell => without_value(),
        Claim::ReportedCve(id) => {
            Some(Evidence::new(it.kind, "", Claim::ReportedCve(id.to_ascii_uppercase())))
        }
        Claim::Host(_) | Claim::ExchangeOnline | Claim::ForeignTitle => {
            Some(Evidence::new(it.kind, it.value.clone(), it.claim.clone()))
        }
        Claim::Shown if is_of_mitigation(it) => {
            Some(Evidence::new(it.kind, it.value.clone(), Claim::Shown))
        }
        Claim::Name(_) if names_decide => without_value(),
        Claim::Name(_) | Claim::Tls(_) | Claim::Shown => lack_of_answer(it.kind),
    }
}

/// An all-clear needs every question answered: that one was not, or was not asked, decides by its kind.
fn lack_of_answer(kind: EvidenceKind) -> Option<Evidence> {
    let decides = matches!(kind, EvidenceKind::NoAnswer | EvidenceKind::NotAsked);
    decides.then(|| Evidence::new(kind, "", Claim::Shown))
}

/// One server's row in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The verdict.
    pub verdict: Verdict,
    /// What it asks of the operator; a reported web shell asks to act whatever the verdict.
    pub urgency: Urgency,
    /// How bad it is, as one number: the greatest comes first ([`Rank::packed`]).
    pub rank: i64,
    /// The product, if the evidence leaves one.
    pub product: Option<Product>,
    /// The CU, if the evidence leaves one.
    pub cu: Option<Cu>,
    /// The update level, if known.
    pub update: Option<String>,
    /// The build, if known to the fourth part.
    pub build: Option<Build>,
    /// How many CVEs are open.
    pub open: u32,
    /// How many of them are known to be exploited.
    pub kev_open: u32,
    /// Since when everybody may have known of the oldest hole that is open and known to be exploited.
    pub exposed_since: Option<Date>,
    /// What to do now, in one line.
    pub next_step: String,
    /// What the Emergency Mitigation service is set to, and what it has applied. It decides nothing: "applied" is
    /// no proof. `None`: no evidence says.
    pub mitigation: Option<String>,
}

impl Standing {
    /// The row of a report.
    ///
    /// A hunt stands beside it and is none of its fields: evidence alone decides where a server stands, so
    /// that a new catalog can say it anew.
    #[must_use]
    pub fn of(report: &ServerReport<'_>) -> Self {
        let rank = Rank::of(report);
        let identity = &report.identity;
        Self {
            verdict: report.judgement.verdict,
            urgency: report.judgement.urgency,
            rank: rank.packed(),
            product: identity.product,
            cu: identity.cu,
            update: identity.update.clone(),
            build: identity.build,
            open: rank.open,
            kev_open: rank.kev_open,
            exposed_since: report.exposed_since(),
            next_step: report.judgement.next_step.clone(),
            mitigation: mitigation(&report.evidence),
        }
    }
}

/// What evidence says of mitigations; of several, the first by their text.
fn mitigation(evidence: &[Evidence]) -> Option<String> {
    evidence.iter().filter(|it| is_of_mitigation(it)).map(|it| &it.value).min().cloned()
}

fn is_of_mitigation(it: &Evidence) -> bool {
    it.kind == EvidenceKind::Mitigation && it.claim == Claim::Shown
}

/// How many CVEs are open, how many of them are known exploited, and the highest score among all of them.
fn count_open(report: &ServerReport<'_>) -> (u32, u32, u8) {
    report.assessment.with(CveStatus::Open).fold((0, 0, 0), |(open, kev, worst), it| {
        let tenths = it.advisory.cvss.as_ref().map_or(0, |cvss| cvss.tenths);
        let kev = u32::saturating_add(kev, u32::from(it.is_kev()));
        (u32::saturating_add(open, 1), kev, worst.max(tenths))
    })
}

#[cfg(test)]
mod tests;
