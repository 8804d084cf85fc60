//! The whole path of `exward check --from`: detect, read, identify, judge. Holds the invariants of
//! identity (I1, I2, I3) and of the verdict (V2, V3, V4, A9).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{CATALOG, judge, reason_is_readable};

fuzz_target!(|bytes: &[u8]| {
    let _outcome = exward_read::read(&CATALOG, None, bytes, &mut |item| {
        match item {
            Ok(record) => judge(record),
            Err(skipped) => reason_is_readable(&skipped),
        }
        true
    });
});
