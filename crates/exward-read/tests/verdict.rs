//! The verdict on the shipped catalog: worked vectors, every listed build, and one row per trap.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and reads its data from files"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use exward_core::assess::{Assessment, CveStatus, LISTED, Verdict, assess};
use exward_core::build::{Build, SeenBuild};
use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::identify::identify;
use exward_core::product::{Product, ProductRange};
use exward_core::report::{ServerReport, report};
use jiff::civil::{Date, date};
use serde::Deserialize;

const TODAY: Date = date(2026, 11, 24);

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
}

fn given(text: &str) -> Evidence {
    seen(EvidenceKind::Given, text)
}

fn seen(kind: EvidenceKind, text: &str) -> Evidence {
    Evidence::new(kind, text, Claim::Version(text.parse::<SeenBuild>().unwrap()))
}

fn judge<'c>(catalog: &'c Catalog, evidence: Vec<Evidence>) -> ServerReport<'c> {
    report(catalog, "test".to_owned(), evidence, TODAY, |candidates, facts| {
        Arc::new(assess(catalog, candidates, facts))
    })
}

fn ids(assessment: &Assessment<'_>, status: CveStatus) -> BTreeSet<String> {
    assessment.with(status).map(|it| it.advisory.id.clone()).collect()
}

/// One worked answer of verdict_vectors.json.
#[derive(Deserialize)]
struct Vector {
    build: String,
    product: String,
    cu: String,
    verdict: String,
    open: BTreeSet<String>,
    assumed: BTreeSet<String>,
    disputed: BTreeSet<String>,
    undetermined: BTreeSet<String>,
    needs_config: BTreeSet<String>,
    closed_unless_disabled: BTreeSet<String>,
}

#[test]
fn worked_vectors_hold_to_the_last_cve() {
    let catalog = catalog();
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("data/verdict_vectors.json")).unwrap();
    assert_eq!(vectors.len(), 11);
    for vector in vectors {
        let report = judge(&catalog, vec![given(&vector.build)]);
        let identity = &report.identity;
        let who = &vector.build;
        assert_eq!(identity.product.unwrap().name(), vector.product, "{who}");
        assert_eq!(identity.cu.unwrap().to_string(), vector.cu, "{who}");
        let want = [
            vector.open,
            vector.assumed,
            vector.disputed,
            vector.undetermined,
            vector.needs_config,
            vector.closed_unless_disabled,
        ];
        for (status, want) in LISTED.into_iter().zip(want) {
            assert_eq!(ids(&report.assessment, status), want, "{who} {status}");
        }
        assert_eq!(report.judgement.verdict.name(), vector.verdict, "{who}");
    }
}

/// A build with what is known of its configuration.
#[track_caller]
fn check(evidence: Vec<Evidence>, verdict: Verdict, want: &[(CveStatus, &str, bool)]) {
    let catalog = catalog();
    let report = judge(&catalog, evidence);
    assert_eq!(report.judgement.verdict, verdict, "{:?}", report.judgement.reasons);
    assert!(!report.judgement.reasons.is_empty() || verdict == Verdict::NotExchange, "A9");
    for (status, id, is_in) in want {
        assert_eq!(ids(&report.assessment, *status).contains(*id), *is_in, "{id} {status}");
    }
}

mod every_listed_build {
    //! Properties over all builds of the catalog (design.md §4, one test a line).

    use super::*;
    use exward_core::catalog::{Kind, Line, Placement};
    use exward_core::identify::Precision;
    use exward_core::product::{Cu, PRODUCTS, Product};

    #[test]
    fn has_the_identity_that_the_table_says() {
        let catalog = catalog();
        assert_eq!(catalog.releases().len(), 455);
        for release in catalog.releases() {
            let identity = judge(&catalog, vec![given(&release.build.to_string())]).identity;
            let who = release.build;
            assert_eq!(identity.product, Some(release.product), "{who}");
            match release.kind {
                Kind::Preview => assert_eq!(identity.cu, None, "{who}"),
                Kind::Other => assert_eq!(identity.cu, Some(release.cu), "{who}"),
                _ => {
                    assert_eq!(identity.cu, Some(release.cu), "{who}");
                    assert_eq!(identity.precision, Precision::Exact, "{who}");
                    assert_eq!(identity.update.as_deref(), Some(release.level()), "{who}");
                    assert_eq!(identity.at_least, Some(who), "{who}");
                }
            }
            assert!(!identity.newer_than_catalog, "{who}");
        }
    }

