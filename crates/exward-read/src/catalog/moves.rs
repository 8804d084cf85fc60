//! The update graph's files: rows become rules, conditions, known problems and withdrawals.
//!
//! Layout and meaning: docs/update-graph.md.

mod check;
pub(super) mod written;

use exward_core::build::Build;
use exward_core::catalog::{
    Condition, Effect, Entitlement, KnownProblem, MOVE_KINDS, MoveKind, MoveRule, Moves, Test,
    Withdrawal,
};
use exward_core::fleet::Item;

use super::row::{Row, all};
use super::rows::YES_NO;
use super::{GRAPH_FILES, Problem};

pub(super) use check::check;

/// Names of what a known problem does, in problems.csv.
pub(super) const EFFECTS: [(&str, Effect); 2] =
    [("refuse", Effect::Refuse), ("warn", Effect::Warn)];

/// Names of entitlements in conditions.csv; empty for releases of any.
pub(super) const ENTITLEMENTS: [(&str, Option<Entitlement>); 3] =
    [("", None), ("public", Some(Entitlement::Public)), ("esu", Some(Entitlement::Esu))];

/// Line of each fact, in the order of [`Moves`].
#[derive(Debug, Default)]
pub(super) struct Lines {
    rules: Vec<u64>,
    conditions: Vec<u64>,
    problems: Vec<u64>,
    withdrawals: Vec<u64>,
}

/// Reads the files that are there.
pub(super) fn read(texts: [Option<&str>; 4], problems: &mut Vec<Problem>) -> (Moves, Lines) {
    let [rules, conditions, known, withdrawals] = texts;
    let [f_rules, f_conditions, f_known, f_withdrawals] = GRAPH_FILES;
    let (mut moves, mut lines) = (Moves::default(), Lines::default());
    if let Some(text) = rules {
        moves.rules = all(f_rules, text, problems, &mut lines.rules, rule);
    }
    if let Some(text) = conditions {
        moves.conditions = all(f_conditions, text, problems, &mut lines.conditions, condition);
    }
    if let Some(text) = known {
        moves.problems = all(f_known, text, problems, &mut lines.problems, known_problem);
    }
    if let Some(text) = withdrawals {
        moves.withdrawals = all(f_withdrawals, text, problems, &mut lines.withdrawals, withdrawal);
    }
    (moves, lines)
}

fn rule(row: &mut Row<'_>) -> Option<MoveRule> {
    let kind = row.one_of("kind", &MOVE_KINDS);
    let (from, to) = (row.required("from"), row.required("to"));
    let (expected_minutes, source) = (row.required("expected_minutes"), row.source());
    Some(MoveRule {
        kind: kind?,
        from: from?,
        to: to?,
        expected_minutes: expected_minutes?,
        note: row.text("note"),
        source: source?,
    })
}

fn condition(row: &mut Row<'_>) -> Option<Condition> {
    let (id, kinds, to) = (row.required("id"), kinds(row), row.required("to"));
    let to_build_min: Option<Build> = row.optional("to_build_min");
    let entitlement = row.one_of("entitlement", &ENTITLEMENTS);
    let only_if = compared(row, "if_item", "if_test");
    let fact = compared(row, "item", "test");
    if fact == Some(None) {
        row.problem("column item is empty".to_owned());
    }
    let self_service = row.one_of("self_service", &YES_NO);
    let (remedy, source) = (row.required("remedy"), row.source());
    let (item, test) = fact??;
    Some(Condition {
        id: id?,
        kinds: kinds?,
        to: to?,
        to_build_min,
        entitlement: entitlement?,
        only_if: only_if?,
        item,
        test,
        self_service: self_service?,
        remedy: remedy?,
        source: source?,
    })
}

fn known_problem(row: &mut Row<'_>) -> Option<KnownProblem> {
    let (id, first, last) = (row.required("id"), row.required("first"), row.required("last"));
    let when = compared(row, "item", "test");
    let effect = row.one_of("effect", &EFFECTS);
    let (what, remedy) = (row.required("what"), row.required("remedy"));
    let source = row.source();
    Some(KnownProblem {
        id: id?,
        builds: (first?, last?),
        when: when?,
        effect: effect?,
        what: what?,
        remedy: remedy?,
        source: source?,
    })
}

fn withdrawal(row: &mut Row<'_>) -> Option<Withdrawal> {
    let (build, replaced_by) = (row.required("build"), row.optional("replaced_by"));
    let (since, why, source) = (row.required("since"), row.required("why"), row.source());
    Some(Withdrawal { build: build?, replaced_by, since: since?, why: why?, source: source? })
}

/// The kinds of moves, `su;cu`; a problem and `None` if one is none.
fn kinds(row: &mut Row<'_>) -> Option<Vec<MoveKind>> {
    let text: String = row.required("kinds")?;
    let named = |name: &str| MOVE_KINDS.iter().find(|it| it.0 == name).map(|it| it.1);
    let kinds: Option<Vec<MoveKind>> = text.split(';').map(named).collect();
    if kinds.is_none() {
        row.problem(format!("column kinds: `{text}` is no list of su, cu, in-place and migrate"));
    }
    kinds
}

/// A fact and its test. `Some(None)` if both cells are empty; a problem and `None` if they are not
/// readable, or only one is there.
fn compared(row: &mut Row<'_>, item: &str, test: &str) -> Option<Option<(Item, Test)>> {
    let (item_text, test_text) = (row.text(item), row.text(test));
    if item_text.is_empty() && test_text.is_empty() {
        return Some(None);
    }
    if item_text.is_empty() || test_text.is_empty() {
        row.problem(format!("columns {item} and {test} belong together"));
        return None;
    }
    let fact: Item = row.required(item)?;
    match Test::parse(fact.kind(), &test_text) {
        Ok(it) => Some(Some((fact, it))),
        Err(error) => {
            row.problem(format!("column {test}: {error}"));
            None
        }
    }
}
