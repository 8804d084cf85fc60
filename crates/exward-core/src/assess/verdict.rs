//! The verdict from all statuses, its reasons, and the next step (design.md §4.5 to §4.7).

use jiff::civil::Date;

use super::status::is_past_assessment;
use super::{
    Assessment, CveFinding, CveStatus, Reported, Support, SupportState, Urgency, Verdict, advice,
    support,
};
use crate::catalog::{CATALOG_AGE_WARNING_DAYS, Catalog};
use crate::config::ConfigFacts;
use crate::evidence::{Claim, Evidence, EvidenceKind, tls_among};
use crate::identify::{Candidate, Identity, Precision, Presence};
use crate::tls::weaknesses;

/// Stands in the reason of *patched* until a hunt stands beside it.
pub(crate) const NOT_HUNTED: &str = "not hunted, and patched is not clean";

/// The verdict with everything that explains it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Verdict in the best case that the evidence allows.
    pub best: Verdict,
    /// Verdict in the worst case.
    pub worst: Verdict,
    /// Why, most important first. Never empty.
    pub reasons: Vec<String>,
    /// What to do now, in one line.
    pub next_step: String,
    /// State of support; `None` if the product is not known.
    pub support: Option<Support>,
    /// What it asks of the operator; a reported web shell asks to act whatever the verdict.
    pub urgency: Urgency,
}