    /// Rows of facts decide, whatever way the code goes: the rules of §4.3 said a second time, from
    /// the table of fixes alone.
    #[test]
    fn has_the_statuses_that_the_fix_rows_say() {
        let catalog = catalog();
        for release in catalog.releases() {
            let report = judge(&catalog, vec![given(&release.build.to_string())]);
            let Some(line) = catalog.line_of(release.build) else { continue };
            if release.kind == Kind::Preview {
                assert!(report.assessment.findings.is_empty(), "{}", release.build);
                continue;
            }
            if release.kind == Kind::Other {
                continue; // stands for another build, tested below
            }
            for advisory in catalog.advisories().iter().filter(|it| it.listed) {
                let row = advisory
                    .fixes
                    .iter()
                    .find(|fix| fix.product == line.product && fix.cu == Some(line.cu));
                let open = ids(&report.assessment, CveStatus::Open).contains(&advisory.id);
                let expected = row.and_then(|row| row.fixed).is_some_and(|it| release.build < it);
                assert_eq!(open, expected, "{} on {}", advisory.id, release.build);
                let newest = advisory.fixes.iter().filter(|it| it.product == line.product);
                let newest = newest.filter_map(|it| it.cu).max();
                let assumed = ids(&report.assessment, CveStatus::Assumed).contains(&advisory.id);
                let never = match row {
                    Some(row) => row.fixed.is_none() && row.config.is_none(),
                    None => newest.is_some_and(|newest| line.cu < newest),
                };
                assert_eq!(assumed, never, "{} on {}", advisory.id, release.build);
            }
        }
    }

    /// Within one CU an update never opens what an earlier one closed, but for the special March
    /// 2021 SU, which leaves its CU's older fixes undecided.
    #[test]
    fn closes_more_than_the_one_before_it() {
        let catalog = catalog();
        for line in PRODUCTS.into_iter().flat_map(|product| catalog.lines(product)) {
            let open = |build: Build| {
                let report = judge(&catalog, vec![given(&build.to_string())]);
                ids(&report.assessment, CveStatus::Open)
            };
            for pair in line.builds.windows(2) {
                assert!(open(pair[1]).is_subset(&open(pair[0])), "{} after {}", pair[1], pair[0]);
            }
        }
    }

    /// "Patched" is said of nothing but the newest update of a serviced CU, and CVE-2018-8581 of
    /// nothing at all.
    #[test]
    fn is_patched_only_where_nothing_is_missing() {
        let catalog = catalog();
        let newest = |line: &Line| line.newest();
        let patched: Vec<String> = catalog
            .releases()
            .iter()
            .filter(|release| {
                let report = judge(&catalog, vec![given(&release.build.to_string())]);
                let all = &report.assessment.findings;
                assert!(
                    all.iter().all(|it| it.advisory.id != "CVE-2018-8581"),
                    "{}",
                    release.build
                );
                report.judgement.verdict == Verdict::Patched
            })
            .map(|release| {
                assert_eq!(catalog.line_of(release.build).map(newest), Some(release.build));
                release.build.to_string()
            })
            .collect();
        // 2016 CU23 needs Extended Protection verified first; 2019 CU14+ and SE have it by default.
        assert_eq!(patched, ["15.2.1544.50", "15.2.1748.55", "15.2.2562.56"]);
    }

    #[test]
    fn of_2007_2010_and_2013_is_never_better_than_unsupported() {
        let catalog = catalog();
        for release in catalog.releases().iter().filter(|it| it.product <= Product::E2013) {
            let report = judge(&catalog, vec![given(&release.build.to_string())]);
            assert!(report.judgement.verdict >= Verdict::Unsupported, "{}", release.build);
            if release.product == Product::E2007 {
                assert_eq!(report.judgement.verdict, Verdict::Unsupported, "{}", release.build);
                assert!(report.assessment.findings.is_empty(), "{}", release.build);
            }
        }
    }

