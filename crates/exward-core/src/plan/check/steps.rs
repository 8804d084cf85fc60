//! P8: the steps of each server, read as one sentence.

use super::Findings;
use crate::blueprint::{Action, Blueprint, ServerUpdate};
use crate::build::Build;
use crate::catalog::{Catalog, Kind, Release};

pub(super) fn check(blueprint: &Blueprint, catalog: &Catalog, findings: &mut Findings) {
    for wave in &blueprint.waves {
        let soak = blueprint.rings.get(wave.ring).map(|it| it.soak_minutes);
        for update in &wave.updates {
            let steps = blueprint.steps(update);
            let actions: Vec<Action> = steps.iter().map(|it| it.action).collect();
            let mut say = |holds: bool, what: &str| {
                findings.expect(holds, "P8", || format!("{}: {what}", update.server));
            };
            say(!steps.is_empty(), "it has no recipe");
            // Nothing is waited for without an end, or given up before its time.
            let timed = steps.iter().all(|it| it.expected_minutes <= it.deadline_minutes);
            say(timed, "a step has failed before it is expected to end");
            let inner = match enclosed(&actions, update, soak) {
                Ok(inner) => inner,
                Err(what) => {
                    say(false, what);
                    continue;
                }
            };
            for what in installations(inner, update.to, catalog) {
                say(false, what);
            }
        }
    }
    let used: Vec<usize> = blueprint.updates().map(|it| it.recipe).collect();
    for place in 0..blueprint.recipes.len() {
        let twin = blueprint.recipes.iter().position(|it| Some(it) == blueprint.recipes.get(place));
        findings.expect(twin == Some(place), "P8", || format!("recipe {place} exists twice"));
    }
    let unknown = used.iter().find(|it| **it >= blueprint.recipes.len());
    findings.expect(unknown.is_none(), "P8", || "a recipe does not exist".to_owned());
}

/// What lies between leaving and returning. Management tools do neither.
fn enclosed<'a>(
    actions: &'a [Action],
    update: &ServerUpdate,
    soak: Option<u32>,
) -> Result<&'a [Action], &'static str> {
    use Action as A;
    let proof = A::ProveBuild(update.to);
    if !actions.contains(&A::GoOffline) {
        let inner = actions.strip_suffix(&[proof]).ok_or("its build is not proved in the end")?;
        return match update.dag {
            Some(_) => Err("a member of a DAG never leaves service"),
            None => Ok(inner),
        };
    }
    let (leave, back): (&[Action], &[Action]) = match update.dag {
        Some(_) => (
            &[A::DrainTransport, A::SuspendNode, A::BlockActivation, A::MoveActives],
            &[A::GoOnline, A::ResumeNode, A::RestoreActivation, A::ResumeTransport],
        ),
        None => (&[A::DrainTransport], &[A::GoOnline, A::ResumeTransport]),
    };
    let rest = actions.strip_prefix(&[A::RecordState]).ok_or("its state is not recorded first")?;
    let rest = rest.strip_prefix(leave).ok_or("it does not leave in order")?;
    let rest = rest
        .strip_prefix(&[A::EmptyQueues, A::GoOffline])
        .ok_or("it goes offline before its queues are empty")?;
    let watched = soak.and_then(|minutes| rest.strip_suffix(&[A::Soak(minutes)]));
    let rest = watched.ok_or("it does not soak as long as its ring asks")?;
    let rest = rest.strip_suffix(&[A::ProveService]).ok_or("its service is not proved")?;
    let rest = rest.strip_suffix(back).ok_or("it does not return in order")?;
    let rest = rest.strip_suffix(&[proof]).ok_or("its build is not proved before it returns")?;
    rest.strip_suffix(&[A::RestoreServices, A::RestoreMitigations])
        .ok_or("services and mitigations are not restored before the proof")
}

/// What is wrong with the installations of one transaction.
fn installations(inner: &[Action], to: Build, catalog: &Catalog) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let mut before = None;
    let mut bare: Option<Build> = None;
    let mut last = None;
    let mut unsettled = false;
    for action in inner {
        if let Action::InstallCu(build) | Action::InstallSu(build) = *action {
            if unsettled {
                wrong.push("it installs before the restart that the one before needs");
            }
            let is_cu = matches!(action, Action::InstallCu(_));
            if is_cu && before != Some(Action::Restart) {
                wrong.push("no restart comes before the CU");
            }
            bare = Some(build).filter(|_| is_cu);
            last = Some(build);
        } else if !matches!(action, Action::Restart | Action::InstallPrerequisite(_)) {
            wrong.push("a step between leaving and returning installs nothing");
        }
        unsettled = *action != Action::Restart;
        before = Some(*action);
    }
    if unsettled {
        wrong.push("no restart comes after the last installation");
    }
    if last != Some(to) {
        wrong.push("the last installation is not where it goes");
    }
    let withdrawn =
        |build: &Build| catalog.facts().moves.withdrawals.iter().any(|it| it.build == *build);
    let left_bare = bare.and_then(|base| Some((base, catalog.line_of(base)?)));
    let is_su = |it: &Build| {
        let release = catalog.release(*it);
        let su = |it: &Release| matches!(it.kind, Kind::Su | Kind::Hu) && it.cumulative;
        release.is_some_and(su) && !withdrawn(it)
    };
    if left_bare.is_some_and(|(base, line)| line.builds.iter().any(|it| *it > base && is_su(it))) {
        wrong.push("the CU stays without the SU that there is");
    }
    wrong
}
