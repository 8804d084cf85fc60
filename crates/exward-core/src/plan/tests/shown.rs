//! Blueprints as people read them.

use std::fmt::Write as _;

use super::estate::{estate, nights, now, policy, ring, tagged};
use super::graph::{CU13, CU14_OLD, SE_NEW, SE_OLD, catalog, catalog_with, moves};
use crate::blueprint::Blueprint;
use crate::catalog::Catalog;
use crate::fleet::{Inventory, Item, Value};
use crate::plan::{PlanReport, check_against, plan};
use crate::policy::{Emergency, Policy};

/// Plans, and sees that the second opinion agrees.
#[track_caller]
pub(super) fn planned(
    policy: &Policy,
    catalog: &Catalog,
    inventory: &Inventory,
) -> (Blueprint, PlanReport) {
    let (blueprint, report) = plan(policy, catalog, inventory, None, now());
    let broken = check_against(&blueprint, &report, policy, catalog, inventory);
    assert!(broken.is_empty(), "{broken:#?}");
    (blueprint, report)
}

/// A blueprint with its report as text.
pub(super) fn text(blueprint: &Blueprint, report: &PlanReport) -> String {
    let mut text = String::new();
    for (at, wave) in blueprint.waves.iter().enumerate() {
        let ring = &blueprint.rings[wave.ring].name;
        let canary = if wave.canary { " canary" } else { "" };
        writeln!(text, "wave {at} {ring}{canary} {:.0}", wave.expected_start).unwrap();
        for it in &wave.updates {
            let chosen = &report.chosen[&it.server];
            let mail = it.redirect_to.as_ref().map(|to| format!(" mail to {to}"));
            let mail = mail.unwrap_or_default();
            let (path, minutes) = (chosen.path.join(", "), chosen.expected_minutes);
            writeln!(text, "  {} {path}; {minutes} min{mail}", it.server).unwrap();
            chosen.warnings.iter().for_each(|it| writeln!(text, "    warning: {it}").unwrap());
            chosen
                .refused
                .iter()
                .for_each(|it| writeln!(text, "    not {}: {}", it.way, it.why).unwrap());
        }
    }
    for (server, hold) in &report.held {
        writeln!(text, "held {server}: {}; {}", hold.why(), hold.frees()).unwrap();
    }
    text
}

#[track_caller]
fn show(policy: &Policy, catalog: &Catalog, inventory: &Inventory) -> String {
    let (blueprint, report) = planned(policy, catalog, inventory);
    text(&blueprint, &report)
}

