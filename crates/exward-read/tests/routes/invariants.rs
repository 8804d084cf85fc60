//! A way is what the invariants of the graph say, seen without the code that made it.

use std::sync::LazyLock;

use exward_core::build::Build;
use exward_core::catalog::{Entitlement, Facts, Kind, MoveKind, MoveRule, Release, Withdrawal};
use exward_core::product::Cu;
use exward_core::route::{NoRoute, Routes};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog);

/// The built-in catalog with more builds withdrawn.
fn withdrawing(builds: &[Build]) -> Catalog {
    let mut facts: Facts = CATALOG.facts().clone();
    let since = facts.as_of;
    let known = facts.moves.withdrawals.clone();
    let new = builds.iter().filter(|it| known.iter().all(|old| old.build != **it));
    facts.moves.withdrawals.extend(new.map(|build| Withdrawal {
        build: *build,
        replaced_by: None,
        since,
        why: "a test".to_owned(),
        source: "a test".to_owned(),
    }));
    Catalog::new(facts)
}

fn is_withdrawn(catalog: &Catalog, build: Build) -> bool {
    catalog.moves().withdrawals.iter().any(|it| it.build == build)
}

/// SUs and HUs of the CU of a release that may be installed, newest first.
fn installable<'c>(catalog: &'c Catalog, of: &Release) -> Vec<&'c Release> {
    let mut all: Vec<&Release> = catalog
        .releases()
        .iter()
        .filter(|it| (it.product, it.cu) == (of.product, of.cu))
        .filter(|it| matches!(it.kind, Kind::Su | Kind::Hu) && it.cumulative)
        .filter(|it| !is_withdrawn(catalog, it.build))
        .collect();
    all.reverse();
    all
}

#[track_caller]
fn check_way(catalog: &Catalog, from: Build, goal: Goal, way: &Route<'_>, level: &Release) {
    let (mut at, mut here) = (from, level);
    for hop in &way.hops {
        let is_allowed = catalog.moves().rules.iter().any(|rule| {
            rule.kind == hop.kind
                && rule.kind != MoveKind::Migrate
                && rule.from.holds(here.product, here.cu)
                && rule.to.holds(hop.to.product, hop.to.cu)
        });
        assert!(is_allowed, "G1: {from} {goal:?}: no rule for {hop}");
        assert!(!is_withdrawn(catalog, hop.to.build), "G1: {from} {goal:?}: {hop}");
        assert_eq!(catalog.release(hop.to.build), Some(hop.to), "G1");
        let stays = (hop.to.product, hop.to.cu) == (here.product, here.cu);
        assert_eq!(hop.kind == MoveKind::Su, stays, "G1: {from} {goal:?}: {hop}");
        assert!(hop.to.build > at, "G2: {from} {goal:?}: {hop}");
        (at, here) = (hop.to.build, hop.to);
    }
    let installable = installable(catalog, here);
    if here.kind.is_base() {
        assert_eq!(installable, Vec::<&Release>::new(), "G3: {from} {goal:?} ends on a bare CU");
    }
    match goal {
        Goal::Build(to) => assert_eq!(at, to, "G3: {from}"),
        Goal::Latest if here.kind.is_base() => {}
        Goal::Latest => {
            let public = installable.iter().find(|it| it.entitlement == Entitlement::Public);
            let newest = installable.first();
            assert!(
                newest == Some(&here) || public == Some(&here),
                "G3: {from} ends on {at}, not on the newest SU"
            );
        }
    }
    let earlier = here.released.zip(level.released).is_some_and(|(it, than)| it.is_before(than));
    assert!(!earlier, "G5: {from} {goal:?} ends on {at}, which came out before");
}

