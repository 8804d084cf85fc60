//! Reads a blueprint, and notes what no blueprint has (F3).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use exward_core::blueprint::{Action, Blueprint, Recipe, RingRules, ServerUpdate, Step, Wave};
use exward_core::fleet::{DagName, PoolName, RingName, ServerName, SiteName};
use exward_core::policy::Approvals;

use super::SCHEMA;
use crate::document::{Node, Notes, Opened, Table, quoted};
use crate::inventory;
use crate::policy::{rules, schedule};

pub(super) fn blueprint(root: Node<'_>, notes: &mut Notes<'_>) -> Option<Blueprint> {
    let mut file = Table::open(root, "", notes)?;
    let schema = file.need_name("schema", notes)?;
    if schema != SCHEMA {
        let what = format!("`schema` is `{}`, and has to be `{SCHEMA}`", quoted(&schema));
        file.problem(root.at, &what, notes);
        return None;
    }
    let generation = needed_number(&mut file, "generation", notes);
    let parent = file.take("parent");
    let parent = parent.map(|it| parsed(&file, "parent", it, "an id of a blueprint", notes));
    let created_at = needed(&mut file, "created_at", "a time", notes);
    let catalog_as_of = file.need_day("catalog_as_of", notes);
    let windows_ignored = needed_flag(&mut file, "windows_ignored", notes);
    let approvals = approvals(&mut file, notes);
    let gates = rules::gates(&mut file, notes);
    let blackouts = schedule::blackouts(&mut file, None, notes);
    let pools = rules::limits(&mut file, "pools", 1, PoolName::new, notes);
    let sites = rules::limits(&mut file, "sites", 1, SiteName::new, notes);
    let pools_out = out(&mut file, "pools_out", PoolName::new, notes);
    let sites_out = out(&mut file, "sites_out", SiteName::new, notes);
    let dags = file.list("dags", notes).into_iter();
    let dags = dags.filter_map(|it| inventory::read_dag(it, notes)).collect::<Vec<_>>();
    let dags = dags.into_iter().map(|it| (it.name.clone(), it)).collect();
    let rings = rings(&mut file, notes);
    let recipes = recipes(&mut file, notes);
    let waves = waves(&mut file, rings.len(), recipes.len(), notes);
    file.finish(notes);
    if generation.is_some_and(|it: u64| it == 0 || (it > 1) != parent.is_some()) {
        let what = "the first generation is 1 and has no parent, every later one has one";
        file.problem(root.at, what, notes);
    }
    Some(Blueprint {
        generation: generation?,
        parent: parent.flatten(),
        created_at: created_at?,
        catalog_as_of: catalog_as_of?,
        windows_ignored: windows_ignored?,
        approvals,
        gates,
        blackouts,
        pools,
        sites,
        pools_out,
        sites_out,
        dags,
        rings,
        recipes,
        waves,
    })
}

/// The value in a text: a build, a time, an id.
fn parsed<T: FromStr<Err: Display>>(
    table: &Table<'_>,
    key: &str,
    node: Node<'_>,
    what: &str,
    notes: &mut Notes<'_>,
) -> Option<T> {
    let text = table.name_of(key, node, notes)?;
    let value = text.parse().ok();
    if value.is_none() {
        table.problem(
            node.at,
            &format!("`{key}` is `{}`, which is not {what}", quoted(&text)),
            notes,
        );
    }
    value
}

fn needed<T: FromStr<Err: Display>>(
    table: &mut Table<'_>,
    key: &'static str,
    what: &str,
    notes: &mut Notes<'_>,
) -> Option<T> {
    let node = table.need(key, notes)?;
    parsed(table, key, node, what, notes)
}

fn needed_number<T: TryFrom<i64>>(
    table: &mut Table<'_>,
    key: &'static str,
    notes: &mut Notes<'_>,
) -> Option<T> {
    let node = table.need(key, notes)?;
    table.number_of(key, node, notes)
}

fn needed_flag(table: &mut Table<'_>, key: &'static str, notes: &mut Notes<'_>) -> Option<bool> {
    let node = table.need(key, notes)?;
    table.flag_of(key, node, notes)
}

