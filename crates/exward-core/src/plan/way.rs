//! Which way one server takes through the update graph, and what it must bring along for it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::hold::{Hold, seen};
use crate::blueprint::Prerequisite;
use crate::build::Build;
use crate::catalog::{Catalog, Condition, Effect, KnownProblem, MoveKind};
use crate::fleet::{Facts, Item, Scope, Unusable, Value, fresh};
use crate::policy::{Gates, Goal};
use crate::route::{Hop, NoRoute, RefusedWay, Route, Routes, Unmet, routes};

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
    let mut best: Option<Vec<String>> = None;
    for (at, route) in routes.allowed.iter().enumerate() {
        if let Some(floor) = floor.filter(|floor| end(route).is_none_or(|it| it < *floor)) {
            let why = format!("the blueprint before aimed at {floor}, which is newer");
            refused.push(RefusedWay { way: name(route), why });
            continue;
        }
        let (baggage, unmet) = baggage(route, known);
        if unmet.is_empty() {
            refused.extend(routes.refused.iter().cloned());
            let warnings = warnings(route, known);
            return Ok(Choice { at, route, baggage, warnings, refused });
        }
        if best.is_none() {
            best = Some(unmet);
        } else {
            refused.push(RefusedWay { way: name(route), why: unmet.join("; ") });
        }
    }
    refused.extend(routes.refused.iter().cloned());
    Err(match (best, refused.first()) {
        (Some(unmet), _) => Hold::Conditions { unmet, refused },
        (None, Some(first)) => Hold::NoRoute { why: first.why.clone(), refused },
        (None, None) => Hold::NoRoute { why: "the update graph has no way".to_owned(), refused },
    })
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
    route.hops.iter().map(move_text).collect()
}

fn move_text(hop: &Hop<'_>) -> String {
    let (product, cu, build) = (hop.to.product, hop.to.cu, hop.to.build);
    match hop.kind {
        MoveKind::Su => format!("SU to {} ({build})", hop.to.level()),
        MoveKind::Cu => format!("CU to {product} {cu} ({build})"),
        MoveKind::InPlace => format!("in-place upgrade to {product} {cu} ({build})"),
        MoveKind::Migrate => format!("migration to {product} {cu} ({build})"),
    }
}

/// What the server brings along, and what stands in the way that an admin must see to.
fn baggage(route: &Route<'_>, known: Known<'_>) -> (Baggage, Vec<String>) {
    let mut baggage = Baggage::default();
    let mut stands_against = Vec::new();
    for (at, hop) in route.hops.iter().enumerate() {
        let age_max = known.gates.facts_age_minutes_max;
        let unmet = hop.unmet(known.server, known.organization, known.now, age_max);
        let tests: Vec<&Condition> = unmet.iter().filter_map(condition_of).collect();
        for it in &unmet {
            match bring(it, &tests) {
                Some(Brought::Restart) => baggage.restart_pending = true,
                Some(Brought::Install(what)) => {
                    if baggage.prerequisites.iter().all(|(_, has)| *has != what) {
                        baggage.prerequisites.push((at, what));
                    }
                }
                None => stands_against.push(unmet_text(it)),
            }
        }
    }
    stands_against.dedup();
    (baggage, stands_against)
}

enum Brought {
    Restart,
    Install(Prerequisite),
}

/// The condition that is not met, if it is one that fails.
const fn condition_of<'c>(unmet: &Unmet<'c>) -> Option<&'c Condition> {
    match unmet {
        Unmet::Fails { condition, .. } => Some(condition),
        Unmet::Unsure { .. } | Unmet::Problem(_) | Unmet::ProblemUnsure { .. } => None,
    }
}

/// What the update itself can do about it; `None`: nothing. `failing` are all failing conditions of
/// the move, since one installation must satisfy each of them.
fn bring(unmet: &Unmet<'_>, failing: &[&Condition]) -> Option<Brought> {
    let Unmet::Fails { condition, seen } = unmet else { return None };
    if !condition.self_service {
        return None;
    }
    let all_pass = |value: &Value| {
        failing.iter().filter(|it| it.item == condition.item).all(|it| it.test.passes(value))
    };
    if condition.item == Item::PendingReboot {
        all_pass(&Value::Flag(false)).then_some(Brought::Restart)
    } else if condition.item == Item::DotNet {
        // The lowest release that passes; .NET Framework never goes back to an older one.
        let mut newer = DOT_NET.map(|(what, release)| (what, Value::Number(release))).into_iter();
        let fitting = newer.find(|(_, value)| value > seen && all_pass(value));
        fitting.map(|(what, _)| Brought::Install(what))
    } else {
        let module = MODULES.into_iter().find(|(item, _)| *item == condition.item);
        module.filter(|_| all_pass(&Value::Flag(true))).map(|(_, what)| Brought::Install(what))
    }
}

/// What is there or not.
const MODULES: [(Item, Prerequisite); 3] = [
    (Item::Vc2012, Prerequisite::Vc2012),
    (Item::Vc2013, Prerequisite::Vc2013),
    (Item::UrlRewrite, Prerequisite::UrlRewrite),
];

/// The releases of .NET Framework that a blueprint installs: "Exchange Server supportability matrix".
const DOT_NET: [(Prerequisite, i64); 2] =
    [(Prerequisite::DotNet48, 528_040), (Prerequisite::DotNet481, 533_320)];

fn unmet_text(unmet: &Unmet<'_>) -> String {
    match unmet {
        Unmet::Fails { condition, seen } => {
            format!("{} is {seen}: {}", condition.item.title(), condition.remedy)
        }
        Unmet::Unsure { condition, why } => {
            format!("{}: {}; collect the inventory again", condition.item.title(), seen(*why))
        }
        Unmet::Problem(problem) => format!("{}: {}", problem.what, problem.remedy),
        Unmet::ProblemUnsure { problem, why } => {
            let item = problem.when.as_ref().map_or("", |(item, _)| item.title());
            format!("{} ({item}: {}); collect the inventory again", problem.what, seen(*why))
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
            known.ask(*item).map_or(true, |value| test.passes(value))
        });
        let text = format!("{}: {}", problem.what, problem.remedy);
        if shows && !warnings.contains(&text) {
            warnings.push(text);
        }
    }
    warnings
}
