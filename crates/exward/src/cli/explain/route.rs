//! `exward explain BUILD --to …`: the way through the update graph as text for people.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use exward_core::build::Build;
use exward_core::catalog::{Catalog, Condition, Effect, KnownProblem, Placement, Release, Test};
use exward_core::policy::Goal;
use exward_core::route::{Hop, NoRoute, RESTART_MINUTES, RefusedWay, Route, routes, self_service};

use crate::error::CommandError;
use crate::plain;

/// The answer, with a line that says as of when it holds.
pub(super) fn answer(catalog: &Catalog, from: &str, to: &str) -> Result<String, CommandError> {
    let from = build(from)?;
    let goal =
        if to.eq_ignore_ascii_case("latest") { Goal::Latest } else { Goal::Build(build(to)?) };
    let mut lines = vec![start(catalog, from, goal)];
    match routes(catalog, from, goal) {
        Ok(ways) => {
            let mut told = BTreeSet::new();
            for (at, way) in (1..).zip(&ways.allowed) {
                one_way(at, way, &mut told, &mut lines);
            }
            lines.push(
                "Prerequisites, leaving service and returning to it take their minutes on top."
                    .to_owned(),
            );
            refused(&ways.refused, &mut lines);
        }
        Err(why) => none(why, &mut lines),
    }
    lines.push(format!("Catalog as of {}.", catalog.as_of()));
    Ok(lines.iter().fold(String::new(), |mut text, it| {
        let indent = it.len().saturating_sub(it.trim_start().len());
        let _infallible = writeln!(text, "{}{}", " ".repeat(indent), plain::line(it.trim_start()));
        text
    }))
}

fn build(text: &str) -> Result<Build, CommandError> {
    text.trim().parse().map_err(|error| CommandError::Usage {
        what: plain::line(&format!("--to goes from a build to a build: {error}")).into_owned(),
        help: "for example: exward explain 15.2.1544.9 --to latest".to_owned(),
    })
}

/// `15.2.1544.9 (2019 CU14 Mar24SU) to the newest update that it can get to:`
fn start(catalog: &Catalog, from: Build, goal: Goal) -> String {
    let level = match catalog.place(from) {
        Placement::Listed(_, it) => format!(" ({})", named(it)),
        Placement::Floored(_, it) | Placement::Between(_, it, _) | Placement::BelowBase(_, it) => {
            format!(" (not listed, counts as {})", named(it))
        }
        Placement::NewerInLine(..)
        | Placement::Preview(_)
        | Placement::NewerCu(_)
        | Placement::Unpublished(_)
        | Placement::Legacy(_)
        | Placement::ExchangeOnline
        | Placement::Foreign => String::new(),
    };
    let to = match goal {
        Goal::Latest => "the newest update that it can get to".to_owned(),
        Goal::Build(to) => to.to_string(),
    };
    let withdrawn = catalog.moves().withdrawal(from).map_or_else(String::new, |it| {
        format!(" It was withdrawn on {}: {} ({}).", it.since, it.why, it.source)
    });
    format!("{from}{level} to {to}.{withdrawn}")
}

/// `2019 CU14 Mar24SU`; the base of a CU has no level of its own.
fn named(release: &Release) -> String {
    let Release { product, cu, .. } = release;
    if release.kind.is_base() {
        format!("{product} {cu}")
    } else {
        format!("{product} {cu} {}", release.level())
    }
}

fn one_way(at: usize, way: &Route<'_>, told: &mut BTreeSet<String>, lines: &mut Vec<String>) {
    let best = if at == 1 { " (best)" } else { "" };
    let moves = if way.hops.len() == 1 { "move" } else { "moves" };
    let count = way.hops.len();
    lines.push(format!("Way {at}{best}: {count} {moves}, {}", minutes(way)));
    for (number, hop) in (1..).zip(&way.hops) {
        one_hop(number, hop, told, lines);
    }
}

/// `about 270 minutes in all: 180 + 45 to install, 3 restarts of 15`.
fn minutes(way: &Route<'_>) -> String {
    let installs: Vec<String> = way.hops.iter().map(|it| it.expected_minutes.to_string()).collect();
    let restarts = way.hops.iter().fold(0_u32, |sum, it| sum.saturating_add(it.restarts()));
    let word = if restarts == 1 { "restart" } else { "restarts" };
    let (all, installs) = (way.expected_minutes(), installs.join(" + "));
    format!(
        "about {all} minutes in all: {installs} to install, {restarts} {word} of {RESTART_MINUTES}"
    )
}

