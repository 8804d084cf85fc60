//! Writes an inventory as JSON: one server, one DAG and one copy a line.

use std::fmt;
use std::sync::Arc;

use exward_core::build::Build;
use exward_core::fleet::{Dag, DatabaseCopy, Facts, Inventory, Observed, Server, Value, Witness};
use jiff::Timestamp;

use super::SCHEMA;
use super::copies::state_name;
use super::server::ROLES;
use crate::document::{Object, lines, list, text};

/// Writes an inventory as JSON. Reading it gives the same inventory (N5), as long as every name in it is
/// one that a file can hold: not empty, one line, of at most 256 letters.
#[must_use]
pub fn write(inventory: &Inventory) -> String {
    let mut file = Object::new();
    file.text("schema", SCHEMA);
    let mut whole = file.end();
    whole.pop();
    whole.push_str(",\n\"organization\":");
    let shared = Shared::of(facts_seen(&inventory.organization));
    let mut organization = Object::new();
    shared.write(&mut organization);
    facts(&mut organization, &inventory.organization, &shared);
    whole.push_str(&organization.end());
    whole.push_str(",\n\"servers\":");
    whole.push_str(&lines(inventory.servers.values().map(server)));
    whole.push_str(",\n\"dags\":");
    whole.push_str(&lines(inventory.dags.values().map(dag)));
    whole.push_str("}\n");
    whole
}

/// The time and source that stand once, for all facts of an entry that have the same.
struct Shared<'a>(Option<(Timestamp, &'a Arc<str>)>);

impl<'a> Shared<'a> {
    /// Those of the first fact.
    fn of(mut seen: impl Iterator<Item = (Timestamp, &'a Arc<str>)>) -> Self {
        Self(seen.next())
    }

    fn write(&self, object: &mut Object) {
        if let Some((at, source)) = self.0 {
            object.text("at", &at.to_string());
            object.text("source", source);
        }
    }

    /// A fact: its value alone where time and source are the shared ones.
    fn fact<T>(&self, fact: &Observed<T>, value: impl fmt::Display) -> String {
        if self.0.is_some_and(|(at, source)| at == fact.at && *source == fact.source) {
            return value.to_string();
        }
        let mut object = Object::new();
        object.raw("value", value);
        object.text("at", &fact.at.to_string());
        object.text("source", &fact.source);
        object.end()
    }
}

fn facts_seen(facts: &Facts) -> impl Iterator<Item = (Timestamp, &Arc<str>)> {
    facts.values().map(|it| (it.at, &it.source))
}

fn facts(object: &mut Object, facts: &Facts, shared: &Shared<'_>) {
    for (item, fact) in facts {
        object.raw(item.name(), shared.fact(fact, value(&fact.value)));
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(_) | Value::Date(_) | Value::Windows(_) => text(&value.to_string()),
    }
}

fn server(server: &Server) -> String {
    let mut object = Object::new();
    object.text("name", server.name.as_str());
    let role = ROLES.iter().find(|(it, _)| *it == server.role);
    object.text_if("role", role.map(|(_, name)| *name));
    object.text_if("dag", server.dag.as_ref().map(|it| it.as_str()));
    object.text_if("site", server.site.as_ref().map(|it| it.as_str()));
    object.text_if("pool", server.pool.as_ref().map(|it| it.as_str()));
    object.texts_if("tags", server.tags.iter().map(|it| it.as_ref()));
    if let Some(max) = server.active_databases_max {
        object.raw("active_databases_max", max);
    }
    let build = server.build.iter().map(|it| (it.at, &it.source));
    let shared = Shared::of(build.chain(facts_seen(&server.facts)));
    shared.write(&mut object);
    if let Some(build) = &server.build {
        let number = |build: Build| text(&build.to_string());
        object.raw("build", shared.fact(build, number(build.value)));
    }
    if !server.facts.is_empty() {
        let mut known = Object::new();
        facts(&mut known, &server.facts, &shared);
        object.raw("facts", known.end());
    }
    object.end()
}

/// A DAG, its copies one a line.
pub(crate) fn dag(dag: &Dag) -> String {
    let mut object = Object::new();
    object.text("name", dag.name.as_str());
    object.raw("members", list(dag.members.iter().map(|it| text(it.as_str()))));
    let copies = dag.copies.iter().map(|it| (it.at, &it.source));
    let manager = dag.primary_active_manager.iter().map(|it| (it.at, &it.source));
    let healthy = dag.witness.iter().filter_map(|it| it.healthy.as_ref());
    let witness = healthy.map(|it| (it.at, &it.source));
    let shared = Shared::of(copies.chain(manager).chain(witness));
    shared.write(&mut object);
    if let Some(Witness { host, healthy }) = &dag.witness {
        let mut witness = Object::new();
        witness.text("host", host.as_str());
        if let Some(healthy) = healthy {
            witness.raw("healthy", shared.fact(healthy, healthy.value));
        }
        object.raw("witness", witness.end());
    }
    if let Some(manager) = &dag.primary_active_manager {
        object.raw("primary_active_manager", shared.fact(manager, text(manager.value.as_str())));
    }
    if let Some(copies) = &dag.copies {
        object.raw("copies", shared.fact(copies, lines(copies.value.iter().map(copy))));
    }
    object.end()
}

fn copy(copy: &DatabaseCopy) -> String {
    let mut object = Object::new();
    object.text("database", copy.database.as_str());
    object.text("server", copy.server.as_str());
    object.text("state", state_name(copy.state));
    object.raw("copy_queue_len", copy.copy_queue_len);
    object.raw("replay_queue_len", copy.replay_queue_len);
    if let Some(index_healthy) = copy.index_healthy {
        object.raw("index_healthy", index_healthy);
    }
    object.raw("lagged", copy.lagged);
    object.raw("activation_suspended", copy.activation_suspended);
    object.end()
}
