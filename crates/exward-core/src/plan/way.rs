//! Which way one server takes through the update graph, and what it must bring along for it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, tz};

use super::hold::{Hold, seen};
use crate::blueprint::{Action, Prerequisite};
use crate::build::Build;
use crate::catalog::{Catalog, Effect, KnownProblem};
use crate::fleet::{Facts, Item, Scope, Unusable, Value, fresh};
use crate::policy::{Gates, Goal};
use crate::route::{NoRoute, RefusedWay, Route, Routes, Unmet, routes, self_service};

/// The ways from every build of an estate, each asked once.
pub(super) struct Ways<'c>(BTreeMap<Build, Result<Routes<'c>, NoRoute>>);

impl<'c> Ways<'c> {
    pub(super) fn new(
        catalog: &'c Catalog,
        goal: Goal,
        builds: impl Iterator<Item = Build>,
    ) -> Self {
        let mut ways = BTreeMap::new();
        for from in builds {
            ways.entry(from).or_insert_with(|| routes(catalog, from, goal));
        }
        Self(ways)
    }

    /// The lowest build that any way leads to; `None`: one leads nowhere, or there is none.
    pub(super) fn lowest_end(&self) -> Option<Build> {
        self.0.values().flatten().flat_map(|it| &it.allowed).map(end).min().flatten()
    }

    /// The ways from a build, or why there is none.
    pub(super) fn from(&self, build: Build) -> Result<&Routes<'c>, Hold> {
        match self.0.get(&build) {
            Some(Ok(routes)) => Ok(routes),
            Some(Err(NoRoute::Current { build })) => Err(Hold::Current { build: *build }),
            Some(Err(why)) => Err(Hold::NoRoute { why: why.to_string(), refused: refused_in(why) }),
            // Every build of the estate was asked; another one has no way.
            None => {
                Err(Hold::NoRoute { why: format!("{build} was not asked"), refused: Vec::new() })
            }
        }
    }
}

fn refused_in(why: &NoRoute) -> Vec<RefusedWay> {
    match why {
        NoRoute::Refused { refused, .. } => refused.clone(),
        NoRoute::Current { .. }
        | NoRoute::NoGraph
        | NoRoute::NewerThanCatalog { .. }
        | NoRoute::UnknownStart { .. }
        | NoRoute::UnknownGoal { .. }
        | NoRoute::Backwards { .. }
        | NoRoute::MigrateOnly { .. } => Vec::new(),
    }
}

/// What a server brings along for its way.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Baggage {
    /// What is installed before the move at this place.
    pub(super) prerequisites: Vec<(usize, Prerequisite)>,
    /// A restart is pending.
    pub(super) restart_pending: bool,
}

/// The way that a server takes.
pub(super) struct Choice<'w, 'c> {
    /// Place in [`Routes::allowed`].
    pub(super) at: usize,
    pub(super) route: &'w Route<'c>,
    pub(super) baggage: Baggage,
    pub(super) warnings: Vec<String>,
    pub(super) refused: Vec<RefusedWay>,
}

/// What is known of a server and around it.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) server: &'a Facts,
    pub(super) organization: &'a Facts,
    pub(super) now: Timestamp,
    pub(super) gates: &'a Gates,
}

impl<'a> Known<'a> {
    fn today(&self) -> Date {
        tz::Offset::UTC.to_datetime(self.now).date()
    }

    fn ask(&self, item: Item) -> Result<&'a Value, Unusable> {
        let facts = match item.scope() {
            Scope::Server => self.server,
            Scope::Organization => self.organization,
        };
        fresh(facts.get(&item), self.now, self.gates.facts_age_minutes_max)
    }
}