    #[test]
    fn preview_is_unsupported_without_lists() {
        let catalog = catalog();
        for release in catalog.releases().iter().filter(|it| it.cu == Cu::Preview) {
            assert!(matches!(catalog.place(release.build), Placement::Preview(_)));
            check(vec![given(&release.build.to_string())], Verdict::Unsupported, &[]);
        }
    }
}

mod rules {
    //! One test a rule of design.md §4 and a trap of the verdict notes §4.

    use super::*;
    use CveStatus::{Assumed, ClosedUnlessDisabled, Disputed, NeedsConfig, Open, Undetermined};
    use exward_core::config::{ConfigItem, ConfigState, SettingOverride};
    use exward_core::identify::Precision;

    fn config(item: ConfigItem, state: ConfigState) -> Evidence {
        Evidence::new(EvidenceKind::Config, "", Claim::Config(item, state))
    }

    #[track_caller]
    fn identity(evidence: Vec<Evidence>, want: &str) {
        let catalog = catalog();
        let it = judge(&catalog, evidence).identity;
        let text = |build: Option<Build>| build.map_or_else(|| "-".to_owned(), |it| it.to_string());
        let got =
            format!("{it} {}..{} {}", text(it.at_least), text(it.at_most), it.precision.name());
        assert_eq!(got, want);
    }

    #[test]
    fn unlisted_builds_floor_within_their_third_part() {
        identity(
            vec![given("15.2.1118.22")],
            "Exchange 2019 CU12 Jan23SU 15.2.1118.22..15.2.1118.22 su",
        );
        // OWA file versions below the base are the base (trap T4).
        identity(vec![given("15.2.858.2")], "Exchange 2019 CU9 RTM 15.2.858.5..15.2.858.5 exact");
        identity(
            vec![given("15.0.775.32")],
            "Exchange 2013 CU3 RTM 15.0.775.38..15.0.775.38 exact",
        );
        identity(vec![given("8.3.83.4")], "Exchange 2007 SP3 RTM 8.3.83.6..8.3.83.6 exact");
        // Never across a third part: 15.2.1600.1 is no CU14.
        identity(vec![given("15.2.1600.1")], "Exchange 2019 -..- product");
        check(vec![given("15.2.1600.1")], Verdict::Unknown, &[]);
    }

    #[test]
    fn rollups_floor_within_their_service_pack() {
        // Component numbers that no table has lie between two rollups (trap T6).
        identity(vec![given("14.3.487.0")], "Exchange 2010 SP3 14.3.468.0..14.3.496.0 cu");
        identity(vec![given("14.3.439.0")], "Exchange 2010 SP3 14.3.435.0..14.3.442.0 cu");
        identity(vec![given("14.1.438.0")], "Exchange 2010 SP1 RU8 14.1.438.0..14.1.438.0 exact");
        // Rows are for SP3 only: older service packs are assumed.
        check(vec![given("14.1.438.0")], Verdict::Unsupported, &[(Assumed, "CVE-2020-0688", true)]);
        check(vec![given("14.3.468.0")], Verdict::Vulnerable, &[(Open, "CVE-2020-0688", true)]);
    }

    #[test]
    fn newer_than_the_catalog_is_said_and_is_neither_unpatched_nor_latest() {
        let catalog = catalog();
        for build in ["15.2.2562.99", "15.2.1544.99"] {
            let report = judge(&catalog, vec![given(build)]);
            assert!(report.identity.newer_than_catalog, "{build}");
            assert_eq!(report.judgement.verdict, Verdict::Patched, "{build}");
            assert_eq!(report.judgement.next_step, "renew the catalog, then check again");
        }
        // A CU that the catalog does not know may or may not hold the newest fixes.
        let report = judge(&catalog, vec![given("15.2.3000.1")]);
        assert!(report.identity.newer_than_catalog);
        assert_eq!(report.judgement.verdict, Verdict::Possibly);
        assert!(ids(&report.assessment, Undetermined).contains("CVE-2026-42897"));
    }

