//! P2, P3, P4, P7, P9 and P12: who leaves together, in which order, and when.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::Findings;
use crate::blueprint::{Action, Blueprint, ServerUpdate, Wave};
use crate::fleet::{CopyState, ServerName};
use crate::policy::Window;

pub(super) fn check(blueprint: &Blueprint, findings: &mut Findings) {
    each_once(blueprint, findings);
    for (at, wave) in blueprint.waves.iter().enumerate() {
        one_out_per_dag(blueprint, at, wave, findings);
        limits(blueprint, at, wave, findings);
    }
    never_worse(blueprint, findings);
    order_of_waves(blueprint, findings);
    order_in_dags(blueprint, findings);
    windows(blueprint, findings);
}

/// P4, as far as a blueprint alone can tell.
fn each_once(blueprint: &Blueprint, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for update in blueprint.updates() {
        let first = seen.insert(&update.server);
        findings.expect(first, "P4", || format!("{} is updated twice", update.server));
    }
}

/// P2.
fn one_out_per_dag(blueprint: &Blueprint, at: usize, wave: &Wave, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for update in &wave.updates {
        let server = &update.server;
        if let Some(dag) = &update.dag {
            findings.expect(seen.insert(dag), "P2", || {
                format!("wave {at} takes {server} and another member of {dag}")
            });
            let listed = blueprint.dags.get(dag).is_some_and(|it| it.members.contains(server));
            findings.expect(listed, "P2", || format!("{dag} does not list its member {server}"));
        }
    }
    findings.expect(!wave.updates.is_empty(), "P9", || format!("wave {at} is empty"));
}

/// P3, as far as a blueprint alone can tell: by who is out of a pool or a site.
fn never_worse(blueprint: &Blueprint, findings: &mut Findings) {
    let pools = blueprint.pools_out.values().flatten();
    let out: BTreeSet<&ServerName> = pools.chain(blueprint.sites_out.values().flatten()).collect();
    let members: BTreeMap<&ServerName, _> = blueprint
        .dags
        .values()
        .flat_map(|dag| dag.members.iter().map(move |member| (member, &dag.name)))
        .collect();
    for update in blueprint.updates() {
        let server = &update.server;
        findings.expect(!out.contains(server), "P3", || {
            format!("{server} is updated although it is out of service")
        });
        let dag = update.dag.as_ref().and_then(|it| blueprint.dags.get(it));
        let mut others = dag.into_iter().flat_map(|it| &it.members);
        let other = others.find(|it| out.contains(it) && *it != server);
        findings.expect(other.is_none(), "P3", || {
            format!("{server} leaves while another member of its DAG is out of service")
        });
        let claimed = members.get(server).is_none_or(|dag| update.dag.as_ref() == Some(dag));
        findings.expect(claimed, "P2", || format!("{server} hides that it is a member of a DAG"));
    }
}

/// P7.
fn limits(blueprint: &Blueprint, at: usize, wave: &Wave, findings: &mut Findings) {
    let mut pools: BTreeMap<_, BTreeSet<&ServerName>> = BTreeMap::new();
    let mut sites: BTreeMap<_, BTreeSet<&ServerName>> = BTreeMap::new();
    for update in &wave.updates {
        if let Some(pool) = &update.pool {
            pools.entry(pool).or_default().insert(&update.server);
        }
        if let Some(site) = &update.site {
            sites.entry(site).or_default().insert(&update.server);
        }
    }
    for (pool, mut out) in pools {
        out.extend(blueprint.pools_out.get(pool).into_iter().flatten());
        findings.expect(is_within(out.len(), blueprint.pools.of(pool)), "P7", || {
            format!("in wave {at}, {} servers of pool {pool} are out", out.len())
        });
    }
    for (site, mut out) in sites {
        out.extend(blueprint.sites_out.get(site).into_iter().flatten());
        findings.expect(is_within(out.len(), blueprint.sites.of(site)), "P7", || {
            format!("in wave {at}, {} servers of site {site} are out", out.len())
        });
    }
    let ring = blueprint.rings.get(wave.ring);
    let max = ring.and_then(|it| it.unavailable_max);
    findings.expect(max.is_none_or(|max| is_within(wave.updates.len(), max)), "P7", || {
        format!("wave {at} takes {} servers of its ring", wave.updates.len())
    });
}

/// True if a count does not exceed a limit.
pub(super) fn is_within(count: usize, max: u32) -> bool {
    u32::try_from(count).is_ok_and(|count| count <= max)
}

