//! The catalog's files: what is written reads back (K2), and every problem is named (K1).

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
    let want = want.replace("LINE", &line.to_string());
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
        "fixes.csv:LINE: a second row of CVE-2026-42897 for this product and CU",
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
        "2016,2023-04-11",
        "lifecycle.csv:0".trim_end_matches(":0"),
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
    check("builds.csv", "2024-11-12,15.2.1544.13,", "2024-11-12,15.2.1544.14,", "x");
}
