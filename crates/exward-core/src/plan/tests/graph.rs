//! A small update graph: 2016 CU23; 2019 CU13, CU14, CU15; SE RTM. Numbers are made up, rules are not.

use jiff::civil::date;

use crate::build::Build;
use crate::catalog::{
    Advisory, Catalog, Condition, Effect, Entitlement, Facts, Fix, GradeOfEvidence, Kev, Kind,
    KnownProblem, MoveKind, MoveRule, Moves, Release, Test, Withdrawal,
};
use crate::fleet::{Item, Value};
use crate::product::{Cu, Product};

/// 2019 CU14 without its newest SU, of which most tests start.
pub(super) const CU14_OLD: &str = "15.2.1544.9";
/// 2019 CU14 with its newest SU.
pub(super) const CU14_NEW: &str = "15.2.1544.20";
/// 2019 CU13, which has no SU as new as that.
pub(super) const CU13: &str = "15.2.1258.32";
/// SE with an older SU.
pub(super) const SE_OLD: &str = "15.2.2562.20";
/// SE with its newest SU.
pub(super) const SE_NEW: &str = "15.2.2562.30";
/// 2016, which no update leads away from.
pub(super) const E2016: &str = "15.1.2507.61";

pub(super) fn build(text: &str) -> Build {
    text.parse().unwrap()
}

fn release(product: Product, cu: Cu, update: &str, number: &str, released: &str) -> Release {
    Release {
        product,
        cu,
        update: Some(update.to_owned()).filter(|it| !it.is_empty()),
        kind: match (update.is_empty(), cu) {
            (true, Cu::Rtm) => Kind::Rtm,
            (true, _) => Kind::Cu,
            (false, _) => Kind::Su,
        },
        released: released.parse().ok(),
        build: build(number),
        kb: None,
        cumulative: true,
        entitlement: Entitlement::Public,
        note: String::new(),
        source: "test".to_owned(),
    }
}

fn rule(kind: MoveKind, from: &str, to: &str, expected_minutes: u32) -> MoveRule {
    MoveRule {
        kind,
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        expected_minutes,
        note: "new servers".to_owned(),
        source: "test".to_owned(),
    }
}

fn condition(kinds: &[MoveKind], to: &str, item: Item, test: Test, by_itself: bool) -> Condition {
    Condition {
        id: item.name().to_owned(),
        kinds: kinds.to_vec(),
        to: to.parse().unwrap(),
        to_build_min: None,
        entitlement: None,
        only_if: None,
        item,
        test,
        self_service: by_itself,
        remedy: format!("see to {}", item.name()),
        source: "test".to_owned(),
    }
}

fn conditions() -> Vec<Condition> {
    let yes = || Test::OneOf(vec![Value::Flag(true)]);
    let dot_net = || Test::AtLeast(Value::Number(528_040));
    let (large, all) =
        ([MoveKind::Cu, MoveKind::InPlace], [MoveKind::Cu, MoveKind::InPlace, MoveKind::Su]);
    let mut conditions = Vec::new();
    for to in ["2019", "SE"] {
        conditions.push(condition(&large, to, Item::DotNet, dot_net(), true));
        conditions.push(condition(&large, to, Item::Vc2013, yes(), true));
        let clean = Test::OneOf(vec![Value::Flag(false)]);
        conditions.push(condition(&all, to, Item::SetupWatermark, clean, false));
    }
    conditions.push(condition(&[MoveKind::InPlace], "SE", Item::SeLicence, yes(), false));
    conditions
}

