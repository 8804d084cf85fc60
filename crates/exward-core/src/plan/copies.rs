//! Database copies of a DAG: who could take over what.

use std::collections::BTreeMap;

use super::seen::Member;
use crate::fleet::{CopyState, DatabaseCopy, DatabaseName};
use crate::policy::Gates;

/// One database on one member.
struct Place {
    member: usize,
    /// It may become, or stay, the active copy (P6).
    ready: bool,
    active: bool,
}

struct Database<'a> {
    name: &'a DatabaseName,
    places: Vec<Place>,
}

/// The copies of a DAG, by database.
pub(super) struct Copies<'a> {
    databases: Vec<Database<'a>>,
    /// Active databases of each member.
    actives: Vec<usize>,
    /// How many more databases may become active on each member; `None`: no limit.
    room: Vec<Option<usize>>,
    needed: usize,
}

/// A database that would be without a copy it needs.
pub(super) struct Short<'a> {
    pub(super) database: &'a DatabaseName,
    pub(super) healthy: usize,
    pub(super) needed: usize,
}

impl<'a> Copies<'a> {
    pub(super) fn new(copies: &'a [DatabaseCopy], members: &[Member<'a>], gates: &Gates) -> Self {
        let mut by_name: BTreeMap<&DatabaseName, Vec<Place>> = BTreeMap::new();
        let mut actives = vec![0_usize; members.len()];
        for copy in copies {
            // A copy on a server that is no member serves nobody.
            let at = members.binary_search_by(|it| it.name.cmp(&copy.server));
            let Some((at, member)) = at.ok().and_then(|at| Some((at, members.get(at)?))) else {
                continue;
            };
            let active = matches!(copy.state, CopyState::Mounted | CopyState::Dismounted);
            let ready = member.trouble.is_none() && is_ready(copy, gates);
            let places = by_name.entry(&copy.database).or_default();
            match places.iter_mut().find(|it| it.member == at) {
                // Seen twice: it is as good as the worse of the two.
                Some(twin) => {
                    twin.ready &= ready;
                    twin.active |= active;
                }
                None => places.push(Place { member: at, ready, active }),
            }
        }
        for place in by_name.values().flatten().filter(|it| it.active) {
            if let Some(count) = actives.get_mut(place.member) {
                *count = count.saturating_add(1);
            }
        }
        let limit = |it: &Member<'_>| it.server.and_then(|server| server.active_databases_max);
        let room = members.iter().zip(&actives).map(|(member, &active)| {
            limit(member)
                .map(|max| usize::try_from(max).unwrap_or(usize::MAX).saturating_sub(active))
        });
        let room = room.collect();
        let databases =
            by_name.into_iter().map(|(name, places)| Database { name, places }).collect();
        Self { databases, actives, room, needed: needed(members.len(), gates) }
    }

    /// Active databases of a member.
    pub(super) fn actives(&self, member: usize) -> usize {
        self.actives.get(member).copied().unwrap_or_default()
    }

    /// The first database of a member that has too few copies elsewhere (P6).
    pub(super) fn short(&self, member: usize) -> Option<Short<'a>> {
        let here = |it: &&Database<'_>| it.places.iter().any(|place| place.member == member);
        self.databases.iter().filter(here).find_map(|it| {
            let elsewhere = |place: &&Place| place.member != member && place.ready;
            let healthy = it.places.iter().filter(elsewhere).count();
            let short = Short { database: it.name, healthy, needed: self.needed };
            (healthy < self.needed).then_some(short)
        })
    }

    /// The first active database of a member that finds no member with room for it, when all of them
    /// move (`MaximumActiveDatabases`).
    pub(super) fn homeless(&self, member: usize) -> Option<&'a DatabaseName> {
        if self.room.iter().all(Option::is_none) {
            return None;
        }
        let moving: Vec<&Database<'_>> = self
            .databases
            .iter()
            .filter(|it| it.places.iter().any(|place| place.member == member && place.active))
            .collect();
        let mut guests: Vec<Vec<usize>> = vec![Vec::new(); self.room.len()];
        let mut homeless = moving.iter().enumerate().filter(|(at, _)| {
            let mut asked = vec![false; self.room.len()];
            !self.settle(*at, member, &moving, &mut guests, &mut asked)
        });
        homeless.next().map(|(_, it)| it.name)
    }

    /// Finds a member for the database, and where all are full lets a guest move on: an augmenting
    /// path, so that a database is only homeless if no distribution has room for it.
    fn settle(
        &self,
        at: usize,
        leaving: usize,
        moving: &[&Database<'a>],
        guests: &mut [Vec<usize>],
        asked: &mut [bool],
    ) -> bool {
        let Some(database) = moving.get(at) else { return false };
        for place in database.places.iter().filter(|it| it.ready && it.member != leaving) {
            let host = place.member;
            let Some(seen) = asked.get_mut(host) else { continue };
            if std::mem::replace(seen, true) {
                continue;
            }
            let room = self.room.get(host).copied().flatten();
            let taken = guests.get(host).cloned().unwrap_or_default();
            let fits = room.is_none_or(|room| taken.len() < room);
            let moved = if fits {
                None
            } else {
                taken.into_iter().find(|&it| self.settle(it, leaving, moving, guests, asked))
            };
            if let Some(staying) = guests.get_mut(host).filter(|_| fits || moved.is_some()) {
                staying.retain(|it| Some(*it) != moved);
                staying.push(at);
                return true;
            }
        }
        false
    }
}

/// Healthy copies that must be left elsewhere. In a DAG of two there is one at most, so that it is
/// never enough unless the owner of the estate says so.
fn needed(members: usize, gates: &Gates) -> usize {
    let min = usize::try_from(gates.healthy_copies_min).unwrap_or(usize::MAX).max(1);
    match members {
        0..=2 if gates.single_copy_allowed => 1,
        0..=2 => 2,
        _ => min,
    }
}

/// True if the copy is in use, or could be at once.
fn is_ready(copy: &DatabaseCopy, gates: &Gates) -> bool {
    matches!(copy.state, CopyState::Mounted | CopyState::Healthy)
        && !copy.lagged
        && !copy.activation_suspended
        && copy.index_healthy != Some(false)
        && copy.copy_queue_len <= gates.copy_queue_len_max
        && copy.replay_queue_len <= gates.replay_queue_len_max
}
