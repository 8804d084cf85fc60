//! P10: every installation follows the update graph.

use super::Findings;
use crate::blueprint::{Action, Blueprint, ServerUpdate};
use crate::build::Build;
use crate::catalog::{Catalog, MoveKind, MoveRule};

pub(super) fn check(blueprint: &Blueprint, catalog: &Catalog, findings: &mut Findings) {
    for update in blueprint.updates() {
        let server = &update.server;
        findings.expect(update.from < update.to, "P10", || {
            format!("{server} goes from {} to {}, which is not newer", update.from, update.to)
        });
        for (from, action) in moves(blueprint, update) {
            let fault = fault(catalog, from, action);
            findings.expect(fault.is_none(), "P10", || {
                format!("{server}: {action} on {from} {}", fault.unwrap_or_default())
            });
        }
    }
}

/// Installations of a server, each with the build before it.
pub(super) fn moves<'b>(
    blueprint: &'b Blueprint,
    update: &ServerUpdate,
) -> impl Iterator<Item = (Build, Action)> + use<'b> {
    let mut at = update.from;
    blueprint.steps(update).iter().filter_map(move |step| {
        let action = step.action;
        let (Action::InstallCu(to) | Action::InstallSu(to)) = action else { return None };
        Some((std::mem::replace(&mut at, to), action))
    })
}

/// What is wrong with one installation; `None`: nothing.
fn fault(catalog: &Catalog, from: Build, action: Action) -> Option<&'static str> {
    let (Action::InstallCu(to) | Action::InstallSu(to)) = action else { return None };
    if to <= from {
        return Some("is not newer");
    }
    if catalog.facts().moves.withdrawals.iter().any(|it| it.build == to) {
        return Some("is withdrawn");
    }
    let Some(release) = catalog.release(to) else { return Some("is not in the catalog") };
    let (Some(here), Some(there)) = (catalog.line_of(from), catalog.line_of(to)) else {
        return Some("is on no known CU");
    };
    let same_line = here.base == there.base;
    let fits = |rule: &MoveRule| {
        let spans =
            rule.from.holds(here.product, here.cu) && rule.to.holds(there.product, there.cu);
        spans
            && match (rule.kind, action) {
                (MoveKind::Su, Action::InstallSu(_)) => same_line,
                (MoveKind::Cu, Action::InstallCu(_)) => {
                    !same_line && here.product == there.product && release.kind.is_base()
                }
                (MoveKind::InPlace, Action::InstallCu(_)) => {
                    here.product != there.product && release.kind.is_base()
                }
                _ => false,
            }
    };
    let allowed = catalog.facts().moves.rules.iter().any(fits);
    (!allowed).then_some("follows no rule of the update graph")
}
