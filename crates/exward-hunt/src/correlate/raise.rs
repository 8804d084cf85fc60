//! When one sighting makes another surer.
//!
//! Only *medium* becomes *high*, and only what shows a consequence: a web shell, or what intruders do inside.
//!
//! # Invariants
//! * **R1 two witnesses of one page.** What requests, the disk, commands and the system's events say is
//!   independent of each other; two logs of the same request are one witness.
//! * **R2 first the exploit, then its fruit.** An exploit that worked, and within 24 hours a web shell or what
//!   intruders do: sure exploits raise all of these, others those of their own chain.
//! * **R3 never on an address alone.** A sighting that rests on a list of addresses raises nothing and is not
//!   raised: addresses change hands.
//! * **R4 low stays low**, and nothing is ever lowered.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Groups, page_name};
use crate::summary::in_words;
use crate::{Confidence, Sighting, Source, Stage};

/// An intruder uses what was opened within this long.
const FRUIT_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Rules whose ids begin like this look at lists of addresses and of names (R3).
const ADDRESS_RULES: [&str; 2] = ["exward-address", "exward-domain"];

/// Who tells of it. Two logs of one kind may have one cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Witness {
    Requests,
    Disk,
    Commands,
    System,
}

impl Witness {
    const fn of(source: Source) -> Self {
        match source {
            Source::Iis
            | Source::HttpProxy
            | Source::EcpActivity
            | Source::RpsHttp
            | Source::Ews
            | Source::ExchangeOther => Self::Requests,
            Source::WebFolder | Source::Config => Self::Disk,
            Source::EcpServer
            | Source::Cmdlet
            | Source::OabGenerator
            | Source::Audit
            | Source::Events(crate::Channel::MsExchangeManagement) => Self::Commands,
            Source::Events(_) => Self::System,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Disk => "the disk",
            Self::Commands => "commands",
            Self::System => "events",
        }
    }
}

/// Raises what two sightings together make sure. `sightings` are in time order.
pub(super) fn raise(sightings: &mut [Sighting], groups: &Groups) {
    let mut raised: Vec<(usize, String)> = witnesses(sightings);
    raised.extend(fruits(sightings, groups));
    for (at, reason) in raised {
        if let Some(it) = sightings.get_mut(at)
            && it.confidence == Confidence::Medium
        {
            it.confidence = Confidence::High;
            it.why = format!("{}; raised from medium: {reason}", it.why);
        }
    }
}

fn rests_on_an_address(it: &Sighting) -> bool {
    ADDRESS_RULES.iter().any(|begin| it.rule.id.starts_with(begin))
}

/// What may be raised: a consequence, of medium confidence (R3, R4).
fn may_rise(it: &Sighting) -> bool {
    it.stage >= Stage::WebShell && it.confidence == Confidence::Medium && !rests_on_an_address(it)
}

/// R1.
fn witnesses(sightings: &[Sighting]) -> Vec<(usize, String)> {
    let mut pages: BTreeMap<String, BTreeMap<Witness, Vec<usize>>> = BTreeMap::new();
    for (at, it) in sightings.iter().enumerate() {
        // Who only asks for a page is no witness that it is there (trap 4).
        let tells = it.stage >= Stage::Success && it.confidence >= Confidence::Medium;
        if let Some(page) = it.path.as_deref().and_then(page_name)
            && tells
            && !rests_on_an_address(it)
        {
            pages.entry(page).or_default().entry(Witness::of(it.source)).or_default().push(at);
        }
    }
    pages.retain(|_, tellers| tellers.len() > 1);
    let mut raised = Vec::new();
    for (page, tellers) in pages {
        let names: Vec<&str> = tellers.keys().map(|it| it.name()).collect();
        let reason = format!("{} tell of {page}", names.join(" and "));
        let all = tellers.into_values().flatten();
        let fit = all.filter(|at| sightings.get(*at).is_some_and(may_rise));
        raised.extend(fit.map(|at| (at, reason.clone())));
    }
    raised
}

/// R2. One pass in time order.
fn fruits(sightings: &[Sighting], groups: &Groups) -> Vec<(usize, String)> {
    let mut raised = Vec::new();
    let mut sure: Option<(usize, Timestamp)> = None;
    let mut of_chain: BTreeMap<usize, (usize, Timestamp)> = BTreeMap::new();
    for (at, it) in sightings.iter().enumerate() {
        let Some(now) = it.at else { break };
        let chain = groups.of.get(at).copied().unwrap_or(at);
        if it.stage == Stage::Success && !rests_on_an_address(it) {
            if it.confidence == Confidence::High {
                sure = Some((at, now));
            }
            if it.confidence >= Confidence::Medium {
                of_chain.insert(chain, (at, now));
            }
        }
        let recent = |before: Option<(usize, Timestamp)>| {
            before.filter(|(_, then)| now.duration_since(*then) <= FRUIT_WITHIN)
        };
        let exploit = recent(of_chain.get(&chain).copied()).or_else(|| recent(sure));
        if may_rise(it)
            && let Some((before, then)) = exploit
            && let Some(exploit) = sightings.get(before)
        {
            let (then, place) = (in_words(then), place(exploit));
            raised.push((at, format!("an exploit worked before, at {then} ({place})")));
        }
    }
    raised
}

/// `file:12`.
fn place(it: &Sighting) -> String {
    match it.line {
        Some(line) => format!("{}:{line}", it.file),
        None => it.file.to_string(),
    }
}
