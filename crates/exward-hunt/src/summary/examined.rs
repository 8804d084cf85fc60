//! What reading gave, of one file or of many.

use std::cmp::Reverse;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use exward_read::Skipped;
use jiff::Timestamp;

use super::{Coverage, Noted, Spans};
use crate::limits::{NOTED_ACTORS_MAX, SERVERS_MAX, SIGHTINGS_MAX, SKIPPED_MAX};
use crate::verdict::weight;
use crate::{Sighting, Source};

/// What reading gave. One file fills it; [`Examined::absorb`] adds files together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// Traces of an attack, in the order of the file.
    pub sightings: Vec<Sighting>,
    /// What looks like one and is none; one entry a kind.
    pub noted: Vec<Noted>,
    /// How far each source reaches; one entry a source.
    pub coverage: Vec<Coverage>,
    /// What could not be read: the file or member as the caller named it, and why.
    pub skipped: Vec<(String, Skipped)>,
    /// How many more could not be read and are not named.
    pub skipped_more: u64,
    /// Sightings by rule id, those beyond a limit included.
    pub counts: BTreeMap<String, u64>,
    /// How many of the skipped were evidence: with them there is no all-clear.
    pub lost: u64,
    /// Names that the records give their server.
    pub servers: BTreeSet<String>,
    /// Files and members of no kind that a hunt reads.
    pub unexamined: u64,
    /// Where the records of a source lie. Filled by [`Examined::absorb`]; a reader may leave it empty.
    pub spans: BTreeMap<Source, Spans>,
    /// Sightings that were dropped by [`Examined::absorb`] for its limit.
    pub sightings_more: u64,
}

impl Examined {
    /// Adds what another file gave.
    ///
    /// Beyond [`SIGHTINGS_MAX`] the least telling sightings are dropped and counted; what was skipped beyond
    /// [`SKIPPED_MAX`] is counted.
    pub fn absorb(&mut self, other: Self) {
        for coverage in other.coverage {
            let known = other.spans.get(&coverage.source);
            let spans = self.spans.entry(coverage.source).or_default();
            match known {
                Some(known) => known.each(|from, to| spans.add(from, to)),
                None => {
                    if let (Some(from), Some(to)) = (coverage.from, coverage.to) {
                        spans.add(from, to);
                    }
                }
            }
            self.cover(coverage);
        }
        for noted in other.noted {
            self.note(noted);
        }
        for (rule, count) in other.counts {
            let sum = self.counts.entry(rule).or_default();
            *sum = sum.saturating_add(count);
        }
        self.servers.extend(other.servers);
        while self.servers.len() > SERVERS_MAX {
            self.servers.pop_last();
        }
        self.unexamined = self.unexamined.saturating_add(other.unexamined);
        self.lost = self.lost.saturating_add(other.lost);
        self.skipped.extend(other.skipped);
        let over = self.skipped.len().saturating_sub(SKIPPED_MAX);
        self.skipped.truncate(SKIPPED_MAX);
        self.skipped_more =
            self.skipped_more.saturating_add(other.skipped_more).saturating_add(count(over));
        self.sightings.extend(other.sightings);
        self.sightings_more = self.sightings_more.saturating_add(other.sightings_more);
        // Sorting at every file would cost more than the memory of a few more sightings.
        if self.sightings.len() > SIGHTINGS_MAX.saturating_add(SIGHTINGS_MAX / 4) {
            self.keep_the_most_telling();
        }
    }

    /// Drops sightings beyond [`SIGHTINGS_MAX`]: those that tell least for the verdict first, and of equal ones
    /// the later read.
    pub fn keep_the_most_telling(&mut self) {
        let over = self.sightings.len().saturating_sub(SIGHTINGS_MAX);
        if over > 0 {
            self.sightings.sort_by_key(|it| Reverse(weight(it.stage, it.confidence)));
            self.sightings.truncate(SIGHTINGS_MAX);
            self.sightings_more = self.sightings_more.saturating_add(count(over));
        }
    }

    /// Adds to what was read of a source.
    pub fn cover(&mut self, more: Coverage) {
        match self.coverage.binary_search_by_key(&more.source, |it| it.source) {
            Err(at) => self.coverage.insert(at, more),
            Ok(at) => {
                if let Some(it) = self.coverage.get_mut(at) {
                    (it.from, it.to) = (earlier(it.from, more.from), it.to.max(more.to));
                    it.records = it.records.saturating_add(more.records);
                    it.bytes = it.bytes.saturating_add(more.bytes);
                    it.files = it.files.saturating_add(more.files);
                }
            }
        }
    }

    /// Adds to what is noted of one kind.
    pub fn note(&mut self, more: Noted) {
        match self.noted.binary_search_by(|it| it.what.cmp(&more.what)) {
            Err(at) => self.noted.insert(at, more),
            Ok(at) => {
                if let Some(it) = self.noted.get_mut(at) {
                    it.count = it.count.saturating_add(more.count);
                    (it.from, it.to) = (earlier(it.from, more.from), it.to.max(more.to));
                    it.actors.extend(more.actors);
                    while it.actors.len() > NOTED_ACTORS_MAX {
                        it.actors.pop_last();
                    }
                }
            }
        }
    }

    /// Counts one sighting of a rule.
    pub fn count(&mut self, rule: &str) {
        match self.counts.entry(rule.to_owned()) {
            Entry::Vacant(it) => drop(it.insert(1)),
            Entry::Occupied(mut it) => *it.get_mut() = it.get().saturating_add(1),
        }
    }
}

fn count(some: usize) -> u64 {
    u64::try_from(some).unwrap_or(u64::MAX)
}

/// The earlier of two times; a known one before none.
fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
