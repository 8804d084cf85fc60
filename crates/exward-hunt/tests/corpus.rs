//! Real evidence through the whole hunt: what was labelled is found, what is harmless stays quiet, and each case
//! comes to the verdict that its index names.
//!
//! `cargo test -p exward-hunt --test corpus -- --ignored --nocapture` prints the table of docs/hunt.md.
#![expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "tests read files")]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking and prints its table"
)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "counts of a few files"
)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use exward_hunt::verdict::{self, Known};
use exward_hunt::{Confidence, Evidence, Examined, HuntVerdict, Hunter, Stage};
use insta::assert_snapshot;

fn corpus() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/hunt");
    assert!(path.is_dir(), "{} is missing", path.display());
    path
}

/// What the files of these names come to.
fn hunt(names: &[&str]) -> Examined {
    static HUNTER: LazyLock<Hunter> = LazyLock::new(|| {
        let (hunter, refused) = Hunter::new(&[], &[]);
        assert!(refused.is_empty(), "{refused:?}");
        hunter
    });
    let mut all = Examined::default();
    for name in names {
        let mut file = File::open(corpus().join(name)).unwrap();
        let evidence = Evidence { name, input: &mut file, modified: None };
        all.absorb(HUNTER.examine(evidence, &|_| true));
    }
    all
}

fn verdict_of(names: &[&str]) -> HuntVerdict {
    verdict::summary(hunt(names), &Known::default()).verdict
}

/// The most that is said of each line of a file.
fn worst_by_line(file: &str) -> BTreeMap<u64, (Stage, Confidence)> {
    let mut worst = BTreeMap::new();
    for one in hunt(&[file]).sightings {
        let now = (one.stage, one.confidence);
        let line = worst.entry(one.line.unwrap_or(0)).or_insert(now);
        *line = now.max(*line);
    }
    worst
}

/// Rows of a table of labels: file, line, label.
fn labels(table: &str) -> Vec<(String, u64, String)> {
    let text = fs::read_to_string(corpus().join(table)).unwrap();
    let rows = text.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|it| (it[0].to_owned(), it[1].parse().unwrap(), it[2].to_owned())).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn every_labelled_line_is_found_and_no_harmless_one() {
    let (mut table, mut missed, mut wrong) =
        (BTreeMap::<String, (u32, u32)>::new(), Vec::new(), Vec::new());
    let mut seen = BTreeMap::new();
    for (file, line, label) in [labels("labels_iis.tsv"), labels("labels_events.tsv")].concat() {
        if !corpus().join(&file).exists() {
            continue; // the other half of the data
        }
        let lines = seen.entry(file.clone()).or_insert_with(|| worst_by_line(&file));
        let found = lines.get(&line);
        let count = table.entry(label.clone()).or_default();
        *count = (count.0 + 1, count.1 + u32::from(found.is_some()));
        match (label.as_str(), found) {
            ("benign", Some(found)) => wrong.push(format!("{file}:{line} {found:?}")),
            ("benign", None) | (_, Some(_)) => {}
            (_, None) => missed.push(format!("{file}:{line} {label}")),
        }
    }
    println!("label: lines, sighted");
    for (label, (lines, found)) in &table {
        println!("  {label}: {lines}, {found}");
    }
    let (lines, found) = table
        .iter()
        .filter(|(label, _)| *label != "benign")
        .fold((0, 0), |sum, it| (sum.0 + it.1.0, sum.1 + it.1.1));
    println!("  malicious in all: {lines}, {found}; missed: {missed:?}");
    assert!(found * 100 >= lines * 95, "recall: missed {missed:?}");
    assert!(lines >= 40, "the labels are there");
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
#[ignore = "needs ../shared"]
fn harmless_files_stay_quiet() {
    let mut files = Vec::new();
    for folder in ["iis-benign", "exchange-benign"] {
        for entry in fs::read_dir(corpus().join(folder)).unwrap() {
            files.push(format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()));
        }
    }
    files.push("evtx-json/otrf_background_events.jsonl".to_owned());
    files.sort();
    assert!(files.len() > 12);
    for file in &files {
        let examined = hunt(&[file]);
        assert!(examined.sightings.is_empty(), "{file}: {:#?}", examined.sightings);
    }
}

/// One line per kind of sighting, with how many.
fn told(names: &[&str]) -> String {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    let examined = hunt(names);
    for one in &examined.sightings {
        *kinds
            .entry(format!("{} {}: {}", one.stage, one.confidence, one.rule.title))
            .or_default() += 1;
    }
    let summary = verdict::summary(examined, &Known::default());
    let kinds: Vec<String> =
        kinds.iter().map(|(what, count)| format!("{count} × {what}")).collect();
    format!("{}\n{}", summary.verdict, kinds.join("\n"))
}

