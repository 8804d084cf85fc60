//! Why an assessment came out as it did, in sentences.

use super::verdict::is_default;
use super::{CveFinding, CveStatus};
use crate::catalog::{Catalog, Line};
use crate::config::{ConfigFacts, ConfigItem};
use crate::identify::Candidate;
use crate::product::Product;
use crate::sentence::first_few;

/// Ids named in one sentence; the rest is counted.
const IDS_SHOWN_MAX: usize = 3;

/// The sentences for what these findings say, most urgent first. Empty if there is nothing to say.
pub(super) fn of(
    catalog: &Catalog,
    candidates: &[Candidate],
    findings: &[CveFinding<'_>],
    facts: &ConfigFacts,
) -> Vec<String> {
    let mut reasons: Vec<String> = open(findings).into_iter().collect();
    for (status, why) in [
        (CveStatus::Assumed, "assumed open: this CU never got their fix"),
        (CveStatus::Disputed, "disputed: sources name different fixed builds"),
        (CveStatus::Undetermined, "undetermined: the evidence allows both open and fixed"),
    ] {
        let found = findings.iter().filter(|it| it.status == status);
        let ids: Vec<String> = found.map(|it| it.advisory.id.clone()).collect();
        if !ids.is_empty() {
            reasons.push(format!("{} {why} ({})", cves(ids.len()), first_few(&ids, IDS_SHOWN_MAX)));
        }
    }
    reasons.extend(unassessed(catalog, candidates));
    let missing: Vec<&str> = facts.not_done().map(ConfigItem::title).collect();
    if !missing.is_empty() {
        reasons.push(format!("not done: {}", missing.join(", ")));
    }
    reasons.extend(unverified(catalog, candidates, findings));
    reasons
}

fn open(findings: &[CveFinding<'_>]) -> Option<String> {
    let open: Vec<_> = findings.iter().filter(|it| it.status == CveStatus::Open).collect();
    let kev: Vec<String> = open.iter().filter(|it| it.is_kev()).map(|it| name(it)).collect();
    let exploited = match kev.as_slice() {
        [] => "none of them known exploited".to_owned(),
        some => format!("{} known exploited: {}", some.len(), first_few(some, IDS_SHOWN_MAX)),
    };
    (!open.is_empty()).then(|| format!("{} open, {exploited}", cves(open.len())))
}

/// What was never looked at: CVEs after the end of a product, and versions without lists.
fn unassessed(catalog: &Catalog, candidates: &[Candidate]) -> Vec<String> {
    let mut reasons = Vec::new();
    let Some(product) = only_product(catalog, candidates) else { return reasons };
    let until = catalog.lifecycle(product).and_then(|it| it.assessed_until);
    if let (Some(until), Some(newest)) = (until, catalog.newest_published())
        && newest.is_after(until)
    {
        reasons.push(format!("CVEs after {until} were never assessed for this product"));
    }
    if candidates.iter().all(|it| matches!(it, Candidate::Unlisted(_))) {
        reasons.push(format!("this version of Exchange {product} is in no CVE list"));
    }
    reasons
}

/// The product that all candidates share.
fn only_product(catalog: &Catalog, candidates: &[Candidate]) -> Option<Product> {
    let product = |it: &Candidate| match it {
        Candidate::InLine(key, _) => catalog.line(*key).map(|line: &Line| line.product),
        Candidate::NewerCu(product) | Candidate::Unlisted(product) => Some(*product),
    };
    let first = product(candidates.first()?)?;
    candidates.iter().all(|it| product(it) == Some(first)).then_some(first)
}

/// Known-exploited CVEs that only configuration closes, which nobody has verified.
fn unverified<'a>(
    catalog: &'a Catalog,
    candidates: &'a [Candidate],
    findings: &'a [CveFinding<'_>],
) -> impl Iterator<Item = String> {
    let open = findings.iter().filter(|it| it.status == CveStatus::NeedsConfig && it.is_kev());
    open.filter_map(|finding| {
        let (id, title) = (&finding.advisory.id, finding.needed_item()?.title());
        Some(if is_default(catalog, candidates, finding) {
            format!("{title} not verified ({id}, known exploited): setup of this CU turns it on")
        } else {
            format!("{title} not verified ({id}, known exploited)")
        })
    })
}

fn name(finding: &CveFinding<'_>) -> String {
    match (finding.open_by, finding.fixed_in()) {
        (Some(item), _) => format!("{} ({} not done)", finding.advisory.id, item.title()),
        (None, Some(fixed)) => format!("{} (fixed in {fixed})", finding.advisory.id),
        (None, None) => finding.advisory.id.clone(),
    }
}

/// `1 CVE`, `2 CVEs`.
fn cves(count: usize) -> String {
    if count == 1 { "1 CVE".to_owned() } else { format!("{count} CVEs") }
}
