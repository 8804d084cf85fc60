//! Plain lists and targets: a target is never empty, and keeps its line.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{CATALOG, evidence_is_bounded};
use exward_read::list;

fuzz_target!(|text: &str| {
    for (number, line) in (1..).zip(text.lines()) {
        match list::line(&CATALOG, number, line) {
            Ok(Some(record)) => {
                assert!(!record.target.is_empty());
                assert_eq!(record.line, Some(number));
                assert!(record.evidence.len() <= 1, "a host alone tells nothing");
                evidence_is_bounded(&record.evidence);
            }
            Ok(None) => {}
            Err(error) => assert!(error.to_string().chars().count() < 200),
        }
    }
});
