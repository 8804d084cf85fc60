//! `exward plan`: the table, the JSON, the blueprint's file, and what is refused.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::run::{Ran, exward, json};

/// A file of the examples.
pub(crate) fn example(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name);
    path.to_str().unwrap().to_owned()
}

/// Plans at the time for which the inventory of the examples is fresh.
pub(crate) fn plan(policy: &str, inventory: &str, more: &[&str]) -> Ran {
    let args = ["plan", "--policy", policy, "--inventory", inventory];
    exward(&[&args, more, &["--now", "2026-11-24T02:00:00Z"]].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Writes a policy of these lines; the rest is as careful as can be.
fn policy(dir: &Path, lines: &str) -> PathBuf {
    let path = dir.join("policy.toml");
    fs::write(&path, format!("{lines}\n[[rings]]\neverything = true\ncanaries = 0\n")).unwrap();
    path
}

#[test]
fn the_examples_make_a_plan_for_people() {
    let ran = plan(&example("policy.toml"), &example("inventory.json"), &[]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Wave   Ring            Expected start                   Servers   From → to                     Minutes out 
    ═════════════════════════════════════════════════════════════════════════════════════════════════════════════
     1      pilot, canary   2026-11-24 03:00 Europe/Berlin   EX01      15.2.2562.37 → 15.2.2562.56   137         
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
     2      broad, canary   2026-11-24 05:32 Europe/Berlin   EDGE01    15.2.2562.37 → 15.2.2562.56   123         
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
     3      broad           2026-11-24 07:50 Europe/Berlin   EX04      15.2.2562.37 → 15.2.2562.56   137         
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
     4      broad           2026-11-24 10:22 Europe/Berlin   EX02      15.2.2562.37 → 15.2.2562.56   137         
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
     5      broad           2026-11-24 12:54 Europe/Berlin   EX03      15.2.2562.37 → 15.2.2562.56   137         
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
    EMERGENCY: a hole that is known to be exploited is open; windows are ignored

    Who waits, and what would free them:
      · 2 servers (HH01, HH02): DB10 would have 1 healthy copy elsewhere that may become active, and needs 2
        → repair or add a copy of DB10 on another member; in a DAG of two, allow a single copy in the policy
      · EX-LEGACY: the policy keeps it until 2027-02-28: the fax gateway is certified for this build only
        → plan again after 2027-02-28, or lift the pin

    5 updated in 5 waves, 3 wait, 0 current (generation 1, catalog as of 2026-10-15)
    shown only; to have it carried out, plan again with --out FILE
    ");
}

#[test]
fn each_server_is_one_line_with_every_field() {
    let ran = plan(&example("policy.toml"), &example("inventory.json"), &["--format", "json"]);
    let lines = json(&ran);
    let names: Vec<&str> = lines.iter().map(|it| it["server"].as_str().unwrap()).collect();
    assert_eq!(names, ["EDGE01", "EX-LEGACY", "EX01", "EX02", "EX03", "EX04", "HH01", "HH02"]);
    let want = "schema server decision wave ring from to path expected_minutes warnings refused \
                hold why frees";
    for line in &lines {
        let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, want.split_whitespace().collect::<Vec<_>>(), "{line}");
        assert_eq!(line["schema"], "exward.plan/1");
        let is_held = line["decision"] == "hold";
        assert_eq!((line["wave"].is_null(), line["hold"].is_null()), (is_held, !is_held), "{line}");
    }
    let first = &lines[2];
    assert_eq!((&first["wave"], &first["ring"]), (&Value::from(1), &Value::from("pilot")));
    assert_eq!(first["to"], "15.2.2562.56");
    assert_eq!(lines[1]["hold"], "pinned");
}

#[test]
fn a_blueprint_is_written_whole_and_for_its_owner_only() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("b.json");
    let make = || plan(&example("policy.toml"), &example("inventory.json"), &["--out", text(&out)]);
    let ran = make();
    let bytes = fs::read(&out).unwrap();
    let read = exward_read::blueprint::read(&bytes).unwrap();
    assert_eq!((ran.code, read.generation, read.waves.len()), (0, 1, 5));
    let id = exward_read::blueprint::id(&bytes).to_string();
    assert!(ran.out.contains(&format!("blueprint {id} is in ")), "{}", ran.out);
    assert!(ran.out.ends_with("--by YOU --until TIME\n"), "{}", ran.out);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    }
    make();
    assert_eq!(fs::read(&out).unwrap(), bytes, "P1: the same files give the same blueprint");
}

#[test]
fn problems_of_both_files_are_told_with_their_lines() {
    let dir = tempfile::tempdir().unwrap();
    let bad = dir.path().join("bad.toml");
    fs::write(&bad, "goal = \"latest\"\nzon = \"UTC\"\n[[rings]]\nevrything = true\n").unwrap();
    let out = dir.path().join("b.json");
    let ran = plan(text(&bad), &example("policy.toml"), &["--out", text(&out)]);
    assert_eq!((ran.code, ran.out.as_str(), out.exists()), (4, "", false));
    let flat = ran.err.replace("\n  │", "").split_whitespace().collect::<Vec<_>>().join(" ");
    for want in ["bad.toml:2: there is no key `zon`", "bad.toml:4: ", "policy.toml:5: there is no"]
    {
        assert!(flat.contains(want), "{want}\n{flat}");
    }
}

