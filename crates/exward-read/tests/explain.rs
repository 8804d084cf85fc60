//! Questions to the catalog that ships.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use exward_core::assess::CveStatus;
use exward_core::catalog::Catalog;
use exward_core::explain::{BuildMeaning, CveMeaning, Explanation, Fixed, KbMeaning, explain};
use exward_core::identify::{Precision, Presence};

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
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

fn ids(fixed: &[Fixed<'_>]) -> String {
    fixed.iter().map(|it| it.advisory.id.as_str()).collect::<Vec<_>>().join(" ")
}

/// The pulled first version of Nov24SU.
#[test]
fn nov24su_v1_leaves_49040_to_its_second_version() {
    let catalog = catalog();
    let it = build(&catalog, "15.2.1544.13");
    assert_eq!(it.identity.to_string(), "Exchange 2019 CU14 Nov24SU");
    let level = it.level.unwrap();
    assert_eq!(
        (level.release.level(), level.release.kb.as_deref()),
        ("Nov24SU", Some("KB5044062"))
    );
    assert_eq!(ids(&level.closes), "");
    let open: Vec<&str> =
        it.assessment.with(CveStatus::Open).map(|it| it.advisory.id.as_str()).collect();
    assert!(open.contains(&"CVE-2024-49040"));
    assert_eq!(open.len(), 43, "vector 6");
    let next = |at: usize| it.next.get(at).unwrap();
    assert_eq!(
        (next(0).release.level(), ids(&next(0).closes).as_str()),
        ("Nov24SUv2", "CVE-2024-49040")
    );
    let closed: usize = it.next.iter().map(|it| it.closes.len()).sum();
    assert_eq!(closed, open.len(), "the updates after it close all that is open");
    assert_eq!(it.newest.unwrap().level(), "Oct26SU");
    let steps: Vec<String> = it
        .next
        .iter()
        .map(|it| {
            let kb = it.release.kb.as_deref().unwrap_or("-");
            let settles = if it.settles.is_empty() {
                String::new()
            } else {
                format!(", settles {}", it.settles.len())
            };
            format!(
                "{} {} {kb}: closes {}{settles}",
                it.release.build,
                it.release.level(),
                it.closes.len()
            )
        })
        .collect();
    insta::assert_snapshot!(steps.join("\n"), @r"
    15.2.1544.14 Nov24SUv2 KB5049233: closes 1
    15.2.1544.25 Apr25HU KB5050673: closes 1
    15.2.1544.27 May25HU KB5057652: closes 0
    15.2.1544.33 Aug25SU KB5063222: closes 4
    15.2.1544.34 Sep25HU KB5066371: closes 0
    15.2.1544.36 Oct25SU KB5066368: closes 3
    15.2.1544.37 Dec25SU KB5071874: closes 2
    15.2.1544.39 Feb26SU KB5074994: closes 1
    15.2.1544.41 Jun26SU KB5094142: closes 8
    15.2.1544.43 Jul26SU KB5103214: closes 4, settles 7
    15.2.1544.44 Aug26SU KB5121575: closes 7
    15.2.1544.46 Sep26SU KB5121610: closes 9
    15.2.1544.48 Sep26SUv2 KB5129957: closes 1
    15.2.1544.50 Oct26SU -: closes 2
    ");
}

#[test]
fn proxyshell_was_fixed_before_it_was_published() {
    let catalog = catalog();
    let it = cve(&catalog, "cve-2021-34473");
    assert!(it.was_fixed_before_published());
    assert_eq!(it.advisory.published.to_string(), "2021-07-13");
    assert_eq!(it.first_fixed.unwrap().to_string(), "2021-04-13");
    assert!(it.rows.iter().all(|it| it.update.unwrap().level() == "Apr21SU"));
    assert_eq!(it.advisory.kev.as_ref().unwrap().added.to_string(), "2021-11-03");
    let contained: Vec<String> =
        it.contained_from.iter().map(|it| format!("{} {}", it.product, it.cu)).collect();
    assert_eq!(contained, ["2016 CU21", "2019 CU10"]);
}

#[test]
fn one_article_brings_a_build_to_each_cu() {
    let catalog = catalog();
    let it = kb(&catalog, "kb5049233");
    let updates: Vec<String> = it
        .updates
        .iter()
        .map(|it| {
            let release = it.release;
            format!("{} {} {}: {}", release.product, release.cu, release.build, ids(&it.closes))
        })
        .collect();
    insta::assert_snapshot!(updates.join("\n"), @r"
    2016 CU23 15.1.2507.44: CVE-2024-49040
    2019 CU13 15.2.1258.39: CVE-2024-49040
    2019 CU14 15.2.1544.14: CVE-2024-49040
    ");
    assert_eq!(kb(&catalog, "5049233"), it);
    assert_eq!(kb(&catalog, "nov24suv2").updates, it.updates);
}

#[test]
fn an_update_names_all_its_builds() {
    let catalog = catalog();
    let it = kb(&catalog, "Jun26SU");
    let builds: Vec<String> = it
        .updates
        .iter()
        .map(|it| format!("{}: closes {}", it.release.build, it.closes.len()))
        .collect();
    insta::assert_snapshot!(builds.join("\n"), @r"
    15.1.2507.69: closes 8
    15.2.1544.41: closes 8
    15.2.1748.46: closes 8
    15.2.2562.43: closes 8
    ");
}

#[test]
fn a_cve_without_a_fixed_build_is_kept_out_and_says_so() {
    let catalog = catalog();
    let it = cve(&catalog, "CVE-2018-8581");
    assert!(it.kept_out().unwrap().contains("No source names a fixed build"));
    assert_eq!(it.first_fixed, None);
    assert!(it.rows.iter().all(|it| it.fix.fixed.is_none()));
    assert_eq!(it.advisory.cvss.as_ref().unwrap().to_string(), "5.8 (CVSS 2.0)");
    assert_eq!(it.disagreements.len(), 1);
}

#[test]
fn se_inherits_extended_protection_and_disputes_are_shown() {
    let catalog = catalog();
    assert!(cve(&catalog, "CVE-2024-21410").inherited_by_se.is_some());
    assert_eq!(cve(&catalog, "CVE-2025-53786").inherited_by_se, None, "it lists SE itself");
    let disputed = cve(&catalog, "CVE-2024-26198");
    assert_eq!(disputed.disagreements.len(), 3);
    assert!(disputed.rows.iter().all(|it| it.record_update.unwrap().level() == "Apr24HU"));
}

#[test]
fn three_parts_name_a_cu() {
    let catalog = catalog();
    let it = build(&catalog, "15.2.1544");
    assert_eq!((it.identity.precision, it.level), (Precision::Cu, None));
    assert_eq!(it.identity.to_string(), "Exchange 2019 CU14");
    assert_eq!(it.next.first().unwrap().release.level(), "Mar24SU");
    assert_eq!(it.lifecycle.unwrap().esu_end.unwrap().to_string(), "2026-10-31");
}

#[test]
fn exchange_online_is_no_server_of_ours() {
    let catalog = catalog();
    let it = build(&catalog, "15.20.1.1");
    assert!(matches!(it.identity.presence, Presence::ExchangeOnline(_)));
    assert!(it.assessment.findings.is_empty());
}

#[test]
fn nonsense_says_what_would_be_understood() {
    let error = explain(&catalog(), "nonsense").unwrap_err();
    insta::assert_snapshot!(error, @"`nonsense` is not a build (15.2.1544.14, or 15.2.1544 for a CU), a CVE (CVE-2021-34473), a KB article (KB5049233) or an update (Nov24SUv2)");
    let error = explain(&catalog(), "CVE-2020-1147").unwrap_err();
    insta::assert_snapshot!(error, @"CVE-2020-1147 is not in the catalog of 2026-10-15: not an Exchange server CVE, or newer");
}

/// Every build, CVE, article and update of the catalog has an answer.
#[test]
fn everything_in_the_catalog_has_an_answer() {
    let catalog = catalog();
    let texts = catalog
        .releases()
        .iter()
        .flat_map(|it| [Some(it.build.to_string()), it.kb.clone(), it.update.clone()])
        .flatten()
        .chain(catalog.advisories().iter().map(|it| it.id.clone()));
    for text in texts {
        if let Err(error) = explain(&catalog, &text) {
            panic!("{text}: {error}");
        }
    }
}
