//! Questions to a small made-up catalog.

use jiff::civil::date;

use super::*;
use crate::assess::CveStatus;
use crate::catalog::{
    Advisory, ConfigNeed, ConfigRule, Entitlement, Facts, Fix, GradeOfEvidence, Kind, Moves,
};
use crate::config::ConfigItem;
use crate::identify::{Precision, Presence};
use crate::product::{Cu, Product};

fn release(cu: u8, update: &str, build: &str, kb: &str, released: &str) -> Release {
    Release {
        product: Product::E2019,
        cu: Cu::Cu(cu),
        update: Some(update.to_owned()).filter(|it| !it.is_empty()),
        kind: if update.is_empty() { Kind::Cu } else { Kind::Su },
        released: released.parse().ok(),
        build: build.parse().unwrap(),
        kb: Some(kb.to_owned()).filter(|it| !it.is_empty()),
        cumulative: true,
        entitlement: Entitlement::Public,
        note: String::new(),
        source: "test".to_owned(),
    }
}

fn fix(cu: u8, fixed: &str, fixed_msrc: &str, config: Option<ConfigNeed>) -> Fix {
    Fix {
        product: Product::E2019,
        cu: Some(Cu::Cu(cu)),
        fixed: fixed.parse().ok(),
        fixed_msrc: fixed_msrc.parse().ok(),
        config,
        msrc_affected: None,
        evidence: GradeOfEvidence::Record,
        note: String::new(),
        source: "test".to_owned(),
    }
}

fn advisory(id: &str, listed: bool, fixes: Vec<Fix>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        kind: "RCE".to_owned(),
        cvss: None,
        published: "2024-07-09".parse().unwrap(),
        kev: None,
        listed,
        fixes,
        note: if listed { String::new() } else { "no fixed build".to_owned() },
        source: "test".to_owned(),
    }
}

fn disagreement(what: &str, source_a: &str) -> Disagreement {
    Disagreement {
        kind: "test".to_owned(),
        what: what.to_owned(),
        source_a: source_a.to_owned(),
        source_b: String::new(),
        kept: String::new(),
    }
}

/// CU13 with Jan24SU, CU14 with Jan24SU, Mar24SU and Mar24SUv2, CU15.
fn catalog() -> Catalog {
    let extended_protection =
        ConfigNeed { rule: ConfigRule::MustConfigure, item: ConfigItem::ExtendedProtection };
    Catalog::new(Facts {
        moves: Moves::default(),
        as_of: date(2024, 8, 1),
        releases: vec![
            release(13, "", "15.2.1258.12", "", "2023-05-03"),
            release(13, "Jan24SU", "15.2.1258.32", "KB5000013", "2024-01-09"),
            release(14, "", "15.2.1544.4", "", "2024-01-02"),
            release(14, "Jan24SU", "15.2.1544.9", "KB5000014", "2024-01-09"),
            release(14, "Mar24SU", "15.2.1544.11", "KB5000024", "2024-03-12"),
            release(14, "Mar24SUv2", "15.2.1544.12", "KB5000024", "2024-03"),
            release(15, "", "15.2.1748.10", "", "2024-06-01"),
        ],
        advisories: vec![
            advisory("CVE-2024-0003", false, vec![fix(14, "", "", None)]),
            advisory(
                "CVE-2024-0001",
                true,
                vec![fix(14, "15.2.1544.9", "", None), fix(13, "15.2.1258.32", "", None)],
            ),
            advisory("CVE-2024-0002", true, vec![fix(14, "15.2.1544.11", "15.2.1544.12", None)]),
            advisory(
                "CVE-2024-0004",
                true,
                vec![fix(14, "15.2.1544.4", "", Some(extended_protection))],
            ),
        ],
        lifecycles: Vec::new(),
        overrides: Vec::new(),
        defaults: Vec::new(),
        disagreements: vec![
            disagreement("CVE-2024-0002 2019 CU14", "15.02.1544.011 [test]"),
            disagreement("Jan24SU", "CU13 KB5000013 / CU14 KB5000014"),
            disagreement("2019 CU13 Jan24SU", "15.2.1258.31"),
        ],
    })
}

fn build<'c>(catalog: &'c Catalog, what: &str) -> BuildMeaning<'c> {
    match explain(catalog, what) {
        Ok(Explanation::Build(it)) => *it,
        other => panic!("{what}: {other:?}"),
    }
}