#[test]
fn of_half_an_inventory_nobody_is_planned() {
    let dir = tempfile::tempdir().unwrap();
    let (path, out) = (dir.path().join("inventory.json"), dir.path().join("b.json"));
    let whole = fs::read_to_string(example("inventory.json")).unwrap();
    let run = |inventory: &str| {
        fs::write(&path, inventory).unwrap();
        fs::write(&out, "of last month").unwrap();
        plan(&example("policy.toml"), text(&path), &["--out", text(&out)])
    };
    // The file ends in the middle: there is no plan, and the file of --out stays.
    let ran = run(whole.split_at(whole.len() / 2).0);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""), "{}", ran.err);
    assert!(ran.err.contains("inventory.json:12: this is no JSON"), "{}", ran.err);
    assert_eq!(fs::read_to_string(&out).unwrap(), "of last month");
    // What is told of DAGs is missing: whoever may be in one waits, and each is named.
    let (servers, _) = whole.split_once(" \"dags\"").unwrap();
    let ran = run(&format!("{servers} \"dags\": []\n}}\n"));
    assert_eq!(ran.code, 3, "{}\n{}", ran.err, ran.out);
    assert!(
        ran.out.contains("server EX01 names DAG DAG1, which is not in the file"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("\n0 updated in 0 waves, 8 wait"), "{}", ran.out);
}

#[test]
fn what_is_skipped_is_named_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("inventory.json");
    let whole = fs::read_to_string(example("inventory.json")).unwrap();
    fs::write(&path, whole.replacen("\"free-disk-mb\": 61440", "\"free-disk-mb\": \"much\"", 1))
        .unwrap();
    let ran = plan(&example("policy.toml"), text(&path), &[]);
    assert!(ran.out.contains("inventory.json:7: "), "{}", ran.out);
    assert!(ran.out.contains("; 1 skipped"), "{}", ran.out);
    let lines = json(&plan(&example("policy.toml"), text(&path), &["--format", "json"]));
    let last = lines.last().unwrap();
    assert_eq!((&last["schema"], &last["line"]), (&"exward.skipped/1".into(), &Value::from(7)));
}

#[test]
fn the_code_tells_when_nobody_can_be_updated() {
    let dir = tempfile::tempdir().unwrap();
    let current = policy(dir.path(), "goal = \"15.2.2562.37\"");
    let seen = fs::read_to_string(example("inventory.json")).unwrap();
    let old = dir.path().join("old.json");
    // All was seen days ago: everybody waits.
    fs::write(&old, seen.replace("2026-11-24T01:", "2026-11-04T01:")).unwrap();
    assert_eq!(plan(text(&current), text(&old), &[]).code, 3);
    // Everybody is where the policy wants them.
    let all = seen.replace("15.2.1748.43", "15.2.2562.37").replace("15.1.2507.61", "15.2.2562.37");
    let fine = dir.path().join("fine.json");
    fs::write(&fine, all).unwrap();
    let ran = plan(text(&current), text(&fine), &[]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("0 updated in 0 waves, 0 wait, 8 current"), "{}", ran.out);
}

#[test]
fn a_child_counts_on_and_aims_no_lower() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1.json"), dir.path().join("2.json"));
    let inventory = example("inventory.json");
    plan(&example("policy.toml"), &inventory, &["--out", text(&first)]);
    let follow = ["--parent", text(&first), "--out", text(&second)];
    assert_eq!(plan(&example("policy.toml"), &inventory, &follow).code, 0);
    let child = exward_read::blueprint::read(&fs::read(&second).unwrap()).unwrap();
    let parent = exward_read::blueprint::id(&fs::read(&first).unwrap());
    assert_eq!((child.generation, child.parent), (2, Some(parent)));

    let lower = policy(dir.path(), "goal = \"15.2.2562.41\"");
    let lines =
        json(&plan(text(&lower), &inventory, &["--parent", text(&first), "--format", "json"]));
    let held = lines.iter().find(|it| it["server"] == "EX01").unwrap();
    assert_eq!(held["hold"], "no-route", "{held}");
    let why = held["why"].as_str().unwrap();
    assert!(why.contains("the blueprint before aimed at 15.2.2562.56"), "P10: {why}");

    let changed = dir.path().join("changed.json");
    let text_of = fs::read_to_string(&first).unwrap();
    fs::write(&changed, text_of.replacen("EX01", "EX09", 1)).unwrap();
    let ran = plan(&example("policy.toml"), &inventory, &["--parent", text(&changed)]);
    assert_eq!(ran.code, 4, "{}", ran.err);

    let ran = plan(
        &example("policy.toml"),
        &inventory,
        &["--parent", text(&first), "--out", text(&first)],
    );
    assert_eq!((ran.code, fs::read_to_string(&first).unwrap()), (2, text_of), "{}", ran.err);
}
