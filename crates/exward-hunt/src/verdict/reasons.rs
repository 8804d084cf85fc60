//! Why, and what now: sentences for a tired administrator.

use std::collections::BTreeSet;

use exward_core::sentence::first_few;

use super::{Known, alone, only, reach};
use crate::correlate::{Chain, Correlated};
use crate::summary::in_words;
use crate::{Confidence, Examined, HuntVerdict, Sighting, Stage};

/// Chains that are told as reasons.
const CHAINS_TOLD_MAX: usize = 3;

/// Names and addresses listed in a sentence.
const LISTED_MAX: usize = 5;

/// Why, most important first.
pub(super) fn reasons(
    verdict: HuntVerdict,
    found: &Correlated,
    examined: &Examined,
    known: &Known,
) -> Vec<String> {
    let mut reasons = Vec::new();
    match verdict {
        HuntVerdict::Compromised | HuntVerdict::ExploitReached => {
            reasons.extend(told(found, verdict));
        }
        HuntVerdict::Attempted => {
            let tried = counted(found, examined, Stage::Attempt, "attempt");
            reasons.extend(tried.map(|it| format!("{it}; nothing shows that one worked")));
        }
        HuntVerdict::Scanned => {
            let asked = counted(found, examined, Stage::Scan, "question");
            reasons.extend(asked.map(|it| format!("{it}; nothing shows more")));
            reasons.extend(unsure(found));
        }
        HuntVerdict::NotEnoughEvidence if found.sightings.is_empty() => {
            reasons.push(
                "no trace of an attack, and not enough to say that there was none".to_owned(),
            );
        }
        HuntVerdict::NothingFound => {
            reasons.push("no trace of an attack in what was read".to_owned());
        }
        HuntVerdict::NotEnoughEvidence => {}
    }
    reasons.extend(to_check(verdict, found));
    reasons.extend(unread(examined, known));
    reasons.extend(unseen(examined, known));
    if verdict < HuntVerdict::ExploitReached {
        reasons.extend(reach::lacking(&examined.coverage));
    }
    reasons.extend(too_early(examined, known));
    reasons.extend(several(examined, known));
    reasons.extend(reach::reach(&examined.coverage, known.exposed_since));
    reasons
}

/// The worst chains, each in a sentence; of those with one title only the first.
fn told(found: &Correlated, verdict: HuntVerdict) -> Vec<String> {
    let decides = |it: &&Chain| alone(it.stage, it.confidence) == verdict;
    let deciding = found.chains.iter().filter(decides);
    let mut titles = BTreeSet::new();
    let mut told: Vec<String> = deciding
        .clone()
        .filter(|it| titles.insert(it.title.as_str()))
        .take(CHAINS_TOLD_MAX)
        .filter_map(|it| sentence(found, it))
        .collect();
    let more = deciding.count().saturating_sub(told.len());
    if more > 0 {
        told.push(format!("and {more} more like these"));
    }
    told
}

/// `Web shell on disk (x.aspx): … , by 203.0.113.9, 2026-11-20T02:00:00Z, u_ex261120.log:12`.
fn sentence(found: &Correlated, chain: &Chain) -> Option<String> {
    let is_it = |it: &&Sighting| (it.stage, it.confidence) == (chain.stage, chain.confidence);
    let members = chain.sightings.iter().filter_map(|at| found.sightings.get(*at));
    let it = members.clone().find(|it| is_it(it) && it.rule.title == chain.title)?;
    let mut text = format!("{}: {}", it.rule.title, it.why);
    let actors: Vec<&str> = chain.actors.iter().map(String::as_str).collect();
    if !actors.is_empty() {
        text = format!("{text}; by {}", first_few(&actors, LISTED_MAX));
    }
    if let Some(at) = it.at {
        text = format!("{text}; at {}", in_words(at));
    }
    let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
    Some(format!("{text} ({}{line})", it.file))
}

/// `12 attempts from 3 addresses: CVE-2021-34473, CVE-2021-26855`. A record that two rules saw counts once.
fn counted(found: &Correlated, examined: &Examined, stage: Stage, one: &str) -> Option<String> {
    let decides = |it: &&Sighting| {
        it.stage == stage && (stage == Stage::Scan || it.confidence > Confidence::Low)
    };
    let all = found.sightings.iter().filter(decides);
    let records: BTreeSet<(&str, Option<u64>)> =
        all.clone().map(|it| (&*it.file, it.line)).collect();
    let actors: BTreeSet<&str> = all.clone().filter_map(|it| it.actor.as_deref()).collect();
    let cves: BTreeSet<&str> = all.flat_map(|it| &it.rule.cves).map(String::as_str).collect();
    let cves: Vec<&str> = cves.into_iter().collect();
    let about =
        if cves.is_empty() { String::new() } else { format!(": {}", first_few(&cves, LISTED_MAX)) };
    let from = match actors.len() {
        0 => String::new(),
        some => format!(" from {}", number(some, "address", "es")),
    };
    let least = if examined.sightings_more > 0 { "at least " } else { "" };
    let text = format!("{least}{}{from}{about}", number(records.len(), one, "s"));
    (!records.is_empty()).then_some(text)
}

