//! Blueprints: what is read is written as the same bytes, with the same id (F1, F2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::blueprint::{id, id_of, read, write};

fuzz_target!(|bytes: &[u8]| match read(bytes) {
    Ok(blueprint) => {
        assert_eq!(write(&blueprint).as_bytes(), bytes, "F1");
        assert_eq!(id_of(&blueprint), id(bytes), "F2");
    }
    Err(error) => assert!(!error.to_string().is_empty(), "F3"),
});
