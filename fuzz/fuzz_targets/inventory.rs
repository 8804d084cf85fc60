//! Inventories: what is left out is told (N2); what was read and is written reads the same again (N5).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::reason_is_readable;
use exward_read::inventory::{read, write};

fuzz_target!(|bytes: &[u8]| {
    let Ok((inventory, skipped)) = read(bytes) else { return };
    skipped.iter().for_each(reason_is_readable);
    let (again, _) = read(write(&inventory).as_bytes()).expect("N5: what is written is read");
    assert_eq!(again, inventory, "N5");
});
