//! The files of the update graph.

use exward_core::catalog::Moves;
use exward_read::catalog::{FILES, GRAPH_FILES, built_in, built_in_texts, read_present};

use super::{check, problems_with};

/// A wrong update graph would send servers a way that Microsoft does not allow.
#[test]
fn every_broken_move_is_named_with_file_and_line() {
    const MOVES: &str = "moves.csv";
    check(
        MOVES,
        "su,2019,2019,45",
        "su,2019,SE,45",
        "moves.csv:LINE: an SU stays on its CU: from and to must be the same",
    );
    check(
        MOVES,
        "cu,2016 ..CU22,2016 CU23",
        "cu,2016 ..CU22,2019 CU15",
        "moves.csv:LINE: a CU stays with its product: from and to name two",
    );
    check(
        MOVES,
        "in-place,2019 CU14..CU15,SE RTM",
        "in-place,2019 CU14..CU15,2016",
        "moves.csv:LINE: the product must be newer than the one it starts from",
    );
    check(MOVES, "su,2013,2013,45", "su,2019,2019,45", "moves.csv:4: this rule stands here twice");
    check(
        MOVES,
        "su,2019,2019,45",
        "su,2019,2019,0",
        "moves.csv:LINE: expected_minutes must not be 0",
    );
    check(
        MOVES,
        "su,2019,2019,45",
        "su,2019,2019,4500",
        "moves.csv:LINE: expected_minutes is more than a day",
    );
    check(
        MOVES,
        "cu,2016 ..CU22,",
        "cu,2016 CU23..CU22,",
        "moves.csv:LINE: column from: `2016 CU23..CU22` is no span of CUs such as 2019, 2019 CU14, 2019 CU14..CU15 or 2016 ..CU22",
    );
    check(
        MOVES,
        "in-place,",
        "inplace,",
        "moves.csv:LINE: column kind: `inplace` is none of su, cu, in-place, migrate",
    );
}

#[test]
fn every_broken_condition_is_named_with_file_and_line() {
    const CONDITIONS: &str = "conditions.csv";
    let row = "windows,cu,2019 CU14..CU15,,,,,windows,one-of 2019;2022;2025,no";
    let with = |from: &str, to: &str, want: &str| {
        check(CONDITIONS, row, &row.replacen(from, to, 1), &format!("conditions.csv:LINE: {want}"));
    };
    with(
        ",cu,",
        ",cu;rollup,",
        "column kinds: `cu;rollup` is no list of su, cu, in-place and migrate",
    );
    with(",cu,", ",migrate,", "a condition of a migration decides nothing: exward makes none");
    with("windows,one-of", "window,one-of", "column item: `window` is not a known fact");
    with("2019;2022;2025", "2019;2023", "column test: `2023` is no value of this fact");
    with(
        "one-of 2019;2022;2025",
        "after-today 7",
        "column test: `after-today` does not suit the values of this fact",
    );
    with("one-of 2019;2022;2025", "", "columns item and test belong together");
    with("windows,one-of 2019;2022;2025", ",", "column item is empty");
    with(",,windows", ",one-of yes,windows", "columns if_item and if_test belong together");
    with(",no", ",yes", "self_service, but no step brings `windows` about");
    with("CU15,,", "CU15,15.1.2507.6,", "to_build_min 15.1.2507.6 is not Exchange 2019");
    with("CU15,,,", "CU15,,paid,", "column entitlement: `paid` is none of , public, esu");
    check(
        CONDITIONS,
        "vc-2012,cu,2019 CU14..CU15,",
        "vc-2012,cu,2016 CU23,",
        "conditions.csv:LINE: `vc-2012` stands here twice for 2016 CU23",
    );
}

