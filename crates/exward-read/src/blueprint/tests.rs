//! F1 to F3 on a small blueprint.

use std::collections::BTreeMap;

use exward_core::blueprint::{Action, Recipe, RingRules, ServerUpdate, Step, Wave};
use exward_core::build::Build;
use exward_core::fleet::{RingName, ServerName};
use exward_core::policy::{Approvals, Gates, Limits, Window};
use jiff::civil::{date, time};

use super::*;
use crate::policy::schedule::zone;

fn blueprint() -> Blueprint {
    let inventory = include_bytes!("../../../../examples/inventory.json");
    let (inventory, _) = crate::inventory::read(inventory).unwrap();
    let su = Build::new(15, 2, 2562, 56);
    let step = |action| Step { action, expected_minutes: 5, deadline_minutes: 60 };
    let ring = RingRules {
        name: RingName::new("broad"),
        unavailable_max: None,
        soak_minutes: 60,
        failures_max: 0,
        windows: vec![Window {
            weekdays: [6, 7].into(),
            from: time(22, 0, 0, 0),
            to: time(0, 0, 0, 0),
            zone: zone("Europe/Berlin").unwrap(),
        }],
    };
    let update = ServerUpdate {
        server: ServerName::new("EX01"),
        dag: None,
        pool: None,
        site: None,
        from: Build::new(15, 2, 2562, 37),
        to: su,
        redirect_to: Some(ServerName::new("EX02")),
        recipe: 0,
    };
    let at = "2026-11-24T02:00:00Z".parse().unwrap();
    Blueprint {
        generation: 2,
        parent: Some(id(b"the first")),
        created_at: at,
        catalog_as_of: date(2026, 10, 15),
        windows_ignored: false,
        approvals: Approvals::default(),
        gates: Gates::default(),
        blackouts: Vec::new(),
        pools: Limits { default_max: 1, max: BTreeMap::new() },
        sites: Limits { default_max: u32::MAX, max: BTreeMap::new() },
        pools_out: BTreeMap::new(),
        sites_out: BTreeMap::new(),
        dags: inventory.dags,
        rings: vec![ring],
        recipes: vec![Recipe(vec![step(Action::InstallSu(su)), step(Action::Soak(30))])],
        waves: vec![Wave { ring: 0, canary: false, expected_start: at, updates: vec![update] }],
    }
}

#[test]
fn what_is_written_reads_the_same() {
    let written = write(&blueprint());
    assert_eq!(read(written.as_bytes()).unwrap(), blueprint(), "F1");
    assert_eq!(id(written.as_bytes()), id_of(&blueprint()), "F2");
}

#[track_caller]
fn check(from: &str, to: &str, want: &str) {
    let written = write(&blueprint());
    assert!(written.contains(from), "{from}");
    let changed = written.replacen(from, to, 1);
    assert_ne!(id(changed.as_bytes()), id(written.as_bytes()), "F2");
    let error = read(changed.as_bytes()).unwrap_err().to_string();
    let error = error.split_once(": ").map_or(error.as_str(), |(_, what)| what);
    assert_eq!(error, want, "F3: {from}");
}

#[test]
fn what_no_blueprint_has_is_refused() {
    check(
        "install-su",
        "run-script",
        "recipe 0, step 0: there is no action `run-script` with `15.2.2562.56`",
    );
    check(
        "\"recipe\":0",
        "\"recipe\":1",
        "wave 0, server EX01: `recipe` is 1, but there are only 1",
    );
    check("\"ring\":0", "\"ring\":7", "wave 0: `ring` is 7, but there are only 1");
    check(
        "\"generation\":2",
        "\"generation\":0",
        "the first generation is 1 and has no parent, every later one has one",
    );
    check(
        "\"canary\":",
        "\"canari\":true,\"canary\":",
        "wave 0: there is no key `canari` here; did you mean `canary`?",
    );
    check(
        "\"dags\":",
        " \"dags\":",
        "the blueprint is not as it was written; make a new one from the policy instead",
    );
}
