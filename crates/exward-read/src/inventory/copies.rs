//! The database copies of a DAG (N3).

use std::collections::{BTreeMap, BTreeSet};

use exward_core::fleet::{CopyState, DatabaseCopy, DatabaseName, ServerName};

use crate::document::{Node, Notes, Opened, Table, quoted};
use crate::limits::DAG_COPIES_MAX;

/// Every state that files are written with.
const STATES: [(CopyState, &str); 6] = [
    (CopyState::Mounted, "Mounted"),
    (CopyState::Dismounted, "Dismounted"),
    (CopyState::Healthy, "Healthy"),
    (CopyState::Suspended, "Suspended"),
    (CopyState::Seeding, "Seeding"),
    (CopyState::Failed, "Failed"),
];

/// Further states of `Get-MailboxDatabaseCopyStatus`, as what they count for. The active copy on its way
/// up or down is not in use; a passive one that is behind, cut off or busy is none to rely on.
const OTHER_STATES: [(CopyState, &str); 13] = [
    (CopyState::Dismounted, "Mounting"),
    (CopyState::Dismounted, "Dismounting"),
    (CopyState::Seeding, "SeedingSource"),
    (CopyState::Failed, "FailedAndSuspended"),
    (CopyState::Failed, "Disconnected"),
    (CopyState::Failed, "DisconnectedAndHealthy"),
    (CopyState::Failed, "DisconnectedAndResynchronizing"),
    (CopyState::Failed, "Initializing"),
    (CopyState::Failed, "Resynchronizing"),
    (CopyState::Failed, "ServiceDown"),
    (CopyState::Failed, "SinglePageRestore"),
    (CopyState::Failed, "Misconfigured"),
    (CopyState::Failed, "Unknown"),
];

/// The state's name in files.
pub(super) fn state_name(state: CopyState) -> &'static str {
    STATES.iter().find(|(it, _)| *it == state).map_or("", |(_, name)| name)
}

/// The state of this name; capitals do not matter.
pub(super) fn state_named(name: &str) -> Option<CopyState> {
    let mut all = STATES.iter().chain(&OTHER_STATES);
    all.find(|(_, it)| it.eq_ignore_ascii_case(name)).map(|(state, _)| *state)
}

/// Reads the copies. `None` if one of them is wrong, or two contradict each other.
pub(super) fn read(
    dag: &Table<'_>,
    node: Node<'_>,
    members: &BTreeSet<ServerName>,
    notes: &mut Notes<'_>,
) -> Option<Vec<DatabaseCopy>> {
    let Opened::List(list) = node.open() else {
        dag.wrong("copies", node, &node.open(), "a list of copies", notes);
        return None;
    };
    if list.len() > DAG_COPIES_MAX {
        let what = format!("{} copies, and {DAG_COPIES_MAX} is the limit", list.len());
        dag.problem(node.at, &what, notes);
        return None;
    }
    let before = notes.count();
    let mut copies = Vec::with_capacity(list.len());
    let mut seen: BTreeMap<DatabaseName, Vec<(ServerName, CopyState)>> = BTreeMap::new();
    for node in list {
        let Some(copy) = copy(dag, node, notes) else { continue };
        let others = seen.entry(copy.database.clone()).or_default();
        if let Some(what) = contradiction(&copy, others, members) {
            dag.problem(node.at, &what, notes);
        }
        others.push((copy.server.clone(), copy.state));
        copies.push(copy);
    }
    if notes.count() > before {
        let what = "none of its copies counts as known until this is mended: a copy left out could be the last";
        dag.problem(node.at, what, notes);
        return None;
    }
    Some(copies)
}

const fn is_active(state: CopyState) -> bool {
    matches!(state, CopyState::Mounted | CopyState::Dismounted)
}

fn contradiction(
    copy: &DatabaseCopy,
    others: &[(ServerName, CopyState)],
    members: &BTreeSet<ServerName>,
) -> Option<String> {
    let (database, server) = (quoted(copy.database.as_str()), &copy.server);
    if !members.contains(server) {
        return Some(format!("copy of {database} on {server}, which is no member"));
    }
    if others.iter().any(|(other, _)| other == server) {
        return Some(format!("copy of {database} on {server} stands here twice"));
    }
    let active = others.iter().find(|(_, state)| is_active(*state));
    match active {
        Some((other, _)) if is_active(copy.state) => {
            Some(format!("{database} is active on {other} and on {server}"))
        }
        _ => None,
    }
}

fn copy(dag: &Table<'_>, node: Node<'_>, notes: &mut Notes<'_>) -> Option<DatabaseCopy> {
    let mut table = Table::open(node, format!("{}, a copy", dag.of), notes)?;
    let (database, server) = (table.need_name("database", notes), table.need_name("server", notes));
    if let (Some(database), Some(server)) = (&database, &server) {
        table.of = format!("{}, {} on {}", dag.of, quoted(database), quoted(server));
    }
    let state = state(&mut table, notes);
    let copy_queue_len = queue(&mut table, "copy_queue_len", notes);
    let replay_queue_len = queue(&mut table, "replay_queue_len", notes);
    let index_healthy = table.flag("index_healthy", notes);
    let lagged = switch(&mut table, "lagged", notes);
    let activation_suspended = switch(&mut table, "activation_suspended", notes);
    table.finish(notes);
    Some(DatabaseCopy {
        database: DatabaseName::new(&database?),
        server: ServerName::new(&server?),
        state: state?,
        copy_queue_len: copy_queue_len?,
        replay_queue_len: replay_queue_len?,
        index_healthy,
        lagged: lagged?,
        activation_suspended: activation_suspended?,
    })
}

fn state(table: &mut Table<'_>, notes: &mut Notes<'_>) -> Option<CopyState> {
    let node = table.need("state", notes)?;
    let name = table.name_of("state", node, notes)?;
    let state = state_named(&name);
    if state.is_none() {
        let what =
            format!("`state` is `{}`, which no copy has; write Mounted, Healthy, …", quoted(&name));
        table.problem(node.at, &what, notes);
    }
    state
}

fn queue(table: &mut Table<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<u32> {
    let node = table.need(key, notes)?;
    table.number_of(key, node, notes)
}

/// A flag that has to be there: left out, it would read as the healthy value (N1).
fn switch(table: &mut Table<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<bool> {
    let node = table.need(key, notes)?;
    table.flag_of(key, node, notes)
}
