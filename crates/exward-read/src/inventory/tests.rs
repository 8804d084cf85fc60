//! What is wrong with an inventory is named, and never becomes a healthy value.

use std::fmt::Write as _;

use super::*;

const SEEN: &str = r#""at":"2026-11-24T01:00:00Z","source":"test""#;

fn one(text: &str) -> (Inventory, Vec<String>) {
    let (inventory, skipped) = read(text.as_bytes()).unwrap();
    let again = read(write(&inventory).as_bytes()).unwrap().0;
    assert_eq!(again, inventory, "N5: {text}");
    (inventory, skipped.iter().map(ToString::to_string).collect())
}

/// Of this server entry nothing is known, and this is why.
#[track_caller]
fn check_server(entry: &str, known: usize, want: &[&str]) {
    let (inventory, skipped) = one(&format!("{{{SEEN},\"servers\":[{entry}]}}"));
    let facts: usize = inventory.servers.values().map(|it| it.facts.len()).sum();
    assert_eq!(skipped, want, "N2: {entry}");
    assert_eq!(facts, known, "N1: {entry}");
}

#[test]
fn a_wrong_fact_is_unknown_and_a_wrong_server_is_too() {
    check_server(
        r#"{"name":"A","facts":{"healthy":true,"free-disk-mb":-5}}"#,
        1,
        &["line 1: server A: `free-disk-mb` is -5: no such number is below 0"],
    );
    check_server(
        r#"{"name":"A","facts":{"healty":true}}"#,
        0,
        &["line 1: server A: there is no fact `healty`; did you mean `healthy`?"],
    );
    check_server(
        r#"{"name":"A","facts":{"healthy":{"value":true,"at":"noon"}}}"#,
        0,
        &[
            "line 1: server A, `healthy`: `at` is `noon`, which is no time; write one as \"2026-11-24T01:00:00Z\", with its zone",
        ],
    );
    check_server(
        r#"{"name":"A","facts":{"esu":true}}"#,
        0,
        &["line 1: server A: `esu` is a fact of the organisation; write it into `organization`"],
    );
    check_server(
        r#"{"name":"A","pol":"p","facts":{"healthy":true}}"#,
        0,
        &[
            "line 1: server A: nothing of it counts as known until this is mended",
            "line 1: server A: there is no key `pol` here; did you mean `pool`?",
        ],
    );
    check_server(
        r#"{"name":"A","facts":{"healthy":true}},{"name":"a"}"#,
        0,
        &["line 1: server A stands here twice, first on line 1; nothing of it counts as known"],
    );
    check_server(
        r#"{"name":"A","dag":"D","facts":{"healthy":true}}"#,
        0,
        &["line 1: server A names DAG D, which is not in the file; nothing of it counts as known"],
    );
    check_server(
        r#"{"name":"A","build":"Version 15.2 (Build 2562.17)"}"#,
        0,
        &[
            "line 1: server A: `build` is `Version 15.2 (Build 2562.17)`, which is no file version of ExSetup.exe as \"15.2.2562.56\"",
        ],
    );
    check_server(
        r#"{"facts":{}}"#,
        0,
        &["the inventory has no server", "line 1: a server: `name` is missing"],
    );
}

/// The copies of this DAG are unknown, and this is why.
#[track_caller]
fn check_dag(copies: &str, want: &[&str]) {
    let dag = format!(r#"{{"name":"D","members":["A","B"],"copies":[{copies}]}}"#);
    let servers = r#"{"name":"A","dag":"D"},{"name":"B","dag":"D"}"#;
    let (inventory, skipped) =
        one(&format!("{{{SEEN},\"servers\":[{servers}],\n\"dags\":[{dag}]}}"));
    assert_eq!(skipped, want, "N2: {copies}");
    assert!(inventory.dags.values().all(|it| it.copies.is_none()), "N3: {copies}");
}

fn copy(server: &str, state: &str, rest: &str) -> String {
    format!(
        r#"{{"database":"DB1","server":"{server}","state":"{state}","copy_queue_len":0,"replay_queue_len":0,"activation_suspended":false{rest}}}"#
    )
}

#[test]
fn one_wrong_copy_leaves_all_unknown() {
    const LAGGED: &str = r#","lagged":false"#;
    let good = copy("A", "Mounted", LAGGED);
    check_dag(
        &format!("{good},{}", copy("B", "Healthy", "")),
        &[
            "line 2: DAG D, DB1 on B: `lagged` is missing",
            "line 2: DAG D: none of its copies counts as known until this is mended: a copy left out could be the last",
        ],
    );
    check_dag(
        &format!("{good},{}", copy("C", "Healthy", LAGGED)),
        &[
            "line 2: DAG D: copy of DB1 on C, which is no member",
            "line 2: DAG D: none of its copies counts as known until this is mended: a copy left out could be the last",
        ],
    );
    check_dag(
        &format!("{good},{}", copy("B", "Mounted", LAGGED)),
        &[
            "line 2: DAG D: DB1 is active on A and on B",
            "line 2: DAG D: none of its copies counts as known until this is mended: a copy left out could be the last",
        ],
    );
    check_dag(
        &format!("{good},{}", copy("A", "Healthy", LAGGED)),
        &[
            "line 2: DAG D: copy of DB1 on A stands here twice",
            "line 2: DAG D: none of its copies counts as known until this is mended: a copy left out could be the last",
        ],
    );
    check_dag(
        &format!("{good},{}", copy("B", "Fine", LAGGED)),
        &[
            "line 2: DAG D, DB1 on B: `state` is `Fine`, which no copy has; write Mounted, Healthy, …",
            "line 2: DAG D: none of its copies counts as known until this is mended: a copy left out could be the last",
        ],
    );
}

#[test]
fn a_server_claimed_by_two_dags_makes_both_unknown() {
    let dag = |name: &str, server: &str| {
        let copy = copy(server, "Mounted", r#","lagged":false"#);
        format!(r#"{{"name":"{name}","members":["{server}"],"copies":[{copy}]}}"#)
    };
    let servers = r#"{"name":"A","dag":"E"},{"name":"B","dag":"E"}"#;
    let dags = format!("{},{}", dag("D", "A"), dag("E", "B"));
    let (inventory, skipped) =
        one(&format!("{{{SEEN},\"servers\":[{servers}],\n\"dags\":[{dags}]}}"));
    let what = "server A names DAG E, but D lists it as a member";
    let want = [
        format!("line 1: {what}; nothing of it counts as known"),
        format!("line 2: DAG D: {what}; its copies do not count as known"),
        format!("line 2: DAG E: {what}; its copies do not count as known"),
    ];
    assert_eq!(skipped, want, "N2");
    assert!(inventory.dags.values().all(|it| it.copies.is_none()), "N1");
}

#[test]
fn a_large_estate_is_read_and_written() {
    let mut text = format!("{{{SEEN},\"servers\":[");
    for server in 0..2_000 {
        let comma = if server == 0 { "" } else { "," };
        let _written =
            write!(text, "{comma}{{\"name\":\"S{server}\",\"facts\":{{\"healthy\":true}}}}");
    }
    text.push_str("]}");
    let (inventory, skipped) = one(&text);
    assert_eq!((inventory.servers.len(), skipped.len()), (2_000, 0));
}
