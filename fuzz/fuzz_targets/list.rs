//! Plain lists and targets.
#![no_main]

use libfuzzer_sys::fuzz_target;

use std::sync::LazyLock;

use exward_core::catalog::Catalog;
use exward_read::list;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| exward_read::catalog::built_in().expect("checked by a test"));

fuzz_target!(|text: &str| {
    for (number, line) in (1..).zip(text.lines()) {
        if let Ok(Some(record)) = list::line(&CATALOG, number, line) {
            assert!(!record.target.is_empty());
            assert_eq!(record.line, Some(number));
        }
    }
});