    #[test]
    fn se_and_2019_share_15_2_but_not_their_fixes() {
        // Trap: every 2026 record's SE range contains all of 2019.
        check(vec![given("15.2.1748.55")], Verdict::Patched, &[(Open, "CVE-2026-70279", false)]);
        check(vec![given("15.2.2562.46")], Verdict::Vulnerable, &[(Open, "CVE-2026-70279", true)]);
        // SE inherits what 2019 must configure or must not disable.
        check(
            vec![given("15.2.2562.56")],
            Verdict::Patched,
            &[
                (NeedsConfig, "CVE-2021-1730", true),
                (ClosedUnlessDisabled, "CVE-2024-49040", true),
                (NeedsConfig, "CVE-2021-34470", false),
            ],
        );
    }

    #[test]
    fn a_higher_build_on_an_older_level_is_still_open() {
        // CU20's base is higher than CU19 with Apr21SU, and lacks ProxyShell's fix.
        check(vec![given("15.1.2242.4")], Verdict::Vulnerable, &[(Open, "CVE-2021-34473", true)]);
        check(vec![given("15.1.2176.12")], Verdict::Vulnerable, &[(Open, "CVE-2021-34473", false)]);
    }

    #[test]
    fn the_special_march_2021_su_closes_four_cves_only() {
        check(
            vec![given("15.1.1847.12")],
            Verdict::Unsupported,
            &[
                (Open, "CVE-2021-26855", false),
                (Assumed, "CVE-2021-26855", false),
                (Undetermined, "CVE-2020-0688", true),
                (Assumed, "CVE-2021-26412", true),
            ],
        );
    }

    #[test]
    fn two_authorities_that_differ_make_it_disputed() {
        check(
            vec![given("15.2.1258.23")],
            Verdict::Vulnerable,
            &[(Disputed, "CVE-2023-36745", true)],
        );
        check(
            vec![given("15.2.1258.25")],
            Verdict::Vulnerable,
            &[(Disputed, "CVE-2023-36745", false)],
        );
        check(
            vec![given("15.2.1544.9")],
            Verdict::Vulnerable,
            &[(Disputed, "CVE-2024-26198", true)],
        );
    }

    #[test]
    fn v1_and_v2_of_an_update_are_separate_levels() {
        check(vec![given("15.2.1544.13")], Verdict::Vulnerable, &[(Open, "CVE-2024-49040", true)]);
        check(vec![given("15.2.1544.14")], Verdict::Vulnerable, &[(Open, "CVE-2024-49040", false)]);
        check(vec![given("15.2.2562.49")], Verdict::Vulnerable, &[(Open, "CVE-2026-96940", true)]);
        check(vec![given("15.2.2562.53")], Verdict::Vulnerable, &[(Open, "CVE-2026-96940", false)]);
    }

    #[test]
    fn publication_is_not_fix_date() {
        // Published in July 2021, fixed in Apr21SU.
        check(vec![given("15.1.2176.9")], Verdict::Vulnerable, &[(Open, "CVE-2021-34473", true)]);
        check(vec![given("15.1.2176.12")], Verdict::Vulnerable, &[(Open, "CVE-2021-34473", false)]);
    }

    #[test]
    fn the_schema_step_is_asked_of_three_cus_only() {
        check(
            vec![given("15.1.2242.12")],
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2021-34470", true)],
        );
        check(
            vec![given("15.1.2308.27")],
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2021-34470", false)],
        );
        check(
            vec![given("15.2.858.15")],
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2021-34470", true)],
        );
        check(
            vec![given("15.0.1497.48")],
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2021-34470", true)],
        );
    }

    #[test]
    fn a_fix_that_exists_only_on_a_newer_cu_needs_config() {
        let newest_cu13 = "15.2.1258.39";
        check(
            vec![given(newest_cu13)],
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2024-21410", true)],
        );
        let ep = |state| vec![given(newest_cu13), config(ConfigItem::ExtendedProtection, state)];
        check(
            ep(ConfigState::Done),
            Verdict::Unsupported,
            &[(NeedsConfig, "CVE-2024-21410", false), (Open, "CVE-2024-21410", false)],
        );
        check(ep(ConfigState::NotDone), Verdict::Vulnerable, &[(Open, "CVE-2024-21410", true)]);
        // No fix and nothing to configure: assumed.
        check(vec![given("15.2.221.12")], Verdict::Vulnerable, &[(Assumed, "CVE-2019-0817", true)]);
    }

