//! The bundled Sigma rules on the corpus: every rule on every record, without any prefilter. What is labelled
//! malicious is seen, what is benign is not, and how far an attack came is told as it was.
#![expect(clippy::disallowed_methods, reason = "the test reads the corpus; the crate does not")]
#![expect(
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test shows figures and may stop"
)]

#[path = "rules/bundled.rs"]
#[expect(dead_code, reason = "what the documents say is not needed here")]
mod bundled;
#[path = "rules/corpus.rs"]
#[expect(dead_code, reason = "only the cases are shown in short")]
mod corpus;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use exward_hunt::Stage;

use bundled::rules;
use corpus::{Hunt, Seen, bytes, names};

/// The bar of the project's research on hunting.
const RECALL_MIN: f64 = 0.95;

/// Lines by file that a table of labels names, with their label.
fn labels(table: &str) -> Vec<(String, u64, String)> {
    let text = String::from_utf8(bytes(table)).unwrap();
    let rows = text.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|it| (it[0].to_owned(), it[1].parse().unwrap(), it[2].to_owned())).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn what_is_malicious_is_seen_and_what_is_benign_is_not() {
    let hunt = Hunt::new(rules());
    let mut seen: BTreeMap<String, Vec<Seen>> = BTreeMap::new();
    let (mut all, mut found, mut misses, mut false_alarms) = (0_u32, 0_u32, Vec::new(), Vec::new());
    let mut by_label: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (name, line, label) in
        labels("labels_iis.tsv").into_iter().chain(labels("labels_events.tsv"))
    {
        let seen = seen.entry(name.clone()).or_insert_with(|| hunt.file(&name));
        let here: Vec<&Seen> = seen.iter().filter(|it| it.line == line).collect();
        if label == "benign" {
            false_alarms.extend(here.iter().map(|it| it.to_string()));
            continue;
        }
        let counts = by_label.entry(label.clone()).or_default();
        counts.0 += 1;
        all += 1;
        if here.is_empty() {
            misses.push(format!("{name}:{line} {label}"));
        } else {
            counts.1 += 1;
            found += 1;
        }
    }
    for (label, (all, found)) in &by_label {
        println!("{label:20} {found}/{all}");
    }
    println!("recall {found}/{all}; misses {misses:?}");
    assert!(f64::from(found) >= RECALL_MIN * f64::from(all), "{misses:#?}");
    assert!(false_alarms.is_empty(), "{false_alarms:#?}");
}

#[test]
#[ignore = "needs ../shared"]
fn benign_files_stay_quiet() {
    let hunt = Hunt::new(rules());
    let folders = ["iis-benign", "exchange-benign"];
    let mut files: Vec<String> = folders.iter().flat_map(|it| names(it)).collect();
    files.push("evtx-json/otrf_background_events.jsonl".to_owned());
    let seen: Vec<String> =
        files.iter().flat_map(|it| hunt.file(it)).map(|it| it.to_string()).collect();
    assert!(seen.is_empty(), "{seen:#?}");
    assert!(hunt.records() > 450, "{} records are too few", hunt.records());
}

/// Trap 4: strangers who look for web shells of others are no compromise.
#[test]
#[ignore = "needs ../shared"]
fn only_what_answered_is_a_web_shell() {
    let hunt = Hunt::new(rules());
    let name = "httpproxy/helsecert_owa_scan_selected.csv";
    let text = String::from_utf8(bytes(name)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut counts: BTreeMap<(String, Stage), u32> = BTreeMap::new();
    let mut sighted = BTreeSet::new();
    for it in hunt.file(name) {
        let line = lines[usize::try_from(it.line).unwrap() - 1];
        let status = if line.ends_with(",200,GET") { "200" } else { "other" };
        *counts.entry((status.to_owned(), it.stage)).or_default() += 1;
        sighted.insert(it.line);
    }
    println!("{counts:?}, {} of {} rows", sighted.len(), lines.len() - 1);
    for ((status, stage), _) in counts {
        assert_eq!(status == "200", stage == Stage::WebShell, "{status} {stage}");
    }
    assert_eq!(sighted.len(), lines.len() - 1);
}

fn summary(seen: &[Seen]) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for it in seen {
        *counts.entry(format!("{} {} {}", it.stage, it.confidence, it.file)).or_default() += 1;
    }
    let rows: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count:4} {what}")).collect();
    rows.join("\n")
}