#[track_caller]
fn check(catalog: &Catalog, from: Build, goal: Goal) {
    let level = catalog.releases().iter().rev().find(|it| {
        it.build <= from
            && it.build.prefix() == from.prefix()
            && !matches!(it.kind, Kind::Preview | Kind::Other)
    });
    match routes(catalog, from, goal) {
        Ok(Routes { allowed, .. }) => {
            assert!(!allowed.is_empty(), "{from} {goal:?}: no way is an error");
            let base = catalog.line_of(from).and_then(|it| catalog.release(it.base));
            let level = level.or(base).unwrap();
            for way in &allowed {
                assert!(!way.hops.is_empty(), "{from} {goal:?}: a way of no hops");
                check_way(catalog, from, goal, way, level);
            }
            let products: Vec<_> = allowed.iter().map(|it| it.end().unwrap().product).collect();
            assert!(products.is_sorted_by(|a, b| a >= b), "{from}: best first: {products:?}");
        }
        Err(NoRoute::Current { build }) => {
            assert_eq!(build, from);
            assert!(!is_withdrawn(catalog, from), "{from} {goal:?} is withdrawn, not current");
            if let Some(level) = level.filter(|_| goal == Goal::Latest) {
                let later = installable(catalog, level).first().is_some_and(|it| it.build > from);
                assert!(!later, "{from} is not at the newest SU of its CU");
            }
        }
        Err(NoRoute::Backwards { to, .. }) => assert!(to < from, "{from} {to}"),
        Err(NoRoute::Refused { refused, .. }) => assert!(!refused.is_empty(), "{from}: why?"),
        Err(NoRoute::NoGraph) => assert!(catalog.moves().rules.is_empty(), "{from}"),
        Err(_) => {}
    }
}

/// The built-in catalog with other rules.
fn with_rules(change: impl Fn(&mut Vec<MoveRule>)) -> Catalog {
    let mut facts: Facts = CATALOG.facts().clone();
    change(&mut facts.moves.rules);
    Catalog::new(facts)
}

/// A careless row in moves.csv is no way back, and no way to a bare CU.
#[test]
fn hold_under_careless_rules() {
    // From CU15 the only way to SE would lead back over CU14.
    let everywhere = with_rules(|rules| {
        for rule in rules.iter_mut() {
            match rule.kind {
                MoveKind::Cu => (rule.from.last, rule.to.first) = (None, None),
                MoveKind::InPlace => rule.from.last = Some(Cu::Cu(14)),
                MoveKind::Su | MoveKind::Migrate => {}
            }
        }
    });
    let without_sus = with_rules(|rules| rules.retain(|it| it.kind != MoveKind::Su));
    for catalog in [everywhere, without_sus] {
        for (at, release) in catalog.releases().iter().enumerate() {
            check(&catalog, release.build, Goal::Latest);
            for goal in catalog.releases().iter().skip(at % 10).step_by(10) {
                check(&catalog, release.build, Goal::Build(goal.build));
            }
        }
    }
}

/// Every build of the catalog and the numbers beside it, to the newest and to every tenth other.
#[test]
fn hold_between_all_builds() {
    let catalog = &*CATALOG;
    for (at, release) in catalog.releases().iter().enumerate() {
        let Build { major, minor, third, fourth } = release.build;
        for fourth in [fourth.saturating_sub(1), fourth, fourth.saturating_add(1)] {
            let from = Build::new(major, minor, third, fourth);
            check(catalog, from, Goal::Latest);
            for goal in catalog.releases().iter().skip(at % 10).step_by(10) {
                check(catalog, from, Goal::Build(goal.build));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is withdrawn: G1 to G5 hold from every build, and nothing withdrawn is current.
    #[test]
    fn hold_whatever_is_withdrawn(
        withdrawn in prop::collection::vec(any::<Index>(), 0..6),
        newest in prop::collection::vec(0_usize..13, 0..4),
        goal in any::<Index>(),
    ) {
        let releases = CATALOG.releases();
        let mut builds: Vec<Build> =
            withdrawn.iter().map(|it| it.get(releases).build).collect();
        // SE, whose updates are what most ways end at, would rarely be met by chance.
        builds.extend(newest.iter().filter_map(|it| releases.iter().rev().nth(*it)).map(|it| it.build));
        let catalog = withdrawing(&builds);
        let goal = Goal::Build(goal.get(releases).build);
        for release in releases {
            check(&catalog, release.build, Goal::Latest);
            check(&catalog, release.build, goal);
        }
    }
}