/// Steps of every recipe, one line each.
fn recipes(blueprint: &Blueprint) -> String {
    let steps = blueprint.recipes.iter().enumerate().map(|(at, recipe)| {
        let steps: Vec<String> = recipe
            .0
            .iter()
            .map(|it| format!("{} {}/{}", it.action, it.expected_minutes, it.deadline_minutes))
            .collect();
        format!("recipe {at}: {}", steps.join(", "))
    });
    steps.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_dag_goes_one_by_one_and_its_manager_last() {
    let estate = estate(
        "EX01 DAG1 15.2.2562.20 site=Bern
         EX02 DAG1 15.2.2562.20 site=Bern
         EX03 DAG1 15.2.2562.20 site=Chur
         DB1: EX02 mounted, EX01 healthy, EX03 healthy
         DB2: EX02 mounted, EX01 healthy, EX03 healthy
         DB3: EX01 mounted, EX02 healthy, EX03 healthy
         EX09 - 15.2.2562.20 edge
         EX10 - 15.2.2562.30",
    );
    insta::assert_snapshot!(show(&policy(), &catalog(), &estate), @r"
    wave 0 all 2026-11-24T12:00:00Z
      EX03 SU to Oct26SU (15.2.2562.30); 137 min mail to EX01
      EX09 SU to Oct26SU (15.2.2562.30); 123 min
    wave 1 all 2026-11-24T15:17:00Z
      EX02 SU to Oct26SU (15.2.2562.30); 137 min mail to EX01
    wave 2 all 2026-11-24T18:34:00Z
      EX01 SU to Oct26SU (15.2.2562.30); 137 min mail to EX02
    held EX10: it is where it should be: 15.2.2562.30; nothing to do
    ");
}

#[test]
fn rings_canaries_and_windows_are_kept() {
    let estate = estate(
        "EX01 - 15.2.2562.20 pilot
         EX02 - 15.2.2562.20 pilot
         EX03 - 15.2.2562.20 pool=mail
         EX04 - 15.2.2562.20 pool=mail
         EX05 - 15.2.2562.20 pool=mail",
    );
    let mut policy = policy();
    let mut pilot = ring("pilot", tagged("pilot"));
    pilot.canaries = 1;
    pilot.windows = vec![nights(20, 4)];
    policy.rings[0].windows = vec![nights(22, 4)];
    policy.rings.insert(0, pilot);
    policy.pools.default_max = 2;
    insta::assert_snapshot!(show(&policy, &catalog(), &estate), @r"
    wave 0 pilot canary 2026-11-24T20:00:00Z
      EX01 SU to Oct26SU (15.2.2562.30); 123 min
    wave 1 pilot 2026-11-24T23:03:00Z
      EX02 SU to Oct26SU (15.2.2562.30); 123 min
    wave 2 all 2026-11-25T22:00:00Z
      EX03 SU to Oct26SU (15.2.2562.30); 123 min
      EX04 SU to Oct26SU (15.2.2562.30); 123 min
    wave 3 all 2026-11-26T01:03:00Z
      EX05 SU to Oct26SU (15.2.2562.30); 123 min
    ");
}

#[test]
fn a_known_exploited_hole_opens_the_windows() {
    let estate = estate("EX01 - 15.2.2562.20\nEX02 - 15.2.2562.20");
    let mut policy = policy();
    policy.rings[0].canaries = 1;
    policy.rings[0].windows = vec![nights(22, 4)];
    policy.emergency = Some(Emergency { soak_minutes: 15, windows_ignored: true });
    let (calm, _) = planned(&policy, &catalog(), &estate);
    assert!(!calm.windows_ignored);
    let (blueprint, report) = planned(&policy, &catalog_with(true, moves()), &estate);
    assert!(blueprint.windows_ignored);
    insta::assert_snapshot!(text(&blueprint, &report), @r"
    wave 0 all canary 2026-11-24T12:00:00Z
      EX01 SU to Oct26SU (15.2.2562.30); 123 min
    wave 1 all 2026-11-24T14:18:00Z
      EX02 SU to Oct26SU (15.2.2562.30); 123 min
    ");
}

#[test]
fn a_cu_comes_with_all_it_needs() {
    let mut estate = estate(
        "EX01 - 15.2.1258.32 dotnet=461814 vc-2013=no
         EX02 - 15.2.1544.9 pending-reboot=yes
         EX03 - 15.2.2562.20 language=de-DE pending-reboot=yes
         EX04 - 15.2.2562.20 tools",
    );
    let (blueprint, report) = planned(&policy(), &catalog(), &estate);
    insta::assert_snapshot!(text(&blueprint, &report), @r"
    wave 0 all 2026-11-24T12:00:00Z
      EX01 CU to 2019 CU15 (15.2.1748.10), SU to Oct26SU (15.2.1748.30); 368 min
        not CU to 2019 CU15 (15.2.1748.10), in-place upgrade to SE RTM (15.2.2562.17), SU to Oct26SU (15.2.2562.30): licence for Exchange SE: never seen
      EX02 SU to Oct26SU (15.2.1544.20); 138 min
        not in-place upgrade to SE RTM (15.2.2562.17), SU to Oct26SU (15.2.2562.30): licence for Exchange SE: never seen
        not CU to 2019 CU15: SUs of CU14 are as new, without a CU
      EX03 SU to Oct26SU (15.2.2562.30); 138 min
        warning: words break oddly: ignore it
      EX04 SU to Oct26SU (15.2.2562.30); 70 min
    ");
    insta::assert_snapshot!(recipes(&blueprint), @r"
    recipe 0: record-state 1/32, drain-transport 5/40, empty-queues 20/70, go-offline 1/32, restart 15/60, install-prerequisite dotnet-48 10/50, install-prerequisite vc-2013 10/50, restart 15/60, install-cu 15.2.1748.10 180/390, restart 15/60, install-su 15.2.1748.30 45/120, restart 15/60, restore-services 5/40, restore-mitigations 5/40, prove-build 15.2.1748.30 10/50, go-online 1/32, resume-transport 5/40, prove-service 10/50, soak 60 60/150
    recipe 1: record-state 1/32, drain-transport 5/40, empty-queues 20/70, go-offline 1/32, restart 15/60, install-su 15.2.1544.20 45/120, restart 15/60, restore-services 5/40, restore-mitigations 5/40, prove-build 15.2.1544.20 10/50, go-online 1/32, resume-transport 5/40, prove-service 10/50, soak 60 60/150
    recipe 2: record-state 1/32, drain-transport 5/40, empty-queues 20/70, go-offline 1/32, restart 15/60, install-su 15.2.2562.30 45/120, restart 15/60, restore-services 5/40, restore-mitigations 5/40, prove-build 15.2.2562.30 10/50, go-online 1/32, resume-transport 5/40, prove-service 10/50, soak 60 60/150
    recipe 3: install-su 15.2.2562.30 45/120, restart 15/60, prove-build 15.2.2562.30 10/50
    ");
    // With the licence, the supported product.
    estate.organization.insert(Item::SeLicence, super::estate::seen(Value::Flag(true), 60));
    insta::assert_snapshot!(show(&policy(), &catalog(), &estate), @r"
    wave 0 all 2026-11-24T12:00:00Z
      EX01 CU to 2019 CU15 (15.2.1748.10), in-place upgrade to SE RTM (15.2.2562.17), SU to Oct26SU (15.2.2562.30); 563 min
      EX02 in-place upgrade to SE RTM (15.2.2562.17), SU to Oct26SU (15.2.2562.30); 333 min
        not CU to 2019 CU15: SUs of CU14 are as new, without a CU
      EX03 SU to Oct26SU (15.2.2562.30); 138 min
        warning: words break oddly: ignore it
      EX04 SU to Oct26SU (15.2.2562.30); 70 min
    ");
    assert!([CU13, CU14_OLD, SE_OLD, SE_NEW].iter().all(|it| !it.is_empty()));
}
