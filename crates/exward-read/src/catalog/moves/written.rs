//! The update graph becomes files again (K2).

use exward_core::catalog::{MOVE_KINDS, MoveKind, Moves, Test};
use exward_core::fleet::Item;

use super::super::write::{head, name_of, row, text, yes_no};
use super::{EFFECTS, ENTITLEMENTS};

pub(in super::super) fn rules(moves: &Moves) -> String {
    let mut out = head("moves.csv");
    for it in &moves.rules {
        row(
            &mut out,
            &[
                name_of(&MOVE_KINDS, &it.kind),
                &it.from.to_string(),
                &it.to.to_string(),
                &it.expected_minutes.to_string(),
                &it.note,
                &it.source,
            ],
        );
    }
    out
}

pub(in super::super) fn conditions(moves: &Moves) -> String {
    let mut out = head("conditions.csv");
    for it in &moves.conditions {
        let only_if = it.only_if.as_ref();
        row(
            &mut out,
            &[
                &it.id,
                &kinds(&it.kinds),
                &it.to.to_string(),
                &text(it.to_build_min),
                name_of(&ENTITLEMENTS, &it.entitlement),
                item(only_if),
                &test(only_if),
                it.item.name(),
                &it.test.to_string(),
                yes_no(it.self_service),
                &it.remedy,
                &it.source,
            ],
        );
    }
    out
}

pub(in super::super) fn problems(moves: &Moves) -> String {
    let mut out = head("problems.csv");
    for it in &moves.problems {
        let (first, last) = it.builds;
        row(
            &mut out,
            &[
                &it.id,
                &first.to_string(),
                &last.to_string(),
                item(it.when.as_ref()),
                &test(it.when.as_ref()),
                name_of(&EFFECTS, &it.effect),
                &it.what,
                &it.remedy,
                &it.source,
            ],
        );
    }
    out
}

pub(in super::super) fn withdrawals(moves: &Moves) -> String {
    let mut out = head("withdrawals.csv");
    for it in &moves.withdrawals {
        row(
            &mut out,
            &[
                &it.build.to_string(),
                &text(it.replaced_by),
                &it.since.to_string(),
                &it.why,
                &it.source,
            ],
        );
    }
    out
}

fn kinds(kinds: &[MoveKind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|it| name_of(&MOVE_KINDS, it)).collect();
    names.join(";")
}

fn item(compared: Option<&(Item, Test)>) -> &'static str {
    compared.map_or("", |(item, _)| item.name())
}

fn test(compared: Option<&(Item, Test)>) -> String {
    text(compared.map(|(_, test)| test))
}
