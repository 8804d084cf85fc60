//! The second opinion: derives every invariant of [`crate::plan`] again from the finished blueprint.
//!
//! It shares no code with the planner, so that one mistake does not hide another.
//!
//! [`check()`] needs only the blueprint and the catalog, and whoever carries a blueprint out asks it
//! again. [`check_against()`] also asks the inventory and the policy that it was made from: that nobody
//! was forgotten (P4), and that nothing unknown was taken for healthy (P11). [`check_child()`] compares
//! it with the blueprint that it follows.

mod against;
mod dag;
mod estate;
mod graph;
mod steps;
mod together;

use std::collections::{BTreeMap, BTreeSet};

use super::PlanReport;
use crate::blueprint::Blueprint;
use crate::build::Build;
use crate::catalog::Catalog;
use crate::fleet::{Inventory, ServerName};
use crate::policy::Policy;

/// An invariant that a blueprint breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Its name: `P2`.
    pub invariant: &'static str,
    /// What breaks it, with the names of wave and server.
    pub what: String,
}

/// What was found so far.
#[derive(Default)]
struct Findings(Vec<Broken>);

impl Findings {
    /// Notes what breaks an invariant unless `holds`.
    fn expect(&mut self, holds: bool, invariant: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Broken { invariant, what: what() });
        }
    }
}

/// Everything that is wrong with a blueprint; empty if it may be approved.
#[must_use]
pub fn check(blueprint: &Blueprint, catalog: &Catalog) -> Vec<Broken> {
    let mut findings = Findings::default();
    together::check(blueprint, &mut findings);
    dag::check(blueprint, &mut findings);
    steps::check(blueprint, catalog, &mut findings);
    graph::check(blueprint, catalog, &mut findings);
    findings.0
}

/// Everything that is wrong with a blueprint and its report, seen beside what they were made from;
/// empty if nothing is. Holds what [`check()`] finds too.
#[must_use]
pub fn check_against(
    blueprint: &Blueprint,
    report: &PlanReport,
    policy: &Policy,
    catalog: &Catalog,
    inventory: &Inventory,
) -> Vec<Broken> {
    let mut findings = Findings(check(blueprint, catalog));
    against::check(blueprint, report, inventory, &mut findings);
    against::check_policy(blueprint, policy, catalog, inventory, &mut findings);
    estate::check(blueprint, catalog, inventory, &mut findings);
    findings.0
}

/// What is wrong with a blueprint as the child of another: it counts on by one, and aims no lower for
/// any server, unless that build is withdrawn by now (P10). Whether the parent's id is right is the
/// business of whoever computes ids.
#[must_use]
pub fn check_child(blueprint: &Blueprint, parent: &Blueprint, catalog: &Catalog) -> Vec<Broken> {
    let mut findings = Findings::default();
    let next = parent.generation.checked_add(1) == Some(blueprint.generation);
    findings.expect(next && blueprint.parent.is_some(), "P10", || {
        format!("generation {} does not follow {}", blueprint.generation, parent.generation)
    });
    let bad: BTreeSet<Build> =
        catalog.facts().moves.withdrawals.iter().map(|it| it.build).collect();
    let aims = parent.updates().filter(|it| !bad.contains(&it.to));
    let mut aimed: BTreeMap<&ServerName, Build> = BTreeMap::new();
    for before in aims {
        // Named twice, which the check of the parent refuses: the higher aim counts.
        let aim = aimed.entry(&before.server).or_insert(before.to);
        *aim = before.to.max(*aim);
    }
    for update in blueprint.updates() {
        let aim = aimed.get(&update.server).filter(|aim| update.to < **aim);
        findings.expect(aim.is_none(), "P10", || {
            let aim = aim.copied().unwrap_or(update.to);
            format!("{} goes to {}, below {aim} that its parent aimed at", update.server, update.to)
        });
    }
    findings.0
}
