//! `exward check` as an operator runs it: shapes, exit codes, contract.

use crate::run::{Ran, exward, exward_with, json};

#[track_caller]
fn code(args: &[&str], want: i32) -> Ran {
    let ran = exward(args);
    assert_eq!(ran.code, want, "{args:?}\n{}{}", ran.out, ran.err);
    ran
}

#[test]
fn exit_codes_say_what_to_do() {
    code(&["check", "15.2.2562.56"], 0); // patched
    code(&["check", "15.20.9000.1"], 0); // not-exchange
    code(&["check", "15.2.1544.14"], 1); // vulnerable
    code(&["check", "14.3.513.0"], 1); // unsupported
    code(&["check", "15.2.1748"], 3); // possibly
    code(&["check", "15.2.1600.1"], 3); // unknown
    code(&["check", "15.2.2562.56", "15.2.1748", "15.2.1544.14"], 1); // the most urgent
    code(&["check"], 2);
    code(&["check", "15.2.99999.1"], 2);
    code(&["check", "--from", "/does/not/exist"], 4);
    code(&["check", "15.2.1544.14", "--from", "/does/not/exist"], 4); // not whole
    code(&["check", "15.2.1544.14", "--catalog", "/does/not/exist"], 5);
    code(&["check", "15.2.1544.14", "--out", "/does/not/exist/x"], 6);
}

#[test]
fn nagios_has_its_own_codes_and_one_line() {
    let line = |args: &[&str], want| code(&[&["check", "--nagios"], args].concat(), want).out;
    insta::assert_snapshot!(line(&["15.2.2562.56"], 0), @"EXCHANGE OK - 15.2.2562.56 is patched | not_exchange=0 patched=1 mitigated=0 possibly=0 unknown=0 unsupported=0 vulnerable=0 open=0 open_kev=0 web_shells=0 skipped=0");
    insta::assert_snapshot!(line(&["15.2.1748"], 1), @"EXCHANGE WARNING - 15.2.1748 is possibly | not_exchange=0 patched=0 mitigated=0 possibly=1 unknown=0 unsupported=0 vulnerable=0 open=0 open_kev=0 web_shells=0 skipped=0");
    insta::assert_snapshot!(line(&["15.2.1544.14", "15.2.2562.56"], 2), @"EXCHANGE CRITICAL - 15.2.1544.14 is vulnerable | not_exchange=0 patched=1 mitigated=0 possibly=0 unknown=0 unsupported=0 vulnerable=1 open=42 open_kev=1 web_shells=0 skipped=0");
    insta::assert_snapshot!(line(&["mail.example.org"], 3), @"EXCHANGE UNKNOWN - `mail.example.org` is never asked: documentation name (RFC 2606)");
}

#[test]
fn nagios_shows_web_shells_and_turns_errors_into_unknown() {
    let ran = code(&["check", "--nagios", "--from", "/does/not/exist"], 3);
    assert!(ran.out.starts_with("EXCHANGE UNKNOWN - "), "{}", ran.out);
    let ran = code(&["check", "--nagios", "15.2.99999.1"], 3);
    assert!(ran.out.contains("not a number from 0 to 65535"), "{}", ran.out);
    let feed = b"\"timestamp\",\"ip\",\"port\",\"tag\",\"version\"\n\
        \"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"exchange;webshell\",\"15.2.2562.56\"\n";
    let ran = exward_with(&["check", "--nagios", "--from", "-"], feed);
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("web shell reported"), "{}", ran.out);
    assert!(ran.out.contains("web_shells=1"), "{}", ran.out);
}

#[test]
fn a_file_given_as_a_target_is_told_so() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let ran = code(&["check", file], 2);
    assert!(ran.err.contains("--from"), "{}", ran.err);
}

#[test]
fn nothing_to_check_says_what_to_give() {
    let ran = code(&["check"], 2);
    assert!(ran.err.contains("check 15.2.1544.14"), "{}", ran.err);
    assert!(ran.err.contains("--from"), "{}", ran.err);
}

