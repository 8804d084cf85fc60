//! Recorded answers of real servers, decoys and honeypots, through reader, identity and verdict.
//!
//! The expectations follow the index of the recordings: what each answer must lead to. Where they
//! come from, and what is redacted, stands in `data/responses/README.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use exward_core::assess::{Verdict, assess};
use exward_core::catalog::Catalog;
use exward_core::report::{ServerReport, report};
use jiff::civil::date;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/responses")
}

fn reports<'c>(catalog: &'c Catalog, files: &[PathBuf]) -> Vec<ServerReport<'c>> {
    let mut records = Vec::new();
    for file in files {
        let reading = exward_read::recording::read(&fs::read(file).unwrap());
        assert_eq!(reading.skipped, [], "{}", file.display());
        records.extend(reading.records);
    }
    let judged = |evidence| {
        report(catalog, String::new(), evidence, date(2026, 11, 24), |a, b| {
            Arc::new(assess(catalog, a, b))
        })
    };
    records.into_iter().map(|record| judged(record.evidence)).collect()
}

fn line(report: &ServerReport<'_>) -> String {
    let identity = &report.identity;
    let range = match (identity.at_least, identity.at_most) {
        (Some(low), Some(high)) if low == high => format!(" {low}"),
        (Some(low), Some(high)) => format!(" {low}..{high}"),
        _ => String::new(),
    };
    let conflicts = identity.conflicts.iter().fold(String::new(), |text, it| text + " !" + it.name);
    format!("{}: {identity}{range}{conflicts}", report.judgement.verdict)
}

#[test]
fn every_recorded_answer_leads_where_the_index_says() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "txt"));
    files.sort();
    let mut got = String::new();
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy();
        let number = name.split('-').next().unwrap();
        for report in reports(&catalog, std::slice::from_ref(file)) {
            writeln!(got, "{number} {}", line(&report)).unwrap();
        }
    }
    insta::assert_snapshot!(got, @r"
    
    ");
}

#[test]
fn a_rewritten_header_contradicts_the_page_of_the_same_server() {
    let catalog = exward_read::catalog::built_in().unwrap();
    let read = |name: &str| exward_read::recording::read(&fs::read(folder().join(name)).unwrap());
    let header = read("04-15.02.2562.037-SPOOF-owa-headers-rewritten.txt");
    let page = read("05-15.2.1748-SPOOF-owa-logon.txt");
    let both = [header, page].into_iter().flat_map(|it| it.records).flat_map(|it| it.evidence);
    let report = report(&catalog, String::new(), both.collect(), date(2026, 11, 24), |a, b| {
        Arc::new(assess(&catalog, a, b))
    });
    assert_eq!(report.identity.conflicts.first().map(|it| it.name), Some("header-vs-path"));
    assert_eq!(report.judgement.verdict, Verdict::Possibly);
}

/// The rule that matters most: an imitation is never called patched, and says why.
#[test]
fn imitations_are_never_patched_and_say_why() {
    let catalog = exward_read::catalog::built_in().unwrap();
    for name in [
        "17-15.1.2507-owa-logon-phishclone.txt",
        "26-15.1.1466-owa-logon.txt",
        "52-EXO-owa-service-401.txt",
        "53-15.1.1240.20-owa-200-c2.txt",
        "55-15.2.792.3-owa-200-honeypot.txt",
        "62-EXO-smtp-220.txt",
    ] {
        for report in reports(&catalog, &[folder().join(name)]) {
            let verdict = report.judgement.verdict;
            assert!(
                matches!(verdict, Verdict::NotExchange | Verdict::Unknown),
                "{name}: {verdict}"
            );
            assert!(!report.judgement.reasons.is_empty(), "A9 {name}");
        }
    }
}
