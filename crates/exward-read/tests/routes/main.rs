//! Ways through the update graph of the built-in catalog.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod conditions;
mod invariants;

use exward_core::catalog::Catalog;
use exward_core::policy::Goal;
use exward_core::route::{Route, routes};

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
}

fn way(route: &Route<'_>) -> String {
    let hops: Vec<String> = route
        .hops
        .iter()
        .map(|it| format!("{:?} {} {} {}", it.kind, it.to.product, it.to.cu, it.to.level()))
        .collect();
    hops.join(", ")
}

/// The ways, best first, and what was refused; or why there is none.
fn answer(catalog: &Catalog, from: &str, goal: &str) -> String {
    let goal = match goal {
        "latest" => Goal::Latest,
        build => Goal::Build(build.parse().unwrap()),
    };
    match routes(catalog, from.parse().unwrap(), goal) {
        Ok(ways) => {
            let allowed = ways.allowed.iter().map(|it| format!("+ {}\n", way(it)));
            let refused = ways.refused.iter().map(|it| format!("- {}: {}\n", it.way, it.why));
            allowed.chain(refused).collect()
        }
        Err(error) => format!("{error}\n"),
    }
}

/// One block for each start.
fn answers(starts: &[&str], goal: &str) -> String {
    let catalog = catalog();
    let block = |from: &&str| format!("{from}\n{}", answer(&catalog, from, goal));
    starts.iter().map(block).collect::<Vec<_>>().join("\n")
}

