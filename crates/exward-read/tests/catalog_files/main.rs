//! The catalog's files: what is written reads back (K2), and every problem is named (K1).
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

mod graph;

use exward_read::catalog::{FILES, built_in, built_in_texts, read, write};

/// The built-in texts with one text of one file replaced everywhere.
fn problems(file: &str, from: &str, to: &str) -> Vec<String> {
    let texts = built_in_texts();
    let at = FILES.iter().position(|it| *it == file).unwrap();
    assert!(texts[at].contains(from), "{file} has no `{from}`");
    problems_with(file, &texts[at].replacen(from, to, 1))
}

fn problems_with(file: &str, text: &str) -> Vec<String> {
    let mut texts = built_in_texts();
    let at = FILES.iter().position(|it| *it == file).unwrap();
    texts[at] = text;
    let problems = read(texts).map(|_| ()).unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

/// Line of the first row that contains a text.
fn line_of(file: &str, text: &str) -> usize {
    let at = FILES.iter().position(|it| *it == file).unwrap();
    built_in_texts()[at].lines().position(|it| it.contains(text)).unwrap() + 1
}

#[test]
fn what_is_written_reads_back() {
    let catalog = built_in().unwrap();
    let files = write(catalog.facts());
    assert_eq!(files.iter().map(|(name, _)| *name).collect::<Vec<_>>(), FILES);
    let texts: Vec<&str> = files.iter().map(|(_, text)| text.as_str()).collect();
    let again = read(texts.try_into().unwrap()).unwrap();
    assert_eq!(again.facts(), catalog.facts(), "K2");
}

/// The shipped files are in the writer's order and quoting, so that an import gives a small diff.
#[test]
fn the_shipped_files_are_as_written() {
    let catalog = built_in().unwrap();
    for ((name, written), shipped) in write(catalog.facts()).iter().zip(built_in_texts()).skip(1) {
        let differs = written.lines().zip(shipped.lines()).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{name}");
        assert_eq!(written.lines().count(), shipped.lines().count(), "{name}");
    }
}

#[track_caller]
fn check(file: &str, from: &str, to: &str, want: &str) {
    let line = line_of(file, from.lines().next().unwrap());
    let want = want.replace("LINE", &line.to_string()).replace("NEXT", &(line + 1).to_string());
    let got = problems(file, from, to);
    assert!(
        got.contains(&want),
        "{file}: `{from}` → `{to}`\nwant {want}\ngot  {}",
        got.join("\n     ")
    );
}

#[test]
fn every_broken_row_is_named_with_file_and_line() {
    // Across files.
    check(
        "fixes.csv",
        "CVE-2026-42897,2019,CU14,15.2.1544.41",
        "CVE-2026-42897,2019,CU14,15.2.1544.42",
        "fixes.csv:LINE: fixed build 15.2.1544.42 is not in builds.csv, and no note explains it",
    );
    check(
        "fixes.csv",
        "CVE-2026-42897,2019,CU14,15.2.1544.41",
        "CVE-2026-42897,2019,CU14,15.2.1748.46",
        "fixes.csv:LINE: fixed build 15.2.1748.46 does not lie on 2019 CU14",
    );
    check(
        "fixes.csv",
        "CVE-2026-42897,2019,CU14",
        "CVE-2026-42896,2019,CU14",
        "fixes.csv:LINE: `CVE-2026-42896` is not in cves.csv",
    );
    check(
        "fixes.csv",
        "CVE-2026-42897,2019,CU14,15.2.1544.41",
        "CVE-2026-42897,2019,CU15,15.2.1748.46",
        "fixes.csv:NEXT: a second row of CVE-2026-42897 for this product and CU",
    );
    check(
        "fixes.csv",
        "15.1.2507.37,15.1.2507.39",
        "15.1.2507.39,15.1.2507.37",
        "fixes.csv:LINE: fixed_msrc must be later than fixed",
    );
    check(
        "kev.csv",
        "CVE-2026-42897,",
        "CVE-2024-21410,",
        "kev.csv:LINE: `CVE-2024-21410` stands here twice",
    );
    check(
        "overrides.csv",
        "CVE-2025-33051,",
        "CVE-2025-33050,",
        "overrides.csv:LINE: `CVE-2025-33050` is not in cves.csv",
    );
    check(
        "lifecycle.csv",
        "2013,2023-04-11",
        "2010,2023-04-11",
        "lifecycle.csv:LINE: 2010 stands here twice",
    );
    check("lifecycle.csv", "2013,2023-04-11", "2010,2023-04-11", "lifecycle.csv: no row for 2013");
    check(
        "cves.csv",
        "CVE-2026-42897,",
        "CVE-2026-45599,",
        "cves.csv:LINE: `CVE-2026-45599` has no row in fixes.csv",
    );
    check(
        "cves.csv",
        "CVE-2026-45500,",
        "CVE-2026-42897,",
        "cves.csv:LINE: `CVE-2026-42897` stands here twice",
    );
}

#[test]
fn every_broken_cell_is_named_with_file_and_line() {
    check(
        "builds.csv",
        "2019,CU14,Nov24SU,SU,2024-11-12",
        "2019,CU14,Nov24SU,SU,2024-13-12",
        "builds.csv:LINE: column released: `2024-13-12` is not a date such as 2026-10-13 or 2026-10",
    );
    check(
        "builds.csv",
        "2019,CU14,Nov24SU,",
        "2020,CU14,Nov24SU,",
        "builds.csv:LINE: column product: `2020` is not a product: 2007, 2010, 2013, 2016, 2019 or SE",
    );
    check(
        "builds.csv",
        "2019,CU14,Nov24SU,",
        "2016,CU14,Nov24SU,",
        "builds.csv:LINE: build 15.2.1544.13 is not Exchange 2016",
    );
    check(
        "builds.csv",
        "2019,CU14,Nov24SU,",
        "2019,CU13,Nov24SU,",
        "builds.csv:LINE: build 15.2.1544.13 stands on CU14, not on CU13",
    );
    check(
        "builds.csv",
        "2024-11-12,15.2.1544.13,",
        "2024-11-12,15.2.1544.14,",
        "builds.csv:NEXT: build 15.2.1544.14 stands here twice",
    );
    check(
        "builds.csv",
        "2019,CU14,,CU,2024-02-13,15.2.1544.4,",
        "2019,CU14,,SU,2024-02-13,15.2.1544.4,",
        "builds.csv:NEXT: no base of 2019 CU14 for build 15.2.1544.9",
    );
    check(
        "builds.csv",
        "2024-11-12,15.2.1544.13,",
        "2024-11-12,15.2.1544,",
        "builds.csv:LINE: column build: a build number has 4 parts, `15.2.1544` has 3",
    );
    check(
        "kev.csv",
        "CVE-2024-21410,2024-02-15,unknown,",
        "CVE-2024-21410,2024-02-15,maybe,",
        "kev.csv:LINE: column ransomware: `maybe` is none of known, unknown, unverified",
    );
    check(
        "cves.csv",
        "CVE-2024-21410,EoP,9.8,3.1,",
        "CVE-2024-21410,EoP,98,3.1,",
        "cves.csv:LINE: column cvss: `98` with version `3.1` is no CVSS score",
    );
    check(
        "fixes.csv",
        "CVE-2024-21410,2016,CU23,15.1.2507.37,,must-configure,extended-protection",
        "CVE-2024-21410,2016,CU23,15.1.2507.37,,must-configure,",
        "fixes.csv:LINE: columns config and item belong together",
    );
}

#[test]
fn a_row_without_source_is_named() {
    let texts = built_in_texts();
    for (file, start) in [
        ("builds.csv", "2019,CU14,Nov24SU,"),
        ("cves.csv", "CVE-2024-26198,"),
        ("fixes.csv", "CVE-2024-21410,2019,CU14,"),
        ("kev.csv", "CVE-2024-21410,"),
        ("lifecycle.csv", "2013,"),
        ("overrides.csv", "CVE-2025-33051,"),
        ("defaults.csv", "extended-protection,2019,"),
        ("moves.csv", "in-place,"),
        ("conditions.csv", "se-licence,"),
        ("problems.csv", "aug23-language,15.2.1258.23,"),
        ("withdrawals.csv", "15.2.1544.13,"),
    ] {
        let at = FILES.iter().position(|it| *it == file).unwrap();
        let row = texts[at].lines().find(|it| it.starts_with(start)).unwrap();
        let quoted = row.strip_suffix('"').and_then(|it| it.rsplit_once(",\""));
        let (before, _source) = quoted.or_else(|| row.rsplit_once(',')).unwrap();
        check(file, row, &format!("{before},"), &format!("{file}:LINE: column source is empty"));
    }
}

#[test]
fn a_row_that_is_none_is_named() {
    check(
        "kev.csv",
        "CVE-2024-21410,2024-02-15,unknown,",
        "CVE-2024-21410,2024-02-15,",
        "kev.csv:LINE: 3 cells under 4 columns",
    );
    check(
        "kev.csv",
        "CVE-2024-21410,2024-02-15,unknown,",
        "CVE-2024-21410,2024-02-15,unknown,x,",
        "kev.csv:LINE: 5 cells under 4 columns",
    );
    // T1: the open quote takes its own row along, not the rest of the file.
    assert_eq!(
        problems("kev.csv", "CVE-2024-21410,2024-02-15", "CVE-2024-21410,\"2024-02-15"),
        [format!("kev.csv:{}: a quote is left open", line_of("kev.csv", "CVE-2024-21410,"))]
    );
}

#[test]
fn a_file_without_its_columns_is_named_once() {
    let header = "cve,added,ransomware,source";
    let wanted = format!("the first line must be `{header}`");
    assert_eq!(problems_with("kev.csv", ""), [format!("kev.csv: empty: {wanted}")]);
    assert_eq!(
        problems("kev.csv", &format!("{header}\n"), ""),
        [format!("kev.csv:1: no column cve, added, ransomware, source: {wanted}")]
    );
    assert_eq!(
        problems("kev.csv", "cve,added,", "cve,when,"),
        [format!("kev.csv:1: no column added: {wanted}")]
    );
    assert_eq!(
        problems("kev.csv", header, &format!("{header},more")),
        [format!("kev.csv:1: 5 columns, not 4: {wanted}")]
    );
    // A missing optional column would read as "nobody disputes the fix" in every row.
    let got = problems("fixes.csv", ",fixed_msrc,", ",msrc,");
    assert!(got[0].starts_with("fixes.csv:1: no column fixed_msrc"), "{got:?}");
    assert_eq!(got.len(), 1, "the cause without its consequences");
}

#[test]
fn a_broken_head_is_named() {
    let head = |from, to| problems("catalog.toml", from, to).join("\n");
    insta::assert_snapshot!(head("as_of = \"2026-10-15\"", ""), @"catalog.toml: missing field `as_of`");
    insta::assert_snapshot!(head("2026-10-15", "2026-10-32"), @"catalog.toml: as_of `2026-10-32` is not a date such as 2026-10-15");
    insta::assert_snapshot!(head("schema = 1", "schema = 2"), @"catalog.toml: schema 2 is not 1, the one this version reads");
}

#[test]
fn every_problem_is_named_not_only_the_first() {
    let mut texts = built_in_texts().map(str::to_owned);
    for (text, from, to) in [
        (1, "2019,CU14,Nov24SU,", "2020,CU14,Nov24SU,"),
        (2, "2024-02-13,yes", "2024-02-31,yes"),
        (3, "CVE-2026-42897,2019,CU15,15.2.1748.46", "CVE-2026-42897,2019,CU15,15.2.1748.47"),
        (4, "2026-05-15,unverified", "soon,unverified"),
    ] {
        texts[text] = texts[text].replacen(from, to, 1);
    }
    let problems = read(texts.each_ref().map(String::as_str)).unwrap_err();
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(problems.join("\n"), @r"
    builds.csv:415: column product: `2020` is not a product: 2007, 2010, 2013, 2016, 2019 or SE
    cves.csv:120: column published: `2024-02-31` is not a date such as 2026-10-13 or 2026-10
    fixes.csv:577: `CVE-2024-21410` is not in cves.csv
    fixes.csv:578: `CVE-2024-21410` is not in cves.csv
    fixes.csv:579: `CVE-2024-21410` is not in cves.csv
    fixes.csv:632: fixed build 15.2.1748.47 is not in builds.csv, and no note explains it
    kev.csv:19: `CVE-2024-21410` is not in cves.csv
    kev.csv:20: column added: failed to parse four digit integer as year: invalid digit, expected 0-9 but got s
    withdrawals.csv:4: build 15.2.1544.13 is not in builds.csv
    ");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
    /// Whatever is cut out of a file, reading gives a catalog or says what is wrong and where.
    #[test]
    fn any_cut_is_read_or_named(file in 0_usize..13, start in 0_usize..100_000, len in 1_usize..200) {
        let mut texts = built_in_texts();
        let whole = texts[file];
        let start = start % whole.len();
        let cut: Vec<u8> = whole
            .bytes()
            .enumerate()
            .filter(|(at, _)| !(start..start + len).contains(at))
            .map(|(_, byte)| byte)
            .collect();
        let cut = String::from_utf8_lossy(&cut);
        texts[file] = &cut;
        if let Err(problems) = read(texts) {
            proptest::prop_assert!(!problems.is_empty(), "K1");
            for it in problems {
                let at = FILES.iter().position(|name| *name == it.file).unwrap();
                let lines = texts[at].lines().count() as u64;
                proptest::prop_assert!(it.line <= lines, "K1: {}", it);
            }
        }
    }
}
