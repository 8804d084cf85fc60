//! CVE List v5 records and their merging: a second merge changes nothing (M4), and what comes out
//! is a catalog that reads (K1, K2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::CATALOG;
use exward_read::catalog::{CveRecord, import, read, write};

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = CveRecord::read(bytes) else { return };
    let mut facts = CATALOG.facts().clone();
    let first = import(&mut facts, &record);
    let after_first = facts.clone();
    assert!(import(&mut facts, &record).changes.is_empty(), "M4");
    assert_eq!(facts, after_first, "M4");
    if first.changes.is_empty() {
        assert_eq!(&facts, CATALOG.facts(), "nothing was changed, or it is said");
        return;
    }
    let written = write(&facts);
    let again = read(std::array::from_fn(|at| written[at].1.as_str()));
    let again = again.unwrap_or_else(|problems| panic!("K1: {problems:?}"));
    assert_eq!(again.facts(), &facts, "K2");
});