/// Of more than a question, and of low confidence.
fn unsure(found: &Correlated) -> Option<String> {
    let is_unsure = |it: &&Sighting| {
        it.stage > Stage::Scan && alone(it.stage, it.confidence) == HuntVerdict::Scanned
    };
    let titles: BTreeSet<&str> =
        found.sightings.iter().filter(is_unsure).map(|it| it.rule.title.as_str()).collect();
    let titles: Vec<&str> = titles.into_iter().collect();
    let listed = first_few(&titles, LISTED_MAX);
    let text =
        format!("seen, and ordinary things look like it too: have a look at these: {listed}");
    (!titles.is_empty()).then_some(text)
}

fn number(count: usize, one: &str, plural: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}{plural}") }
}

/// What administrators do, too: somebody must say whether it was one of them.
fn to_check(verdict: HuntVerdict, found: &Correlated) -> Option<String> {
    let doubtful =
        |it: &&Sighting| alone(it.stage, it.confidence) == HuntVerdict::NotEnoughEvidence;
    let titles: BTreeSet<&str> =
        found.sightings.iter().filter(doubtful).map(|it| it.rule.title.as_str()).collect();
    if titles.is_empty() || verdict == HuntVerdict::Compromised {
        return None;
    }
    let titles: Vec<&str> = titles.into_iter().collect();
    let listed = first_few(&titles, LISTED_MAX);
    Some(format!("seen, and administrators do it too: check these: {listed}"))
}

/// Logs from before the hole was open say nothing of its use.
fn too_early(examined: &Examined, known: &Known) -> Option<String> {
    let last = reach::end_too_early(&examined.coverage, known.exposed_since)?;
    let since = known.exposed_since?;
    Some(format!("the web logs end on {last}, before the hole was open ({since}): give newer ones"))
}

/// What was there and is not in the answer.
fn unread(examined: &Examined, known: &Known) -> Option<String> {
    if known.is_stopped {
        return Some("stopped before everything was looked at: this is no whole answer".to_owned());
    }
    match known.unread.saturating_add(examined.lost) {
        0 => None,
        1 => {
            Some("a file, or a part of one, could not be read: this is no whole answer".to_owned())
        }
        some => Some(format!(
            "{some} files, or parts of them, could not be read: this is no whole answer"
        )),
    }
}

/// Logs that end long ago, or have a gap: what happened meanwhile is not seen.
fn unseen(examined: &Examined, known: &Known) -> Option<String> {
    let old = reach::end_long_ago(&examined.coverage, known.today);
    let old =
        old.map(|(last, ago)| format!("the web logs end on {last}, {ago} ago: give newer ones"));
    old.or_else(|| {
        let (from, to) = reach::gap(&examined.coverage, &examined.spans)?;
        let (from, to) = (in_words(from), in_words(to));
        Some(format!("no web log has a record between {from} and {to}: were files deleted?"))
    })
}

/// Evidence of several servers gives one answer for all of them.
fn several(examined: &Examined, known: &Known) -> Option<String> {
    let names: Vec<&str> = examined.servers.iter().map(String::as_str).collect();
    match (&known.server, only(&examined.servers)) {
        _ if names.is_empty() => None,
        (_, None) => Some(format!(
            "evidence of several servers ({}): this is one answer for all of them; hunt each by itself",
            first_few(&names, LISTED_MAX)
        )),
        (Some(asked), Some(found)) if !is_same(asked, &found) => {
            Some(format!("the evidence names its server {found}, not {asked}"))
        }
        _ => None,
    }
}

/// True if both name one server: in full or short, whatever the case.
pub fn is_same(one: &str, other: &str) -> bool {
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    let is_full = |name: &str| name.contains('.');
    one.eq_ignore_ascii_case(other)
        || (short(one) == short(other) && !(is_full(one) && is_full(other)))
}

/// What to do now.
pub(super) fn next_step(verdict: HuntVerdict, found: &Correlated) -> &'static str {
    match verdict {
        HuntVerdict::Compromised => {
            "take it off the network now and leave it running; copy its disk and these logs before anything is \
             changed; patching alone does not put an intruder out: have it rebuilt, and every password, key and \
             certificate that it held renewed"
        }
        HuntVerdict::ExploitReached => {
            "treat it as broken into until shown otherwise: keep its disk and these logs, follow the sightings \
             into the web folders, cmdlet logs and events of the same hours, and only then update"
        }
        HuntVerdict::Attempted => {
            "check that the fix was there when it was tried (`exward check`), and hunt again with what is missing"
        }
        HuntVerdict::Scanned => {
            "keep it updated (`exward check` says how it stands) and keep its logs"
        }
        HuntVerdict::NotEnoughEvidence if found.sightings.is_empty() => {
            "hunt again with what is missing; copy the logs now, Exchange keeps many of them for 30 days only"
        }
        HuntVerdict::NotEnoughEvidence => {
            "ask whoever administers it about each sighting: what nobody owns up to is an intruder's"
        }
        HuntVerdict::NothingFound => {
            "check that it is patched (`exward check`), and keep the logs for longer than they reach now"
        }
    }
}
