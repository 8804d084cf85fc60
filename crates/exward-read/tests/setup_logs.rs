//! Setup logs that administrators published: each failure is named, and none wrongly.
#![expect(clippy::disallowed_methods, reason = "the data is in files")]

use std::fs;
use std::path::Path;

use exward_read::setup_log::read;

/// Share of the logs whose cause must be named.
const NAMED_PERCENT_MIN: usize = 90;

#[test]
#[ignore = "needs ../shared"]
#[expect(clippy::print_stdout, reason = "the table is for the person who runs it")]
fn published_logs_are_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/setup-logs");
    let index = fs::read_to_string(folder.join("index.tsv")).unwrap();
    let (mut named, mut wrong, mut all) = (0, Vec::new(), 0);
    for row in index.lines().skip(1) {
        let mut cells = row.split('\t');
        let (file, expected) = (cells.next().unwrap(), cells.next().unwrap());
        let log = read(&fs::read(folder.join(file)).unwrap());
        let found = log.cause_name();
        let line = log.cause.as_ref().map_or(0, |it| it.line);
        println!("{file}\t{expected}\t{}\t{line}", found.as_deref().unwrap_or("unknown"));
        all += 1;
        match found {
            Some(found) if found == expected => named += 1,
            Some(found) => wrong.push(format!("{file}: {found}, not {expected}")),
            None => {}
        }
    }
    println!("{named} of {all} named");
    assert!(all > 20, "the index is cut");
    assert_eq!(wrong, [""; 0], "S2");
    assert!(named * 100 >= NAMED_PERCENT_MIN * all, "{named} of {all} are named");
}
