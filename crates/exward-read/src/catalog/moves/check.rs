//! Checks of the update graph against itself and against the builds.

use std::collections::BTreeSet;

use exward_core::build::Build;
use exward_core::catalog::{
    Condition, Facts, KnownProblem, LineKey, MoveKind, MoveRule, Withdrawal,
};
use exward_core::product::Numbering;
use exward_core::route::self_service;

use super::super::Problem;
use super::{GRAPH_FILES, Lines};

/// Longest installation that a rule may expect, in minutes: a day. More is a slip of the pen.
const MINUTES_MAX: u32 = 24 * 60;

/// Every contradiction in the update graph.
pub(in super::super) fn check(facts: &Facts, lines: &Lines) -> Vec<Problem> {
    let [f_rules, f_conditions, f_known, f_withdrawals] = GRAPH_FILES;
    let builds: BTreeSet<Build> = facts.releases.iter().map(|it| it.build).collect();
    let moves = &facts.moves;
    let withdrawn: BTreeSet<Build> = moves.withdrawals.iter().map(|it| it.build).collect();
    let mut problems = Problems(Vec::new());

    let mut seen = BTreeSet::new();
    for (it, line) in moves.rules.iter().zip(&lines.rules) {
        problems.add(f_rules, *line, rule(it));
        let is_new = seen.insert((it.kind, it.from.to_string(), it.to.to_string()));
        problems.add(f_rules, *line, (!is_new).then(|| "this rule stands here twice".to_owned()));
    }
    let mut seen = BTreeSet::new();
    for (it, line) in moves.conditions.iter().zip(&lines.conditions) {
        problems.add(f_conditions, *line, condition(it));
        let is_new = seen.insert((&it.id, it.to.to_string()));
        let twice = || format!("`{}` stands here twice for {}", it.id, it.to);
        problems.add(f_conditions, *line, (!is_new).then(twice));
    }
    let mut seen = BTreeSet::new();
    for (it, line) in moves.problems.iter().zip(&lines.problems) {
        problems.add(f_known, *line, known_problem(it, &builds));
        let is_new = seen.insert((&it.id, it.builds.0));
        let twice = || format!("`{}` stands here twice from {} on", it.id, it.builds.0);
        problems.add(f_known, *line, (!is_new).then(twice));
    }
    let mut seen = BTreeSet::new();
    for (it, line) in moves.withdrawals.iter().zip(&lines.withdrawals) {
        problems.add(f_withdrawals, *line, withdrawal(it, &builds, &withdrawn));
        let twice = || format!("build {} stands here twice", it.build);
        problems.add(f_withdrawals, *line, (!seen.insert(it.build)).then(twice));
    }
    problems.0
}

struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, file: &str, line: u64, what: Option<String>) {
        self.0.extend(what.map(|what| Problem { file: file.to_owned(), line, what }));
    }
}

fn rule(it: &MoveRule) -> Option<String> {
    let (from, to) = (it.from.product, it.to.product);
    let wrong = match it.kind {
        MoveKind::Su if it.from != it.to => "an SU stays on its CU: from and to must be the same",
        MoveKind::Cu if from != to => "a CU stays with its product: from and to name two",
        MoveKind::InPlace | MoveKind::Migrate if to <= from => {
            "the product must be newer than the one it starts from"
        }
        MoveKind::Migrate if it.note.is_empty() => "a migration without a note that says how",
        MoveKind::Su | MoveKind::Cu | MoveKind::InPlace if it.expected_minutes == 0 => {
            "expected_minutes must not be 0"
        }
        _ if it.expected_minutes > MINUTES_MAX => "expected_minutes is more than a day",
        MoveKind::Su | MoveKind::Cu | MoveKind::InPlace | MoveKind::Migrate => return None,
    };
    Some(wrong.to_owned())
}

fn condition(it: &Condition) -> Option<String> {
    if it.kinds.contains(&MoveKind::Migrate) {
        return Some("a condition of a migration decides nothing: exward makes none".to_owned());
    }
    if it.self_service && self_service(it).is_none() {
        return Some(format!("self_service, but no step brings `{}` about", it.item.name()));
    }
    let least = it.to_build_min?;
    (Numbering::product(least) != Some(it.to.product))
        .then(|| format!("to_build_min {least} is not Exchange {}", it.to.product))
}

fn known_problem(it: &KnownProblem, builds: &BTreeSet<Build>) -> Option<String> {
    let (first, last) = it.builds;
    if let Some(unknown) = [first, last].into_iter().find(|it| !builds.contains(it)) {
        return Some(format!("build {unknown} is not in builds.csv"));
    }
    if key(first) != key(last) || last < first {
        return Some(format!("{first} to {last} is no span of builds on one CU"));
    }
    None
}

fn withdrawal(
    it: &Withdrawal,
    builds: &BTreeSet<Build>,
    withdrawn: &BTreeSet<Build>,
) -> Option<String> {
    if !builds.contains(&it.build) {
        return Some(format!("build {} is not in builds.csv", it.build));
    }
    let by = it.replaced_by?;
    if !builds.contains(&by) {
        return Some(format!("build {by} is not in builds.csv"));
    }
    if by <= it.build || key(by) != key(it.build) {
        return Some(format!("{by} is no later build on the CU of {}", it.build));
    }
    withdrawn.contains(&by).then(|| format!("{by} takes its place, but is withdrawn as well"))
}

fn key(build: Build) -> LineKey {
    LineKey::of(build.prefix())
}
