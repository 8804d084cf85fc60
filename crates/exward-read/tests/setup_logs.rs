//! Setup logs that administrators published: each failure is named, and none wrongly.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the test reads the corpus; the crate does not")]

use std::fs;
use std::path::{Path, PathBuf};

use exward_read::setup_log::read;

/// Share of the logs whose cause must be named.
const NAMED_PERCENT_MIN: usize = 90;

/// Places at which each log is cut.
const CUTS: usize = 60;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/setup-logs")
}

/// File and cause of each row of the index.
fn index() -> Vec<(String, String)> {
    let index = fs::read_to_string(folder().join("index.tsv")).unwrap();
    let row = |row: &str| {
        let mut cells = row.split('\t').map(str::to_owned);
        (cells.next().unwrap(), cells.next().unwrap())
    };
    index.lines().skip(1).map(row).collect()
}

#[test]
#[ignore = "needs ../shared"]
#[expect(clippy::print_stdout, reason = "the table is for the person who runs it")]
fn published_logs_are_named() {
    let (mut named, mut wrong) = (0, Vec::new());
    let rows = index();
    for (file, expected) in &rows {
        let log = read(&fs::read(folder().join(file)).unwrap());
        let found = log.cause_name();
        let line = log.cause.as_ref().map_or(0, |it| it.line);
        println!("{file}\t{expected}\t{}\t{line}", found.as_deref().unwrap_or("unknown"));
        match found {
            Some(found) if found == expected.as_str() => named += 1,
            Some(found) => wrong.push(format!("{file}: {found}, not {expected}")),
            None => {}
        }
    }
    println!("{named} of {} named", rows.len());
    assert!(rows.len() > 20, "the index is cut");
    assert_eq!(wrong, [""; 0], "S2");
    assert!(named * 100 >= NAMED_PERCENT_MIN * rows.len(), "{named} of {} are named", rows.len());
}

/// Administrators send pieces of logs. A piece may hide the cause, but must not turn it into another.
#[test]
#[ignore = "needs ../shared"]
fn a_piece_of_a_log_is_not_named_wrongly() {
    let mut wrong = Vec::new();
    for (file, expected) in index() {
        let text = fs::read_to_string(folder().join(&file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for cut in 1..CUTS {
            let (head, tail) = lines.split_at(lines.len() * cut / CUTS);
            for (side, piece) in [("head", head), ("tail", tail)] {
                let log = read(piece.join("\n").as_bytes());
                if let Some(found) = &log.cause
                    && found.cause.name() != expected
                {
                    wrong
                        .push(format!("{file}: {side} at {cut} of {CUTS}: {}", found.cause.name()));
                }
            }
        }
    }
    assert_eq!(wrong, [""; 0], "S2");
}