fn one_hop(number: usize, hop: &Hop<'_>, told: &mut BTreeSet<String>, lines: &mut Vec<String>) {
    let known = [hop.to.kb.clone(), hop.to.released.map(|it| it.to_string())];
    let known = known.into_iter().flatten().fold(String::new(), |all, it| format!("{all}, {it}"));
    let restarts = match hop.restarts() {
        1 => "1 restart after it",
        _ => "a restart before and one after it",
    };
    lines.push(format!("  {number}. {hop}{known}: {} minutes, {restarts}", hop.expected_minutes));
    if !hop.to.note.is_empty() {
        lines.push(format!("     Of this build: {}", hop.to.note));
    }
    if !hop.rule.note.is_empty() && told.insert(hop.rule.note.clone()) {
        lines.push(format!("     {}", hop.rule.note));
        lines.push(format!("     Source: {}", hop.rule.source));
    }
    let mut as_above = Vec::new();
    for it in &hop.conditions {
        let text = condition(it);
        if told.insert(text.clone()) {
            lines.push(format!("     Needs {text}"));
            lines.push(format!("       If not: {}{}", it.remedy, step(it)));
            lines.push(format!("       Source: {}", it.source));
        } else {
            as_above.push(it.id.as_str());
        }
    }
    if !as_above.is_empty() {
        lines.push(format!("     Needs as above: {}", as_above.join(", ")));
    }
    for it in &hop.problems {
        problem(it, lines);
    }
}

/// `.NET Framework release: at least 528040 (dotnet-48)`.
fn condition(it: &Condition) -> String {
    let only_if = it.only_if.as_ref().map_or_else(String::new, |(item, test)| {
        format!(", where {} is {}", item.title(), words(test))
    });
    format!("{}: {}{only_if} ({})", it.item.title(), words(&it.test), it.id)
}

/// `; a blueprint does it: install-prerequisite dotnet-48`.
fn step(it: &Condition) -> String {
    self_service(it).map_or_else(String::new, |action| format!(" (a blueprint does it: {action})"))
}

/// A test in words: `2019, 2022 or 2025`.
fn words(test: &Test) -> String {
    match test {
        Test::OneOf(values) => list(values.iter().map(ToString::to_string).collect()),
        Test::NoneOf(values) => {
            format!("not {}", list(values.iter().map(ToString::to_string).collect()))
        }
        Test::AtLeast(value) => format!("at least {value}"),
        Test::Below(value) => format!("below {value}"),
        Test::AfterToday { days } => format!("more than {days} days from today"),
    }
}

fn list(mut values: Vec<String>) -> String {
    match (values.pop(), values.is_empty()) {
        (None, _) => String::new(),
        (Some(only), true) => only,
        (Some(last), false) => format!("{} or {last}", values.join(", ")),
    }
}

fn problem(it: &KnownProblem, lines: &mut Vec<String>) {
    let effect = match it.effect {
        Effect::Refuse => "Not made",
        Effect::Warn => "Known problem",
    };
    let when = it.when.as_ref().map_or_else(String::new, |(item, test)| {
        format!(" where {} is {}", item.title(), words(test))
    });
    lines.push(format!("     {effect}{when}: {} ({})", it.what, it.id));
    lines.push(format!("       Remedy: {}", it.remedy));
    lines.push(format!("       Source: {}", it.source));
}

fn refused(ways: &[RefusedWay], lines: &mut Vec<String>) {
    for it in ways {
        lines.push(format!("Not taken: {}: {}", it.way, it.why));
    }
}

/// Why there is no way; what was looked at, each with its reason.
fn none(why: NoRoute, lines: &mut Vec<String>) {
    if let NoRoute::Refused { from, refused: ways } = why {
        lines.push(format!("No way is allowed from {from}."));
        refused(&ways, lines);
    } else {
        lines.push(format!("No move: {why}."));
    }
}

#[cfg(test)]
mod tests;
