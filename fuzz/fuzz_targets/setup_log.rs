//! Setup logs: any bytes are read, bounded, with lines that exist (S4); a cause only for a failure
//! (S2); and what stands before the last run changes nothing but the line numbers (S1).
//!
//! The first byte says where the text is cut in two.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::limits::{SETUP_FINDINGS_MAX, VALUE_CHARS_MAX};
use exward_read::setup_log::{Outcome, SetupLog, read};
use exward_read::text::decode;

const START: &str = "[11/24/2026 02:00:00.0001] [0] Starting Microsoft Exchange Server 2019 Setup\n";

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let text = decode(bytes).text;
    let lines = text.lines().count() as u64;
    let log = read(bytes);
    whole(&log, lines);
    let at = text.floor_char_boundary(text.len() * usize::from(*cut) / 256);
    let (before, last) = text.split_at(at);
    // A byte order mark or a zero in front would change the encoding of all of it.
    if before.starts_with(['\u{feff}', '\0']) || before.get(1..2) == Some("\0") {
        return;
    }
    let last = format!("{START}{last}");
    let both = format!("{before}\n{last}");
    let by = format!("{before}\n").lines().count() as u64;
    assert_eq!(read(both.as_bytes()), moved(read(last.as_bytes()), by), "S1");
});

fn whole(log: &SetupLog, lines: u64) {
    // Rules, the task, what went before, and the beginning of the run each have their limit.
    assert!(log.others.len() <= SETUP_FINDINGS_MAX, "S4");
    for it in log.cause.iter().chain(&log.others) {
        assert!((1..=lines).contains(&it.line), "S4");
        assert!(it.excerpt.chars().count() <= VALUE_CHARS_MAX, "S4");
        assert!(!it.remedy().is_empty() && !it.cause.name().is_empty());
    }
    if let Some((line, text)) = &log.last_error {
        assert!((1..=lines).contains(line) && text.chars().count() <= VALUE_CHARS_MAX, "S4");
    }
    assert!(log.cause.is_none() || log.outcome == Outcome::Failed, "S2");
    assert!(!log.title().is_empty() && !log.remedy().is_empty());
}

fn moved(mut log: SetupLog, by: u64) -> SetupLog {
    for finding in log.cause.iter_mut().chain(&mut log.others) {
        finding.line += by;
    }
    if let Some((line, _)) = &mut log.last_error {
        *line += by;
    }
    log
}
