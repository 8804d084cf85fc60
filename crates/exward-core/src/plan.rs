//! The planner: which servers leave service together, in which order, and who waits for what.
//!
//! [`plan()`] computes a [`Blueprint`] from data alone; [`check()`] derives every invariant again from the
//! finished blueprint, as a second opinion that shares no code with the planner.
//!
//! # Invariants
//! * **P1 pure.** The same input gives the same blueprint and report.
//! * **P2 one out per DAG.** No wave holds two members of one DAG.
//! * **P3 never worse.** A DAG with a member out of service, unhealthy or unseen gets no server in a wave.
//! * **P4 all accounted.** Every server of the inventory is in exactly one wave or held with a reason.
//! * **P5 quorum.** With the member out, the votes that are surely up are more than half of all.
//! * **P6 copies.** Every database of a member keeps as many healthy copies elsewhere that may become
//!   active as the gates ask; lagged copies never count.
//! * **P7 limits.** No wave takes more of a pool, a site or a ring than the policy allows, what is out
//!   already included.
//! * **P8 one transaction.** CU, SU and the check of mitigations lie between leaving and returning.
//! * **P9 order.** Rings in order, canaries alone and first; in a DAG the primary active manager last,
//!   before it the member with the most active databases.
//! * **P10 allowed moves.** Every update follows the update graph, meets its conditions, and never goes
//!   backwards, nor below what the parent aimed at.
//! * **P11 unknown is not healthy.** A fact that is needed and unknown or stale holds the server.
//! * **P12 windows.** A wave's expected start lies in a window of its ring that is long enough, and in
//!   no blackout.
//!
//! Model: the planner of Omicron's Reconfigurator (pure, with a report), `notes/updating.md` 2.3 and 7.

mod check;
mod copies;
mod gate;
mod hold;
mod recipe;
mod seen;
#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test counts a few things")]
mod tests;
mod urgent;
mod wave;
mod way;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use check::{Broken, check, check_against, check_child};
pub use hold::Hold;

use crate::blueprint::{Blueprint, BlueprintId, RingRules, ServerUpdate, Wave};
use crate::build::Build;
use crate::catalog::Catalog;
use crate::fleet::{Inventory, PoolName, ServerName, SiteName};
use crate::policy::{Limits, Policy};
use crate::route::RefusedWay;
use gate::{Candidate, Gatekeeper, Room};
use recipe::{Drafts, Recipes};
use seen::{Estate, Out};
use urgent::Exploited;
use wave::{Calendar, Draft};
use way::Ways;

/// The blueprint that a new one follows.
#[derive(Clone, Copy, Debug)]
pub struct Parent<'a> {
    /// Its id.
    pub id: BlueprintId,
    /// The blueprint.
    pub blueprint: &'a Blueprint,
}

/// What the planner decided for a server that is updated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Place of its wave, from 0.
    pub wave: usize,
    /// Where it is.
    pub from: Build,
    /// Its moves: `SU to Oct26SU (15.2.2562.56)`.
    pub path: Vec<String>,
    /// How long it will be out of service, in minutes.
    pub expected_minutes: u32,
    /// Known problems that only warn, and other things to know.
    pub warnings: Vec<String>,
    /// Ways that were refused for it.
    pub refused: Vec<RefusedWay>,
}

/// Why the plan is as it is: one entry for every server of the inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "who waits, and for what, is half of the answer"]
pub struct PlanReport {
    /// Servers in a wave.
    pub chosen: BTreeMap<ServerName, Chosen>,
    /// Servers that wait.
    pub held: BTreeMap<ServerName, Hold>,
}

