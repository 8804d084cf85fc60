//! What the sightings of a server come to, and how far that can be trusted.
//!
//! # Invariants
//! * **Y1 low decides nothing** above *scanned*.
//! * **Y2 no all-clear without witnesses.** *Nothing found* needs web logs, and a source that would show what
//!   an intruder left behind; and that nothing which was there could not be read.
//! * **Y3 every answer has its span** (H4), its reasons and a next step.
//! * **Y4 what is noted decides nothing.**

mod reach;
mod reasons;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::correlate::{Correlated, correlate};
use crate::summary::{Counts, Examined};
use crate::{Channel, Confidence, Coverage, HuntSummary, HuntVerdict, Sighting, Source, Stage};

pub use reasons::is_same;

/// What the caller knows besides the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The server that the evidence is of; `None`: whatever the evidence says.
    pub server: Option<String>,
    /// Since when a hole was open.
    pub exposed_since: Option<Date>,
    /// The day of the hunt, to say how old the logs are.
    pub today: Option<Date>,
    /// Files and folders that were there and could not be read.
    pub unread: u64,
    /// True if the reading was stopped before its end.
    pub is_stopped: bool,
}

/// What one sighting, or one chain, comes to by itself.
#[must_use]
pub fn alone(stage: Stage, confidence: Confidence) -> HuntVerdict {
    use Confidence::{High, Low, Medium};
    match (stage, confidence) {
        (Stage::WebShell | Stage::Post, High) => HuntVerdict::Compromised,
        (Stage::WebShell, Medium) | (Stage::Success, Medium | High) => HuntVerdict::ExploitReached,
        (Stage::Attempt, Medium | High) => HuntVerdict::Attempted,
        // Administrators do it, too.
        (Stage::Post, Medium | Low) => HuntVerdict::NotEnoughEvidence,
        (Stage::Scan, _) | (Stage::Attempt | Stage::Success | Stage::WebShell, Low) => {
            HuntVerdict::Scanned
        }
    }
}

/// How much a sighting, or a chain, tells; the greatest comes first in every list. What administrators do, too, tells
/// more than that somebody asked.
#[must_use]
pub fn weight(stage: Stage, confidence: Confidence) -> impl Ord {
    let verdict = alone(stage, confidence);
    let is_doubtful = verdict == HuntVerdict::NotEnoughEvidence;
    (verdict.max(HuntVerdict::Scanned), is_doubtful, confidence, stage)
}

/// The answer for one server.
#[must_use]
pub fn summary(mut examined: Examined, known: &Known) -> HuntSummary {
    examined.keep_the_most_telling();
    let found = correlate(std::mem::take(&mut examined.sightings));
    let verdict = verdict(&found, &examined, known);
    let mut stages: BTreeMap<Stage, u64> = BTreeMap::new();
    for it in &found.sightings {
        let count = stages.entry(it.stage).or_default();
        *count = count.saturating_add(1);
    }
    let server = known.server.clone().or_else(|| only(&examined.servers));
    HuntSummary {
        reasons: reasons::reasons(verdict, &found, &examined, known),
        next_step: reasons::next_step(verdict, &found).to_owned(),
        missing: reach::missing(&examined.coverage, &examined.spans),
        server,
        servers: examined.servers,
        verdict,
        covered: examined.coverage,
        spans: examined.spans,
        noted: examined.noted,
        skipped: examined.skipped,
        skipped_more: examined.skipped_more,
        counts: Counts { rules: examined.counts, stages },
        chains: found.chains,
        sightings: found.sightings,
        sightings_more: examined.sightings_more,
    }
}

fn verdict(found: &Correlated, examined: &Examined, known: &Known) -> HuntVerdict {
    let worst = found.sightings.iter().map(|it| alone(it.stage, it.confidence)).max();
    // A stranger's question must not hide what somebody has to be asked about.
    let is_doubtful =
        |it: &Sighting| it.stage == Stage::Post && it.confidence == Confidence::Medium;
    if worst == Some(HuntVerdict::Scanned) && found.sightings.iter().any(is_doubtful) {
        return HuntVerdict::NotEnoughEvidence;
    }
    worst.unwrap_or_else(|| {
        let coverage = &examined.coverage;
        let is_whole = known.unread == 0 && examined.lost == 0 && !known.is_stopped;
        let is_late = reach::end_too_early(coverage, known.exposed_since).is_none()
            && reach::end_long_ago(coverage, known.today).is_none();
        let has_gap = reach::gap(coverage, &examined.spans).is_some();
        let is_enough = has_web_logs(coverage) && has_consequences(coverage);
        if is_whole && is_late && !has_gap && is_enough {
            HuntVerdict::NothingFound
        } else {
            HuntVerdict::NotEnoughEvidence
        }
    })
}

fn has(coverage: &[Coverage], source: Source) -> bool {
    coverage.iter().any(|it| it.source == source && it.records > 0)
}

/// Something that shows who came from outside, and what was asked.
fn has_web_logs(coverage: &[Coverage]) -> bool {
    has(coverage, Source::Iis) || has(coverage, Source::HttpProxy)
}

/// Something that shows what an intruder left behind (Y2).
fn has_consequences(coverage: &[Coverage]) -> bool {
    let has = |source| has(coverage, source);
    has(Source::WebFolder)
        || has(Source::Cmdlet)
        || has(Source::Events(Channel::MsExchangeManagement))
        || (has(Source::Events(Channel::Security)) && has(Source::Events(Channel::Sysmon)))
}

/// The name, if there is exactly one. Short and full name of one server are one.
fn only(servers: &BTreeSet<String>) -> Option<String> {
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let shorts: BTreeSet<String> = servers.iter().map(|it| short(it)).collect();
    let longest = servers.iter().max_by_key(|it| it.len());
    longest.filter(|_| shorts.len() == 1).cloned()
}
