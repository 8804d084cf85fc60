//! A run over a simulated estate says of every server what is true of it, and the score can tell.

use exward_lab::profile::Profile;
use exward_lab::truth::write_truth;

use super::estate::{CATALOG, Lab};
use super::wire::check_manners;
use crate::run::{Ran, exward};

/// Faces of one estate.
const FACES: usize = 100;

/// Asks an estate; gives it with its truth and the results as files.
fn asked(profile: &str, seed: u64) -> (Lab, String, String) {
    let lab = Lab::drawn(&Profile::named(profile).unwrap(), seed, FACES);
    let mut truth = Vec::new();
    write_truth(&CATALOG, &lab.estate, &mut truth).unwrap();
    let truth = lab.write("truth.jsonl", truth);
    // Tarpits are waited for, twice.
    let ran = lab.check(&["--from", &lab.hosts_file(), "--rate", "0", "--timeout", "8"]);
    let results = lab.write("results.jsonl", &ran.out);
    (lab, truth, results)
}

/// The last line of the table: all faces that are wrong.
fn wrong(scored: &Ran) -> Option<&str> {
    let all = scored.out.lines().find(|it| it.starts_with("all "));
    all.and_then(|it| it.split_whitespace().last())
}

fn score(truth: &str, results: &str) -> Ran {
    exward(&["lab", "score", "--truth", truth, "--results", results])
}

#[track_caller]
fn check(profile: &str, seed: u64) {
    let (lab, truth, results) = asked(profile, seed);
    let scored = score(&truth, &results);
    assert_eq!(scored.code, 0, "{profile} {seed}\n{}{}", scored.out, scored.err);
    assert_eq!(wrong(&scored), Some("0"), "{profile} {seed}\n{}", scored.out);
    for (face, counts) in lab.estate.faces.iter().zip(lab.counts()) {
        check_manners(face, &counts);
    }
}

#[test]
fn healthy_servers_are_told_right() {
    (1..=4).for_each(|seed| check("healthy", seed));
}

#[test]
fn nothing_wrong_is_said_of_boxes_imitations_and_the_ill() {
    std::thread::scope(|scope| {
        (1..=4).for_each(|seed| drop(scope.spawn(move || check("mixed", seed))));
    });
}

#[test]
fn one_false_all_clear_fails_the_score() {
    let (lab, truth, results) = asked("healthy", 1);
    let text = std::fs::read_to_string(&results).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let vulnerable = |it: &&mut String| it.contains("\"verdict\":\"vulnerable\"");
    let line = lines.iter_mut().find(vulnerable).unwrap();
    *line = line.replace("\"verdict\":\"vulnerable\"", "\"verdict\":\"patched\"");
    let doctored = lab.write("doctored.jsonl", lines.join("\n"));
    let scored = score(&truth, &doctored);
    assert_eq!(scored.code, 1, "{}{}", scored.out, scored.err);
    assert_eq!(wrong(&scored), Some("1"), "{}", scored.out);
    assert!(
        scored.out.contains("false all-clear: called patched, is vulnerable"),
        "{}",
        scored.out
    );
}