#[test]
fn every_broken_problem_and_withdrawal_is_named_with_file_and_line() {
    const PROBLEMS: &str = "problems.csv";
    let span = "aug23-language,15.2.1258.23,15.2.1258.23";
    check(
        PROBLEMS,
        span,
        "aug23-language,15.2.1258.23,15.2.1258.24",
        "problems.csv:LINE: build 15.2.1258.24 is not in builds.csv",
    );
    check(
        PROBLEMS,
        span,
        "aug23-language,15.2.1258.23,15.2.1544.9",
        "problems.csv:LINE: 15.2.1258.23 to 15.2.1544.9 is no span of builds on one CU",
    );
    check(
        PROBLEMS,
        span,
        "aug23-language,15.2.1118.36,15.2.1118.36",
        "problems.csv:LINE: `aug23-language` stands here twice from 15.2.1118.36 on",
    );
    check(
        PROBLEMS,
        ",refuse,",
        ",forbid,",
        "problems.csv:LINE: column effect: `forbid` is none of refuse, warn",
    );

    const WITHDRAWALS: &str = "withdrawals.csv";
    let row = "15.2.1544.13,15.2.1544.14,2024-11-14";
    check(
        WITHDRAWALS,
        row,
        "15.2.1544.12,15.2.1544.14,2024-11-14",
        "withdrawals.csv:LINE: build 15.2.1544.12 is not in builds.csv",
    );
    check(
        WITHDRAWALS,
        row,
        "15.2.1544.13,15.2.1544.15,2024-11-14",
        "withdrawals.csv:LINE: build 15.2.1544.15 is not in builds.csv",
    );
    check(
        WITHDRAWALS,
        row,
        "15.2.1544.13,15.2.1544.11,2024-11-14",
        "withdrawals.csv:LINE: 15.2.1544.11 is no later build on the CU of 15.2.1544.13",
    );
    check(
        WITHDRAWALS,
        row,
        "15.2.1544.13,15.2.1748.24,2024-11-14",
        "withdrawals.csv:LINE: 15.2.1748.24 is no later build on the CU of 15.2.1544.13",
    );
    check(
        WITHDRAWALS,
        row,
        "15.2.1258.38,15.2.1258.39,2024-11-14",
        "withdrawals.csv:LINE: build 15.2.1258.38 stands here twice",
    );
    check(
        WITHDRAWALS,
        "15.2.1258.38,15.2.1258.39,",
        "15.2.1544.14,15.2.1544.25,",
        "withdrawals.csv:NEXT: 15.2.1544.14 takes its place, but is withdrawn as well",
    );
    check(
        WITHDRAWALS,
        "15.2.1544.14,2024-11-14",
        "15.2.1544.14,then",
        "withdrawals.csv:LINE: column since: failed to parse four digit integer as year: invalid digit, expected 0-9 but got t",
    );
}

#[test]
fn the_update_graph_is_whole_or_not_there() {
    let present = |names: &[&str]| {
        let texts = built_in_texts();
        let text = |at: usize| Some(texts[at]).filter(|_| names.contains(&FILES[at]));
        read_present(std::array::from_fn(text))
    };
    let required: Vec<&str> =
        FILES.iter().copied().filter(|it| !GRAPH_FILES.contains(it)).collect();
    let without = present(&required).unwrap();
    assert_eq!(*without.moves(), Moves::default());
    assert_eq!(without.releases(), built_in().unwrap().releases());
    assert_eq!(present(&FILES).unwrap().facts(), built_in().unwrap().facts());

    let named = |names: &[&str]| -> Vec<String> {
        present(names).map(|_| ()).unwrap_err().iter().map(ToString::to_string).collect()
    };
    let half: Vec<&str> = FILES.iter().copied().filter(|it| *it != "conditions.csv").collect();
    assert_eq!(
        named(&half),
        ["conditions.csv: missing, while another file of the update graph is there"]
    );
    let lacking: Vec<&str> = required.iter().copied().filter(|it| *it != "kev.csv").collect();
    assert_eq!(named(&lacking), ["kev.csv: missing"]);
    // A file that is there but empty is no missing one.
    assert_eq!(
        problems_with("withdrawals.csv", ""),
        ["withdrawals.csv: empty: the first line must be `build,replaced_by,since,why,source`"]
    );
}