/// P9 between waves: rings in order, canaries alone and before the rest.
fn order_of_waves(blueprint: &Blueprint, findings: &mut Findings) {
    let mut before: Option<&Wave> = None;
    for (at, wave) in blueprint.waves.iter().enumerate() {
        let known = blueprint.rings.get(wave.ring).is_some();
        findings.expect(known, "P9", || format!("wave {at} has no ring"));
        let alone = !wave.canary || wave.updates.len() == 1;
        findings.expect(alone, "P9", || format!("the canary of wave {at} is not alone"));
        if let Some(before) = before {
            findings.expect(before.ring <= wave.ring, "P9", || {
                format!("wave {at} goes back to an earlier ring")
            });
            let late = wave.canary && before.ring == wave.ring && !before.canary;
            findings.expect(!late, "P9", || format!("wave {at} is a canary that comes too late"));
        }
        before = Some(wave);
    }
}

/// P9 within a DAG, among its members of one ring: by active databases, the primary active manager last.
fn order_in_dags(blueprint: &Blueprint, findings: &mut Findings) {
    let mut before: BTreeMap<_, (bool, usize)> = BTreeMap::new();
    for wave in &blueprint.waves {
        for update in &wave.updates {
            let Some(dag) = &update.dag else { continue };
            let weight = weight(blueprint, update);
            if let Some(earlier) = before.insert((dag, wave.ring), weight) {
                findings.expect(earlier <= weight, "P9", || {
                    format!("{} of {dag} comes after a member that matters more", update.server)
                });
            }
        }
    }
}

/// How late a member should go.
fn weight(blueprint: &Blueprint, update: &ServerUpdate) -> (bool, usize) {
    let Some(dag) = update.dag.as_ref().and_then(|it| blueprint.dags.get(it)) else {
        return (false, 0);
    };
    let manager = dag.primary_active_manager.as_ref().map(|it| &it.value);
    let copies = dag.copies.iter().flat_map(|it| &it.value);
    let actives: BTreeSet<_> = copies
        .filter(|it| it.server == update.server)
        .filter(|it| [CopyState::Mounted, CopyState::Dismounted].contains(&it.state))
        .map(|it| &it.database)
        .collect();
    (manager == Some(&update.server), actives.len())
}

/// P12: each wave in a window that is long enough, and after the one before it has soaked.
fn windows(blueprint: &Blueprint, findings: &mut Findings) {
    let mut free = blueprint.created_at;
    for (at, wave) in blueprint.waves.iter().enumerate() {
        let start = wave.expected_start;
        findings.expect(free <= start, "P12", || {
            format!("wave {at} begins at {start}, before the one before it has soaked")
        });
        let minutes = wave.updates.iter().map(|it| out_minutes(blueprint, it)).max().unwrap_or(0);
        let end = plus(start, minutes);
        let Some(ring) = blueprint.rings.get(wave.ring) else { continue };
        free = plus(end, u64::from(ring.soak_minutes));
        if blueprint.windows_ignored {
            continue;
        }
        let holds = ring.windows.is_empty() || open_until(&ring.windows, start, end) >= end;
        findings.expect(holds, "P12", || {
            format!("wave {at} needs {minutes} minutes from {start}, which no window holds")
        });
        let hour = |hours: u64| plus(start, hours.saturating_mul(60));
        let mut hours = (0..=minutes / 60).map(hour).filter(|it| *it < end || *it == start);
        let free_of_blackouts =
            hours.all(|it| blueprint.blackouts.iter().all(|blackout| !blackout.holds(it)));
        findings.expect(free_of_blackouts, "P12", || format!("wave {at} lies in a blackout"));
    }
}

/// Until when, from `start` on, some window is open without a gap; looked at up to `end`. Windows that
/// meet are as good as one.
fn open_until(windows: &[Window], start: Timestamp, end: Timestamp) -> Timestamp {
    let mut at = start;
    while at < end {
        let open = windows.iter().filter_map(|it| it.next(at)).filter(|it| it.opens <= at);
        match open.map(|it| it.closes).max() {
            Some(closes) => at = closes,
            None => return at,
        }
    }
    at
}

/// Minutes that a server is expected to be out: everything but the soak.
fn out_minutes(blueprint: &Blueprint, update: &ServerUpdate) -> u64 {
    let out = blueprint.steps(update).iter().filter(|it| !matches!(it.action, Action::Soak(_)));
    out.map(|it| u64::from(it.expected_minutes)).fold(0, u64::saturating_add)
}

fn plus(at: Timestamp, minutes: u64) -> Timestamp {
    let minutes = i64::try_from(minutes).unwrap_or(i64::MAX);
    let span = SignedDuration::try_from_mins(minutes).unwrap_or(SignedDuration::MAX);
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}
