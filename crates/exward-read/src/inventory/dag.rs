//! One DAG of an inventory.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use exward_core::fleet::{Dag, DagName, ServerName, Witness};

use super::copies;
use super::fact::{self, Seen};
use crate::document::{Node, Notes, Opened, Table, quoted};
use crate::limits::DAG_MEMBERS_MAX;

/// Reads a DAG; `None` if it has no name. If something beside its facts is wrong, nothing but its members
/// is known of it (N1).
pub(super) fn read(node: Node<'_>, seen: &Seen, notes: &mut Notes<'_>) -> Option<Dag> {
    let mut table = Table::open(node, "a DAG", notes)?;
    let name = table.need_name("name", notes)?;
    table.of = format!("DAG {}", quoted(&name));
    let before = notes.count();
    let seen = seen.clone().narrowed(&mut table, notes);
    let members = members(&mut table, notes);
    let witness = table.take("witness");
    let manager = table.take("primary_active_manager");
    let copies = table.take("copies");
    let (witness, is_witness_whole) = match witness {
        Some(node) => self::witness(&table, node, &seen, notes),
        None => (None, true),
    };
    table.finish(notes);
    let is_whole = is_witness_whole && notes.count() == before;
    let manager = manager.and_then(|node| {
        let read = |node, notes: &mut Notes<'_>| member(&table, node, &members, notes);
        fact::observed(&table, "primary_active_manager", node, &seen, notes, read)
    });
    let copies = copies.and_then(|node| {
        let read = |node, notes: &mut Notes<'_>| copies::read(&table, node, &members, notes);
        fact::observed(&table, "copies", node, &seen, notes, read)
    });
    let mut dag = Dag {
        name: DagName::new(&name),
        members,
        witness,
        primary_active_manager: manager,
        copies,
    };
    if !is_whole {
        forget(&mut dag);
        let name = &dag.name;
        let what = format!("DAG {name}: its copies do not count as known until this is mended");
        notes.add(node.at, what);
    }
    Some(dag)
}

/// Takes what is known of a DAG away; its members stay.
pub(super) fn forget(dag: &mut Dag) {
    dag.copies = None;
    dag.primary_active_manager = None;
    if let Some(witness) = &mut dag.witness {
        witness.healthy = None;
    }
}

/// Adds a DAG to those read. One that stands there twice stays once, with every member of both and
/// nothing else known (N1).
pub(super) fn keep(
    dag: Dag,
    at: usize,
    dags: &mut BTreeMap<DagName, (Dag, usize)>,
    notes: &mut Notes<'_>,
) {
    match dags.entry(dag.name.clone()) {
        Entry::Vacant(place) => {
            place.insert((dag, at));
        }
        Entry::Occupied(mut place) => {
            let (first, first_at) = place.get_mut();
            let line = notes.line(*first_at);
            let what = format!(
                "DAG {} stands here twice, first on line {line}; its copies do not count as known",
                first.name
            );
            notes.add(at, what);
            forget(first);
            first.members.extend(dag.members);
        }
    }
}

fn members(table: &mut Table<'_>, notes: &mut Notes<'_>) -> BTreeSet<ServerName> {
    let Some(node) = table.need("members", notes) else { return BTreeSet::new() };
    let Opened::List(list) = node.open() else {
        table.wrong("members", node, &node.open(), "a list of server names", notes);
        return BTreeSet::new();
    };
    if list.is_empty() || list.len() > DAG_MEMBERS_MAX {
        let what = format!("{} members; a DAG has 1 to {DAG_MEMBERS_MAX}", list.len());
        table.problem(node.at, &what, notes);
    }
    let mut members = BTreeSet::new();
    for node in list {
        let Some(name) = table.name_of("members", node, notes) else { continue };
        if !members.insert(ServerName::new(&name)) {
            table.problem(node.at, &format!("`members` names {} twice", quoted(&name)), notes);
        }
    }
    members
}

/// The witness, and whether its host could be read. That it is healthy is a fact of its own.
fn witness(
    dag: &Table<'_>,
    node: Node<'_>,
    seen: &Seen,
    notes: &mut Notes<'_>,
) -> (Option<Witness>, bool) {
    let Some(mut table) = Table::open(node, format!("{}, witness", dag.of), notes) else {
        return (None, false);
    };
    let before = notes.count();
    let host = table.need_name("host", notes);
    let healthy = table.take("healthy");
    table.finish(notes);
    let is_whole = notes.count() == before;
    let healthy = healthy.and_then(|node| {
        fact::observed(&table, "healthy", node, seen, notes, |node, notes| {
            table.flag_of("healthy", node, notes)
        })
    });
    (host.map(|host| Witness { host: ServerName::new(&host), healthy }), is_whole)
}

fn member(
    table: &Table<'_>,
    node: Node<'_>,
    members: &BTreeSet<ServerName>,
    notes: &mut Notes<'_>,
) -> Option<ServerName> {
    let name = ServerName::new(&table.name_of("primary_active_manager", node, notes)?);
    if !members.contains(&name) {
        let what = format!("`primary_active_manager` is {name}, which is no member");
        table.problem(node.at, &what, notes);
        return None;
    }
    Some(name)
}
