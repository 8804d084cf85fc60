//! Writes a blueprint in its one form (F1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::blueprint::{Blueprint, Recipe, RingRules, ServerUpdate, Step, Wave};
use exward_core::fleet::ServerName;
use exward_core::policy::{Approvals, Blackout, Gates, Limits, Window};

use super::SCHEMA;
use crate::document::{Object, lines, list, text};
use crate::inventory;
use crate::policy::schedule::{closing_text, time_text, weekday_name, zone_name};

/// Writes a blueprint as JSON. Reading it gives the same blueprint, as long as every name in it is one
/// that a file can hold (as [`crate::inventory::write()`] says), and its zones have IANA names.
#[must_use]
pub fn write(blueprint: &Blueprint) -> String {
    let parent = blueprint.parent.map(|it| it.to_string());
    let head: Vec<(&str, String)> = vec![
        ("schema", text(SCHEMA)),
        ("generation", blueprint.generation.to_string()),
        ("parent", parent.map_or_else(|| "null".to_owned(), |it| text(&it))),
        ("created_at", text(&blueprint.created_at.to_string())),
        ("catalog_as_of", text(&blueprint.catalog_as_of.to_string())),
        ("windows_ignored", blueprint.windows_ignored.to_string()),
        ("approvals", approvals(&blueprint.approvals)),
        ("gates", gates(&blueprint.gates)),
        ("blackouts", lines(blueprint.blackouts.iter().map(blackout))),
        ("pools", limits(&blueprint.pools, |it| it.as_str())),
        ("sites", limits(&blueprint.sites, |it| it.as_str())),
        ("pools_out", out(&blueprint.pools_out, |it| it.as_str())),
        ("sites_out", out(&blueprint.sites_out, |it| it.as_str())),
        ("dags", lines(blueprint.dags.values().map(inventory::dag))),
        ("rings", lines(blueprint.rings.iter().map(ring))),
        ("recipes", lines(blueprint.recipes.iter().map(recipe))),
        ("waves", lines(blueprint.waves.iter().map(wave))),
    ];
    let entries = head.into_iter().map(|(key, value)| format!("\"{key}\":{value}"));
    let whole: Vec<String> = entries.collect();
    format!("{{{}}}\n", whole.join(",\n"))
}

/// A limit; [`u32::MAX`] is none.
fn limit(max: u32) -> String {
    if max == u32::MAX { text("unlimited") } else { max.to_string() }
}

fn limits<K: Ord>(limits: &Limits<K>, name: fn(&K) -> &str) -> String {
    let mut max = Object::new();
    for (key, value) in &limits.max {
        max.raw(name(key), limit(*value));
    }
    let mut object = Object::new();
    object.raw("default_max", limit(limits.default_max));
    object.raw("max", max.end());
    object.end()
}

fn out<K: Ord>(out: &BTreeMap<K, BTreeSet<ServerName>>, name: fn(&K) -> &str) -> String {
    let mut object = Object::new();
    for (key, servers) in out {
        object.raw(name(key), list(servers.iter().map(|it| text(it.as_str()))));
    }
    object.end()
}

fn people(people: &BTreeSet<Arc<str>>) -> String {
    list(people.iter().map(|it| text(it)))
}

fn approvals(approvals: &Approvals) -> String {
    let mut object = Object::new();
    object.raw("needed", approvals.needed);
    object.raw("by", people(&approvals.by));
    object.raw("emergency_by", people(&approvals.emergency_by));
    object.end()
}

fn gates(gates: &Gates) -> String {
    let mut object = Object::new();
    object.raw("copy_queue_len_max", gates.copy_queue_len_max);
    object.raw("replay_queue_len_max", gates.replay_queue_len_max);
    object.raw("healthy_copies_min", gates.healthy_copies_min);
    object.raw("single_copy_allowed", gates.single_copy_allowed);
    object.raw("health_age_minutes_max", gates.health_age_minutes_max);
    object.raw("facts_age_minutes_max", gates.facts_age_minutes_max);
    object.end()
}

fn blackout(blackout: &Blackout) -> String {
    let mut object = Object::new();
    object.text("first", &blackout.first.to_string());
    object.text("last", &blackout.last.to_string());
    object.text("zone", zone_name(&blackout.zone));
    object.text("reason", &blackout.reason);
    object.end()
}

fn window(window: &Window) -> String {
    let mut object = Object::new();
    object.raw("days", list(window.weekdays.iter().map(|it| text(weekday_name(*it)))));
    object.text("from", &time_text(window.from));
    object.text("to", &closing_text(window.to));
    object.text("zone", zone_name(&window.zone));
    object.end()
}

fn ring(ring: &RingRules) -> String {
    let mut object = Object::new();
    object.text("name", ring.name.as_str());
    object.raw("unavailable_max", limit(ring.unavailable_max.unwrap_or(u32::MAX)));
    object.raw("soak_minutes", ring.soak_minutes);
    object.raw("failures_max", ring.failures_max);
    if !ring.windows.is_empty() {
        object.raw("windows", list(ring.windows.iter().map(window)));
    }
    object.end()
}

fn recipe(recipe: &Recipe) -> String {
    lines(recipe.0.iter().map(step))
}

fn step(step: &Step) -> String {
    let mut object = Object::new();
    object.text("do", step.action.name());
    object.text_if("with", step.action.argument().as_deref());
    object.raw("expected_minutes", step.expected_minutes);
    object.raw("deadline_minutes", step.deadline_minutes);
    object.end()
}

fn wave(wave: &Wave) -> String {
    let mut object = Object::new();
    object.raw("ring", wave.ring);
    object.raw("canary", wave.canary);
    object.text("expected_start", &wave.expected_start.to_string());
    object.raw("updates", lines(wave.updates.iter().map(update)));
    object.end()
}

fn update(update: &ServerUpdate) -> String {
    let mut object = Object::new();
    object.text("server", update.server.as_str());
    object.text_if("dag", update.dag.as_ref().map(|it| it.as_str()));
    object.text_if("pool", update.pool.as_ref().map(|it| it.as_str()));
    object.text_if("site", update.site.as_ref().map(|it| it.as_str()));
    object.text("from", &update.from.to_string());
    object.text("to", &update.to.to_string());
    object.text_if("redirect_to", update.redirect_to.as_ref().map(|it| it.as_str()));
    object.raw("recipe", update.recipe);
    object.end()
}
