//! The bundled rules on the corpus, Sigma and typed together: what is labelled malicious is seen, what is benign is
//! not, and how far an attack came is told as it was.
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
use std::io::{Cursor, Read};

use exward_hunt::summary::Examined;
use exward_hunt::{Evidence, Hunter, Sighting, Stage};

use bundled::rules;
use corpus::{Hunt, bytes, names};

/// The bar of the project's research on hunting.
const RECALL_MIN: f64 = 0.95;

fn hunter() -> Hunter {
    let (hunter, refused) = Hunter::new(&[], &[]);
    assert!(refused.is_empty(), "{refused:#?}");
    hunter
}

/// What the whole hunt gives of a file.
fn examine(hunter: &Hunter, name: &str, bytes: &[u8]) -> Examined {
    let evidence = Evidence { name, input: &mut Cursor::new(bytes), modified: None };
    hunter.examine(evidence, &|_| true)
}

fn sightings(hunter: &Hunter, name: &str) -> Vec<Sighting> {
    examine(hunter, name, &bytes(name)).sightings
}

fn shown(it: &Sighting) -> String {
    format!("{}:{:?} {} {} {}", it.file, it.line, it.rule.title, it.stage, it.confidence)
}

/// Lines by file that a table of labels names, with their label.
fn labels(table: &str) -> Vec<(String, u64, String)> {
    let text = String::from_utf8(bytes(table)).unwrap();
    let rows = text.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|it| (it[0].to_owned(), it[1].parse().unwrap(), it[2].to_owned())).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn what_is_malicious_is_seen_and_what_is_benign_is_not() {
    let hunter = hunter();
    let mut seen: BTreeMap<String, Vec<Sighting>> = BTreeMap::new();
    let (mut misses, mut false_alarms) = (Vec::new(), Vec::new());
    let mut by_label: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let all = labels("labels_iis.tsv").into_iter().chain(labels("labels_events.tsv"));
    for (name, line, label) in all {
        let seen = seen.entry(name.clone()).or_insert_with(|| sightings(&hunter, &name));
        let here: Vec<&Sighting> = seen.iter().filter(|it| it.line == Some(line)).collect();
        if label == "benign" {
            false_alarms.extend(here.into_iter().map(shown));
            continue;
        }
        let counts = by_label.entry(label.clone()).or_default();
        counts.0 += 1;
        counts.1 += u32::from(!here.is_empty());
        if here.is_empty() {
            misses.push(format!("{name}:{line} {label}"));
        }
    }
    for (label, (all, found)) in &by_label {
        println!("{label:20} {found}/{all}");
    }
    let all: u32 = by_label.values().map(|it| it.0).sum();
    let found: u32 = by_label.values().map(|it| it.1).sum();
    println!("recall {found}/{all}; misses {misses:?}");
    assert!(f64::from(found) >= RECALL_MIN * f64::from(all), "{misses:#?}");
    assert!(false_alarms.is_empty(), "{false_alarms:#?}");
}

#[test]
#[ignore = "needs ../shared"]
fn benign_files_stay_quiet() {
    let hunter = hunter();
    let mut files: Vec<String> =
        ["iis-benign", "exchange-benign"].iter().flat_map(|it| names(it)).collect();
    files.push("evtx-json/otrf_background_events.jsonl".to_owned());
    let seen: Vec<String> =
        files.iter().flat_map(|it| sightings(&hunter, it)).map(|it| shown(&it)).collect();
    assert!(seen.is_empty(), "{seen:#?}");
}

