//! CLIXML: references, depth, escapes, cut files.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _document = exward_read::clixml::read(bytes);
});
