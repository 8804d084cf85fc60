//! The walk through the graph: lines are its nodes, CU and in-place rules its edges, SUs its ends.

use std::cmp::Reverse;

use super::start::{self, Start};
use super::{Hop, NoRoute, RefusedWay, Route, Routes};
use crate::build::Build;
use crate::catalog::{Catalog, Entitlement, Line, MoveKind, MoveRule, Release};

/// Most CUs and in-place upgrades in one way. 2019 of any CU to SE takes two.
const LEGS_MAX: usize = 4;

/// A line that can be reached, and from where.
struct Node<'c> {
    line: &'c Line,
    /// The node before it, and the rule that leads on from there; `None` for the start.
    via: Option<(usize, &'c MoveRule)>,
    legs: usize,
}

/// Lines that can be reached in place, the start first, each by its shortest way; of ways as short the
/// one through the newest CU.
struct Reach<'c> {
    nodes: Vec<Node<'c>>,
    /// CUs that a rule leads to, but that are withdrawn.
    withdrawn: Vec<RefusedWay>,
}

/// See [`Goal::Latest`](crate::policy::Goal::Latest) in [`super::routes`].
pub(super) fn latest(catalog: &Catalog, from: Build) -> Result<Routes<'_>, NoRoute> {
    let start = start::of(catalog, from)?;
    let reach = Reach::of(catalog, &start);
    let mut ways = Ways { catalog, start: &start, allowed: Vec::new(), refused: Vec::new() };
    let mut asides = Vec::new();

    let own_newest = start::updates(catalog, start.line).next();
    let mut is_own_serviced = true;
    for (at, node) in reach.newest_of_each_product(start.line) {
        if node.line.product == start.line.product {
            let newest = start::updates(catalog, node.line).next();
            is_own_serviced = newest.zip(own_newest).is_none_or(|(it, own)| !is_older(own, it))
                && own_newest.is_some();
            if is_own_serviced {
                asides.push(RefusedWay {
                    way: format!("CU to {} {}", node.line.product, node.line.cu),
                    why: format!("SUs of {} are as new, without a CU", start.line.cu),
                });
                continue;
            }
        }
        asides.extend(ways.passed_over(node.line));
        for end in ways.ends(node.line) {
            ways.take(&reach, at, end);
        }
    }
    if is_own_serviced {
        asides.extend(ways.passed_over(start.line));
        for end in ways.ends(start.line) {
            ways.take(&reach, 0, end);
        }
    } else if let Some(newest) = own_newest.filter(|it| it.build > start.build) {
        ways.refused.push(RefusedWay {
            way: format!("SU on {} {}", start.line.product, start.line.cu),
            why: format!("{} is its newest; a newer CU has newer ones", named(newest)),
        });
    }
    ways.refused.extend(reach.withdrawn);
    ways.conclude(from, asides)
}

/// See [`Goal::Build`](crate::policy::Goal::Build) in [`super::routes`].
pub(super) fn to_build(catalog: &Catalog, from: Build, to: Build) -> Result<Routes<'_>, NoRoute> {
    let refuse = |why: String| {
        let way = format!("build {to}");
        Err(NoRoute::Refused { from, refused: vec![RefusedWay { way, why }] })
    };
    let Some(goal) = catalog.release(to) else { return Err(NoRoute::UnknownGoal { build: to }) };
    if let Some(why) = start::unfit(catalog, goal) {
        return refuse(why);
    }
    if from == to {
        return Err(NoRoute::Current { build: from });
    }
    if to < from {
        return Err(NoRoute::Backwards { from, to });
    }
    let start = start::of(catalog, from)?;
    if start.build == to {
        return Err(NoRoute::Current { build: from });
    }
    let reach = Reach::of(catalog, &start);
    let Some(at) = reach.nodes.iter().position(|it| it.line.builds.contains(&to)) else {
        let (line, goal_is) = (start.line, (goal.product, goal.cu));
        return match start::migrate_only(catalog, from, line.product, line.cu, Some(goal_is)) {
            Some(migrate) => Err(migrate),
            None => refuse(format!(
                "no rule of the catalog leads from {} {} to {} {}",
                line.product, line.cu, goal.product, goal.cu
            )),
        };
    };
    if goal.kind.is_base()
        && let Some(newest) = catalog.line_of(to).and_then(|it| start::updates(catalog, it).next())
    {
        return refuse(format!("a bare CU is no goal while it has an SU: {}", named(newest)));
    }
    let mut ways = Ways { catalog, start: &start, allowed: Vec::new(), refused: Vec::new() };
    ways.take(&reach, at, goal);
    match ways.allowed.is_empty() {
        true => Err(NoRoute::Refused { from, refused: ways.refused }),
        false => Ok(Routes { allowed: ways.allowed, refused: ways.refused }),
    }
}