fn approvals(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Approvals {
    let node = file.need("approvals", notes);
    let Some(mut table) = node.and_then(|it| Table::open(it, "approvals", notes)) else {
        return Approvals::default();
    };
    let approvals = Approvals {
        needed: needed_number(&mut table, "needed", notes).unwrap_or_default(),
        by: rules::people(&mut table, "by", notes),
        emergency_by: rules::people(&mut table, "emergency_by", notes),
    };
    table.finish(notes);
    approvals
}

/// Servers that were out of service, by pool or site.
fn out<K: Ord>(
    file: &mut Table<'_>,
    key: &'static str,
    name: fn(&str) -> K,
    notes: &mut Notes<'_>,
) -> BTreeMap<K, BTreeSet<ServerName>> {
    let mut out = BTreeMap::new();
    let Some(mut table) = file.need(key, notes).and_then(|it| Table::open(it, key, notes)) else {
        return out;
    };
    for (text, node) in table.rest() {
        let Opened::List(list) = node.open() else {
            table.wrong(&quoted(&text), node, &node.open(), "a list of servers", notes);
            continue;
        };
        let mut server = |it| Some(ServerName::new(&table.name_of(key, it, notes)?));
        out.insert(name(&text), list.into_iter().filter_map(&mut server).collect());
    }
    out
}

fn rings(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Vec<RingRules> {
    let mut rings = Vec::new();
    for node in file.list("rings", notes) {
        let Some(mut table) = Table::open(node, "a ring", notes) else { continue };
        let Some(name) = table.need_name("name", notes) else { continue };
        table.of = format!("ring `{}`", quoted(&name));
        let max = table.need("unavailable_max", notes);
        let max = max.and_then(|it| rules::limit(&table, "unavailable_max", it, notes));
        rings.push(RingRules {
            name: RingName::new(&name),
            unavailable_max: max.filter(|it| *it != u32::MAX),
            soak_minutes: needed_number(&mut table, "soak_minutes", notes).unwrap_or_default(),
            failures_max: needed_number(&mut table, "failures_max", notes).unwrap_or_default(),
            windows: schedule::windows(&mut table, None, notes),
        });
        table.finish(notes);
    }
    rings
}

fn recipes(file: &mut Table<'_>, notes: &mut Notes<'_>) -> Vec<Recipe> {
    let mut recipes = Vec::new();
    for (number, node) in file.list("recipes", notes).into_iter().enumerate() {
        let Opened::List(list) = node.open() else {
            file.wrong("recipes", node, &node.open(), "a list of steps", notes);
            continue;
        };
        let steps = (0..).zip(list);
        let steps = steps.filter_map(|(place, node): (u32, _)| {
            step(Table::open(node, format!("recipe {number}, step {place}"), notes)?, notes)
        });
        recipes.push(Recipe(steps.collect()));
    }
    recipes
}

fn step(mut table: Table<'_>, notes: &mut Notes<'_>) -> Option<Step> {
    let name = table.need_name("do", notes);
    let with = table.name("with", notes);
    let expected_minutes = needed_number(&mut table, "expected_minutes", notes);
    let deadline_minutes = needed_number(&mut table, "deadline_minutes", notes);
    table.finish(notes);
    let name = name?;
    let Some(action) = Action::parse(&name, with.as_deref()) else {
        let with = with.map_or(String::new(), |it| format!(" with `{}`", quoted(&it)));
        let what = format!("there is no action `{}`{with}", quoted(&name));
        table.problem(table.at, &what, notes);
        return None;
    };
    let (expected_minutes, deadline_minutes): (u32, u32) = (expected_minutes?, deadline_minutes?);
    if deadline_minutes < expected_minutes {
        let what = format!(
            "{action} is expected to take {expected_minutes} minutes, and fails after {deadline_minutes}"
        );
        table.problem(table.at, &what, notes);
    }
    Some(Step { action, expected_minutes, deadline_minutes })
}

fn waves(file: &mut Table<'_>, rings: usize, recipes: usize, notes: &mut Notes<'_>) -> Vec<Wave> {
    let mut waves = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, node) in file.list("waves", notes).into_iter().enumerate() {
        let Some(mut table) = Table::open(node, format!("wave {number}"), notes) else { continue };
        let ring = place(&mut table, "ring", rings, notes);
        let canary = needed_flag(&mut table, "canary", notes);
        let expected_start = needed(&mut table, "expected_start", "a time", notes);
        let mut updates = Vec::new();
        for node in table.list("updates", notes) {
            let of = format!("wave {number}, a server");
            let Some(update) =
                Table::open(node, of, notes).and_then(|it| update(it, number, recipes, notes))
            else {
                continue;
            };
            if !seen.insert(update.server.clone()) {
                table.problem(
                    node.at,
                    &format!("server {} is updated twice", update.server),
                    notes,
                );
            }
            updates.push(update);
        }
        table.finish(notes);
        if let (Some(ring), Some(canary), Some(expected_start)) = (ring, canary, expected_start) {
            waves.push(Wave { ring, canary, expected_start, updates });
        }
    }
    waves
}

/// A place in a list of so many.
fn place(
    table: &mut Table<'_>,
    key: &'static str,
    of: usize,
    notes: &mut Notes<'_>,
) -> Option<usize> {
    let node = table.need(key, notes)?;
    let place: usize = table.number_of(key, node, notes)?;
    if place >= of {
        table.problem(node.at, &format!("`{key}` is {place}, but there are only {of}"), notes);
        return None;
    }
    Some(place)
}

fn update(
    mut table: Table<'_>,
    wave: usize,
    recipes: usize,
    notes: &mut Notes<'_>,
) -> Option<ServerUpdate> {
    let server = table.need_name("server", notes)?;
    table.of = format!("wave {wave}, server {}", quoted(&server));
    let dag = table.name("dag", notes);
    let pool = table.name("pool", notes);
    let site = table.name("site", notes);
    let from = needed(&mut table, "from", "a build", notes);
    let to = needed(&mut table, "to", "a build", notes);
    let redirect_to = table.name("redirect_to", notes);
    let recipe = place(&mut table, "recipe", recipes, notes);
    table.finish(notes);
    Some(ServerUpdate {
        server: ServerName::new(&server),
        dag: dag.map(|it| DagName::new(&it)),
        pool: pool.map(|it| PoolName::new(&it)),
        site: site.map(|it| SiteName::new(&it)),
        from: from?,
        to: to?,
        redirect_to: redirect_to.map(|it| ServerName::new(&it)),
        recipe: recipe?,
    })
}
