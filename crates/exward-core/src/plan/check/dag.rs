//! P5, P6 and the P11 of a DAG: quorum and copies without the member, from the DAG as it was seen.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::Findings;
use crate::blueprint::{Blueprint, ServerUpdate};
use crate::fleet::{CopyState, Dag, DatabaseCopy, Observed, ServerName};
use crate::policy::Gates;

pub(super) fn check(blueprint: &Blueprint, findings: &mut Findings) {
    let (gates, at) = (&blueprint.gates, blueprint.created_at);
    for update in blueprint.updates() {
        let Some(dag) = update.dag.as_ref().and_then(|it| blueprint.dags.get(it)) else { continue };
        quorum(dag, update, gates, at, findings);
        copies(dag, update, gates, at, findings);
        let known = is_known(dag.primary_active_manager.as_ref(), gates, at);
        findings.expect(known, "P11", || {
            format!("{}: primary active manager of {} is not known", update.server, dag.name)
        });
    }
}

/// True if a fact about health was seen lately enough.
fn is_known<T>(fact: Option<&Observed<T>>, gates: &Gates, at: Timestamp) -> bool {
    fact.is_some_and(|it| at.duration_since(it.at).as_mins() <= gates.health_age_minutes_max)
}

/// P5. That the other members are up is P3's; here each of them has its vote.
fn quorum(dag: &Dag, update: &ServerUpdate, gates: &Gates, at: Timestamp, findings: &mut Findings) {
    let members = dag.members.len();
    let voting = dag.witness.as_ref().filter(|_| members.is_multiple_of(2));
    let health = voting.and_then(|it| it.healthy.as_ref());
    let known = voting.is_none() || is_known(health, gates, at);
    findings.expect(known, "P11", || {
        format!("{}: the witness of {} is not known", update.server, dag.name)
    });
    let with_witness = known && health.is_some_and(|it| it.value);
    let others = dag.members.iter().filter(|it| **it != update.server).count();
    let up = others.saturating_add(usize::from(with_witness));
    let down = members.saturating_add(usize::from(voting.is_some())).saturating_sub(up);
    findings.expect(up > down, "P5", || {
        format!("without {}, {} has {up} votes up and {down} down", update.server, dag.name)
    });
}

/// P6.
fn copies(dag: &Dag, update: &ServerUpdate, gates: &Gates, at: Timestamp, findings: &mut Findings) {
    let server = &update.server;
    let known = is_known(dag.copies.as_ref(), gates, at);
    findings.expect(known, "P11", || format!("{server}: copies of {} are not known", dag.name));
    let Some(copies) = &dag.copies else { return };
    let here: BTreeSet<_> =
        copies.value.iter().filter(|it| it.server == *server).map(|it| &it.database).collect();
    let mut good: BTreeMap<_, BTreeSet<&ServerName>> = BTreeMap::new();
    let mut bad = BTreeSet::new();
    for copy in copies.value.iter().filter(|it| here.contains(&it.database)) {
        let at = (&copy.database, &copy.server);
        if can_serve(copy, gates) && copy.server != *server && dag.members.contains(&copy.server) {
            good.entry(&copy.database).or_default().insert(&copy.server);
        } else {
            bad.insert(at);
        }
    }
    let wanted = match (dag.members.len() > 2, gates.single_copy_allowed) {
        (true, _) => gates.healthy_copies_min.max(1),
        (false, true) => 1,
        (false, false) => 2,
    };
    for database in here {
        let servers = good.get(database).into_iter().flatten();
        let left = servers.filter(|it| !bad.contains(&(database, **it))).count();
        let enough = u32::try_from(left).is_ok_and(|left| left >= wanted);
        findings.expect(enough, "P6", || {
            format!("without {server}, {database} has {left} healthy copies, and needs {wanted}")
        });
    }
}

/// True if users could be served from the copy now.
fn can_serve(copy: &DatabaseCopy, gates: &Gates) -> bool {
    let state = match copy.state {
        CopyState::Mounted | CopyState::Healthy => true,
        CopyState::Dismounted | CopyState::Suspended | CopyState::Seeding | CopyState::Failed => {
            false
        }
    };
    let behind = copy.copy_queue_len > gates.copy_queue_len_max
        || copy.replay_queue_len > gates.replay_queue_len_max;
    let kept_back = copy.lagged || copy.activation_suspended;
    state && !behind && !kept_back && copy.index_healthy.unwrap_or(true)
}
