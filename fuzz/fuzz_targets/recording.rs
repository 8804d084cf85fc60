//! Recorded answers, heads, pages, greetings, challenges: at least one server (R1), bounded (R2),
//! and records in the order of the lines.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{judge, reason_is_readable};

fuzz_target!(|bytes: &[u8]| {
    let reading = exward_read::recording::read(bytes);
    assert!(!reading.records.is_empty(), "R1");
    assert!(reading.records.iter().map(|it| it.line).is_sorted());
    reading.skipped.iter().for_each(reason_is_readable);
    reading.records.into_iter().for_each(judge);
});
