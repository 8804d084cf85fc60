//! What makes two sightings belong together.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Groups, actor, page_name};
use crate::Sighting;

/// One account within this long is one visit; half a year later it is another.
const ACCOUNT_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// A sequence of cmdlets runs within this long.
const SEQUENCE_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// Cmdlets that intruders run one after the other, lower-case.
const SEQUENCES: [&[&str]; 3] = [
    // ProxyLogon: the page is written by a directory's URL, and the traces are removed.
    &["set-oabvirtualdirectory", "remove-oabvirtualdirectory", "new-oabvirtualdirectory"],
    // ProxyShell: the page is written by an export of a mailbox.
    &["new-managementroleassignment", "new-mailboxexportrequest", "remove-mailboxexportrequest"],
    &["install-transportagent", "enable-transportagent"],
];

/// Joins sightings that are in time order.
pub(super) fn groups(sightings: &[Sighting]) -> Groups {
    let mut forest = Forest((0..sightings.len()).collect());
    let mut seen: BTreeMap<(&str, String), usize> = BTreeMap::new();
    let mut accounts: BTreeMap<String, (usize, Option<Timestamp>)> = BTreeMap::new();
    let mut steps = Steps::default();
    for (at, it) in sightings.iter().enumerate() {
        let address = it.actor.as_deref().and_then(actor::of_one_party);
        let page = it.path.as_deref().and_then(page_name);
        for (kind, name) in [("address", address), ("page", page)] {
            if let Some(name) = name {
                forest.join(at, *seen.entry((kind, name)).or_insert(at));
            }
        }
        if let Some(name) = it.user.as_deref().and_then(actor::account) {
            let before = accounts.insert(name, (at, it.at));
            if let Some((other, _)) =
                before.filter(|(_, then)| within(*then, it.at, ACCOUNT_WITHIN))
            {
                forest.join(at, other);
            }
        }
        if let (Some(cmdlet), Some(now)) = (&it.cmdlet, it.at) {
            steps.take(at, &cmdlet.to_lowercase(), now, &mut forest);
        }
    }
    forest.groups()
}

/// True if both times are known and at most so far apart.
pub(super) fn within(
    then: Option<Timestamp>,
    now: Option<Timestamp>,
    long: SignedDuration,
) -> bool {
    match (then, now) {
        (Some(then), Some(now)) => now.duration_since(then).abs() <= long,
        _ => false,
    }
}

/// The last time that each step of each sequence was seen.
#[derive(Default)]
struct Steps(BTreeMap<(usize, usize), (usize, Timestamp)>);

impl Steps {
    /// Joins a cmdlet with the steps of its sequence that came shortly before.
    fn take(&mut self, at: usize, cmdlet: &str, now: Timestamp, forest: &mut Forest) {
        for (sequence, names) in SEQUENCES.iter().enumerate() {
            let Some(step) = names.iter().position(|it| *it == cmdlet) else { continue };
            for (_, (other, then)) in self.0.range((sequence, 0)..(sequence, step)) {
                if within(Some(*then), Some(now), SEQUENCE_WITHIN) {
                    forest.join(at, *other);
                }
            }
            self.0.insert((sequence, step), (at, now));
        }
    }
}

/// Disjoint sets: each names one nearer to the first of its set; the first names itself.
struct Forest(Vec<usize>);

impl Forest {
    fn first(&mut self, mut at: usize) -> usize {
        while let Some(up) = self.0.get(at).copied().filter(|up| *up != at) {
            let above = self.0.get(up).copied().unwrap_or(up);
            if let Some(it) = self.0.get_mut(at) {
                *it = above;
            }
            at = above;
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first(one), self.first(other));
        if let Some(it) = self.0.get_mut(one.max(other)) {
            *it = one.min(other);
        }
    }

    fn groups(mut self) -> Groups {
        let of: Vec<usize> = (0..self.0.len()).map(|at| self.first(at)).collect();
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, first) in of.iter().enumerate() {
            members.entry(*first).or_default().push(at);
        }
        Groups { of, members }
    }
}
