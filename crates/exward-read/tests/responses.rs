//! Recorded answers of real servers, decoys and honeypots, through reader, identity and verdict.
//!
//! The expectations follow the index of the recordings: what each answer must lead to. Where they
//! come from, and what is redacted, stands in `data/responses/README.md`.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::too_many_lines,
    reason = "a test fails by panicking, and reads its data from files"
)]

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
    01 vulnerable: Exchange SE RTM Sep26SU 15.2.2562.49
    02 vulnerable: Exchange SE RTM 15.2.2562.17
    04 vulnerable: Exchange SE RTM Feb26SU 15.2.2562.37
    05 possibly: Exchange 2019 CU15 15.2.1748.10..15.2.1748.55
    07 vulnerable: Exchange 2019 CU15 RTM 15.2.1748.10
    08 vulnerable: Exchange 2019 CU14 Nov24SUv2 15.2.1544.14
    10 vulnerable: Exchange 2019 CU12 RTM 15.2.1118.7
    11 vulnerable: Exchange 2019 CU11 Nov21SU 15.2.986.14
    13 unknown: Exchange 2013 or later
    14 unsupported: Exchange 2019 CU9 15.2.858.5..15.2.858.15
    16 unknown: Exchange 2019 CU1 15.2.330.5..15.2.330.11
    17 unknown: Exchange 2016 CU23 15.1.2507.6..15.1.2507.77 !title
    19 unsupported: Exchange 2016 CU22 15.1.2375.7..15.1.2375.37
    20 unsupported: Exchange 2016 CU21 Mar22SU 15.1.2308.27
    22 unsupported: Exchange 2016 CU20 Jul21SU 15.1.2242.12
    23 unsupported: Exchange 2016 CU20 15.1.2242.5..15.1.2242.12
    25 vulnerable: Exchange 2016 CU9 RTM 15.1.1466.3
    26 unknown: Exchange 2016 CU9 15.1.1466.3..15.1.1466.16 !host
    28 vulnerable: Exchange 2013 CU23 Nov21SU 15.0.1497.26
    29 vulnerable: Exchange 2013 CU23 Mar21SU 15.0.1497.12
    31 unknown: Exchange 2013 CU19 15.0.1365.1..15.0.1365.7
    32 unsupported: Exchange 2013 CU4 15.0.847.32..15.0.847.64
    34 unsupported: Exchange 2010 SP3 RU32 14.3.513.0
    35 vulnerable: Exchange 2010 SP3 14.3.468.0..14.3.496.0
    37 vulnerable: Exchange 2010 SP3 14.3.435.0..14.3.442.0
    38 vulnerable: Exchange 2010 SP3 14.3.411.0..14.3.417.1
    40 vulnerable: Exchange 2010 SP3 RU18 14.3.361.1
    41 vulnerable: Exchange 2010 SP3 RU17 14.3.352.0
    43 unsupported: Exchange 2010 SP1 RU8 14.1.438.0
    44 unknown: Exchange 2010 SP3 RU3 14.3.169.1
    46 unknown: Exchange 2007 SP3 RTM 8.3.83.6
    47 unknown: Exchange 2007 SP1 RTM 8.1.240.6
    49 unsupported: Exchange 5.5
    50 unknown: Exchange 2013 or later
    52 unknown: Exchange 2013 or later !other-service !other-service
    53 not-exchange: ?
    55 unknown: Exchange 2019 CU8 RTM 15.2.792.3
    56 unknown: Exchange 2013 or later
    58 unknown: Exchange 2016
    59 unknown: Exchange 2010
    61 unsupported: Exchange 5.5
    62 not-exchange: Exchange Online
    64 unknown: Exchange 2007 or later
    64 unknown: ?
    64 unsupported: Exchange 5.5 5.5.2653.13
    64 unsupported: Exchange 5.5 5.0.1460.8
    64 unsupported: Exchange 5.5 5.5.2448.8
    64 unsupported: Exchange 2000 6.0.6249.0
    64 unsupported: Exchange 2003 6.5.7638.1
    64 unsupported: Exchange 2003 6.5.7638.1
    64 unsupported: Exchange 2007
    64 unknown: Exchange 2010 or later
    64 not-exchange: Exchange Online
    64 unsupported: Exchange 2003 6.5.6944.0
    64 unsupported: Exchange 2000 6.0.6603.0
    64 unsupported: Exchange 5.5 5.5.2654.50
    64 unsupported: Exchange 2007
    64 unknown: Exchange 2010 or later
    65 unknown: ?
    67 unknown: ?
    68 unknown: ?
    68 unknown: ?
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