#[test]
#[ignore = "needs ../shared"]
fn strangers_who_probe_do_not_make_a_compromise() {
    let lines = worst_by_line("httpproxy/helsecert_owa_scan_selected.csv");
    let text =
        fs::read_to_string(corpus().join("httpproxy/helsecert_owa_scan_selected.csv")).unwrap();
    let (mut probes, mut shells) = (0, 0);
    for (number, row) in (1..).zip(text.lines()).skip(1) {
        let Some((stage, _)) = lines.get(&number) else { panic!("{number} is not sighted: {row}") };
        if row.contains(",200,") {
            shells += 1;
            assert_eq!(*stage, Stage::WebShell, "{number}: {row}");
        } else {
            probes += 1;
            assert!(*stage <= Stage::Attempt, "{number} {stage}: {row}");
        }
    }
    println!("probes of strangers: {probes}, answers of the shell: {shells}");
    assert!(probes > 60 && shells > 3);
}

#[test]
#[ignore = "needs ../shared"]
fn each_case_comes_to_its_verdict() {
    assert_snapshot!(told(&["iis/helsecert_webshell_access_u_ex210305.log"]), @r"
    compromised
    3 × scan low: A page called like a known web shell
    5 × webshell high: A page called like a known web shell
    ");
    assert_snapshot!(told(&["iis/hamad_proxyshell_u_ex210303.log"]), @r"
    exploit-reached
    1 × success high: A token in the query that makes the sender another user (ProxyShell)
    2 × success high: Back end reached through autodiscover.json
    1 × success high: PowerShell over the web with a forged token
    ");
    assert_snapshot!(told(&["iis/debugpriv_proxyshell_w3wp_requests.log"]), @r"
    compromised
    1 × success high: A token in the query that makes the sender another user (ProxyShell)
    1 × success high: PowerShell over the web with a forged token
    5 × webshell high: A script in a folder where only Microsoft's pages, or none, stand
    1 × webshell medium: A script in a folder where only Microsoft's pages, or none, stand
    5 × webshell medium: Commands in the address of a script
    ");
    assert_snapshot!(told(&["httpproxy/helsecert_ecp_26855.csv"]), @r"
    compromised
    2 × scan medium: ProxyLogon target in the anchor mailbox
    8 × success high: ProxyLogon target in the anchor mailbox
    1 × webshell high: ProxyLogon target in the anchor mailbox
    ");
    assert_snapshot!(told(&["ecp-server/helsecert_ECPServer20210303-1.selected.txt"]), @r"
    compromised
    4 × post low: OAB virtual directory changed (logs of Exchange)
    2 × webshell high: Script in the address of a virtual directory (logs of Exchange)
    ");
    assert_snapshot!(told(&["evtx/ID6-Failed_to_install_an_Exchange_transport_agent.evtx"]), @r"
    not-enough-evidence
    4 × post medium: Transport agent installed or enabled (events)
    ");
    assert_snapshot!(told(&["evtx/ID4756-Exchange_admin_group_change.evtx"]), @r"
    not-enough-evidence
    12 × post low: Member added to a group of Exchange
    3 × post medium: Member added to a group of Exchange
    ");
    assert_snapshot!(told(&["evtx/LM_typical_IIS_webshell_sysmon_1_10_traces.evtx"]), @r"
    compromised
    1 × post high: Web server started a shell
    2 × post medium: Shell run by an account of the web server
    ");
    assert_snapshot!(told(&["evtx/privexchange_dirkjan.evtx"]), @r"
    compromised
    2 × post high: Exchange changed the rights on the domain
    1 × post medium: Exchange asked to write the rights on the domain
    ");
    assert_snapshot!(told(&["evtx/privesc_rotten_potato_from_webshell_metasploit_sysmon_1_8_3.evtx"]), @r"
    compromised
    1 × post high: Web server put code into another program
    1 × post high: Web server started an unusual program
    ");
    assert_snapshot!(told(&["exchange-benign/Ecp_HttpProxy_2023010611-1.LOG"]), @"not-enough-evidence");
}

#[test]
#[ignore = "needs ../shared"]
fn proxylogon_of_otrf_is_a_compromise_with_its_chain_in_order() {
    for name in
        ["evtx-json/otrf_proxylogon_key_events.jsonl", "evtx-json/otrf_proxylogon_full.json.zip"]
    {
        let summary = verdict::summary(hunt(&[name]), &Known::default());
        assert_eq!(summary.verdict, HuntVerdict::Compromised, "{name}");
        let chain = summary.chains.iter().find(|chain| {
            let cmdlets = chain.sightings.iter().filter_map(|at| summary.sightings.get(*at));
            let cmdlets: Vec<String> = cmdlets.filter_map(|it| it.cmdlet.clone()).collect();
            cmdlets
                == [
                    "Set-OabVirtualDirectory",
                    "Remove-OabVirtualDirectory",
                    "New-OabVirtualDirectory",
                ]
        });
        let titles: Vec<_> = summary.chains.iter().map(|it| &it.title).collect();
        assert!(chain.is_some(), "{name}: {titles:?}");
        println!("{name}: {} sightings, {} chains", summary.sightings.len(), summary.chains.len());
    }
    assert_eq!(
        verdict_of(&["evtx-json/otrf_background_events.jsonl"]),
        HuntVerdict::NotEnoughEvidence
    );
}