#[test]
fn the_table_is_worst_first_with_one_next_step_a_server() {
    let ran = code(&["check", "15.2.2562.56", "15.2.1544.14", "15.1.2507.77"], 1);
    insta::assert_snapshot!(ran.out, @r"
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     Verdict      Target         Server                         Open CVEs   Next step                                       
    ════════════════════════════════════════════════════════════════════════════════════════════════════════════════════════
     VULNERABLE   15.2.1544.14   Exchange 2019 CU14 Nov24SUv2   42, 1 KEV   update in place to Exchange SE and Oct26SU      
                                 (15.2.1544.14)                             (build 15.2.2562.56); or if you have it from    
                                                                            ESU: install Oct26SU (build 15.2.1544.50)       
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     POSSIBLY     15.1.2507.77   Exchange 2016 CU23 Oct26SU     -           verify that Extended Protection is on (a        
                                 (15.1.2507.77)                             HealthChecker result shows it)                  
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     PATCHED      15.2.2562.56   Exchange SE RTM Oct26SU        -           verify Extended Protection and 4 more settings  
                                 (15.2.2562.56)                             (a HealthChecker result shows them)             
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    15.2.1544.14
      · 42 CVEs open, 1 known exploited: CVE-2026-42897 (fixed in 15.2.1544.41)
      · Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on

    15.1.2507.77
      · Extended Protection not verified (CVE-2024-21410, known exploited)
      · out of support since 2025-10-14: no new fixes are due

    15.2.2562.56
      · patched as of 2026-10-15, by the given build 15.2.2562.56; not verified: Extended Protection, Windows update for IIS TokenCacheModule, setup /PrepareAllDomains, dedicated hybrid app (hybrid only), Download Domains; not hunted, and patched is not clean
      · Extended Protection not verified (CVE-2024-21410, known exploited): setup of this CU turns it on

    3 servers: 1 vulnerable, 1 possibly, 1 patched; known-exploited CVEs open on 1
    catalog as of 2026-10-15 · TLP:AMBER
    ");
}

#[test]
fn a_line_of_json_keeps_the_contract() {
    let ran = code(&["check", "15.2.1544.14", "--format", "json"], 1);
    let line = &json(&ran)[0];
    let fields: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    insta::assert_snapshot!(fields.join(" "), @"schema tlp target observed_at catalog identity support verdict reasons next_step range cves config reported front_ends tls hunt evidence");
    assert_eq!(line["schema"], "exward.check/1");
    assert_eq!(line["tlp"], "TLP:AMBER");
    assert_eq!(line["target"], "15.2.1544.14");
    assert_eq!(line["catalog"]["as_of"], "2026-10-15");
    insta::assert_snapshot!(line["identity"], @r#"{"product":"2019","product_at_least":null,"cu":"CU14","update":"Nov24SUv2","build":"15.2.1544.14","at_least":"15.2.1544.14","at_most":"15.2.1544.14","precision":"exact","newer_than_catalog":false,"conflicts":[]}"#);
    insta::assert_snapshot!(line["support"], @r#"{"state":"ended","until":"2025-10-14"}"#);
    insta::assert_snapshot!(line["range"], @r#"{"best":"vulnerable","worst":"vulnerable"}"#);
    insta::assert_snapshot!(line["config"], @r#"{"extended_protection":"unknown","prepare_all_domains":"unknown","prepare_schema":"unknown","download_domains":"unknown","hybrid_app":"unknown","token_cache_module":"unknown","data_signing":"unknown","fip_fs":"unknown","setting_override":"unknown","mitigation":"unknown"}"#);
    insta::assert_snapshot!(line["evidence"], @r#"[{"kind":"given","value":"15.2.1544.14","endpoint":null,"at":null}]"#);
    insta::assert_snapshot!(line["cves"]["open"][0], @r#"{"id":"CVE-2026-42897","kev":true,"fixed_in":"15.2.1544.41","update":"Jun26SU","kb":"KB5094142","open_by":null}"#);
    assert_eq!(line["tls"], serde_json::Value::Null);
    assert_eq!(line["hunt"], serde_json::Value::Null);
}

#[test]
fn json_comes_in_input_order_one_object_a_target() {
    let targets = ["15.2.2562.56", "15.2.1544.14", "15.2.2562.56", "15.2.1748"];
    let ran = code(&[&["check", "--format", "json"], &targets[..]].concat(), 1);
    let got: Vec<String> =
        json(&ran).iter().map(|line| line["target"].as_str().unwrap().to_owned()).collect();
    assert_eq!(got, targets);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let args = ["check", "15.2.1544.14", "15.2.1748", "14.3.439.0", "--format", "json"];
    assert_eq!(exward(&args).out, exward(&args).out, "A8");
}

#[test]
fn every_shape_shows_the_same_verdicts() {
    let input =
        b"15.2.2562.56\n15.2.1544.14\n15.1.2507.77\n15.20.7000.1\n14.3.513.0\n15.2.1600.1\n";
    let shape = |format: &str| exward_with(&["check", "--from", "-", "--format", format], input);
    let verdicts: Vec<String> = json(&shape("json"))
        .iter()
        .map(|line| line["verdict"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        verdicts,
        ["patched", "vulnerable", "possibly", "not-exchange", "unsupported", "unknown"]
    );
    let (csv, table, html) = (shape("csv").out, shape("table").out, shape("html").out);
    for (line, verdict) in csv.lines().skip(1).zip(&verdicts) {
        assert_eq!(line.split(',').nth(1), Some(verdict.as_str()), "A13 csv: {line}");
    }
    for verdict in &verdicts {
        assert!(table.contains(&verdict.to_uppercase()), "A13 table: {verdict}");
        assert!(html.contains(&format!(">{verdict}</span>")), "A13 html: {verdict}");
    }
    for text in [&csv, &table, &html] {
        assert!(text.contains("TLP:AMBER"), "every result carries its TLP mark");
    }
}

#[test]
fn a_web_shell_report_asks_to_act_whatever_the_build() {
    let feed = b"\"timestamp\",\"ip\",\"port\",\"tag\",\"version\"\n\
        \"2026-11-20 00:00:01\",\"192.0.2.1\",443,\"exchange;webshell\",\"15.2.2562.56\"\n";
    let ran = exward_with(&["check", "--from", "-", "--format", "json"], feed);
    assert_eq!(ran.code, 1, "{}", ran.out);
    let line = &json(&ran)[0];
    assert_eq!(line["verdict"], "patched");
    assert_eq!(line["reported"]["web_shell"], true);
    assert!(line["next_step"].as_str().unwrap().contains("hunt"), "{line}");
}

#[test]
#[cfg(unix)]
fn results_are_readable_by_their_owner_only_and_whole_or_not_there() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("result.json");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let out = path.to_str().unwrap();
    code(&["check", "15.2.1544.14", "--format", "json", "--out", out], 1);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "a list of vulnerable servers is a target list");
    // A run that fails leaves the old result as it was.
    let before = std::fs::read(&path).unwrap();
    code(&["check", "15.2.99999.1", "--out", out], 2);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn an_old_catalog_is_warned_about() {
    let old = exward(&["check", "15.2.2562.56"]);
    assert_eq!(old.err, "");
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_exward"));
    let output = command.args(["check", "15.2.2562.56", "--today", "2026-12-01"]).output().unwrap();
    let warned = String::from_utf8(output.stderr).unwrap();
    assert!(warned.contains("47 days old (2026-10-15)"), "{warned}");
}

#[test]
fn completions_and_manual_come_from_the_same_definitions() {
    let bash = exward(&["completions", "bash"]);
    assert!(bash.out.contains("--from-format"), "{}", bash.out);
    let manual = exward(&["man"]);
    assert!(manual.out.contains("exward\\-check"), "{}", manual.out);
}