/// Trap 4: strangers who look for web shells of others are no compromise.
#[test]
#[ignore = "needs ../shared"]
fn only_what_answered_is_a_web_shell() {
    let name = "httpproxy/helsecert_owa_scan_selected.csv";
    let text = String::from_utf8(bytes(name)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let mut sighted = BTreeSet::new();
    for it in sightings(&hunter(), name) {
        let line = it.line.unwrap();
        let answered = lines[usize::try_from(line).unwrap() - 1].ends_with(",200,GET");
        let is_shell = it.stage >= Stage::WebShell;
        assert!(!is_shell || answered, "{}", shown(&it));
        sighted.insert((line, answered, is_shell));
    }
    let shells = sighted.iter().filter(|(_, answered, shell)| *answered && *shell).count();
    let rows: BTreeSet<u64> = sighted.iter().map(|(line, ..)| *line).collect();
    println!("{} of {} rows, {shells} web shells", rows.len(), lines.len() - 1);
    assert_eq!((rows.len(), shells), (lines.len() - 1, 5));
}

/// H3: the prefilter hides nothing. Every Sigma rule on every record finds the same.
#[test]
#[ignore = "needs ../shared"]
fn the_slow_way_finds_the_same() {
    let (hunter, hunt) = (hunter(), Hunt::new(rules()));
    let folders = ["iis", "httpproxy", "ecp-server", "evtx", "iis-benign", "exchange-benign"];
    let mut files: Vec<String> = folders.iter().flat_map(|it| names(it)).collect();
    files.push("evtx-json/otrf_proxylogon_key_events.jsonl".to_owned());
    let mut count = 0;
    for name in files {
        let slow: BTreeSet<(u64, String)> =
            hunt.file(&name).into_iter().map(|it| (it.line, it.id)).collect();
        let fast = sightings(&hunter, &name).into_iter();
        let fast = fast.filter(|it| !it.rule.id.starts_with("exward-"));
        let fast: BTreeSet<(u64, String)> =
            fast.map(|it| (it.line.unwrap(), it.rule.id.clone())).collect();
        assert_eq!(fast, slow, "{name}");
        count += slow.len();
    }
    assert!(count > 50, "{count} are too few");
}

fn summary(seen: &[Sighting]) -> String {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for it in seen {
        *counts.entry(format!("{} {} {}", it.stage, it.confidence, it.rule.title)).or_default() +=
            1;
    }
    let rows: Vec<String> =
        counts.iter().map(|(what, count)| format!("{count:4} {what}")).collect();
    rows.join("\n")
}

#[test]
#[ignore = "needs ../shared"]
fn event_logs_give_what_they_show() {
    let hunter = hunter();
    let told = |name: &String| format!("{name}\n{}", summary(&sightings(&hunter, name)));
    let shown: Vec<String> = names("evtx").iter().map(told).collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    evtx/ID4756-Exchange_admin_group_change.evtx
      12 post low Member added to a group of Exchange
       3 post medium Member added to a group of Exchange
    evtx/ID6-Failed_to_install_an_Exchange_transport_agent.evtx
       4 post medium Transport agent installed or enabled (events)
    evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx
       1 post high Web server started a shell
       2 post medium Shell run by an account of the web server
    evtx/privesc_rotten_potato_from_webshell_metasploit_sysmon_1_8_3.evtx
       1 post high Web server put code into another program
       1 post high Web server started an unusual program
    evtx/privexchange_dirkjan.evtx
       2 post high Exchange changed the rights on the domain
       1 post medium Exchange asked to write the rights on the domain
    ");
}

#[test]
#[ignore = "needs ../shared"]
fn the_whole_lab_shows_its_attack() {
    let name = "evtx-json/otrf_proxylogon_full.json.zip";
    let mut text = Vec::new();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes(name))).unwrap();
    zip.by_index(0).unwrap().read_to_end(&mut text).unwrap();
    let hunter = hunter();
    let seen = examine(&hunter, "otrf.json", &text).sightings;
    for it in &seen {
        println!("{}", shown(it));
    }
    assert_eq!(seen.len(), sightings(&hunter, name).len(), "packed or not");
    insta::assert_snapshot!(summary(&seen), @r"
    2 attempt low Control panel changed an object
    4 post high Web server started a shell
    2 post low OAB virtual directory changed (events)
    1 success high Control panel failed on a forged request
    1 webshell high Script in the address of a virtual directory (events)
    1 webshell high Script written into a web folder of Exchange
    2 webshell high Script written through the server's own share
    1 webshell low Unknown page of Outlook on the web compiled
    3 webshell medium A script in a folder where only Microsoft's pages, or none, stand
    ");
}

#[test]
#[ignore = "needs ../shared"]
fn logs_of_attacks_tell_how_far_they_came() {
    let hunter = hunter();
    let mut shown = Vec::new();
    for name in ["iis", "httpproxy", "ecp-server"].iter().flat_map(|it| names(it)) {
        shown.push(format!("{name}\n{}", summary(&sightings(&hunter, &name))));
    }
    let name = "evtx-json/otrf_proxylogon_key_events.jsonl";
    shown.push(format!("{name}\n{}", summary(&sightings(&hunter, name))));
    insta::assert_snapshot!(shown.join("\n"), @r"
    iis/debugpriv_proxyshell_w3wp_requests.log
       1 success high A token in the query that makes the sender another user (ProxyShell)
       1 success high PowerShell over the web with a forged token
       5 webshell high A script in a folder where only Microsoft's pages, or none, stand
       1 webshell medium A script in a folder where only Microsoft's pages, or none, stand
       5 webshell medium Commands in the address of a script
    iis/hamad_proxyshell_u_ex210303.log
       1 success high A token in the query that makes the sender another user (ProxyShell)
       2 success high Back end reached through autodiscover.json
       1 success high PowerShell over the web with a forged token
    iis/helsecert_webshell_access_u_ex210305.log
       3 scan low A page called like a known web shell
       5 webshell high A page called like a known web shell
    httpproxy/helsecert_ecp_26855.csv
       2 scan medium ProxyLogon target in the anchor mailbox
       8 success high ProxyLogon target in the anchor mailbox
       1 webshell high ProxyLogon target in the anchor mailbox
    httpproxy/helsecert_owa_scan_selected.csv
      63 scan low A page called like a known web shell
       6 scan low A script in a folder where only Microsoft's pages, or none, stand
       5 webshell high A page called like a known web shell
    ecp-server/helsecert_ECPServer20210303-1.selected.txt
       4 post low OAB virtual directory changed (logs of Exchange)
       2 webshell high Script in the address of a virtual directory (logs of Exchange)
    evtx-json/otrf_proxylogon_key_events.jsonl
       2 attempt low Control panel changed an object
       4 post high Web server started a shell
       2 post low OAB virtual directory changed (events)
       1 success high Control panel failed on a forged request
       1 webshell high Script in the address of a virtual directory (events)
       1 webshell high Script written into a web folder of Exchange
       2 webshell high Script written through the server's own share
       1 webshell low Unknown page of Outlook on the web compiled
       3 webshell medium A script in a folder where only Microsoft's pages, or none, stand
    ");
}
