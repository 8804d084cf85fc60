//! Sightings that belong together, and what they say about each other.
//!
//! One trace is a line among millions; the story is in several. Sightings are joined by the address that
//! acted, by the account, by known sequences of cmdlets, and by the name of the page they are about: a
//! request, the file on disk, its compiled leftover, the event that wrote it.
//!
//! # Invariants
//! * **Q1 all accounted.** Each sighting is in exactly one chain.
//! * **Q2 order is nothing.** The same sightings in another order give the same answer.
//! * **Q3 what everybody shares joins nobody**: loopback, private and shared addresses, built-in accounts,
//!   pages that Microsoft ships.
//! * The rules of raising (R1–R4) stand in `raise`.

mod actor;
mod joins;
mod page;
mod raise;
#[cfg(test)]
pub(crate) mod tests;

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::verdict::weight;
use crate::{Confidence, Sighting, Stage};

pub use page::page_name;

/// Sightings that belong together: of one actor, one user, one sequence of cmdlets, or about one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// 1 for the worst.
    pub id: usize,
    /// What was seen, in a few words: the title of the most telling sighting.
    pub title: String,
    /// Indexes into the sightings of the summary, in time order.
    pub sightings: Vec<usize>,
    /// Addresses that acted.
    pub actors: BTreeSet<String>,
    /// Accounts that acted.
    pub users: BTreeSet<String>,
    /// Base names of the pages it is about, lower-case.
    pub files: BTreeSet<String>,
    /// The first time.
    pub from: Option<Timestamp>,
    /// The last time.
    pub to: Option<Timestamp>,
    /// How far it came: that of the most telling sighting.
    pub stage: Stage,
    /// How sure that is, after raising.
    pub confidence: Confidence,
}

/// Sightings in time order, raised, and the chains that they form, worst first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Correlated {
    /// In time order; those without a time last.
    pub sightings: Vec<Sighting>,
    /// Worst first.
    pub chains: Vec<Chain>,
}

/// Joins the sightings of one server.
#[must_use]
pub fn correlate(mut sightings: Vec<Sighting>) -> Correlated {
    sightings.sort_by(in_time);
    let groups = joins::groups(&sightings);
    raise::raise(&mut sightings, &groups);
    let mut chains: Vec<Chain> =
        groups.members().filter_map(|members| chain(&sightings, members)).collect();
    chains.sort_by_key(|it| {
        let first = it.sightings.first().copied();
        (Reverse(weight(it.stage, it.confidence)), it.from.is_none(), it.from, first)
    });
    for (id, chain) in (1..).zip(&mut chains) {
        chain.id = id;
    }
    Correlated { sightings, chains }
}

/// A total order, so that equal sightings are the same in everything (Q2).
fn in_time(one: &Sighting, other: &Sighting) -> Ordering {
    fn key(it: &Sighting) -> impl Ord + '_ {
        let place = (it.at.is_none(), it.at, &*it.file, it.line, it.source);
        let what = (it.rule.id.as_str(), it.stage, it.confidence, &it.why, &it.excerpt);
        (place, what, (&it.actor, &it.user, &it.path, &it.cmdlet))
    }
    key(one).cmp(&key(other))
}

fn chain(sightings: &[Sighting], members: &[usize]) -> Option<Chain> {
    let all = || members.iter().filter_map(|at| sightings.get(*at));
    // Of equally telling ones the first stays.
    let most = all().rev().max_by_key(|it| weight(it.stage, it.confidence))?;
    let of = |some: fn(&Sighting) -> Option<String>| all().filter_map(some).collect();
    Some(Chain {
        id: 0,
        title: most.rule.title.clone(),
        sightings: members.to_vec(),
        actors: of(|it| it.actor.clone()),
        users: of(|it| it.user.clone()),
        files: of(|it| it.path.as_deref().and_then(page_name)),
        from: all().filter_map(|it| it.at).min(),
        to: all().filter_map(|it| it.at).max(),
        stage: most.stage,
        confidence: most.confidence,
    })
}

/// Which sightings belong together. Members in time order, groups in the order of their first.
struct Groups {
    of: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
}

impl Groups {
    fn members(&self) -> impl Iterator<Item = &[usize]> {
        self.members.values().map(Vec::as_slice)
    }
}