#[test]
#[ignore = "needs ../shared"]
fn event_logs_give_what_they_show() {
    let hunt = Hunt::new(rules());
    let shown: Vec<String> =
        names("evtx").iter().map(|name| format!("{name}\n{}", summary(&hunt.file(name)))).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    evtx/ID4756-Exchange_admin_group_change.evtx
      12 post low exchange-group-member
       3 post medium exchange-group-member
    evtx/ID6-Failed_to_install_an_Exchange_transport_agent.evtx
       4 post medium transport-agent
    evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx
       2 post medium shell-under-web-server-account
       1 post medium web-server-shell
    evtx/privesc_rotten_potato_from_webshell_metasploit_sysmon_1_8_3.evtx
       1 post medium web-server-child-odd
       1 post medium web-server-injects
    evtx/privexchange_dirkjan.evtx
       2 post high privexchange-domain-rights
       1 post medium privexchange-write-dacl
    ");
}

#[test]
#[ignore = "needs ../shared"]
fn the_whole_lab_shows_its_attack() {
    let hunt = Hunt::new(rules());
    let packed = std::io::Cursor::new(bytes("evtx-json/otrf_proxylogon_full.json.zip"));
    let mut zip = zip::ZipArchive::new(packed).unwrap();
    let mut text = Vec::new();
    zip.by_index(0).unwrap().read_to_end(&mut text).unwrap();
    let seen = hunt.bytes("otrf.json", &text);
    for it in &seen {
        println!("{it}");
    }
    println!("{} events", hunt.records());
    insta::assert_snapshot!(summary(&seen), @r"
    2 attempt low control-panel-set-object
    2 post high web-server-shell
    2 post low oab-virtual-directory-changed
    2 post medium web-server-shell
    1 success high proxylogon-control-panel
    2 webshell high script-by-share
    1 webshell high virtual-directory-script
    1 webshell high web-folder-script
    1 webshell medium web-folder-compiled
    ");
}

#[test]
#[ignore = "needs ../shared"]
fn logs_of_attacks_tell_how_far_they_came() {
    let hunt = Hunt::new(rules());
    let mut shown = Vec::new();
    for folder in ["iis", "httpproxy", "ecp-server"] {
        for name in names(folder) {
            shown.push(format!("{name}\n{}", summary(&hunt.file(&name))));
        }
    }
    shown.push(summary(&hunt.file("evtx-json/otrf_proxylogon_key_events.jsonl")));
    insta::assert_snapshot!(shown.join("\n"), @r"
    iis/debugpriv_proxyshell_w3wp_requests.log
       1 success high proxyshell-token
       6 webshell high web-shell-aspnet-client
       5 webshell medium web-shell-command
    iis/hamad_proxyshell_u_ex210303.log
       2 success high proxyshell-autodiscover
       1 success high proxyshell-token
    iis/helsecert_webshell_access_u_ex210305.log
       3 scan medium web-shell-owa-auth
       5 webshell high web-shell-owa-auth
    httpproxy/helsecert_ecp_26855.csv
       2 scan medium proxylogon-anchor-mailbox
       8 success high proxylogon-anchor-mailbox
       1 webshell high proxylogon-anchor-mailbox
    httpproxy/helsecert_owa_scan_selected.csv
      69 scan medium web-shell-owa-auth
       5 webshell high web-shell-owa-auth
    ecp-server/helsecert_ECPServer20210303-1.selected.txt
       4 post low oab-virtual-directory-changed
       2 webshell high virtual-directory-script
       2 attempt low control-panel-set-object
       2 post high web-server-shell
       2 post low oab-virtual-directory-changed
       2 post medium web-server-shell
       1 success high proxylogon-control-panel
       2 webshell high script-by-share
       1 webshell high virtual-directory-script
       1 webshell high web-folder-script
       1 webshell medium web-folder-compiled
    ");
}