impl<'c> Reach<'c> {
    fn of(catalog: &'c Catalog, start: &Start<'c>) -> Self {
        let mut reach = Self {
            nodes: vec![Node { line: start.line, via: None, legs: 0 }],
            withdrawn: Vec::new(),
        };
        let mut at = 0;
        while let Some(node) = reach.nodes.get(at) {
            let (line, legs) = (node.line, node.legs);
            if legs < LEGS_MAX {
                for rule in catalog.moves().rules.iter().filter(|it| leads_on(it, line)) {
                    reach.follow(catalog, start, (at, legs), rule);
                }
            }
            at = at.saturating_add(1);
        }
        reach
    }

    /// Adds the lines that a rule leads to from a node, newest first.
    fn follow(
        &mut self,
        catalog: &'c Catalog,
        start: &Start<'c>,
        (at, legs): (usize, usize),
        rule: &'c MoveRule,
    ) {
        let is_newer = |it: &&Line| {
            let here = self.nodes.get(at).map_or(start.build, |node| node.line.base);
            it.base > here && it.base > start.build // G2
        };
        let targets = catalog.lines(rule.to.product).rev();
        let targets = targets.filter(|it| rule.to.holds(it.product, it.cu)).filter(is_newer);
        let targets: Vec<&'c Line> = targets.collect();
        for line in targets {
            if let Some(it) = catalog.moves().withdrawal(line.base) {
                let way = format!("{} {}", line.product, line.cu);
                if !self.withdrawn.iter().any(|it| it.way == way) {
                    self.withdrawn.push(RefusedWay { way, why: start::withdrawn(it) });
                }
            } else if !self.nodes.iter().any(|it| it.line.base == line.base) {
                let legs = legs.saturating_add(1);
                self.nodes.push(Node { line, via: Some((at, rule)), legs });
            }
        }
    }

    /// The newest line of each product but the start's own, newest product first.
    fn newest_of_each_product(&self, own: &Line) -> Vec<(usize, &Node<'c>)> {
        let mut nodes: Vec<_> = self.nodes.iter().enumerate().collect();
        nodes.sort_by_key(|(_, it)| Reverse((it.line.product, it.line.cu)));
        nodes.dedup_by_key(|(_, it)| it.line.product);
        nodes.retain(|(_, it)| it.line.base != own.base);
        nodes
    }

    /// Rules and lines from the start to a node, in order.
    fn legs(&self, mut at: usize) -> Vec<(&'c MoveRule, &'c Line)> {
        let mut legs = Vec::new();
        while let Some((node, (before, rule))) =
            self.nodes.get(at).and_then(|node| Some((node, node.via?)))
        {
            legs.push((rule, node.line));
            at = before;
        }
        legs.reverse();
        legs
    }
}

/// Ways found so far.
struct Ways<'c, 's> {
    catalog: &'c Catalog,
    start: &'s Start<'c>,
    allowed: Vec<Route<'c>>,
    refused: Vec<RefusedWay>,
}

