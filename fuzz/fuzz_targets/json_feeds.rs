//! JSON exports of every kind (F4: wrong types are reasons).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::feed::{JSON_KINDS, not_a_feed, recognise, record};

fuzz_target!(|text: &str| {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else { return };
    let _reason = not_a_feed(&value);
    let _kind = recognise(&value);
    for kind in JSON_KINDS {
        if let Ok(record) = record(kind, &value, Some(7)) {
            assert_eq!(record.line, Some(7));
            assert!(record.evidence.len() <= 1 + exward_read::limits::FEED_ROW_EVIDENCE_MAX, "A12");
        }
    }
});
