//! Policies that are wrong, with the exact words; and what the shortest one allows.

use exward_core::policy::Gates;

use super::*;

#[track_caller]
fn check(text: &str, want: &[&str]) {
    let got = read(text).expect_err(text);
    let got: Vec<String> = got.iter().map(ToString::to_string).collect();
    assert_eq!(got, want, "{text}");
}

/// A policy with these lines, from line 4 on, in its only ring.
fn ring(lines: &str) -> String {
    format!("goal = \"latest\"\n[[rings]]\neverything = true\n{lines}")
}

#[test]
fn three_lines_are_a_careful_policy() {
    let policy = read(&ring("")).unwrap();
    let only = &policy.rings[0];
    assert_eq!((only.canaries, only.unavailable_max, only.failures_max), (1, Some(1), 0), "Y4");
    assert_eq!((policy.gates, policy.approvals.needed), (Gates::default(), 1), "Y4");
    assert_eq!((policy.emergency, policy.pools.default_max), (None, 1), "Y4");
    let json = r#"{"goal": "latest", "rings": [{"everything": true}]}"#;
    assert_eq!(read(json).unwrap(), policy);
}

#[test]
fn every_problem_is_told_at_once() {
    check(
        "goal = \"newest\"\nwindow = 1\n[[rings]]\nsoak_minute = 5\n[gates]\nhealthy_copies_min = 0\n",
        &[
            "line 1: `goal` is `newest`; write \"latest\", or a build as \"15.2.2562.56\"",
            "line 2: there is no key `window` here",
            "line 3: ring 1: it selects no server; give it `servers`, `dags`, `sites`, `tags` or everything = true",
            "line 4: ring 1: there is no key `soak_minute` here; did you mean `soak_minutes`?",
            "line 5: gates: `healthy_copies_min` is 0: the last healthy copy of a database would be taken away",
        ],
    );
    check(
        "",
        &[
            "there is no ring, so nothing would be updated; add [[rings]] with everything = true",
            "line 1: `goal` is missing",
        ],
    );
    check("goal = \"latest", &["line 1: this is no TOML: invalid basic string, expected `\"`"]);
    check(
        "{\"goal\": \"latest\",\n \"goal\": 1,\n \"rings\": [{\"everything\": 1}]}",
        &[
            "line 1: `goal` is missing",
            "line 2: `goal` stands here twice, and is not used",
            "line 3: ring 1: `everything` is a number, and has to be true or false",
            "line 3: ring 1: it selects no server; give it `servers`, `dags`, `sites`, `tags` or everything = true",
        ],
    );
}

#[test]
fn windows_that_cannot_be_read() {
    check(
        &ring("windows = []"),
        &["line 4: ring 1: `windows` is empty; leave it out if servers may be updated at any time"],
    );
    check(
        &ring("windows = [{ from = \"22:00\", to = \"22:00\", zone = \"Europe/Berlni\" }]"),
        &[
            "line 4: ring 1, window 1: `Europe/Berlni` is no time zone of the IANA database; did you mean `Europe/Berlin`?",
            "line 4: ring 1, window 1: it opens and closes at 22:00; write from = \"00:00\" and to = \"24:00\" for a whole day",
        ],
    );
    check(
        &ring("windows = [{ days = [\"sat\", \"sat\", \"xyz\"], from = \"25:00\" }]"),
        &[
            "line 4: ring 1, window 1: `days` names sat twice",
            "line 4: ring 1, window 1: `from` is `25:00`, which is no hour; write one as \"22:00\"",
            "line 4: ring 1, window 1: `to` is missing",
            "line 4: ring 1, window 1: `xyz` is no day; the days are mon, tue, wed, thu, fri, sat, sun",
            "line 4: ring 1, window 1: `zone` is missing, and the file has none either; write zone = \"Europe/Berlin\"",
        ],
    );
}

#[test]
fn contradictions_are_problems() {
    check(
        &ring("[[rings]]\nname = \"late\"\ntags = [\"dr\"]"),
        &[
            "line 4: ring `late`: it never gets a server, because ring `ring 1` before it selects everything",
        ],
    );
    check(
        "goal = \"latest\"\n[[rings]]\nname = \"a\"\nservers = [\"ex1\"]\n[[rings]]\nname = \"a\"\nservers = [\"EX1\"]",
        &[
            "line 5: ring `a`: another ring has this name, on line 2",
            "line 5: ring `a`: it never gets a server, because rings before it select the same",
        ],
    );
    check(
        &ring("unavailable_max = 0"),
        &[
            "line 2: ring 1: `unavailable_max` is 0, so no server of it would ever be updated; pin them instead",
        ],
    );
    check(
        &ring("[emergency]\nwindows_ignored = true"),
        &[
            "line 4: emergency: `windows_ignored` is true, and approvals.emergency_by names nobody who may approve that",
        ],
    );
    check(
        &ring("[approvals]\nneeded = 2\nby = [\"A\"]"),
        &["line 4: approvals: 2 people have to approve, and `by` names only 1"],
    );
    check(
        &ring("[[pins]]\nservers = [\"A\"]\nreason = \"x\"\nby = \"y\""),
        &["line 4: pin 1: `until` is missing"],
    );
    check(
        &ring(
            "[[blackouts]]\nfirst = 2026-12-24\nlast = 2026-12-01\nreason = \"x\"\nzone = \"UTC\"",
        ),
        &["line 4: blackout 1: its last day, 2026-12-01, is before its first, 2026-12-24"],
    );
}