/// The verdict over findings, before contradictions between pieces of evidence are looked at.
pub(super) fn of(
    catalog: &Catalog,
    candidates: &[Candidate],
    findings: &[CveFinding<'_>],
    facts: &ConfigFacts,
) -> Verdict {
    let any = |status| findings.iter().any(|it| it.status == status);
    if any(CveStatus::Open) {
        let mut exploited =
            findings.iter().filter(|it| it.status == CveStatus::Open && it.is_kev()).peekable();
        let proved = exploited.peek().is_some()
            && exploited.all(|it| facts.proved_mitigations.contains(&it.advisory.id));
        return if proved { Verdict::Mitigated } else { Verdict::Vulnerable };
    }
    if any(CveStatus::Assumed) || candidates.iter().all(|it| is_past_assessment(catalog, *it)) {
        return Verdict::Unsupported;
    }
    if any(CveStatus::Disputed) || any(CveStatus::Undetermined) {
        return Verdict::Possibly;
    }
    let unverified = findings
        .iter()
        .any(|it| is_exploited_and_unverified(it) && !is_default(catalog, candidates, it));
    if unverified { Verdict::Possibly } else { Verdict::Patched }
}

fn is_exploited_and_unverified(finding: &CveFinding<'_>) -> bool {
    finding.status == CveStatus::NeedsConfig && finding.is_kev()
}

/// True if setup of every candidate's CU turns the needed item on by itself.
pub(super) fn is_default(
    catalog: &Catalog,
    candidates: &[Candidate],
    finding: &CveFinding<'_>,
) -> bool {
    let Some(item) = finding.needed_item() else { return false };
    candidates.iter().all(|candidate| {
        let line = match candidate {
            Candidate::InLine(key, _) => catalog.line(*key),
            Candidate::NewerCu(product) => catalog.newest_line(*product),
            Candidate::Unlisted(_) => None,
        };
        line.is_some_and(|it| catalog.setup_default(item, it.product, it.cu).is_some())
    })
}

/// Judges a server: verdict, reasons, next step.
#[must_use]
pub fn judge(
    catalog: &Catalog,
    identity: &Identity,
    assessment: &Assessment<'_>,
    config: &ConfigFacts,
    evidence: &[Evidence],
    today: Date,
) -> Judgement {
    let reported = Reported::gather(evidence);
    let verdict = verdict(identity, assessment, evidence);
    let undecided = matches!(verdict, Verdict::NotExchange | Verdict::Unknown);
    let (best, worst) = if undecided {
        (verdict, verdict)
    } else {
        (assessment.best, assessment.worst.max(verdict))
    };
    let support = identity.product.map(|it| support(catalog, it, identity.cu, today));
    let mut judgement = Judgement {
        verdict,
        best,
        worst,
        reasons: Vec::new(),
        next_step: String::new(),
        support,
        urgency: if reported.web_shell { Urgency::Act } else { verdict.urgency() },
    };
    judgement.reasons =
        Reasons { catalog, identity, assessment, evidence, today }.all(&judgement, &reported);
    let unanswered = evidence.iter().any(|it| it.kind == EvidenceKind::NoAnswer);
    let said = (&reported, unanswered);
    judgement.next_step =
        advice::next_step(catalog, identity, assessment, config, (verdict, support), said);
    judgement
}

fn verdict(identity: &Identity, assessment: &Assessment<'_>, evidence: &[Evidence]) -> Verdict {
    match identity.presence {
        Presence::NotExchange(_) | Presence::ExchangeOnline(_) => return Verdict::NotExchange,
        Presence::Doubtful(_) | Presence::PageOnly | Presence::Unseen => return Verdict::Unknown,
        Presence::Exchange => {}
    }
    if identity.candidates.is_empty() {
        return Verdict::Unknown;
    }
    // An all-clear needs its second witness: a question without an answer may have been that one.
    let unanswered = evidence.iter().any(is_unanswered);
    let doubted = unanswered || !identity.conflicts.is_empty();
    if doubted { assessment.verdict.max(Verdict::Possibly) } else { assessment.verdict }
}

/// True for a question without an answer, or one that was not asked.
fn is_unanswered(it: &Evidence) -> bool {
    matches!(it.kind, EvidenceKind::NoAnswer | EvidenceKind::NotAsked)
}

/// Says that the next fix may never come; `None` while everybody gets it.
fn end_of_fixes(support: Support) -> Option<String> {
    let date = |word| support.until.map_or_else(String::new, |it| format!(" {word} {it}"));
    match support.state {
        SupportState::Supported => None,
        SupportState::Esu => Some(format!("new fixes are for ESU customers only{}", date("until"))),
        SupportState::Ended => {
            Some(format!("out of support{}: no new fixes are due", date("since")))
        }
    }
}

/// Everything that reasons are drawn from.
struct Reasons<'a, 'c> {
    catalog: &'a Catalog,
    identity: &'a Identity,
    assessment: &'a Assessment<'c>,
    evidence: &'a [Evidence],
    today: Date,
}

impl Reasons<'_, '_> {
    fn all(&self, judgement: &Judgement, reported: &Reported) -> Vec<String> {
        let mut reasons = Vec::new();
        if reported.web_shell {
            reasons.push("a web shell is reported on this server".to_owned());
        }
        self.presence(&mut reasons);
        reasons.extend(self.values(EvidenceKind::NoAnswer).map(|why| format!("no answer: {why}")));
        reasons.extend(self.values(EvidenceKind::NotAsked).map(|why| format!("not asked: {why}")));
        reasons.extend(self.identity.conflicts.iter().map(|it| format!("conflict, {it}")));
        self.precision(&mut reasons);
        if !matches!(judgement.verdict, Verdict::NotExchange | Verdict::Unknown) {
            reasons.extend(self.assessment.reasons.iter().cloned());
        }
        if judgement.verdict == Verdict::Patched {
            reasons.insert(0, self.how_patched());
        }
        // What is vulnerable or unsupported is told its way out by the next step.
        if matches!(judgement.verdict, Verdict::Patched | Verdict::Mitigated | Verdict::Possibly) {
            reasons.extend(judgement.support.and_then(end_of_fixes));
        }
        if !reported.cves.is_empty() {
            reasons.push(format!("reported by others: {}", reported.cves.join(", ")));
        }
        if judgement.verdict != Verdict::NotExchange {
            reasons.extend(self.weak_tls());
        }
        if let Some(it) = self.evidence.iter().find(|it| it.kind == EvidenceKind::Simulated) {
            reasons.push(format!("simulated by {}: no real server", it.value));
        }
        let age = self.catalog.age_days(self.today);
        if age > CATALOG_AGE_WARNING_DAYS {
            let as_of = self.catalog.as_of();
            reasons
                .push(format!("the catalog is {age} days old ({as_of}): newer CVEs are missing"));
        }
        reasons
    }

    /// True if no build was seen, not even one that does not exist: that one is a contradiction.
    fn has_no_build(&self) -> bool {
        let says_build = |it: &Evidence| matches!(it.claim, Claim::Version(_) | Claim::AtLeast(_));
        self.identity.candidates.is_empty() && !self.evidence.iter().any(says_build)
    }

    /// What evidence of one kind says.
    fn values(&self, kind: EvidenceKind) -> impl Iterator<Item = &str> {
        self.evidence.iter().filter(move |it| it.kind == kind).map(|it| it.value.as_str())
    }

    /// What is weak about its TLS, in one sentence.
    fn weak_tls(&self) -> Option<String> {
        let found = weaknesses(tls_among(self.evidence), self.today);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        (!found.is_empty()).then(|| format!("weak TLS: {}", found.join(", ")))
    }

    fn presence(&self, reasons: &mut Vec<String>) {
        match &self.identity.presence {
            Presence::Exchange if self.has_no_build() => {
                reasons.push("Exchange, but no build was seen".to_owned());
            }
            Presence::Exchange => {}
            Presence::PageOnly => reasons.push(
                "only a version path on a page, which anybody can copy: no other sign of Exchange"
                    .to_owned(),
            ),
            Presence::Doubtful(why) => reasons.push(format!("may be an imitation: {why}")),
            Presence::ExchangeOnline(why) => {
                reasons.push(format!("Exchange Online, not a server of yours: {why}"));
            }
            Presence::NotExchange(why) => reasons.push(format!("not Exchange: {why}")),
            Presence::Unseen if self.evidence.is_empty() => {
                reasons.push("nothing was read about it".to_owned());
            }
            Presence::Unseen if self.evidence.iter().any(is_unanswered) => {}
            Presence::Unseen => {
                reasons.push("nothing seen tells whether it is Exchange".to_owned())
            }
        }
    }

    fn precision(&self, reasons: &mut Vec<String>) {
        let it = self.identity;
        let as_of = self.catalog.as_of();
        if it.newer_than_catalog {
            reasons.push(format!("newer than the catalog of {as_of}"));
        }
        if let (Precision::Cu, None, Some(low), Some(high)) =
            (it.precision, it.build, it.at_least, it.at_most)
            && low < high
        {
            reasons.push(format!("the update level is not known: anything from {low} to {high}"));
        }
        if it.precision == Precision::Su
            && let (Some(build), Some(update)) = (it.build, &it.update)
        {
            reasons
                .push(format!("{build} is in no table: counted as {update}, the level below it"));
        }
    }

    /// *Patched* says how it was known, when, and as of which catalog.
    fn how_patched(&self) -> String {
        let version = |it: &&Evidence| matches!(it.claim, Claim::Version(_));
        let known = self.evidence.iter().find(version);
        let by = known.map_or_else(String::new, |it| {
            let at = it.at.map_or_else(String::new, |at| format!(" at {at}"));
            if it.kind == EvidenceKind::Given {
                format!(", by the given build {}", it.value)
            } else {
                format!(", by {} {}{at}", it.kind.title(), it.value)
            }
        });
        let unverified: Vec<String> = self
            .assessment
            .with(CveStatus::NeedsConfig)
            .filter_map(CveFinding::needed_item)
            .fold(Vec::new(), |mut titles, item| {
                if !titles.iter().any(|it| it == item.title()) {
                    titles.push(item.title().to_owned());
                }
                titles
            });
        let has = |kind| self.evidence.iter().any(|it| it.kind == kind);
        let alone = has(EvidenceKind::Tls) && !has(EvidenceKind::OwaPath) && known.is_some();
        let by = if alone { format!("{by} alone: its logon page was not seen") } else { by };
        let rest = if unverified.is_empty() {
            String::new()
        } else {
            format!("; not verified: {}", unverified.join(", "))
        };
        format!("patched as of {}{by}{rest}; {NOT_HUNTED}", self.catalog.as_of())
    }
}