pub(super) fn moves() -> Moves {
    Moves {
        rules: vec![
            rule(MoveKind::Su, "2019", "2019", 45),
            rule(MoveKind::Su, "SE", "SE", 45),
            rule(MoveKind::Cu, "2019 ..CU14", "2019 CU14..CU15", 180),
            rule(MoveKind::InPlace, "2019 CU14..CU15", "SE RTM", 180),
            rule(MoveKind::Migrate, "2016", "SE", 0),
        ],
        conditions: conditions(),
        problems: vec![KnownProblem {
            id: "language".to_owned(),
            builds: (build(SE_NEW), build(SE_NEW)),
            when: Some((Item::Language, Test::NoneOf(vec![Value::Text("en-US".into())]))),
            effect: Effect::Warn,
            what: "words break oddly".to_owned(),
            remedy: "ignore it".to_owned(),
            source: "test".to_owned(),
        }],
        withdrawals: Vec::new(),
    }
}

/// A CVE that each newest SU fixes.
fn advisory(exploited: bool) -> Advisory {
    let fix = |product, cu, fixed| Fix {
        product,
        cu: Some(cu),
        fixed: Some(build(fixed)),
        fixed_msrc: None,
        config: None,
        msrc_affected: None,
        evidence: GradeOfEvidence::Record,
        note: String::new(),
        source: "test".to_owned(),
    };
    let kev = Kev {
        added: date(2026, 11, 20),
        ransomware: "unknown".to_owned(),
        source: "test".to_owned(),
    };
    Advisory {
        id: "CVE-2026-0001".to_owned(),
        kind: "EoP".to_owned(),
        cvss: None,
        published: "2026-10-13".parse().unwrap(),
        kev: Some(kev).filter(|_| exploited),
        listed: true,
        fixes: vec![
            fix(Product::E2019, Cu::Cu(14), CU14_NEW),
            fix(Product::E2019, Cu::Cu(15), "15.2.1748.30"),
            fix(Product::Se, Cu::Rtm, SE_NEW),
        ],
        note: String::new(),
        source: "test".to_owned(),
    }
}

pub(super) fn catalog_with(exploited: bool, moves: Moves) -> Catalog {
    let e2019 = |cu, update: &str, number: &str, released: &str| {
        release(Product::E2019, Cu::Cu(cu), update, number, released)
    };
    Catalog::new(Facts {
        as_of: date(2026, 11, 20),
        releases: vec![
            release(Product::E2016, Cu::Cu(23), "", "15.1.2507.6", "2022-04-20"),
            release(Product::E2016, Cu::Cu(23), "Oct25SU", E2016, "2025-10-14"),
            e2019(13, "", "15.2.1258.12", "2023-05-03"),
            e2019(13, "Nov24SU", CU13, "2024-11-12"),
            e2019(14, "", "15.2.1544.4", "2024-02-13"),
            e2019(14, "Apr25SU", CU14_OLD, "2025-04-18"),
            e2019(14, "Oct26SU", CU14_NEW, "2026-10-13"),
            e2019(15, "", "15.2.1748.10", "2025-02-10"),
            e2019(15, "Oct26SU", "15.2.1748.30", "2026-10-13"),
            release(Product::Se, Cu::Rtm, "", "15.2.2562.17", "2025-07-01"),
            release(Product::Se, Cu::Rtm, "Apr26SU", SE_OLD, "2026-04-14"),
            release(Product::Se, Cu::Rtm, "Oct26SU", SE_NEW, "2026-10-13"),
        ],
        advisories: vec![advisory(exploited)],
        lifecycles: Vec::new(),
        overrides: Vec::new(),
        defaults: Vec::new(),
        disagreements: Vec::new(),
        moves,
    })
}

/// The graph as it is, nothing exploited, nothing withdrawn.
pub(super) fn catalog() -> Catalog {
    catalog_with(false, moves())
}

/// The same after a build was withdrawn.
pub(super) fn catalog_without(number: &str) -> Catalog {
    let withdrawal = Withdrawal {
        build: build(number),
        replaced_by: None,
        since: date(2026, 11, 15),
        why: "it breaks".to_owned(),
        source: "test".to_owned(),
    };
    catalog_with(false, Moves { withdrawals: vec![withdrawal], ..moves() })
}