#[test]
fn latest_from_2019() {
    let on_cu14 = ["15.2.1544.9", "15.2.1544.10", "15.2.1544.13", "15.2.1544.2", "15.2.1544.36"];
    insta::assert_snapshot!(answers(&on_cu14, "latest"), @r"
    15.2.1544.9
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Su 2019 CU14 Oct26SU
    + Su 2019 CU14 Oct25SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU

    15.2.1544.10
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Su 2019 CU14 Oct26SU
    + Su 2019 CU14 Oct25SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU

    15.2.1544.13
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Su 2019 CU14 Oct26SU
    + Su 2019 CU14 Oct25SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU

    15.2.1544.2
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Su 2019 CU14 Oct26SU
    + Su 2019 CU14 Oct25SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU

    15.2.1544.36
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Su 2019 CU14 Oct26SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU
    ");
    let newest = ["15.2.1544.50", "15.2.1748.55", "15.2.1544.60"];
    insta::assert_snapshot!(answers(&newest, "latest"), @r"
    15.2.1544.50
    + InPlace SE RTM RTM, Su SE RTM Oct26SU
    - CU to 2019 CU15: SUs of CU14 are as new, without a CU

    15.2.1748.55
    + InPlace SE RTM RTM, Su SE RTM Oct26SU

    15.2.1544.60
    15.2.1544.60 is newer than the catalog, which knows up to 2026-10-15
    ");
    let older = ["15.2.221.18", "15.2.922.27", "15.2.1118.26"];
    insta::assert_snapshot!(answers(&older, "latest"), @r"
    15.2.221.18
    + Cu 2019 CU15 RTM, InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct25SU

    15.2.922.27
    + Cu 2019 CU15 RTM, InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct25SU

    15.2.1118.26
    + Cu 2019 CU15 RTM, InPlace SE RTM RTM, Su SE RTM Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct26SU
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct25SU
    - SU on 2019 CU12: Nov23SU (15.2.1118.40) is its newest; a newer CU has newer ones
    ");
}

#[test]
fn latest_from_2016_and_older() {
    let on_2016 = ["15.1.2507.44", "15.1.2507.61", "15.1.2507.77", "15.1.2507.80", "15.1.2044.4"];
    insta::assert_snapshot!(answers(&on_2016, "latest"), @r"
    15.1.2507.44
    + Su 2016 CU23 Oct26SU
    + Su 2016 CU23 Oct25SU
    - SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016.

    15.1.2507.61
    + Su 2016 CU23 Oct26SU
    - SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016.

    15.1.2507.77
    15.1.2507.77 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016 (Exchange Server supportability matrix, Microsoft Learn (July 2026); Upgrade to Exchange Server SE, Microsoft Learn (July 2026))

    15.1.2507.80
    15.1.2507.80 is newer than the catalog, which knows up to 2026-10-15

    15.1.2044.4
    + Cu 2016 CU23 RTM, Su 2016 CU23 Oct26SU
    + Cu 2016 CU23 RTM, Su 2016 CU23 Oct25SU
    - SU on 2016 CU17: Dec20SU (15.1.2044.12) is its newest; a newer CU has newer ones
    - SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016.
    ");
    let on_2013 = ["15.0.1497.40", "15.0.1497.48", "15.0.1473.3", "15.0.1473.6"];
    insta::assert_snapshot!(answers(&on_2013, "latest"), @r"
    15.0.1497.40
    + Su 2013 CU23 Mar23SU
    - SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade. More than one step: setup of SE refuses an organisation that still has 2013 or older.

    15.0.1497.48
    15.0.1497.48 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade. More than one step: setup of SE refuses an organisation that still has 2013 or older (Exchange Server supportability matrix, Microsoft Learn (July 2026))

    15.0.1473.3
    + Su 2013 CU22 Jun19SU
    - build Mar21SU (15.0.1473.6): it is not cumulative: it holds none of the earlier fixes of its CU
    - SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade. More than one step: setup of SE refuses an organisation that still has 2013 or older.

    15.0.1473.6
    15.0.1473.6 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade. More than one step: setup of SE refuses an organisation that still has 2013 or older (Exchange Server supportability matrix, Microsoft Learn (July 2026))
    ");
    let older = ["14.3.513.0", "14.3.400.0", "14.3.600.1", "8.3.517.0", "6.5.7638.1"];
    insta::assert_snapshot!(answers(&older, "latest"), @r"
    14.3.513.0
    14.3.513.0 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade, and more than one step, for SE tolerates no server that old in the organisation (Exchange Server supportability matrix, Microsoft Learn (July 2026))

    14.3.400.0
    14.3.400.0 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade, and more than one step, for SE tolerates no server that old in the organisation (Exchange Server supportability matrix, Microsoft Learn (July 2026))

    14.3.600.1
    14.3.600.1 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade, and more than one step, for SE tolerates no server that old in the organisation (Exchange Server supportability matrix, Microsoft Learn (July 2026))

    8.3.517.0
    8.3.517.0 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade, and more than one step, for SE tolerates no server that old in the organisation (Exchange Server supportability matrix, Microsoft Learn (July 2026))

    6.5.7638.1
    6.5.7638.1 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade, and more than one step, for SE tolerates no server that old in the organisation (Exchange Server supportability matrix, Microsoft Learn (July 2026))
    ");
}

#[test]
fn latest_from_se_and_from_what_is_no_server() {
    let on_se = ["15.2.2562.17", "15.2.2562.10", "15.2.2562.53", "15.2.2562.56", "15.2.2562.60"];
    insta::assert_snapshot!(answers(&on_se, "latest"), @r"
    15.2.2562.17
    + Su SE RTM Oct26SU

    15.2.2562.10
    + Su SE RTM Oct26SU

    15.2.2562.53
    + Su SE RTM Oct26SU

    15.2.2562.56
    15.2.2562.56 is already there

    15.2.2562.60
    15.2.2562.60 is newer than the catalog, which knows up to 2026-10-15
    ");
    let others = ["15.2.3000.1", "15.2.700.1", "15.2.196.0", "15.20.1.1", "10.0.17763.1"];
    insta::assert_snapshot!(answers(&others, "latest"), @r"
    15.2.3000.1
    15.2.3000.1 is newer than the catalog, which knows up to 2026-10-15

    15.2.700.1
    15.2.700.1 is not in the catalog, so no move from it is known

    15.2.196.0
    no allowed way from 15.2.196.0: no rule of the catalog begins at a preview

    15.20.1.1
    15.20.1.1 is not in the catalog, so no move from it is known

    10.0.17763.1
    10.0.17763.1 is not in the catalog, so no move from it is known
    ");
}

#[test]
fn to_a_build() {
    let mut out = String::new();
    let catalog = catalog();
    for (from, to) in [
        ("15.2.1544.9", "15.2.1544.14"),  // a later SU of its CU
        ("15.2.1544.9", "15.2.1544.13"),  // withdrawn
        ("15.2.1544.13", "15.2.1544.13"), // there, and withdrawn
        ("15.2.1544.9", "15.2.1544.9"),   // there
        ("15.2.1544.1", "15.2.1544.4"),   // an OWA file version stands for its CU
        ("15.2.1544.9", "15.2.1544.12"),  // not listed
        ("15.2.1544.10", "15.2.1544.9"),  // backwards
        ("15.2.1544.9", "15.2.1748.39"),  // another CU
        ("15.2.1544.50", "15.2.1748.39"), // another CU with fewer fixes (G5)
        ("15.2.922.27", "15.2.2562.49"),  // over a CU to another product
        ("15.2.922.27", "15.2.2562.17"),  // a bare CU (G3)
        ("15.2.1118.20", "15.2.1258.28"), // an old CU that no rule leads to
        ("15.2.2562.60", "15.2.2562.56"), // newer than the catalog
        ("15.2.1544.60", "15.2.2562.56"), // newer than the catalog, on another CU
        ("15.1.2507.61", "15.2.1748.39"), // only by new servers
        ("15.1.2507.61", "15.2.2562.56"), // only by new servers
        ("15.0.1473.5", "15.0.1497.48"),  // no CU rule for 2013
        ("14.3.400.0", "14.3.513.0"),     // rollups are not moved
    ] {
        out += &format!("{from} → {to}\n{}", answer(&catalog, from, to));
    }
    insta::assert_snapshot!(out, @r"
    15.2.1544.9 → 15.2.1544.14
    + Su 2019 CU14 Nov24SUv2
    15.2.1544.9 → 15.2.1544.13
    no allowed way from 15.2.1544.9: it was withdrawn on 2024-11-14: transport rules and DLP rules stop after a while, in the worst case mail flow does; 15.2.1544.14 takes its place
    15.2.1544.13 → 15.2.1544.13
    no allowed way from 15.2.1544.13: it was withdrawn on 2024-11-14: transport rules and DLP rules stop after a while, in the worst case mail flow does; 15.2.1544.14 takes its place
    15.2.1544.9 → 15.2.1544.9
    15.2.1544.9 is already there
    15.2.1544.1 → 15.2.1544.4
    15.2.1544.1 is already there
    15.2.1544.9 → 15.2.1544.12
    15.2.1544.12 is not in the catalog, so it is no goal
    15.2.1544.10 → 15.2.1544.9
    15.2.1544.9 is older than 15.2.1544.10; an update never goes backwards
    15.2.1544.9 → 15.2.1748.39
    + Cu 2019 CU15 RTM, Su 2019 CU15 Oct25SU
    15.2.1544.50 → 15.2.1748.39
    no allowed way from 15.2.1544.50: it came out before Oct26SU (15.2.1544.50), which the server has: fixes would be lost
    15.2.922.27 → 15.2.2562.49
    + Cu 2019 CU15 RTM, InPlace SE RTM RTM, Su SE RTM Sep26SU
    15.2.922.27 → 15.2.2562.17
    no allowed way from 15.2.922.27: a bare CU is no goal while it has an SU: Oct26SU (15.2.2562.56)
    15.2.1118.20 → 15.2.1258.28
    no allowed way from 15.2.1118.20: no rule of the catalog leads from 2019 CU12 to 2019 CU13
    15.2.2562.60 → 15.2.2562.56
    15.2.2562.56 is older than 15.2.2562.60; an update never goes backwards
    15.2.1544.60 → 15.2.2562.56
    15.2.1544.60 is newer than the catalog, which knows up to 2026-10-15
    15.1.2507.61 → 15.2.1748.39
    15.1.2507.61 cannot be updated to 2019 in place: New servers with Exchange 2019, move the mailboxes, uninstall the old ones. 2019 is out of support itself: SE is the better goal (Exchange Server supportability matrix, Microsoft Learn (July 2026))
    15.1.2507.61 → 15.2.2562.56
    15.1.2507.61 cannot be updated to SE in place: New servers with Exchange SE, move the mailboxes, uninstall the old ones: there is no in-place upgrade from 2016 (Exchange Server supportability matrix, Microsoft Learn (July 2026); Upgrade to Exchange Server SE, Microsoft Learn (July 2026))
    15.0.1473.5 → 15.0.1497.48
    no allowed way from 15.0.1473.5: no rule of the catalog leads from 2013 CU22 to 2013 CU23
    14.3.400.0 → 14.3.513.0
    no allowed way from 14.3.400.0: no rule of the catalog allows an SU on that CU
    ");
}
