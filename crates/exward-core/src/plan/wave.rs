//! Waves: which of the candidates leave together, and when.
//!
//! A DAG is a queue of which only the head may go, so that no wave holds two members (P2) and the
//! order within a DAG is kept (P9) by construction. Heads wait in groups of one site and pool each, so
//! that a wave is filled by counting and no server is looked at before its turn.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::gate::{Candidate, Room};
use super::hold::Hold;
use crate::fleet::{DagName, PoolName, Role, SiteName};
use crate::policy::{Policy, Ring, earliest_start};

/// A wave of candidates, by their places.
pub(super) struct Draft {
    pub(super) ring: usize,
    pub(super) canary: bool,
    pub(super) start: Timestamp,
    pub(super) members: Vec<usize>,
}

/// When waves may begin and how long they soak.
pub(super) struct Calendar<'p> {
    pub(super) policy: &'p Policy,
    pub(super) windows_ignored: bool,
    /// By ring, in minutes.
    pub(super) soaks: Vec<u32>,
}

impl Calendar<'_> {
    /// The first instant from `from` on at which a wave of the ring may begin that needs so many
    /// minutes; `None`: there is none (P12).
    pub(super) fn start(&self, ring: usize, from: Timestamp, minutes: u32) -> Option<Timestamp> {
        let ring = self.policy.rings.get(ring)?;
        if self.windows_ignored {
            return Some(from);
        }
        let needed = SignedDuration::from_mins(i64::from(minutes));
        earliest_start(&ring.windows, &self.policy.blackouts, from, needed)
    }
}