/// Plans the updates of an estate.
///
/// With `parent`, the new blueprint is its child: generation, id, and no goal below the parent's.
/// An estate where nothing is due gives a blueprint without waves.
pub fn plan(
    policy: &Policy,
    catalog: &Catalog,
    inventory: &Inventory,
    parent: Option<Parent<'_>>,
    now: Timestamp,
) -> (Blueprint, PlanReport) {
    let estate = Estate::new(inventory, &policy.gates, now);
    let out = estate.out();
    let builds = inventory.servers.values().filter_map(|it| it.build.as_ref());
    let ways = Ways::new(catalog, policy.goal, builds.map(|it| it.value));
    let floors = floors(catalog, parent, ways.lowest_end());
    let room = Room::new(policy, &estate, &out);
    let gatekeeper = Gatekeeper { policy, estate: &estate, ways: &ways, floors, room };
    let mut report = PlanReport::default();
    let mut drafts = Drafts::default();
    let mut candidates = Vec::new();
    for server in inventory.servers.values() {
        match gatekeeper.admit(server, &mut drafts) {
            Ok(candidate) => candidates.push(candidate),
            Err(hold) => {
                report.held.insert(server.name.clone(), hold);
            }
        }
    }
    let calendar = calendar(policy, catalog, &candidates, now);
    let candidates = in_some_window(policy, &calendar, candidates, now, &mut report);
    let (waves, late) = wave::waves(&candidates, &gatekeeper.room, &calendar, now);
    report.held.extend(late.into_iter().filter_map(|(at, hold)| {
        let candidate = candidates.get(at)?;
        Some((candidate.server.name.clone(), hold))
    }));
    let blueprint = Writer { policy, catalog, estate: &estate, out, calendar, parent, now };
    let blueprint = blueprint.write(candidates, waves, &drafts, &mut report);
    (blueprint, report)
}

/// The lowest build that each server of the parent may go to (P10). A build that is withdrawn by now
/// is no goal any more, whoever aimed at it, and one that no way ends below refuses nothing: most often
/// that leaves none of them.
fn floors<'a>(
    catalog: &Catalog,
    parent: Option<Parent<'a>>,
    lowest_end: Option<Build>,
) -> BTreeMap<&'a ServerName, Build> {
    let withdrawn: BTreeSet<Build> =
        catalog.facts().moves.withdrawals.iter().map(|it| it.build).collect();
    let updates = parent.into_iter().flat_map(|it| it.blueprint.updates());
    let floors = updates.filter(|it| lowest_end.is_none_or(|end| end < it.to));
    floors.filter(|it| !withdrawn.contains(&it.to)).map(|it| (&it.server, it.to)).collect()
}

/// The emergency profile applies if one server that would go closes a hole known to be exploited.
fn calendar<'p>(
    policy: &'p Policy,
    catalog: &Catalog,
    candidates: &[Candidate<'_, '_, '_>],
    now: Timestamp,
) -> Calendar<'p> {
    let own = policy.rings.iter().map(|ring| ring.soak_minutes);
    let mut calendar = Calendar { policy, windows_ignored: false, soaks: own.collect() };
    let Some(emergency) = policy.emergency else { return calendar };
    let mut exploited = Exploited::new(catalog);
    let urgent = candidates.iter().any(|it| {
        exploited.is_closed_by(it.from, it.to)
            // A server that no window takes is no reason for the others to hurry.
            && (emergency.windows_ignored || calendar.start(it.ring, now, it.minutes).is_some())
    });
    if urgent {
        calendar.windows_ignored = emergency.windows_ignored;
        for soak in &mut calendar.soaks {
            *soak = emergency.soak_minutes.min(*soak);
        }
    }
    calendar
}

/// Candidates that a window of their ring can take at all; the others are held (P12).
fn in_some_window<'a, 'w, 'c>(
    policy: &Policy,
    calendar: &Calendar<'_>,
    candidates: Vec<Candidate<'a, 'w, 'c>>,
    now: Timestamp,
    report: &mut PlanReport,
) -> Vec<Candidate<'a, 'w, 'c>> {
    let mut fits: BTreeMap<(usize, u32), bool> = BTreeMap::new();
    let mut kept = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let (ring, minutes) = (candidate.ring, candidate.minutes);
        let fits = fits
            .entry((ring, minutes))
            .or_insert_with(|| calendar.start(ring, now, minutes).is_some());
        if *fits {
            kept.push(candidate);
        } else {
            let hold = policy.rings.get(ring).map(|it| wave::no_window(it, Some(&candidate)));
            report.held.insert(candidate.server.name.clone(), hold.unwrap_or(Hold::NoRing));
        }
    }
    kept
}

/// Writes down what was decided.
struct Writer<'a> {
    policy: &'a Policy,
    catalog: &'a Catalog,
    estate: &'a Estate<'a>,
    out: Out,
    calendar: Calendar<'a>,
    parent: Option<Parent<'a>>,
    now: Timestamp,
}

