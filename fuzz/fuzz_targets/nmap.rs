//! nmap XML: bombs and depth are refused, never followed.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let reading = exward_read::feed::nmap::read(bytes);
    for record in reading.records {
        assert!(!record.target.is_empty());
    }
});
