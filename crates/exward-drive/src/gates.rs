//! What must be true of a DAG, now, before an order takes a member's service away (X1, X2, X3).
//!
//! Quorum is computed from votes that are surely up; dynamic quorum is not leaned on.
//! Source: "Manage database availability groups", Microsoft Learn; `notes/updating.md` 2.3.

use std::collections::BTreeMap;

use exward_core::fleet::{CopyState, DatabaseCopy, DatabaseName, ServerName};
use exward_core::policy::Gates;

use crate::state::DagState;

/// Looks whether a member may be out of service.
///
/// # Errors
/// Why not, in a sentence for people.
pub fn may_leave(state: &DagState, member: &ServerName, gates: &Gates) -> Result<(), String> {
    let others = || state.dag.members.iter().filter(|it| *it != member);
    let in_service = |it: &ServerName| state.in_service.get(it).copied().flatten();
    if let Some(out) = others().find(|it| in_service(it) != Some(true)) {
        let how = if in_service(out).is_none() { "was not seen" } else { "is out of service" };
        return Err(format!("{out} of {} {how}", state.dag.name));
    }
    let witness = state.dag.witness_votes()
        && state.dag.witness.as_ref().and_then(|it| it.healthy.as_ref()).is_some_and(|it| it.value);
    let up = others().count().saturating_add(usize::from(witness));
    let votes = state.dag.votes();
    // More than half: a half alone is no quorum.
    if up.saturating_mul(2) <= votes {
        return Err(format!("{} would keep {up} of {votes} votes", state.dag.name));
    }
    copies(state, member, gates)
}

/// Every database with a copy on the member keeps enough healthy copies elsewhere.
fn copies(state: &DagState, member: &ServerName, gates: &Gates) -> Result<(), String> {
    let Some(copies) = &state.dag.copies else {
        return Err(format!("the copies of {} were not seen", state.dag.name));
    };
    let mut elsewhere: BTreeMap<&DatabaseName, u32> = BTreeMap::new();
    for copy in copies.value.iter().filter(|it| it.server == *member) {
        elsewhere.insert(&copy.database, 0);
    }
    // A copy on a member of which it is not known that it may activate does not count.
    let may = |it: &DatabaseCopy| {
        it.server != *member && state.activation.get(&it.server).copied().flatten() == Some(true)
    };
    for copy in copies.value.iter().filter(|it| may(it) && counts(it, gates)) {
        if let Some(healthy) = elsewhere.get_mut(&copy.database) {
            *healthy = healthy.saturating_add(1);
        }
    }
    let small = state.dag.members.len() <= 2;
    if small && !gates.single_copy_allowed && !elsewhere.is_empty() {
        return Err(format!("{} has two members and a single copy is not allowed", state.dag.name));
    }
    let needed = if small { 1 } else { gates.healthy_copies_min.max(1) };
    match elsewhere.into_iter().find(|(_, healthy)| *healthy < needed) {
        Some((database, healthy)) => Err(format!(
            "{database} would keep {healthy} healthy copies that may become active, {needed} needed"
        )),
        None => Ok(()),
    }
}

/// True if a copy is in use, or could become active at once.
fn counts(copy: &DatabaseCopy, gates: &Gates) -> bool {
    match copy.state {
        CopyState::Mounted => true,
        CopyState::Healthy => {
            !copy.lagged
                && !copy.activation_suspended
                && copy.index_healthy != Some(false)
                && copy.copy_queue_len <= gates.copy_queue_len_max
                && copy.replay_queue_len <= gates.replay_queue_len_max
        }
        CopyState::Dismounted | CopyState::Suspended | CopyState::Seeding | CopyState::Failed => {
            false
        }
    }
}

#[cfg(test)]
mod tests;
