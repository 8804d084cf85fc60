//! Recorded answers: heads, pages, greetings, challenges.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = exward_read::recording::read(bytes);
    assert!(!reading.records.is_empty() || bytes.is_empty(), "R1: one server at least");
});
