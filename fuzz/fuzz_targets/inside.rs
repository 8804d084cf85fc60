//! A folder of exported objects, HealthChecker results and FIP-FS configuration: at least one
//! record, and the order in which a directory lists its files does not show (A8).
//!
//! A line `== name` starts a file.
#![no_main]

use libfuzzer_sys::fuzz_target;

use std::collections::BTreeMap;

use exward_fuzz::{evidence_is_bounded, judge, reason_is_readable};
use exward_read::folder::Folder;
use exward_read::healthchecker;

/// As file systems have it.
const NAME_BYTES_MAX: usize = 255;

fuzz_target!(|text: &str| {
    let mut files = BTreeMap::new();
    for part in text.split("== ").skip(1) {
        let (name, content) = part.split_once('\n').unwrap_or((part, ""));
        // A reason names the file, and a file system bounds the name.
        let name = if name.len() > NAME_BYTES_MAX { "a.xml" } else { name };
        files.entry(name).or_insert(content);
    }
    let (mut forward, mut backward) = (Folder::default(), Folder::default());
    for (name, content) in &files {
        forward.add(name, content.as_bytes());
        if let Ok(reading) = healthchecker::read(name, content.as_bytes()) {
            reading.records.iter().for_each(|it| evidence_is_bounded(&it.evidence));
        }
    }
    files.iter().rev().for_each(|(name, content)| backward.add(name, content.as_bytes()));
    let reading = forward.finish();
    assert!(!reading.records.is_empty());
    assert_eq!(backward.finish().records, reading.records, "A8");
    reading.skipped.iter().for_each(reason_is_readable);
    reading.records.into_iter().for_each(judge);
});
