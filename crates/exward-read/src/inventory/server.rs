//! One server of an inventory.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::build::Build;
use exward_core::fleet::{DagName, Facts, PoolName, Role, Scope, Server, ServerName, SiteName};
use exward_core::product::Numbering;

use super::fact::{self, Seen};
use crate::document::{Node, Notes, Opened, Table, quoted};
use crate::limits::TAGS_MAX;

/// Every role with its name in files.
pub(super) const ROLES: [(Role, &str); 3] =
    [(Role::Mailbox, "mailbox"), (Role::Edge, "edge"), (Role::ManagementTools, "management-tools")];

/// Reads a server; `None` if it has no name. If something beside its facts is wrong, nothing is known of
/// it (N1).
pub(super) fn read(node: Node<'_>, seen: &Seen, notes: &mut Notes<'_>) -> Option<Server> {
    let mut table = Table::open(node, "a server", notes)?;
    let name = table.need_name("name", notes)?;
    table.of = format!("server {}", quoted(&name));
    let before = notes.count();
    let seen = seen.clone().narrowed(&mut table, notes);
    let mut server = Server {
        name: ServerName::new(&name),
        role: role(&mut table, notes),
        dag: table.name("dag", notes).map(|it| DagName::new(&it)),
        site: table.name("site", notes).map(|it| SiteName::new(&it)),
        pool: table.name("pool", notes).map(|it| PoolName::new(&it)),
        tags: tags(&mut table, notes),
        build: None,
        facts: Facts::new(),
        active_databases_max: table.number("active_databases_max", notes),
    };
    let (build, facts) = (table.take("build"), table.take("facts"));
    table.finish(notes);
    let is_whole = notes.count() == before;
    if let Some(node) = build {
        let read = |node, notes: &mut Notes<'_>| build_of(&table, node, notes);
        server.build = fact::observed(&table, "build", node, &seen, notes, read);
    }
    if let Some(mut facts) = facts.and_then(|it| Table::open(it, table.of.clone(), notes)) {
        server.facts = fact::facts(&mut facts, Scope::Server, &seen, notes);
    }
    if !is_whole {
        forget(&mut server);
        let name = &server.name;
        let what = format!("server {name}: nothing of it counts as known until this is mended");
        notes.add(node.at, what);
    }
    Some(server)
}

/// Takes what is known of a server away.
pub(super) fn forget(server: &mut Server) {
    server.build = None;
    server.facts.clear();
}

/// Adds a server to those read. One that stands there twice stays once, with nothing known (N1).
pub(super) fn keep(
    server: Server,
    at: usize,
    servers: &mut BTreeMap<ServerName, (Server, usize)>,
    notes: &mut Notes<'_>,
) {
    match servers.entry(server.name.clone()) {
        Entry::Vacant(place) => {
            place.insert((server, at));
        }
        Entry::Occupied(mut place) => {
            let (first, first_at) = place.get_mut();
            let line = notes.line(*first_at);
            let what = format!(
                "server {} stands here twice, first on line {line}; nothing of it counts as known",
                first.name
            );
            notes.add(at, what);
            forget(first);
            first.dag = first.dag.take().or(server.dag);
            first.pool = first.pool.take().or(server.pool);
            first.site = first.site.take().or(server.site);
        }
    }
}

fn role(table: &mut Table<'_>, notes: &mut Notes<'_>) -> Role {
    let Some(node) = table.take("role") else { return Role::Mailbox };
    let Some(name) = table.name_of("role", node, notes) else { return Role::Mailbox };
    let role = ROLES.iter().find(|(_, it)| *it == name).map(|(role, _)| *role);
    role.unwrap_or_else(|| {
        let what = format!(
            "`role` is `{}`, and has to be mailbox, edge or management-tools",
            quoted(&name)
        );
        table.problem(node.at, &what, notes);
        Role::Mailbox
    })
}

fn tags(table: &mut Table<'_>, notes: &mut Notes<'_>) -> BTreeSet<Arc<str>> {
    let tags = table.names("tags", notes);
    if let Some((at, _)) = tags.get(TAGS_MAX) {
        table.problem(*at, &format!("{} tags, and {TAGS_MAX} is the limit", tags.len()), notes);
    }
    tags.into_iter().take(TAGS_MAX).map(|(_, it)| it.into()).collect()
}

fn build_of(table: &Table<'_>, node: Node<'_>, notes: &mut Notes<'_>) -> Option<Build> {
    let opened = node.open();
    let Opened::Text(text) = &opened else {
        table.wrong("build", node, &opened, "a build as \"15.2.2562.56\"", notes);
        return None;
    };
    let build = text.trim().parse::<Build>().ok();
    let Some(build) = build else {
        let what = format!(
            "`build` is `{}`, which is no file version of ExSetup.exe as \"15.2.2562.56\"",
            quoted(text)
        );
        table.problem(node.at, &what, notes);
        return None;
    };
    if Numbering::product(build).is_none() {
        table.problem(node.at, &format!("`build` is {build}, which no Exchange has"), notes);
        return None;
    }
    Some(build)
}