/// The first way whose conditions are met or come about by the update itself. With a `floor`, ways
/// that end below it are refused (P10).
pub(super) fn choose<'w, 'c>(
    routes: &'w Routes<'c>,
    floor: Option<Build>,
    known: Known<'_>,
) -> Result<Choice<'w, 'c>, Hold> {
    let mut refused = Vec::new();
    // The best way that is refused, with what stands against it.
    let mut best: Option<(&Route<'_>, Vec<String>)> = None;
    for (at, route) in routes.allowed.iter().enumerate() {
        if let Some(floor) = floor.filter(|floor| end(route).is_none_or(|it| it < *floor)) {
            let why = format!("the blueprint before aimed at {floor}, which is newer");
            refused.push(RefusedWay { way: name(route), why });
            continue;
        }
        let (baggage, unmet) = baggage(route, known);
        if unmet.is_empty() {
            let first = best.map(|(route, unmet)| refusal(route, &unmet));
            let refused = first.into_iter().chain(refused).chain(routes.refused.iter().cloned());
            let warnings = warnings(route, known);
            return Ok(Choice { at, route, baggage, warnings, refused: refused.collect() });
        }
        if best.is_none() {
            best = Some((route, unmet));
        } else {
            refused.push(refusal(route, &unmet));
        }
    }
    refused.extend(routes.refused.iter().cloned());
    Err(match (best, refused.first()) {
        (Some((_, unmet)), _) => Hold::Conditions { unmet, refused },
        (None, Some(first)) => Hold::NoRoute { why: first.why.clone(), refused },
        (None, None) => Hold::NoRoute { why: "the update graph has no way".to_owned(), refused },
    })
}

/// A way that is refused for what stands against it.
fn refusal(route: &Route<'_>, unmet: &[String]) -> RefusedWay {
    RefusedWay { way: name(route), why: unmet.join("; ") }
}

/// Where a way ends.
pub(super) fn end(route: &Route<'_>) -> Option<Build> {
    route.hops.last().map(|hop| hop.to.build)
}

/// A way in a few words: its moves.
fn name(route: &Route<'_>) -> String {
    path(route).join(", ")
}

/// The moves of a way, for people.
pub(super) fn path(route: &Route<'_>) -> Vec<String> {
    route.hops.iter().map(ToString::to_string).collect()
}

/// What the server brings along, and what stands in the way that an admin must see to.
fn baggage(route: &Route<'_>, known: Known<'_>) -> (Baggage, Vec<String>) {
    let mut baggage = Baggage::default();
    let mut stands_against = Vec::new();
    for (at, hop) in route.hops.iter().enumerate() {
        let age_max = known.gates.facts_age_minutes_max;
        let unmet = hop.unmet(known.server, known.organization, known.now, age_max);
        for it in &unmet {
            match bring(it) {
                Some(Action::InstallPrerequisite(what)) => {
                    if baggage.prerequisites.iter().all(|(_, has)| *has != what) {
                        baggage.prerequisites.push((at, what));
                    }
                }
                // The other step that a blueprint has for a condition.
                Some(_) => baggage.restart_pending = true,
                None => stands_against.push(unmet_text(it)),
            }
        }
    }
    stands_against.dedup();
    (baggage, stands_against)
}

/// The step that brings about what is not met; `None`: an admin must see to it. What nobody knows is
/// never brought about blindly (P11).
fn bring(unmet: &Unmet<'_>) -> Option<Action> {
    match unmet {
        Unmet::Fails { condition, .. } => self_service(condition),
        Unmet::Unsure { .. } | Unmet::Problem(_) | Unmet::ProblemUnsure { .. } => None,
    }
}

fn unmet_text(unmet: &Unmet<'_>) -> String {
    match unmet {
        Unmet::Fails { condition, seen } => {
            format!("{} is {seen}: {}", condition.item.title(), condition.remedy)
        }
        Unmet::Unsure { condition, why } => {
            format!("{}: {}", condition.item.title(), seen(*why))
        }
        Unmet::Problem(problem) => format!("{}: {}", problem.what, problem.remedy),
        Unmet::ProblemUnsure { problem, why } => {
            let item = problem.when.as_ref().map_or("", |(item, _)| item.title());
            format!("{} ({item}: {})", problem.what, seen(*why))
        }
    }
}

/// Problems of the way that only warn, where they show or might.
fn warnings(route: &Route<'_>, known: Known<'_>) -> Vec<String> {
    let warn = |it: &&&KnownProblem| it.effect == Effect::Warn;
    let mut warnings = Vec::new();
    for problem in route.hops.iter().flat_map(|hop| &hop.problems).filter(warn) {
        let shows = problem.when.as_ref().is_none_or(|(item, test)| {
            // Whoever does not know is told.
            known.ask(*item).map_or(true, |value| test.passes(value, known.today()))
        });
        let text = format!("{}: {}", problem.what, problem.remedy);
        if shows && !warnings.contains(&text) {
            warnings.push(text);
        }
    }
    warnings
}