impl<'c> Ways<'c, '_> {
    /// Where ways to a line may end: its newest SU, its newest public one where that is for ESU customers
    /// only, or the bare CU where it has none (G3). Only what is newer than the start.
    fn ends(&self, line: &'c Line) -> Vec<&'c Release> {
        let mut updates = start::updates(self.catalog, line).peekable();
        let Some(newest) = updates.peek().copied() else {
            return self.catalog.release(line.base).into_iter().collect();
        };
        let public = updates.find(|it| it.entitlement == Entitlement::Public);
        let mut ends = vec![newest];
        ends.extend(public.filter(|it| it.build != newest.build));
        ends.retain(|it| it.build > self.start.build);
        ends
    }

    /// Builds of a line newer than its newest usable SU, with why each is none.
    fn passed_over(&self, line: &'c Line) -> Vec<RefusedWay> {
        let releases = line.builds.iter().rev().filter_map(|it| self.catalog.release(*it));
        let newer = releases.filter(|it| it.build > self.start.build && !it.kind.is_base());
        let unfit = newer.map_while(|it| {
            let why = start::unfit(self.catalog, it)?;
            Some(RefusedWay { way: format!("build {}", named(it)), why })
        });
        unfit.collect()
    }

    /// Takes the way through a node to a release of its line, or says why not.
    fn take(&mut self, reach: &Reach<'c>, at: usize, end: &'c Release) {
        let way = || format!("{} {} {}", end.product, end.cu, named(end));
        if end.build <= self.start.build {
            return;
        }
        if is_older(end, self.start.level) {
            let why = format!(
                "it came out before {}, which the server has: fixes would be lost",
                named(self.start.level)
            );
            self.refused.push(RefusedWay { way: way(), why });
            return;
        }
        let mut hops = Vec::new();
        for (rule, line) in reach.legs(at) {
            let Some(base) = self.catalog.release(line.base) else { return };
            hops.push(Hop::new(self.catalog, rule, base));
        }
        if !end.kind.is_base() {
            let Some(rule) = su_rule(self.catalog, end) else {
                let why = "no rule of the catalog allows an SU on that CU".to_owned();
                self.refused.push(RefusedWay { way: way(), why });
                return;
            };
            hops.push(Hop::new(self.catalog, rule, end));
        }
        if !hops.is_empty() {
            self.allowed.push(Route { hops });
        }
    }

    /// The answer. `asides` explain choices; where no way is left they are no reason against one.
    fn conclude(mut self, from: Build, asides: Vec<RefusedWay>) -> Result<Routes<'c>, NoRoute> {
        let rank = |it: &Route<'_>| {
            let end = it.end();
            let what = Reverse((end.map(|it| it.product), end.map(|it| it.released)));
            (what, it.hops.len(), Reverse(end.map(|it| it.build)))
        };
        self.allowed.sort_by_key(rank);
        let line = self.start.line;
        let product =
            self.allowed.first().and_then(Route::end).map_or(line.product, |it| it.product);
        let migrate = newest_migration(self.catalog, line).filter(|it| it.to.product > product);
        if self.allowed.is_empty() {
            return Err(self.no_way(from, migrate.is_some()));
        }
        self.refused.extend(asides);
        self.refused.extend(
            migrate
                .map(|it| RefusedWay { way: format!("{} in place", it.to), why: it.note.clone() }),
        );
        Ok(Routes { allowed: self.allowed, refused: self.refused })
    }

    fn no_way(mut self, from: Build, migrates: bool) -> NoRoute {
        let line = self.start.line;
        if migrates && let Some(rule) = newest_migration(self.catalog, line) {
            let why = start::migration(rule);
            return NoRoute::MigrateOnly { from, what: rule.to.to_string(), why };
        }
        if let Some(it) = self.catalog.moves().withdrawal(self.start.level.build) {
            let way = format!("stay on {}", named(self.start.level));
            self.refused.push(RefusedWay { way, why: start::withdrawn(it) });
        }
        match self.refused.is_empty() {
            true => NoRoute::Current { build: from },
            false => NoRoute::Refused { from, refused: self.refused },
        }
    }
}

/// The migration to the newest product that the catalog names for a line.
fn newest_migration<'c>(catalog: &'c Catalog, line: &Line) -> Option<&'c MoveRule> {
    let rules = catalog.moves().rules.iter().filter(|it| it.kind == MoveKind::Migrate);
    let rules = rules.filter(|it| it.from.holds(line.product, line.cu));
    rules.max_by_key(|it| it.to.product)
}

fn leads_on(rule: &MoveRule, line: &Line) -> bool {
    matches!(rule.kind, MoveKind::Cu | MoveKind::InPlace) && rule.from.holds(line.product, line.cu)
}

fn su_rule<'c>(catalog: &'c Catalog, to: &Release) -> Option<&'c MoveRule> {
    let mut rules = catalog.moves().rules.iter().filter(|it| it.kind == MoveKind::Su);
    rules.find(|it| it.from.holds(to.product, to.cu))
}

/// True if it surely came out before the other (G5).
fn is_older(it: &Release, than: &Release) -> bool {
    it.released.zip(than.released).is_some_and(|(it, than)| it.is_before(than))
}

/// `Oct26SU (15.2.2562.56)`.
fn named(release: &Release) -> String {
    format!("{} ({})", release.level(), release.build)
}