/// Puts every candidate in a wave, or says which ones no window takes any more.
pub(super) fn waves(
    candidates: &[Candidate<'_, '_, '_>],
    room: &Room<'_>,
    calendar: &Calendar<'_>,
    now: Timestamp,
) -> (Vec<Draft>, Vec<(usize, Hold)>) {
    let groups = groups(candidates, room);
    let mut drafts = Vec::new();
    let mut late = Vec::new();
    let mut clock = now;
    for (at, ring) in calendar.policy.rings.iter().enumerate() {
        let of_ring = candidates.iter().enumerate().filter(|(_, it)| it.ring == at);
        let mut queues = Queues::new(candidates, groups.clone(), of_ring.map(|(place, _)| place));
        let mut canaries = ring.canaries;
        loop {
            let canary = canaries > 0;
            let members = if canary {
                queues.pop_canary(candidates).into_iter().collect()
            } else {
                queues.pop_wave(room, room.rings.get(at).copied().flatten())
            };
            canaries = canaries.saturating_sub(1);
            let longest = members.iter().filter_map(|it| candidates.get(*it)).map(|it| it.minutes);
            let Some(longest) = longest.max() else { break };
            let Some(start) = calendar.start(at, clock, longest) else {
                let rest = members.into_iter().chain(queues.rest());
                late.extend(rest.map(|it| (it, no_window(ring, candidates.get(it)))));
                break;
            };
            let soak = calendar.soaks.get(at).copied().unwrap_or(ring.soak_minutes);
            clock = later(later(start, longest), soak);
            drafts.push(Draft { ring: at, canary, start, members });
        }
    }
    (drafts, late)
}

/// The group of each candidate. Places of pools and sites are in the order of their names.
fn groups(candidates: &[Candidate<'_, '_, '_>], room: &Room<'_>) -> Vec<Group> {
    let pools: BTreeMap<&PoolName, usize> = room.pools.keys().copied().zip(0..).collect();
    let sites: BTreeMap<&SiteName, usize> = room.sites.keys().copied().zip(0..).collect();
    let group = |it: &Candidate<'_, '_, '_>| {
        let site = it.server.site.as_ref().and_then(|it| sites.get(it).copied());
        let pool = it.server.pool.as_ref().and_then(|it| pools.get(it).copied());
        (site, pool)
    };
    candidates.iter().map(group).collect()
}

/// The hold of a candidate that no window takes.
pub(super) fn no_window(ring: &Ring, candidate: Option<&Candidate<'_, '_, '_>>) -> Hold {
    let needed_minutes = candidate.map_or(0, |it| it.minutes);
    Hold::NoWindow { ring: ring.name.clone(), needed_minutes }
}

fn later(at: Timestamp, minutes: u32) -> Timestamp {
    at.checked_add(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MAX)
}

/// Order within a DAG (P9), and among canaries: nobody's primary active manager, the fewest actives,
/// servers that serve before mere tools, standalone ones before members.
/// Candidates stand in the order of their names, so that their places decide at last.
type Rank = (bool, usize, bool, bool, usize);

fn rank(candidate: &Candidate<'_, '_, '_>, place: usize) -> Rank {
    let server = candidate.server;
    let tools = server.role == Role::ManagementTools;
    (candidate.manages, candidate.actives, tools, server.dag.is_some(), place)
}

/// Where a head waits: the places of its site and pool in [`Room`], then longest queue first, since that
/// one needs most waves.
type Group = (Option<usize>, Option<usize>);
type Waiting = BTreeSet<(Reverse<usize>, usize)>;

/// Candidates of one ring in their order.
struct Queues {
    queues: Vec<VecDeque<usize>>,
    groups: BTreeMap<Group, Waiting>,
    /// The group of each candidate.
    group_of: Vec<Group>,
}

impl Queues {
    fn new(
        candidates: &[Candidate<'_, '_, '_>],
        group_of: Vec<Group>,
        places: impl Iterator<Item = usize>,
    ) -> Self {
        let mut ranked: Vec<(Rank, usize)> =
            places.filter_map(|it| Some((rank(candidates.get(it)?, it), it))).collect();
        ranked.sort_unstable();
        let mut of_dag: BTreeMap<&DagName, usize> = BTreeMap::new();
        let mut queues: Vec<VecDeque<usize>> = Vec::new();
        for (_, place) in ranked {
            let dag = candidates.get(place).and_then(|it| it.server.dag.as_ref());
            let next = queues.len();
            let at = dag.map_or(next, |dag| *of_dag.entry(dag).or_insert(next));
            if at == next {
                queues.push(VecDeque::new());
            }
            if let Some(queue) = queues.get_mut(at) {
                queue.push_back(place);
            }
        }
        let mut it = Self { queues, groups: BTreeMap::new(), group_of };
        for queue in 0..it.queues.len() {
            it.wait(queue);
        }
        it
    }

    /// Lets the head of a queue wait in its group.
    fn wait(&mut self, queue: usize) {
        let Some(waiting) = self.queues.get(queue) else { return };
        let Some(group) = waiting.front().and_then(|it| self.group_of.get(*it)) else { return };
        self.groups.entry(*group).or_default().insert((Reverse(waiting.len()), queue));
    }

    /// The best canary: queues were made in the order of their heads, but heads change.
    fn pop_canary(&mut self, candidates: &[Candidate<'_, '_, '_>]) -> Option<usize> {
        let heads = self.queues.iter().enumerate().filter_map(|(queue, waiting)| {
            let place = *waiting.front()?;
            Some((rank(candidates.get(place)?, place), queue))
        });
        let (_, queue) = heads.min()?;
        let waiting = self.queues.get_mut(queue)?;
        let length = waiting.len();
        let place = waiting.pop_front()?;
        let group = self.group_of.get(place)?;
        if let Some(heads) = self.groups.get_mut(group) {
            heads.remove(&(Reverse(length), queue));
            if heads.is_empty() {
                self.groups.remove(group);
            }
        }
        self.wait(queue);
        Some(place)
    }

    /// As many heads as the limits allow, by name.
    fn pop_wave(&mut self, room: &Room<'_>, ring_room: Option<u32>) -> Vec<usize> {
        let mut ring_left = ring_room.unwrap_or(u32::MAX);
        let mut pools_left: Vec<u32> = room.pools.values().copied().collect();
        let mut sites_left: Vec<u32> = room.sites.values().copied().collect();
        let mut taken = Vec::new();
        for (&(site, pool), heads) in &mut self.groups {
            if ring_left == 0 {
                break;
            }
            let mut pool_left = pool.and_then(|it| pools_left.get_mut(it));
            let mut site_left = site.and_then(|it| sites_left.get_mut(it));
            let most = |left: &Option<&mut u32>| left.as_ref().map_or(u32::MAX, |it| **it);
            for _ in 0..ring_left.min(most(&pool_left)).min(most(&site_left)) {
                let Some((_, queue)) = heads.pop_first() else { break };
                taken.push(queue);
                let lefts =
                    [Some(&mut ring_left), pool_left.as_deref_mut(), site_left.as_deref_mut()];
                for left in lefts.into_iter().flatten() {
                    *left = left.saturating_sub(1);
                }
            }
        }
        self.groups.retain(|_, heads| !heads.is_empty());
        let pop = |queue: &usize| self.queues.get_mut(*queue).and_then(VecDeque::pop_front);
        let mut members: Vec<usize> = taken.iter().filter_map(pop).collect();
        for queue in taken {
            self.wait(queue);
        }
        // Candidates stand in the order of their names.
        members.sort_unstable();
        members
    }

    /// Everybody who has not gone yet.
    fn rest(&self) -> impl Iterator<Item = usize> {
        self.queues.iter().flatten().copied()
    }
}