fn cve<'c>(catalog: &'c Catalog, what: &str) -> CveMeaning<'c> {
    match explain(catalog, what) {
        Ok(Explanation::Cve(it)) => *it,
        other => panic!("{what}: {other:?}"),
    }
}

fn kb<'c>(catalog: &'c Catalog, what: &str) -> KbMeaning<'c> {
    match explain(catalog, what) {
        Ok(Explanation::Kb(it)) => it,
        other => panic!("{what}: {other:?}"),
    }
}

/// `15.2.1544.9: CVE-2024-0001` for each update.
fn lines(updates: &[UpdateMeaning<'_>]) -> Vec<String> {
    let ids = |it: &[Fixed<'_>]| {
        it.iter()
            .map(|it| it.advisory.id.trim_start_matches("CVE-2024-"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let line = |it: &UpdateMeaning<'_>| {
        format!("{}: {} | {}", it.release.build, ids(&it.closes), ids(&it.settles))
    };
    updates.iter().map(line).collect()
}

fn subjects(disagreements: &[&Disagreement]) -> Vec<String> {
    disagreements.iter().map(|it| it.what.clone()).collect()
}

#[test]
fn a_build_says_what_it_fixed_and_what_fixes_it() {
    let catalog = catalog();
    let it = build(&catalog, "15.02.1544.009");
    assert_eq!(it.identity.to_string(), "Exchange 2019 CU14 Jan24SU");
    assert_eq!(lines(&[it.level.unwrap()]), ["15.2.1544.9: 0001 | "]);
    assert_eq!(lines(&it.next), ["15.2.1544.11: 0002 | ", "15.2.1544.12:  | 0002"]);
    assert_eq!(it.assessment.count(CveStatus::Open), 1);
    assert_eq!(it.newest.unwrap().build.to_string(), "15.2.1748.10");
    assert_eq!(subjects(&it.disagreements), ["Jan24SU"], "not CU13's");
}

#[test]
fn three_parts_leave_the_update_open() {
    let catalog = catalog();
    let it = build(&catalog, "15.2.1544");
    assert_eq!((it.identity.precision, it.level), (Precision::Cu, None));
    let next: Vec<String> = it.next.iter().map(|it| it.release.build.to_string()).collect();
    assert_eq!(next, ["15.2.1544.9", "15.2.1544.11", "15.2.1544.12"]);
    assert_eq!(it.assessment.count(CveStatus::Undetermined), 2);
    assert_eq!(subjects(&it.disagreements), ["CVE-2024-0002 2019 CU14"]);
}

#[test]
fn a_build_in_no_table_counts_as_the_level_below_unless_it_is_newer() {
    let catalog = catalog();
    let floored = build(&catalog, "15.2.1544.10");
    assert_eq!(floored.level.unwrap().release.level(), "Jan24SU");
    assert_eq!(floored.next.len(), 2);
    let newer = build(&catalog, "15.2.1544.99");
    assert!(newer.identity.newer_than_catalog);
    assert_eq!((newer.level, newer.next.len()), (None, 0));
}

#[test]
fn what_is_no_server_of_ours_says_so() {
    let catalog = catalog();
    let online = build(&catalog, "15.20.1.1");
    assert!(matches!(online.identity.presence, Presence::ExchangeOnline(_)));
    assert_eq!((online.level, online.next.len(), online.newest), (None, 0, None));
    let foreign = build(&catalog, "10.0.17763.1");
    assert_eq!((foreign.level, foreign.next.len(), foreign.newest), (None, 0, None));
    let why: Vec<String> = foreign.identity.conflicts.iter().map(ToString::to_string).collect();
    let said =
        "no-such-build: the given build says 10.0.17763.1: no CU of Exchange has that number";
    assert_eq!(why, [said]);
}

#[test]
fn a_cve_says_where_it_is_fixed_and_since_when() {
    let catalog = catalog();
    let it = cve(&catalog, "CVE-2024-0001");
    let rows: Vec<String> = it
        .rows
        .iter()
        .map(|it| format!("{} {}", it.fix.cu.unwrap(), it.update.unwrap().level()))
        .collect();
    assert_eq!(rows, ["CU13 Jan24SU", "CU14 Jan24SU"]);
    assert_eq!(it.contained_from.iter().map(|it| it.cu).collect::<Vec<_>>(), [Cu::Cu(15)]);
    assert_eq!(it.first_fixed.unwrap().to_string(), "2024-01-09");
    assert!(it.was_fixed_before_published(), "E3");
    assert_eq!((it.kept_out(), it.inherited_by_se), (None, None));
    let disputed = cve(&catalog, "CVE-2024-0002");
    assert_eq!(disputed.rows[0].record_update.unwrap().level(), "Mar24SUv2");
    assert_eq!(subjects(&disputed.disagreements), ["CVE-2024-0002 2019 CU14"]);
}

#[test]
fn a_cve_that_is_kept_out_says_why() {
    let catalog = catalog();
    let it = cve(&catalog, "CVE-2024-0003");
    assert_eq!((it.kept_out(), it.first_fixed), (Some("no fixed build"), None));
    assert!(!it.was_fixed_before_published());
}

#[test]
fn se_inherits_what_2019_must_configure() {
    let catalog = catalog();
    let need = cve(&catalog, "CVE-2024-0004").inherited_by_se.unwrap();
    assert_eq!(need.item, ConfigItem::ExtendedProtection);
}

#[test]
fn a_kb_or_update_names_all_its_builds() {
    let catalog = catalog();
    let article = kb(&catalog, "KB5000024");
    assert_eq!(article.name, "KB5000024");
    assert_eq!(lines(&article.updates), ["15.2.1544.11: 0002 | ", "15.2.1544.12:  | 0002"]);
    let update = kb(&catalog, "Jan24SU");
    assert_eq!(lines(&update.updates), ["15.2.1258.32: 0001 | ", "15.2.1544.9: 0001 | "]);
    assert_eq!(subjects(&update.disagreements), ["Jan24SU", "2019 CU13 Jan24SU"]);
    assert_eq!(subjects(&kb(&catalog, "KB5000013").disagreements), ["Jan24SU"]);
}

#[test]
fn near_misses_are_understood() {
    let catalog = catalog();
    for text in [
        "cve-2024-0001",
        " CVE 2024 0001 ",
        "CVE2024-0001",
        "cve20240001",
        "2024-0001",
        "CVE‑2024‑0001",
    ] {
        assert_eq!(cve(&catalog, text).advisory.id, "CVE-2024-0001", "{text}");
    }
    for text in ["kb5000024", "KB 5000024", "5000024", "KB-5000024"] {
        assert_eq!(kb(&catalog, text).name, "KB5000024", "{text}");
    }
    for text in ["mar24suv2", "Mar24 SU v2", "MAR24SUV2"] {
        assert_eq!(kb(&catalog, text).name, "Mar24SUv2", "{text}");
    }
}

#[track_caller]
fn check_error(what: &str, want: &str) {
    assert_eq!(explain(&catalog(), what).unwrap_err().to_string(), want);
}

#[test]
fn what_has_no_answer_says_what_would() {
    const FORMS: &str = "is not a build (15.2.1544.14, or 15.2.1544 for a CU), a CVE \
                         (CVE-2021-34473), a KB article (KB5049233) or an update (Nov24SUv2)";
    check_error("nonsense", &format!("`nonsense` {FORMS}"));
    check_error("", &format!("`` {FORMS}"));
    check_error("CVE-2024-1", &format!("`CVE-2024-1` {FORMS}"));
    check_error(&"é".repeat(1000), &format!("`{}` {FORMS}", "é".repeat(60)));
    check_error(
        "cve-2024-9999",
        "CVE-2024-9999 is not in the catalog of 2024-08-01: not an Exchange server CVE, or newer",
    );
    check_error(
        "ADV990001",
        "ADV990001 is not in the catalog of 2024-08-01: not an Exchange server CVE, or newer",
    );
    check_error(
        "kb1234567",
        "KB1234567 is not in the catalog of 2024-08-01: not an update of Exchange server, or newer",
    );
    check_error(
        "nov27suV2",
        "Nov27SUv2 is not in the catalog of 2024-08-01: not an update of Exchange server, or newer",
    );
    check_error("15.2", "not a build such as 15.2.1544.14, or 15.2.1544 for a CU");
    check_error("15.2.99999.1", "not a build such as 15.2.1544.14, or 15.2.1544 for a CU");
}
