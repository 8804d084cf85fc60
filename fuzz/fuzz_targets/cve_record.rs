//! CVE List v5 records and their merging: a second merge changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;

use std::sync::LazyLock;

use exward_core::catalog::Facts;
use exward_read::catalog::{CveRecord, import};

static FACTS: LazyLock<Facts> =
    LazyLock::new(|| exward_read::catalog::built_in().expect("checked by a test").facts().clone());

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = CveRecord::read(bytes) else { return };
    let mut facts = FACTS.clone();
    let _first = import(&mut facts, &record);
    assert!(import(&mut facts, &record).changes.is_empty(), "M4");
});
