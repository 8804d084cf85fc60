//! `exward hunt` and `check --hunt` as an operator runs them, on made-up folders.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use crate::run::{Ran, command, exward, json, shared};

#[track_caller]
fn code(args: &[&str], want: i32) -> Ran {
    let ran = exward(args);
    assert_eq!(ran.code, want, "{args:?}\n{}{}", ran.out, ran.err);
    assert!(!ran.err.contains("panicked"), "{}", ran.err);
    ran
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn what_cannot_be_hunted_says_so() {
    code(&["hunt"], 2);
    let ran = code(&["hunt", "/does/not/exist"], 4);
    assert!(ran.out.contains("skipped /does/not/exist: No such file"), "{}", ran.out);
    let empty = folder(&[]);
    let ran = code(&["hunt", text(empty.path())], 4);
    assert!(ran.out.starts_with("NOT ENOUGH EVIDENCE  unnamed server"), "{}", ran.out);
    assert!(ran.out.contains(r"%SystemDrive%\inetpub\logs\LogFiles"), "{}", ran.out);
    let ran = code(&["hunt", "/does/not/exist", "--rules", text(empty.path())], 2);
    assert!(ran.err.contains("no rules in"), "{}", ran.err);
    code(&["hunt", text(empty.path()), "--jobs", "0"], 2);
    code(&["hunt", text(empty.path()), "--out", "/does/not/exist/x"], 6);
}

#[test]
fn a_hunt_belongs_to_one_server() {
    let empty = folder(&[]);
    let hunt = ["--hunt", text(empty.path())];
    let ran = code(&[&["check", "15.2.2562.56", "15.2.1544.14"], &hunt[..]].concat(), 2);
    assert!(ran.err.contains("--server NAME"), "{}", ran.err);
    code(&["check", "15.2.2562.56", "--server", "EX01"], 2);
    code(&["check", "15.2.2562.56", "--jobs", "2"], 2);
    code(&[&["check"], &hunt[..]].concat(), 2);
}

/// Rules for a hole that does not exist, so that the built-in rules say nothing about these logs.
const RULES: &str = "title: Made-up hole used
id: made-up-success
logsource:
  category: webserver
detection:
  hole:
    cs-uri-stem|startswith: '/made-up/'
    sc-status: 200
  condition: hole
level: high
exward:
  stage: success
  confidence: high
  why: the made-up hole answered
---
title: Made-up hole asked for
id: made-up-scan
logsource:
  category: webserver
detection:
  hole:
    cs-uri-stem|startswith: '/made-up/'
    sc-status: 404
  condition: hole
level: low
exward:
  stage: scan
  confidence: medium
  why: the made-up hole was asked for
";

const FIELDS: &str = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status time-taken\n";

/// A log of requests, `hour stem query address status` a line.
fn log(day: &str, lines: &[&str]) -> String {
    let line = |it: &&str| {
        let [hour, stem, query, address, status] =
            it.split(' ').collect::<Vec<_>>().try_into().unwrap();
        format!(
            "{day} {hour}:00:00 10.0.0.5 GET {stem} {query} 443 - {address} Mozilla/5.0 {status} 0 0 12\n"
        )
    };
    format!("{FIELDS}{}", lines.iter().map(line).collect::<String>())
}

const QUIET: &str = "01 /owa/auth/logon.aspx - 198.51.100.20 200";
const SCAN: &str = "02 /made-up/x - 203.0.113.9 404";
const HIT: &str = "03 /made-up/x canary=0123456789abcdef0123456789 203.0.113.9 200";

/// A server's disk with one log, and the rules beside it.
fn disk(lines: &[&str]) -> tempfile::TempDir {
    folder(&[
        ("disk/inetpub/logs/LogFiles/W3SVC1/u_ex261120.log", &log("2026-11-20", lines)),
        ("rules/made-up.yml", RULES),
    ])
}

/// `hunt` over such a disk.
#[track_caller]
fn hunt(dir: &Path, more: &[&str], want: i32) -> Ran {
    let (disk, rules) = (dir.join("disk"), dir.join("rules"));
    code(&[&["hunt", text(&disk), "--rules", text(&rules)], more].concat(), want)
}

#[test]
fn exit_codes_say_what_the_hunt_found() {
    hunt(disk(&[QUIET]).path(), &[], 3); // no trace, and nothing that shows consequences
    hunt(disk(&[QUIET, SCAN]).path(), &[], 3);
    hunt(disk(&[QUIET, SCAN, HIT]).path(), &[], 1);
    let dir = disk(&[QUIET]);
    let ran = hunt(dir.path(), &["--server", "EX01"], 3);
    assert!(ran.out.starts_with("NOT ENOUGH EVIDENCE  EX01"), "{}", ran.out);
}

#[test]
fn a_tired_admin_reads_what_happened_and_what_to_do() {
    let dir = disk(&[QUIET, SCAN, HIT]);
    let ran = hunt(dir.path(), &["--server", "EX01", "--exposed-since", "2026-07-01"], 1);
    let root = format!("{}/", dir.path().display());
    insta::assert_snapshot!(ran.out.replace(&root, ""), @r"
    EXPLOIT REACHED  EX01
    Next: treat it as broken into until shown otherwise: keep its disk and these logs, follow the sightings into the web folders, cmdlet logs and events of the same hours, and only then update
      · Made-up hole used: the made-up hole answered; by 203.0.113.9; at 2026-11-20 03:00:00 UTC (disk/inetpub/logs/LogFiles/W3SVC1/u_ex261120.log:5)
      · IIS logs reach back less than a day (2026-11-20); the hole was open for 4 months before that (2026-07-01), and what happened then is not seen

    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Seen             When (UTC)                        Who           What                Where                         
    ════════════════════════════════════════════════════════════════════════════════════════════════════════════════════
     success (high)   2026-11-20 02:00:00 to 03:00:00   203.0.113.9   Made-up hole used   …/u_ex261120.log:5 and 1 more 
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    ────────────────────────────────────────────────────────────────────────
     Covered    From (UTC)            To (UTC)              Records   Files 
    ════════════════════════════════════════════════════════════════════════
     IIS logs   2026-11-20 01:00:00   2026-11-20 03:00:00   3         1     
    ────────────────────────────────────────────────────────────────────────

    Missing
      · HttpProxy logs: <Exchange>\Logging\HttpProxy
      · ECP server logs: <Exchange>\Logging\ECP\Server
      · cmdlet logs: <Exchange>\Logging\CmdletInfra
      · MSExchange Management events: %SystemRoot%\System32\winevt\Logs\MSExchange Management.evtx
      · Application events: %SystemRoot%\System32\winevt\Logs\Application.evtx
      · Security events: %SystemRoot%\System32\winevt\Logs\Security.evtx
      · web folders: <Exchange>\FrontEnd\HttpProxy and %SystemDrive%\inetpub\wwwroot\aspnet_client
      · configuration files: %SystemRoot%\System32\inetsrv\config\applicationHost.config

    TLP:AMBER
    ");
}

#[test]
fn the_timeline_and_secrets() {
    let dir = disk(&[QUIET, SCAN, HIT]);
    let ran = hunt(dir.path(), &["--timeline"], 1);
    let lines: Vec<&str> = ran.out.lines().filter(|it| it.contains("Made-up")).skip(1).collect();
    assert!(lines[0].starts_with("2026-11-20T02:00:00Z  scan medium  203.0.113.9"), "{}", ran.out);
    assert!(lines[1].contains("canary=<masked, 26 characters>"), "{}", ran.out);
    for format in ["table", "json", "csv", "html"] {
        let ran = hunt(dir.path(), &["--timeline", "--format", format], 1);
        assert!(!ran.out.contains("0123456789abcdef"), "{format}: {}", ran.out);
        let raw = hunt(dir.path(), &["--timeline", "--raw", "--format", format], 1);
        assert!(raw.out.contains("0123456789abcdef"), "{format}: {}", raw.out);
    }
}

#[test]
fn the_same_evidence_gives_the_same_bytes() {
    let files: Vec<(String, String)> = (10..30)
        .map(|day| {
            (format!("disk/logs/{day}.log"), log(&format!("2026-11-{day}"), &[HIT, QUIET, SCAN]))
        })
        .collect();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("rules/made-up.yml", RULES));
    let dir = folder(&files);
    for format in ["table", "json", "csv", "html"] {
        let one = hunt(dir.path(), &["--format", format, "--jobs", "1"], 1);
        let several = hunt(dir.path(), &["--format", format, "--jobs", "5"], 1);
        assert_eq!(one.out, several.out, "A8");
    }
}

#[test]
fn reports_are_for_their_owner_and_are_not_hunted_again() {
    let dir = disk(&[QUIET, SCAN, HIT]);
    for (format, name) in [("json", "h.jsonl"), ("csv", "h.csv"), ("html", "h.html")] {
        let out = dir.path().join(name);
        hunt(dir.path(), &["--raw", "--format", format, "--out", text(&out)], 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
        }
        fs::copy(&out, dir.path().join("disk").join(name)).unwrap();
    }
    fs::copy(dir.path().join("rules/made-up.yml"), dir.path().join("disk/r.yml")).unwrap();
    let ran = hunt(dir.path(), &["--format", "json"], 1);
    let lines = json(&ran);
    assert_eq!(lines.len(), 3, "two sightings and the summary: {}", ran.out);
    let noted = lines[2]["noted"].as_array().unwrap();
    let count = |what: &str| noted.iter().find(|it| it["what"] == what).unwrap()["count"].clone();
    assert_eq!((count("own-report"), count("rule-file")), (3.into(), 1.into()), "Z3");
}

#[test]
fn evidence_stays_as_it_was() {
    let dir = disk(&[QUIET, HIT]);
    let log = "disk/inetpub/logs/LogFiles/W3SVC1/u_ex261120.log";
    let before = fs::read(dir.path().join(log)).unwrap();
    for out in [log, "disk/new.html", "disk/inetpub/../new.html"] {
        let out = dir.path().join(out);
        let ran = hunt(dir.path(), &["--out", text(&out)], 2);
        assert!(ran.err.contains("would change the evidence"), "{}", ran.err);
        let disk = dir.path().join("disk");
        code(&["check", "15.2.2562.56", "--hunt", text(&disk), "--out", text(&out)], 2);
    }
    code(&["hunt", text(&dir.path().join(log)), "--out", text(&dir.path().join(log))], 2);
    assert_eq!(fs::read(dir.path().join(log)).unwrap(), before);
    assert!(!dir.path().join("disk/new.html").exists());
}

#[test]
fn what_asks_to_act_is_not_hidden() {
    let dir = disk(&[QUIET, HIT]);
    let (disk, rules) = (dir.path().join("disk"), dir.path().join("rules"));
    let rules = ["--rules", text(&rules)];
    let ran = code(&[&["hunt", text(&disk), "/does/not/exist"], &rules[..]].concat(), 1);
    assert!(ran.out.contains("skipped /does/not/exist"), "{}", ran.out);
    let hunts = ["--hunt", text(&disk), "--hunt", "/does/not/exist"];
    let ran = code(&[&["check", "15.2.2562.56"], &hunts[..], &rules[..]].concat(), 1);
    assert!(ran.out.contains("skipped /does/not/exist"), "{}", ran.out);
    let ran = code(&["check", "15.2.2562.56", "--nagios", "--hunt", "/does/not/exist"], 3);
    assert!(ran.out.starts_with("EXCHANGE UNKNOWN - "), "{}", ran.out);
    for format in ["table", "json", "csv", "html"] {
        // The reading end is closed before anything is written.
        let args = [&["hunt", text(&disk), "--format", format], &rules[..]].concat();
        let mut child = command(&args).stdout(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{format}");
    }
}

#[test]
fn rules_that_cannot_be_used_are_no_silence() {
    let dir = disk(&[QUIET]);
    fs::write(dir.path().join("rules/bad.yml"), "title: A rule without a body\n").unwrap();
    let ran = hunt(dir.path(), &[], 3);
    let first = ran.out.lines().nth(2).unwrap();
    assert!(first.contains("one of your rule files was not used"), "{}", ran.out);
    assert!(ran.out.contains("bad.yml: rule not used: "), "{}", ran.out);
    let bad = dir.path().join("rules/bad.yml");
    let ran = code(&["hunt", text(&dir.path().join("disk")), "--rules", text(&bad)], 2);
    assert!(ran.err.contains("no rule in") && ran.err.contains("bad.yml: "), "{}", ran.err);
}

#[cfg(unix)]
#[test]
fn a_device_is_written_into() {
    let dir = disk(&[QUIET, HIT]);
    let ran = hunt(dir.path(), &["--out", "/dev/stdout"], 1);
    assert!(ran.out.contains("EXPLOIT REACHED"), "{}", ran.out);
}

#[test]
fn json_lines_keep_the_contract() {
    let dir = disk(&[QUIET, SCAN, HIT]);
    let lines = json(&hunt(dir.path(), &["--format", "json", "--tlp", "red"], 1));
    let hit = &lines[1];
    assert_eq!(hit["schema"], "exward.hunt.sighting/1");
    assert_eq!((&hit["rule"], &hit["stage"]), (&"made-up-success".into(), &"success".into()));
    assert_eq!((&hit["time"], &hit["line"]), (&"2026-11-20T03:00:00Z".into(), &5.into()));
    assert_eq!((&hit["actor"], &hit["tlp"]), (&"203.0.113.9".into(), &"TLP:RED".into()));
    let summary = lines.last().unwrap();
    assert_eq!(summary["schema"], "exward.hunt.summary/1");
    assert_eq!(summary["verdict"], "exploit-reached");
    assert_eq!(summary["covered"][0]["source"], "iis");
    assert_eq!(summary["covered"][0]["records"], 3);
    assert_eq!(summary["chains"][0]["sightings"], 2);
}

/// `check` of one build with a hunt over a disk.
#[track_caller]
fn check(builds: &[&str], lines: &[&str], more: &[&str], want: i32) -> Ran {
    let dir = disk(lines);
    let (disk, rules) = (dir.path().join("disk"), dir.path().join("rules"));
    let hunt = ["--hunt", text(&disk), "--rules", text(&rules)];
    code(&[&["check"], builds, &hunt, more].concat(), want)
}

#[test]
fn the_worse_of_both_is_the_exit_code() {
    check(&["15.2.2562.56"], &[QUIET, HIT], &[], 1); // patched, and reached
    check(&["15.2.2562.56"], &[QUIET, SCAN], &[], 3); // patched, and scanned
    check(&["15.2.1544.14"], &[QUIET, SCAN], &[], 1); // vulnerable, and scanned
    check(&["15.2.2562.56"], &[QUIET, HIT], &["--nagios"], 2);
    check(&["15.2.2562.56"], &[QUIET, SCAN], &["--nagios"], 1);
}

#[test]
fn both_verdicts_stand_side_by_side() {
    let line = |builds: &[&str], more: &[&str]| {
        let ran = check(builds, &[QUIET, HIT], &[more, &["--format", "json"]].concat(), 1);
        json(&ran)
    };
    let lines = line(&["15.2.2562.56"], &[]);
    assert_eq!(
        (&lines[0]["verdict"], &lines[0]["hunt"]["verdict"]),
        (&"patched".into(), &"exploit-reached".into())
    );
    let ran = check(&["15.2.2562.56"], &[QUIET, SCAN], &["--format", "json"], 3);
    let step = json(&ran)[0]["hunt"]["next_step"].to_string();
    assert!(!step.contains("exward check"), "that is what was just done: {step}");
    // Of several servers one has the hunt.
    let lines = line(&["15.2.2562.56", "15.2.1544.14"], &["--server", "15.2.1544.14"]);
    assert_eq!(
        (&lines[0]["hunt"], &lines[1]["hunt"]["verdict"]),
        (&serde_json::Value::Null, &"exploit-reached".into())
    );
    let reasons = lines[1]["hunt"]["reasons"].to_string();
    assert!(
        reasons.contains("the hole was open for 6 months before that (2026-05-14)"),
        "{reasons}"
    );
}

#[test]
fn a_request_and_what_it_left_on_disk_are_one_story() {
    let requests = log(
        "2026-11-20",
        &[
            QUIET,
            "02 /autodiscover/autodiscover.json @made.example/powershell/ 203.0.113.9 200",
            "03 /aspnet_client/x1.aspx - 203.0.113.9 200",
            "04 /owa/auth/y2.aspx - 203.0.113.77 404",
        ],
    );
    let leftover = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<preserve resultType=\"3\" \
        virtualPath=\"/aspnet_client/x1.aspx\" hash=\"1\" filehash=\"2\" flags=\"110000\" \
        assembly=\"App_Web_x1.aspx.f5dba9b9.2a\" type=\"ASP.aspnet_client_x1_aspx\"></preserve>\n";
    let dir = folder(&[
        ("inetpub/logs/LogFiles/W3SVC1/u_ex261120.log", &requests),
        ("Temporary ASP.NET Files/root/1a/2b/x1.aspx.f5dba9b9.compiled", leftover),
    ]);
    let ran = code(&["hunt", text(dir.path()), "--format", "json"], 1);
    let lines = json(&ran);
    let summary = lines.last().unwrap();
    assert_eq!(summary["verdict"], "compromised", "{}", ran.out);
    let chain = &summary["chains"][0];
    assert_eq!(chain["files"], serde_json::json!(["x1.aspx"]), "{chain}");
    assert_eq!(chain["actors"], serde_json::json!(["203.0.113.9"]), "{chain}");
    let sources: Vec<&str> = lines
        .iter()
        .filter(|it| it["chain"] == chain["id"])
        .map(|it| it["source"].as_str().unwrap())
        .collect();
    assert!(sources.contains(&"iis") && sources.contains(&"web-folder"), "{sources:?}");
    // Who only asked for a page that is not there is another story.
    let other = lines.iter().find(|it| it["actor"] == "203.0.113.77").unwrap();
    assert_ne!(other["chain"], chain["id"]);
}

/// What a folder of the corpus comes to.
#[track_caller]
fn check_corpus(folder: &str, want: &str) {
    check_corpus_on("2026-11-24", folder, want);
}

/// What it comes to on a day: logs that end long before it are no all-clear.
#[track_caller]
fn check_corpus_on(today: &str, folder: &str, want: &str) {
    let path = shared().join("corpus/hunt").join(folder);
    let ran = exward(&["hunt", text(&path), "--format", "json", "--today", today]);
    let lines = json(&ran);
    let summary = lines.last().unwrap();
    assert_eq!(summary["verdict"], want, "{folder}: {summary}");
}

#[test]
#[ignore = "needs ../shared"]
fn real_traces_come_to_their_verdict() {
    check_corpus("iis", "compromised");
    check_corpus("httpproxy", "compromised");
    check_corpus("ecp-server", "compromised");
    check_corpus("evtx-json/otrf_proxylogon_full.json.zip", "compromised");
    check_corpus("evtx-json/otrf_background_events.jsonl", "not-enough-evidence");
    check_corpus("evtx/privexchange_dirkjan.evtx", "compromised");
    check_corpus("iis-benign", "not-enough-evidence");
    check_corpus("exchange-benign", "not-enough-evidence");
    check_corpus_on("2023-01-12", "exchange-benign", "nothing-found");
    check_corpus("httpproxy/helsecert_owa_scan_selected.csv", "compromised");
}

/// Lines that a hunt of a made-up log sights, each once, and those that were planted in it.
fn sighted_and_planted(attacks: &str) -> (Vec<u64>, Vec<u64>) {
    let dir = tempfile::tempdir().unwrap();
    let (log, truth) = (dir.path().join("u_ex261101.log"), dir.path().join("truth.jsonl"));
    let made = exward(&[
        "lab",
        "logs",
        "--size",
        "20",
        "--attacks",
        attacks,
        "--out",
        text(&log),
        "--truth",
        text(&truth),
    ]);
    assert_eq!(made.code, 0, "{}", made.err);
    let line = |it: &serde_json::Value| it["line"].as_u64();
    let mut sighted: Vec<u64> =
        json(&exward(&["hunt", text(&log), "--format", "json"])).iter().filter_map(line).collect();
    sighted.dedup();
    let truth = fs::read_to_string(&truth).unwrap();
    let planted = truth.lines().map(|it| line(&serde_json::from_str(it).unwrap()).unwrap());
    (sighted, planted.collect())
}

#[test]
fn a_made_up_log_shows_what_was_planted_and_nothing_else() {
    let (sighted, planted) = sighted_and_planted("42");
    assert_eq!(planted.len(), 42);
    assert_eq!(sighted, planted);
    assert_eq!(sighted_and_planted("0"), (Vec::new(), Vec::new()), "ordinary traffic is quiet");
}