    #[test]
    fn extended_protection_decides_about_patched() {
        let newest_2016 = "15.1.2507.77";
        let ep = |build, state| vec![given(build), config(ConfigItem::ExtendedProtection, state)];
        check(
            vec![given(newest_2016)],
            Verdict::Possibly,
            &[(NeedsConfig, "CVE-2024-21410", true)],
        );
        check(
            ep(newest_2016, ConfigState::Done),
            Verdict::Patched,
            &[(NeedsConfig, "CVE-2024-21410", false)],
        );
        check(
            ep(newest_2016, ConfigState::NotDone),
            Verdict::Vulnerable,
            &[(Open, "CVE-2024-21410", true)],
        );
        // SE's setup turns it on: patched, and the reasons say that nobody verified it.
        let catalog = catalog();
        let report = judge(&catalog, vec![given("15.2.2562.56")]);
        let reasons = report.judgement.reasons.join("\n");
        assert!(reasons.contains("patched as of 2026-10-15"), "{reasons}");
        assert!(reasons.contains("setup of this CU turns it on"), "{reasons}");
        assert!(reasons.contains("patched is not clean"), "{reasons}");
        check(
            ep("15.2.2562.56", ConfigState::NotDone),
            Verdict::Vulnerable,
            &[(Open, "CVE-2022-24516", true)],
        );
    }

    #[test]
    fn overrides_reopen_what_they_turn_off() {
        let found = |component: &str, section: &str, parameters: &[&str]| {
            let parameters = parameters.iter().map(|it| ((*it).to_owned(), "False".to_owned()));
            let (component, section) = (component.to_owned(), section.to_owned());
            let it = SettingOverride {
                component,
                section,
                parameters: parameters.collect(),
                ..Default::default()
            };
            vec![
                given("15.2.2562.56"),
                Evidence::new(EvidenceKind::SettingOverride, "", Claim::Override(it)),
            ]
        };
        check(
            found("Data", "EnableSerializationDataSigning", &["Enabled"]),
            Verdict::Vulnerable,
            &[(Open, "CVE-2023-36439", true), (ClosedUnlessDisabled, "CVE-2024-49040", true)],
        );
        // CVE-2024-49040 needs both switches off.
        let section = "NonCompliantSenderSettings";
        check(
            found("Transport", section, &["AddDisclaimerforRegexMatch"]),
            Verdict::Patched,
            &[(Open, "CVE-2024-49040", false)],
        );
        check(
            found(
                "Transport",
                section,
                &["AddDisclaimerforRegexMatch", "AddP2FromRegexMatchHeader"],
            ),
            Verdict::Vulnerable,
            &[(Open, "CVE-2024-49040", true), (Open, "CVE-2025-25006", false)],
        );
    }

    #[test]
    fn a_range_shows_best_and_worst() {
        let catalog = catalog();
        let path = seen(EvidenceKind::FeedVersion, "15.2.1748");
        let report = judge(&catalog, vec![path]);
        assert_eq!(report.judgement.verdict, Verdict::Possibly);
        assert_eq!(
            (report.judgement.best, report.judgement.worst),
            (Verdict::Patched, Verdict::Vulnerable)
        );
        assert_eq!(report.identity.precision, Precision::Cu);
        assert!(ids(&report.assessment, Undetermined).contains("CVE-2026-42897"));
        // Trap T1: the newest update of the CU is never assumed from a path.
        assert_eq!(report.identity.update, None);
    }

