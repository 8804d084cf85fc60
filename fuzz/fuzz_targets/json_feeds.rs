//! JSON exports of every kind: wrong types are reasons, never panics (F4); what a row gives is
//! bounded (A12).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::evidence_is_bounded;
use exward_read::feed::{JSON_KINDS, not_a_feed, recognise, record};
use exward_read::limits::FEED_ROW_EVIDENCE_MAX;

fuzz_target!(|text: &str| {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
    let _reason = not_a_feed(&value);
    let _kind = recognise(&value);
    for kind in JSON_KINDS {
        match record(kind, &value, Some(7)) {
            Ok(record) => {
                assert_eq!(record.line, Some(7));
                // One more says that the rest was left out (A11).
                assert!(record.evidence.len() <= 1 + FEED_ROW_EVIDENCE_MAX, "A12");
                evidence_is_bounded(&record.evidence);
            }
            Err(why) => assert!(!why.is_empty(), "F4"),
        }
    }
});
