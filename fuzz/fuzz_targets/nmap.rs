//! nmap XML: no host vanishes (N2), bombs and depth are refused and never followed (N3), and hosts
//! come in the order of the document.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{evidence_is_bounded, reason_is_readable};

fuzz_target!(|bytes: &[u8]| {
    let reading = exward_read::feed::nmap::read(bytes);
    assert!(reading.records.iter().map(|it| it.line).is_sorted());
    for record in &reading.records {
        assert!(!record.target.is_empty());
        assert!(!record.evidence.is_empty(), "N2");
        evidence_is_bounded(&record.evidence);
    }
    reading.skipped.iter().for_each(reason_is_readable);
});