    #[test]
    fn contradictions_are_named_and_never_patched() {
        let header = seen(EvidenceKind::OwaHeader, "15.2.2562.56");
        let path = seen(EvidenceKind::OwaPath, "15.2.1748");
        let catalog = catalog();
        let report = judge(&catalog, vec![header, path]); // trap T10
        assert_eq!(report.judgement.verdict, Verdict::Possibly);
        assert_eq!(report.identity.conflicts.first().map(|it| it.name), Some("header-vs-path"));
        // Two ExSetup versions in one folder.
        let two = vec![
            seen(EvidenceKind::ExSetup, "15.2.986.5"),
            seen(EvidenceKind::ExSetup, "15.2.1118.25"),
        ];
        let report = judge(&catalog, two);
        assert_eq!(report.identity.conflicts.first().map(|it| it.name), Some("two-builds"));
        // AdminDisplayVersion never shows an SU, and so does not contradict one (trap T17).
        let fine = vec![
            seen(EvidenceKind::ExSetup, "15.2.1118.25"),
            seen(EvidenceKind::AdminDisplayVersion, "15.2.1118"),
        ];
        assert_eq!(judge(&catalog, fine).identity.conflicts, []);
    }

    #[test]
    fn rollups_of_one_service_pack_contradict_each_other() {
        let check = |path: &str, header: &str, want: &[&str]| {
            let claims = [(EvidenceKind::OwaPath, path), (EvidenceKind::OwaHeader, header)];
            let catalog = catalog();
            let evidence: Vec<_> = claims.iter().map(|&(kind, text)| seen(kind, text)).collect();
            let found = identify(&catalog, &evidence);
            let names: Vec<&str> = found.conflicts.iter().map(|it| it.name).collect();
            assert_eq!(names, want, "{path} {header}");
        };
        check("14.3.439", "14.3.439.0", &[]);
        check("14.3.439", "14.3.513.0", &["header-vs-path"]);
        check("14.3.438.7", "14.3.513.0", &["header-vs-path"]);
        check("14.3.999", "14.3.999.0", &[]); // newer than every rollup
    }

    #[test]
    fn the_manifest_is_a_lower_bound() {
        let manifest = |text: &str| {
            Evidence::new(EvidenceKind::Manifest, text, Claim::AtLeast(text.parse().unwrap()))
        };
        identity(vec![manifest("15.1.2375.7")], "Exchange 2016 CU22 15.1.2375.7..15.1.2375.37 cu");
        identity(vec![manifest("15.1.2242.5")], "Exchange 2016 CU20 15.1.2242.5..15.1.2242.12 cu");
        let header = seen(EvidenceKind::OwaHeader, "15.1.2375.37");
        identity(
            vec![manifest("15.1.2375.7"), header],
            "Exchange 2016 CU22 Nov22SU 15.1.2375.37..15.1.2375.37 exact",
        );
        let newer = judge(&catalog(), vec![manifest("15.1.2375.99")]).identity;
        assert!(newer.newer_than_catalog, "T8");
        // The highest of several bounds holds; none contradicts another.
        let two = vec![manifest("15.1.2375.98"), manifest("15.1.2375.99")];
        assert_eq!(judge(&catalog(), two).identity, newer);
        let path = seen(EvidenceKind::OwaPath, "15.1.2375");
        identity(
            vec![manifest("15.1.2375.99"), path],
            "Exchange 2016 CU22 15.1.2375.99..15.1.2375.99 cu",
        );
    }

    #[test]
    fn what_is_not_ours_is_not_exchange() {
        check(vec![given("15.20.9000.1")], Verdict::NotExchange, &[]); // vector 16
        check(vec![given("5.5.2653.23")], Verdict::Unsupported, &[]);
        check(vec![], Verdict::Unknown, &[]);
    }

    #[test]
    fn a_number_that_exchange_does_not_have_is_no_all_clear() {
        check(vec![given("10.0.17763.1")], Verdict::Unknown, &[]);
        check(vec![seen(EvidenceKind::FeedVersion, "15.3.1.1")], Verdict::Unknown, &[]);
        check(vec![seen(EvidenceKind::ExSetup, "16.0.1.1")], Verdict::Unknown, &[]);
        let both = vec![seen(EvidenceKind::OwaHeader, "15.3.1.1"), given("15.2.2562.56")];
        check(both, Verdict::Possibly, &[]);
    }