impl Writer<'_> {
    fn write(
        self,
        candidates: Vec<Candidate<'_, '_, '_>>,
        drafts: Vec<Draft>,
        steps: &Drafts,
        report: &mut PlanReport,
    ) -> Blueprint {
        let policy = self.policy;
        let mut recipes = Recipes::new(steps);
        let mut wave_of: Vec<Option<usize>> = vec![None; candidates.len()];
        let mut waves: Vec<Wave> = Vec::with_capacity(drafts.len());
        for (at, draft) in drafts.into_iter().enumerate() {
            let soak = self.calendar.soaks.get(draft.ring).copied().unwrap_or_default();
            let mut updates = Vec::with_capacity(draft.members.len());
            for place in draft.members {
                let Some(it) = candidates.get(place) else { continue };
                updates.push(update(it, recipes.place(it.draft, soak)));
                if let Some(wave) = wave_of.get_mut(place) {
                    *wave = Some(at);
                }
            }
            let Draft { ring, canary, start: expected_start, .. } = draft;
            waves.push(Wave { ring, canary, expected_start, updates });
        }
        // Candidates stand in the order of their names, so that the map is built in one go.
        let placed = candidates.into_iter().zip(wave_of);
        report.chosen = placed
            .filter_map(|(it, wave)| Some((it.server.name.clone(), chosen(wave?, it))))
            .collect();
        let updates = || waves.iter().flat_map(|wave| &wave.updates);
        let pools: BTreeSet<&PoolName> = updates().filter_map(|it| it.pool.as_ref()).collect();
        let sites: BTreeSet<&SiteName> = updates().filter_map(|it| it.site.as_ref()).collect();
        let dags: BTreeSet<_> = updates().filter_map(|it| it.dag.as_ref()).collect();
        let known = dags.into_iter().filter_map(|it| self.estate.dags.get(it));
        Blueprint {
            generation: self.parent.map_or(1, |it| it.blueprint.generation.saturating_add(1)),
            parent: self.parent.map(|it| it.id),
            created_at: self.now,
            catalog_as_of: self.catalog.as_of(),
            windows_ignored: self.calendar.windows_ignored,
            approvals: policy.approvals.clone(),
            gates: policy.gates,
            blackouts: policy.blackouts.clone(),
            pools: narrowed(&policy.pools, &pools),
            sites: narrowed(&policy.sites, &sites),
            dags: known.map(|it| (it.dag.name.clone(), it.dag.clone())).collect(),
            rings: ring_rules(policy, &self.calendar),
            pools_out: kept(self.out.pools, &pools),
            sites_out: kept(self.out.sites, &sites),
            recipes: recipes.all,
            waves,
        }
    }
}

fn update(it: &Candidate<'_, '_, '_>, recipe: usize) -> ServerUpdate {
    ServerUpdate {
        server: it.server.name.clone(),
        dag: it.server.dag.clone(),
        pool: it.server.pool.clone(),
        site: it.server.site.clone(),
        from: it.from,
        to: it.to,
        redirect_to: it.redirect_to.cloned(),
        recipe,
    }
}

fn chosen(wave: usize, it: Candidate<'_, '_, '_>) -> Chosen {
    Chosen {
        wave,
        from: it.from,
        path: way::path(it.route),
        expected_minutes: it.minutes,
        warnings: it.warnings,
        refused: it.refused,
    }
}

fn ring_rules(policy: &Policy, calendar: &Calendar<'_>) -> Vec<RingRules> {
    let rules = policy.rings.iter().zip(&calendar.soaks).map(|(ring, soak)| RingRules {
        name: ring.name.clone(),
        unavailable_max: ring.unavailable_max,
        soak_minutes: *soak,
        failures_max: ring.failures_max,
        windows: ring.windows.clone(),
    });
    rules.collect()
}

/// The limits of what a blueprint touches.
fn narrowed<K: Ord + Clone>(limits: &Limits<K>, used: &BTreeSet<&K>) -> Limits<K> {
    let max = limits.max.iter().filter(|(key, _)| used.contains(key));
    Limits {
        default_max: limits.default_max,
        max: max.map(|(key, max)| (key.clone(), *max)).collect(),
    }
}

/// Who is out of what a blueprint touches.
fn kept<K: Ord>(
    out: BTreeMap<K, BTreeSet<ServerName>>,
    used: &BTreeSet<&K>,
) -> BTreeMap<K, BTreeSet<ServerName>> {
    out.into_iter().filter(|(key, _)| used.contains(key)).collect()
}
