//! The three real records of the shared corpus against the built-in catalog.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "the test reads the corpus; the crate does not")]

use std::path::PathBuf;

use exward_core::catalog::{Advisory, Facts, Fix};
use exward_read::catalog::{CveRecord, import, read, write};
use jiff::civil::date;

fn record(id: &str) -> CveRecord {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = shared.join("corpus/cve-records").join(format!("{id}.json"));
    let bytes = std::fs::read(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    CveRecord::read(&bytes).unwrap()
}

fn facts() -> Facts {
    exward_read::catalog::built_in().unwrap().facts().clone()
}

fn builds(advisory: &Advisory) -> Vec<(String, Option<String>)> {
    let row = |it: &Fix| {
        (format!("{} {}", it.product, it.cu.unwrap()), it.fixed.map(|it| it.to_string()))
    };
    advisory.fixes.iter().map(row).collect()
}

#[test]
#[ignore = "needs ../shared"]
fn the_swapped_pair_of_26198_is_refused() {
    let mut facts = facts();
    let done = import(&mut facts, &record("CVE-2024-26198"));
    insta::assert_snapshot!(done, @r"
    CVE-2024-26198: 2016 CU23 fixed in 15.1.2507.37, the record says 15.1.2507.39 — already disputed
    CVE-2024-26198: 2019 CU14 refused: names 15.2.1258.34 for CU14, which lies on CU13; swapped pair
    CVE-2024-26198: 2019 CU13 refused: names 15.2.1544.11 for CU13, which lies on CU14; swapped pair
    ");
    assert_eq!(facts, self::facts());
}

#[test]
#[ignore = "needs ../shared"]
fn the_cu13_row_of_21410_asks_to_upgrade() {
    let mut facts = facts();
    let done = import(&mut facts, &record("CVE-2024-21410"));
    insta::assert_snapshot!(done, @r"
    CVE-2024-21410: 2019 CU14 fixed in 15.2.1544.4 — already so
    CVE-2024-21410: known exploited, listed by CISA on 2024-02-15 — already so
    CVE-2024-21410: 2016 CU23 refused: names no fixed build (version `N/A`)
    CVE-2024-21410: 2019 CU13 refused: names 15.2.1544.4 for CU13, which lies on the newer CU14: upgrade to CU14
    ");
    assert_eq!(facts, self::facts());
}

#[test]
#[ignore = "needs ../shared"]
fn a_record_that_the_catalog_has_changes_nothing() {
    let mut facts = facts();
    let done = import(&mut facts, &record("CVE-2026-42897"));
    insta::assert_snapshot!(done, @r"
    CVE-2026-42897: 2016 CU23 fixed in 15.1.2507.69 — already so
    CVE-2026-42897: 2019 CU14 fixed in 15.2.1544.41 — already so
    CVE-2026-42897: 2019 CU15 fixed in 15.2.1748.46 — already so
    CVE-2026-42897: SE RTM fixed in 15.2.2562.43 — already so
    CVE-2026-42897: known exploited, listed by CISA on 2026-05-15 — already so
    ");
    assert_eq!(facts, self::facts());
}

#[test]
#[ignore = "needs ../shared"]
fn a_cve_that_was_taken_out_comes_back() {
    const ID: &str = "CVE-2026-42897";
    let mut facts = facts();
    let at = facts.advisories.iter().position(|it| it.id == ID).unwrap();
    let before = facts.advisories.remove(at);
    let done = import(&mut facts, &record(ID));
    insta::assert_snapshot!(done, @r"
    CVE-2026-42897: Spoofing, published 2026-05-14, 8.1 (CVSS 3.1) — new CVE
    CVE-2026-42897: 2016 CU23 fixed in 15.1.2507.69 — new row
    CVE-2026-42897: 2019 CU14 fixed in 15.2.1544.41 — new row
    CVE-2026-42897: 2019 CU15 fixed in 15.2.1748.46 — new row
    CVE-2026-42897: SE RTM fixed in 15.2.2562.43 — new row
    CVE-2026-42897: known exploited, listed by CISA on 2026-05-15 — new
    ");
    let after = &facts.advisories[at];
    assert_eq!(after.id, ID, "CVEs stay in id order");
    assert_eq!(builds(after), builds(&before));
    assert_eq!((&after.kind, &after.cvss), (&before.kind, &before.cvss));
    assert_eq!(after.published, before.published);
    assert_eq!(after.kev.as_ref().unwrap().added, date(2026, 5, 15));
    let files = write(&facts);
    let texts: Vec<&str> = files.iter().map(|(_, text)| text.as_str()).collect();
    let again = read(texts.try_into().unwrap()).unwrap();
    assert_eq!(again.facts(), &facts, "what was imported is a catalog without a problem");
}