    #[test]
    fn a_verdict_lies_between_its_best_and_its_worst() {
        let catalog = catalog();
        let check = |a: &str, b: &str, want: [Verdict; 3]| {
            let found = judge(&catalog, vec![seen(EvidenceKind::OwaHeader, a), given(b)]).judgement;
            assert_eq!([found.best, found.verdict, found.worst], want, "{a} {b}");
            found.reasons
        };
        // Different CVEs are open on each, so that no CVE is open on both.
        let [open, fixed] = [Verdict::Vulnerable, Verdict::Patched];
        let reasons = check("15.2.1544.13", "15.2.1118.22", [open; 3]);
        let why = "vulnerable whichever of the possible builds it is";
        assert!(reasons.iter().any(|it| it == why), "{reasons:?}");
        // A contradiction between two builds that are both fixed.
        check("15.2.2562.56", "15.2.1748.55", [fixed, Verdict::Possibly, Verdict::Possibly]);
    }

    #[test]
    fn another_service_beside_exchange_is_a_contradiction_and_no_all_clear() {
        let relay = || {
            let why = Claim::NotExchange("the greeting is Postfix's".to_owned());
            Evidence::new(EvidenceKind::SmtpGreeting, "220 mx ESMTP Postfix", why)
        };
        check(vec![relay()], Verdict::NotExchange, &[]);
        check(
            vec![relay(), seen(EvidenceKind::OwaHeader, "15.2.1544.14")],
            Verdict::Vulnerable,
            &[],
        );
        check(vec![relay(), seen(EvidenceKind::OwaHeader, "15.2.2562.56")], Verdict::Possibly, &[]);
        let online =
            Evidence::new(EvidenceKind::SmtpGreeting, "220 outlook", Claim::ExchangeOnline);
        let both = vec![online, seen(EvidenceKind::OwaHeader, "15.2.1544.14")];
        let catalog = catalog();
        let report = judge(&catalog, both);
        assert_eq!(report.judgement.verdict, Verdict::Vulnerable);
        assert_eq!(report.identity.conflicts.first().map(|it| it.name), Some("other-service"));
        // An imitation known by name outweighs what it claims.
        let c2 = Evidence::new(EvidenceKind::FrontEnd, "x", Claim::Imitation("C2".to_owned()));
        check(vec![c2, seen(EvidenceKind::OwaHeader, "15.1.1240.20")], Verdict::NotExchange, &[]);
    }

    #[test]
    fn a_version_path_alone_gives_an_identity_but_no_verdict() {
        let path = || seen(EvidenceKind::OwaPath, "15.1.2507");
        check(vec![path()], Verdict::Unknown, &[]);
        identity(vec![path()], "Exchange 2016 CU23 15.1.2507.6..15.1.2507.77 cu");
        let ntlm = Evidence::new(EvidenceKind::AuthOffer, "NTLM", Claim::Fits);
        check(vec![path(), ntlm], Verdict::Possibly, &[]);
    }

    #[test]
    fn a_reported_cve_that_the_build_has_fixed_is_a_contradiction() {
        let reported = Evidence::new(
            EvidenceKind::FeedFinding,
            "x",
            Claim::ReportedCve("CVE-2021-26855".to_owned()),
        );
        check(
            vec![seen(EvidenceKind::FeedVersion, "15.2.2562.56"), reported.clone()],
            Verdict::Patched,
            &[],
        );
        check(
            vec![seen(EvidenceKind::FeedVersion, "15.2.1748.55"), reported],
            Verdict::Possibly,
            &[],
        );
    }

    #[test]
    fn the_end_of_fixes_is_said() {
        let catalog = catalog();
        let check = |build: &str, today, want: Option<&str>| {
            let judged =
                report(&catalog, "x".to_owned(), vec![given(build)], today, |candidates, facts| {
                    Arc::new(assess(&catalog, candidates, facts))
                });
            let reasons = judged.judgement.reasons;
            let said = reasons.iter().find(|it| it.contains("fixes are")).map(String::as_str);
            assert_eq!(said, want, "{build} {today}");
        };
        let esu = "new fixes are for ESU customers only until 2026-10-31";
        let ended = "out of support since 2025-10-14: no new fixes are due";
        check("15.2.1748.55", date(2025, 10, 14), None);
        check("15.2.1748.55", date(2026, 10, 31), Some(esu));
        check("15.2.1748.55", date(2026, 11, 1), Some(ended));
        check("15.2.2562.56", date(2026, 11, 1), None);
    }

