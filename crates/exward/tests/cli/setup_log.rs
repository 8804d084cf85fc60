//! `exward explain --setup-log`: text, JSON, exit codes.

use std::fs;

use crate::run::{exward, exward_with, json};

/// A run that ends in these lines; `1 text` is depth and text.
fn run(lines: &[&str]) -> String {
    let head =
        ["0 Starting Microsoft Exchange Server 2019 Setup", "0 Setup version: 15.2.1748.10."];
    let mut text = String::new();
    for (second, line) in head.iter().chain(lines).enumerate() {
        let (depth, said) = line.split_once(' ').unwrap();
        text.push_str(&format!("[11/24/2026 02:00:{second:02}.0123] [{depth}] {said}\r\n"));
    }
    text
}

const DONE: &str = "0 The Exchange Server setup operation completed successfully.";
const STOPPED: &str = "1 Setup is stopping now because of one or more critical errors.";
const DISABLED: &str = "1 [ERROR] Service 'MSExchangeX' did not start. The service cannot be \
                        started, either because it is disabled or has no device";

/// Runs on standard input, and gives code and text.
fn told(input: &str) -> (i32, String) {
    let ran = exward_with(&["explain", "--setup-log", "-"], input.as_bytes());
    assert_eq!(ran.err, "");
    (ran.code, ran.out)
}

#[test]
fn a_failure_is_explained() {
    let rule = "1 Failed [Rule:RebootPending] [Message:A reboot is pending.]";
    let (code, text) = told(&run(&[rule, "1 Executing:", DISABLED, STOPPED]));
    assert_eq!(code, 1);
    insta::assert_snapshot!(text, @r"
    -: a service is disabled
      failed: Exchange 2019 setup, build 15.2.1748.10, from 2026-11-24T02:00:00 to 2026-11-24T02:00:05 (the server's own time)
      -:5: Service 'MSExchangeX' did not start. The service cannot be started, either because it is disabled or has no device
      service: MSExchangeX
      cause: service-disabled
      What to do: An earlier attempt left services disabled. Set the named service and all other disabled Exchange services back to the start type they had (`ServiceControl.ps1 AfterPatch` in V15\Bin; POP3 and IMAP4 may be Manual by intent), and those that Exchange needs (IIS, WinRM, Remote Registry) as well. Then start setup again; it goes on where it stopped.
      Also seen:
        line 3: a restart is pending (prerequisite:RebootPending)
    ");
}

#[test]
fn the_json_has_every_field() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ExchangeSetup.log");
    fs::write(&path, run(&["1 [ERROR] Access to the path 'C:\\\x1b[31mx' is denied.", STOPPED]))
        .unwrap();
    let file = path.to_str().unwrap();
    let ran = exward(&["explain", "--setup-log", file, "--format", "json"]);
    assert_eq!((ran.code, ran.err.as_str(), ran.out.lines().count()), (1, "", 1));
    let answer = json(&ran).remove(0);
    let keys: Vec<&str> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    let want = "schema file cause title remedy line outcome product build from to excerpt others";
    assert_eq!(keys, want.split(' ').collect::<Vec<_>>());
    assert_eq!(answer["schema"], "exward.setuplog/1");
    assert_eq!(answer["file"], file);
    assert_eq!(answer["cause"], "file-access-denied");
    assert_eq!(answer["line"], 3);
    assert_eq!(answer["outcome"], "failed");
    assert_eq!(answer["product"], "2019");
    assert_eq!(answer["build"], "15.2.1748.10");
    assert_eq!(answer["from"], "2026-11-24T02:00:00");
    assert_eq!(answer["to"], "2026-11-24T02:00:03");
    assert_eq!(answer["excerpt"], "Access to the path 'C:\\\u{241b}[31mx' is denied.");
    assert_eq!(answer["others"], serde_json::json!([]));
}

#[track_caller]
fn check(input: &str, code: i32, cause: &serde_json::Value, outcome: &serde_json::Value) {
    let ran = exward_with(&["explain", "--setup-log", "-", "--format", "json"], input.as_bytes());
    let answer = json(&ran).remove(0);
    let got = (ran.code, answer.get("cause"), answer.get("outcome"));
    assert_eq!(got, (code, Some(cause), Some(outcome)), "{input}");
}

#[test]
fn the_exit_code_says_what_came_of_it() {
    let null = serde_json::Value::Null;
    check(&run(&[DONE]), 0, &null, &"completed".into());
    check(&run(&[DISABLED, STOPPED]), 1, &"service-disabled".into(), &"failed".into());
    check(&run(&["1 [ERROR] Something new.", STOPPED]), 3, &null, &"failed".into());
    check(&run(&["0 Copying Files..."]), 3, &null, &"unfinished".into());
    check("no log at all\n", 3, &"not-a-setup-log".into(), &null);
    let same = [
        "0 The locally installed version is 15.2.1748.10.",
        "0 Command Line Parameter Name='mode', Value='Upgrade'.",
        DONE,
    ];
    check(&run(&same), 3, &null, &"completed".into());
    // Only the last run counts.
    check(&(run(&[DISABLED, STOPPED]) + &run(&[DONE])), 0, &null, &"completed".into());
}

#[test]
fn what_is_no_log_is_said() {
    let (code, text) = told("Entry DN: CN=x\n");
    assert_eq!((code, text.lines().next()), (3, Some("-: not a setup log")));
    assert_eq!(exward(&["explain", "--setup-log", "/no/such/file"]).code, 4);
}

#[test]
fn a_log_or_a_build_but_not_both() {
    assert_eq!(exward(&["explain"]).code, 2);
    assert_eq!(exward(&["explain", "15.2.1544.14", "--setup-log", "x"]).code, 2);
    assert_eq!(exward(&["explain", "15.2.1544.14", "--format", "json"]).code, 2);
    assert_eq!(exward(&["explain", "15.2.1544.14"]).code, 0);
}
