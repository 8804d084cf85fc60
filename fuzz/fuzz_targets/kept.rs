//! Kept evidence: what is read is written, and read again, as the same evidence and the same bytes (K1, K2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::kept::{read, write};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = str::from_utf8(bytes) else { return };
    match read(text) {
        Ok(evidence) => {
            let written = write(&evidence);
            let again = read(&written).expect("K1: what was written is read");
            assert_eq!(again, evidence, "K1");
            assert_eq!(write(&again), written, "K2");
        }
        Err(error) => assert!(!error.to_string().is_empty(), "K3"),
    }
});
