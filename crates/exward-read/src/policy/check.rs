//! Contradictions between the parts of a policy (Y3).

use std::collections::{BTreeMap, BTreeSet};

use exward_core::fleet::RingName;
use exward_core::policy::{Policy, Ring, Selector};

use crate::document::{Node, Notes, Table};

/// Names used twice, and rings that can never select anybody.
pub(super) fn rings(rings: &[Ring], places: &[usize], notes: &mut Notes<'_>) {
    let mut names: BTreeMap<&RingName, usize> = BTreeMap::new();
    let mut before = Selector::default();
    let mut everything_at = None;
    for (ring, at) in rings.iter().zip(places) {
        if let Some(first) = names.insert(&ring.name, *at) {
            let line = notes.line(first);
            notes.add(
                *at,
                format!("ring `{}`: another ring has this name, on line {line}", ring.name),
            );
        }
        if let Some((name, _)) = everything_at {
            let what = format!(
                "ring `{}`: it never gets a server, because ring `{name}` before it selects everything",
                ring.name
            );
            notes.add(*at, what);
        } else if !ring.select.everything && covers(&before, &ring.select) {
            let what = format!(
                "ring `{}`: it never gets a server, because rings before it select the same",
                ring.name
            );
            notes.add(*at, what);
        }
        if ring.select.everything && everything_at.is_none() {
            everything_at = Some((&ring.name, at));
        }
        widen(&mut before, &ring.select);
    }
}

/// True if everybody that `inner` names is named by `outer` in the same words; false if `inner` names
/// nobody, which is a problem of its own.
fn covers(outer: &Selector, inner: &Selector) -> bool {
    fn holds<T: Ord>(outer: &BTreeSet<T>, inner: &BTreeSet<T>) -> bool {
        inner.is_subset(outer)
    }
    let names_some = !(inner.servers.is_empty()
        && inner.dags.is_empty()
        && inner.sites.is_empty()
        && inner.tags.is_empty());
    names_some
        && holds(&outer.servers, &inner.servers)
        && holds(&outer.dags, &inner.dags)
        && holds(&outer.sites, &inner.sites)
        && holds(&outer.tags, &inner.tags)
}

fn widen(outer: &mut Selector, inner: &Selector) {
    outer.servers.extend(inner.servers.iter().cloned());
    outer.dags.extend(inner.dags.iter().cloned());
    outer.sites.extend(inner.sites.iter().cloned());
    outer.tags.extend(inner.tags.iter().cloned());
}

/// Whoever ignores windows has to be named before the emergency.
pub(super) fn emergency_can_be_approved(policy: &Policy, root: Node<'_>, notes: &mut Notes<'_>) {
    let ignores = policy.emergency.is_some_and(|it| it.windows_ignored);
    if ignores && policy.approvals.emergency_by.is_empty() {
        let at = at(root, "emergency").unwrap_or(root.at);
        let what = "emergency: `windows_ignored` is true, and approvals.emergency_by names nobody who may approve that";
        notes.add(at, what);
    }
}

fn at(root: Node<'_>, key: &'static str) -> Option<usize> {
    let mut unheard = Notes::new("");
    Table::open(root, "", &mut unheard)?.take(key).map(|it| it.at)
}
