//! P4 and the policy: nobody is forgotten, and the blueprint holds the rules that it was made under.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use super::together::is_within;
use crate::blueprint::{Blueprint, Wave};
use crate::build::Build;
use crate::catalog::Catalog;
use crate::fleet::{Inventory, ServerName};
use crate::plan::PlanReport;
use crate::policy::Policy;

/// P4: every server of the inventory is in one wave or held, and the report says which.
pub(super) fn check(
    blueprint: &Blueprint,
    report: &PlanReport,
    inventory: &Inventory,
    findings: &mut Findings,
) {
    let updated: BTreeSet<&ServerName> = blueprint.updates().map(|it| &it.server).collect();
    for server in inventory.servers.keys() {
        let places = [updated.contains(server), report.held.contains_key(server)];
        let count = places.into_iter().filter(|it| *it).count();
        findings.expect(count == 1, "P4", || format!("{server} is in {count} places, not one"));
    }
    let known = updated.iter().copied().chain(report.held.keys());
    for server in known {
        let known = inventory.servers.contains_key(server);
        findings.expect(known, "P4", || format!("{server} is not in the inventory"));
    }
    for (at, wave) in blueprint.waves.iter().enumerate() {
        for update in &wave.updates {
            let chosen = report.chosen.get(&update.server);
            let told = chosen.is_some_and(|it| it.wave == at && it.from == update.from);
            findings.expect(told, "P4", || {
                format!("the report does not tell that {} is in wave {at}", update.server)
            });
        }
    }
    let more = report.chosen.keys().find(|it| !updated.contains(it));
    findings.expect(more.is_none(), "P4", || "the report tells of a server in no wave".to_owned());
}

/// P7, P9 and P12 against the policy.
pub(super) fn check_policy(
    blueprint: &Blueprint,
    policy: &Policy,
    catalog: &Catalog,
    inventory: &Inventory,
    findings: &mut Findings,
) {
    let urgent = closes_exploited(blueprint, catalog);
    let emergency = policy.emergency.filter(|_| urgent);
    let names = blueprint.rings.iter().map(|it| &it.name);
    findings.expect(names.eq(policy.rings.iter().map(|it| &it.name)), "P9", || {
        "the rings are not those of the policy".to_owned()
    });
    for (rules, ring) in blueprint.rings.iter().zip(&policy.rings) {
        let soak = emergency.map_or(ring.soak_minutes, |it| it.soak_minutes.min(ring.soak_minutes));
        findings.expect(rules.soak_minutes == soak, "P9", || {
            format!("ring {} soaks {} minutes, not {soak}", ring.name, rules.soak_minutes)
        });
        findings.expect(rules.windows == ring.windows, "P12", || {
            format!("ring {} has other windows than its policy", ring.name)
        });
        findings.expect(rules.unavailable_max == ring.unavailable_max, "P7", || {
            format!("ring {} has another limit than its policy", ring.name)
        });
    }
    let may_ignore = emergency.is_some_and(|it| it.windows_ignored);
    findings.expect(blueprint.windows_ignored == may_ignore, "P12", || {
        format!("windows are ignored: {}; allowed: {may_ignore}", blueprint.windows_ignored)
    });
    findings.expect(blueprint.blackouts == policy.blackouts, "P12", || {
        "the blackouts are not those of the policy".to_owned()
    });
    for update in blueprint.updates() {
        let pool = update.pool.as_ref();
        let same = pool.is_none_or(|it| blueprint.pools.of(it) == policy.pools.of(it));
        let site = update.site.as_ref();
        let same = same && site.is_none_or(|it| blueprint.sites.of(it) == policy.sites.of(it));
        findings.expect(same, "P7", || format!("{} has other limits", update.server));
    }
    rings(blueprint, policy, inventory, findings);
}

/// P9: each server in the first ring that selects it, and as many canaries as the policy asks.
fn rings(blueprint: &Blueprint, policy: &Policy, inventory: &Inventory, findings: &mut Findings) {
    let mut waves_of: BTreeMap<usize, Vec<&Wave>> = BTreeMap::new();
    for wave in &blueprint.waves {
        waves_of.entry(wave.ring).or_default().push(wave);
        for update in &wave.updates {
            let server = inventory.servers.get(&update.server);
            let first = server
                .and_then(|server| policy.rings.iter().position(|it| it.select.selects(server)));
            findings.expect(first == Some(wave.ring), "P9", || {
                format!("{} goes in a ring that is not its own", update.server)
            });
        }
    }
    for (at, waves) in waves_of {
        let Some(ring) = policy.rings.get(at) else { continue };
        let canaries = waves.iter().filter(|it| it.canary).count();
        let servers = waves.iter().map(|it| it.updates.len()).fold(0, usize::saturating_add);
        let enough = canaries == servers || !is_within(canaries, ring.canaries.saturating_sub(1));
        let right = is_within(canaries, ring.canaries) && (enough || ring.canaries == 0);
        findings.expect(right, "P9", || {
            format!("ring {} has {canaries} canaries, not {}", ring.name, ring.canaries)
        });
    }
}

/// True if an update of the blueprint closes a CVE that is known to be exploited: its row for the CU
/// names a later build than the one before, and the CU afterwards has no row that is still open.
fn closes_exploited(blueprint: &Blueprint, catalog: &Catalog) -> bool {
    let open = |build: Build| {
        let line = catalog.line_of(build);
        let mut ids = BTreeSet::new();
        for advisory in catalog.advisories().iter().filter(|it| it.listed && it.kev.is_some()) {
            let row = advisory.fixes.iter().find(|fix| {
                line.is_some_and(|it| fix.product == it.product && fix.cu == Some(it.cu))
            });
            if row.and_then(|it| it.fixed).is_some_and(|fixed| build < fixed) {
                ids.insert(advisory.id.as_str());
            }
        }
        ids
    };
    let moves: BTreeSet<(Build, Build)> = blueprint.updates().map(|it| (it.from, it.to)).collect();
    moves.iter().any(|(from, to)| !open(*from).is_subset(&open(*to)))
}