    #[test]
    fn an_old_catalog_is_said() {
        let catalog = catalog();
        let old = report(
            &catalog,
            "x".to_owned(),
            vec![given("15.2.2562.56")],
            date(2026, 12, 1),
            |a, b| Arc::new(assess(&catalog, a, b)),
        );
        assert!(
            old.judgement.reasons.iter().any(|it| it.contains("47 days old")),
            "{:?}",
            old.judgement.reasons
        );
    }
}

proptest::proptest! {
    /// I3: the order of evidence does not matter. A8: the same input gives the same answer.
    #[test]
    fn order_of_evidence_does_not_matter(picks in proptest::collection::vec(0_usize..8, 1..6), turn in 0_usize..6) {
        let all = [
            given("15.2.1544.14"),
            seen(EvidenceKind::OwaHeader, "15.2.2562.37"),
            seen(EvidenceKind::OwaPath, "15.2.1748"),
            seen(EvidenceKind::AdminDisplayVersion, "15.2.1118"),
            Evidence::new(EvidenceKind::Manifest, "15.1.2375.7", Claim::AtLeast(Build::new(15, 1, 2375, 7))),
            Evidence::new(EvidenceKind::SmtpGreeting, "x", Claim::Products(ProductRange::from(Product::E2013))),
            Evidence::new(EvidenceKind::PageTitle, "Webmail", Claim::ForeignTitle),
            seen(EvidenceKind::ExSetup, "15.2.986.5"),
        ];
        let catalog = catalog();
        let evidence: Vec<Evidence> = picks.iter().map(|at| all[*at].clone()).collect();
        let mut turned = evidence.clone();
        let by = turn % turned.len();
        turned.rotate_left(by);
        let (a, b) = (judge(&catalog, evidence), judge(&catalog, turned));
        proptest::prop_assert_eq!(&a.identity, &b.identity, "I3");
        proptest::prop_assert_eq!(a.judgement.verdict, b.judgement.verdict, "I3");
        let range = a.judgement.best..=a.judgement.worst;
        proptest::prop_assert!(range.contains(&a.judgement.verdict), "V2");
    }

    /// V2 and I1: whatever the build, the range that its three-part form gives contains its answer.
    #[test]
    fn a_range_contains_every_build_of_it(at in 0_usize..455) {
        let catalog = catalog();
        let build = catalog.releases()[at].build;
        let exact = judge(&catalog, vec![given(&build.to_string())]);
        let range = judge(&catalog, vec![given(&build.prefix().to_string())]);
        proptest::prop_assert!(range.judgement.best <= exact.judgement.verdict, "{build} best");
        proptest::prop_assert!(range.judgement.worst >= exact.judgement.verdict, "{build} worst");
        let open = ids(&range.assessment, CveStatus::Open);
        proptest::prop_assert!(open.is_subset(&ids(&exact.assessment, CveStatus::Open)), "{build} V2");
    }
}

/// Many builds and many signs: each contradiction is named once, not once a pair.
#[test]
fn contradictions_are_named_once() {
    let catalog = catalog();
    let versions = (0..6000).map(|at| {
        let line = if at % 2 == 0 { "8.0.600" } else { "15.2.1544" };
        seen(EvidenceKind::OwaHeader, &format!("{line}.{at}"))
    });
    let since_2013 = Claim::Products(ProductRange::from(Product::E2013));
    let signs = (0..3000)
        .map(|at| Evidence::new(EvidenceKind::FrontEnd, format!("EX{at}"), since_2013.clone()));
    let identity = identify(&catalog, &versions.chain(signs).collect::<Vec<_>>());
    let count = identity.conflicts.iter().filter(|it| it.name == "product").count();
    assert_eq!(count, 1, "I2");
    let said: usize = identity.conflicts.iter().map(|it| it.detail.len()).sum();
    assert!(said < 1000, "reasons are for reading: {said} bytes");
}
