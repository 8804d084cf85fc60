//! The steps of one server, and how long each takes.
//!
//! Order: "Perform maintenance on DAG members" and "Upgrade Exchange to the latest cumulative update",
//! Microsoft Learn; `notes/updating.md` 2.1 and 2.2. Everything between leaving and returning is one
//! transaction (P8): a CU wipes mitigations, so SU and mitigations come before the server is back.

use std::collections::BTreeMap;

use super::way::Baggage;
use crate::blueprint::{Action, Recipe, Step};
use crate::build::Build;
use crate::catalog::MoveKind;
use crate::route::Route;

/// How a server leaves and returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A member of a DAG.
    Member,
    /// A server of its own: mailbox or Edge.
    Alone,
    /// Only management tools: there is no service to take out.
    Tools,
}

/// Minutes before a step has surely failed, beyond twice its expected time.
const SLACK_MINUTES: u32 = 30;

/// What Microsoft says a CU takes, restarts not included ("estimated time to complete: 180 minutes").
const CU_MINUTES: u32 = 180;

/// What an SU mostly takes: field experience, `notes/updating.md` 1.2.
const SU_MINUTES: u32 = 30;

/// A step with the time it mostly takes. Installations know better from the catalog.
const fn expected_minutes(action: Action) -> u32 {
    match action {
        // One cmdlet each, and reading back what it did.
        Action::RecordState
        | Action::SuspendNode
        | Action::BlockActivation
        | Action::GoOffline
        | Action::GoOnline
        | Action::ResumeNode
        | Action::RestoreActivation => 1,
        // Transport is restarted.
        Action::DrainTransport | Action::ResumeTransport => 5,
        // Databases move one after the other, about a minute each.
        Action::MoveActives => 10,
        // Messages in flight retry once before they are redirected.
        Action::EmptyQueues => 20,
        // An installer with its own clean-up.
        Action::InstallPrerequisite(_) => 10,
        Action::InstallCu(_) => CU_MINUTES,
        Action::InstallSu(_) => SU_MINUTES,
        // Windows, and Exchange's services until they answer.
        Action::Restart => 15,
        // Services start one after the other; rules are applied and asked again.
        Action::RestoreServices | Action::RestoreMitigations => 5,
        // Every virtual directory and transport is asked.
        Action::ProveBuild(_) | Action::ProveService => 10,
        Action::Soak(minutes) => minutes,
    }
}

fn step(action: Action) -> Step {
    lasting(action, expected_minutes(action))
}

fn lasting(action: Action, expected_minutes: u32) -> Step {
    let deadline_minutes = expected_minutes.saturating_mul(2).saturating_add(SLACK_MINUTES);
    Step { action, expected_minutes, deadline_minutes }
}

/// The steps of a way but for the soak, which the ring decides.
pub(super) fn steps(shape: Shape, route: &Route<'_>, baggage: &Baggage) -> Vec<Step> {
    let mut steps = Vec::new();
    let plain = |steps: &mut Vec<Step>, actions: &[Action]| {
        steps.extend(actions.iter().copied().map(step));
    };
    match shape {
        Shape::Member => plain(
            &mut steps,
            &[
                Action::RecordState,
                Action::DrainTransport,
                Action::SuspendNode,
                Action::BlockActivation,
                Action::MoveActives,
                Action::EmptyQueues,
                Action::GoOffline,
            ],
        ),
        Shape::Alone => plain(
            &mut steps,
            &[Action::RecordState, Action::DrainTransport, Action::EmptyQueues, Action::GoOffline],
        ),
        Shape::Tools => {}
    }
    installs(&mut steps, route, baggage);
    let proof = super::way::end(route).map(Action::ProveBuild);
    match shape {
        Shape::Tools => plain(&mut steps, proof.as_slice()),
        Shape::Member | Shape::Alone => {
            plain(&mut steps, &[Action::RestoreServices, Action::RestoreMitigations]);
            plain(&mut steps, proof.as_slice());
            plain(&mut steps, &[Action::GoOnline]);
            if shape == Shape::Member {
                plain(&mut steps, &[Action::ResumeNode, Action::RestoreActivation]);
            }
            plain(&mut steps, &[Action::ResumeTransport, Action::ProveService]);
        }
    }
    steps
}

/// Prerequisites, updates and restarts. A CU wants a fresh start before it, an SU only if a restart is
/// pending; every installation is followed by a restart.
fn installs(steps: &mut Vec<Step>, route: &Route<'_>, baggage: &Baggage) {
    for (at, hop) in route.hops.iter().enumerate() {
        let is_su = hop.kind == MoveKind::Su;
        let just_restarted = steps.last().is_some_and(|it| it.action == Action::Restart);
        let wanted = !is_su || (at == 0 && baggage.restart_pending);
        if wanted && !just_restarted {
            steps.push(step(Action::Restart));
        }
        let before = steps.len();
        let here = baggage.prerequisites.iter().filter(|(hop, _)| *hop == at);
        steps.extend(here.map(|(_, what)| step(Action::InstallPrerequisite(*what))));
        if steps.len() > before {
            steps.push(step(Action::Restart));
        }
        let build = hop.to.build;
        let action = if is_su { Action::InstallSu(build) } else { Action::InstallCu(build) };
        let known = Some(hop.expected_minutes).filter(|minutes| *minutes > 0);
        steps.push(lasting(action, known.unwrap_or(expected_minutes(action))));
        steps.push(step(Action::Restart));
    }
}

/// How long the server is out of service, in minutes.
pub(super) fn out_minutes(steps: &[Step]) -> u32 {
    steps.iter().fold(0, |sum, step| sum.saturating_add(step.expected_minutes))
}

/// What tells one list of steps from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DraftKey {
    pub(super) shape: Shape,
    pub(super) from: Build,
    /// Place of the way among those from the build.
    pub(super) way: usize,
    pub(super) baggage: Baggage,
}

/// Lists of steps without their soak, each made once.
#[derive(Default)]
pub(super) struct Drafts {
    known: BTreeMap<DraftKey, usize>,
    steps: Vec<(Vec<Step>, u32)>,
}

impl Drafts {
    /// Place of the draft, and how long it keeps a server out.
    pub(super) fn place(&mut self, key: DraftKey, route: &Route<'_>) -> (usize, u32) {
        let place = match self.known.get(&key) {
            Some(place) => *place,
            None => {
                let steps = steps(key.shape, route, &key.baggage);
                let minutes = out_minutes(&steps);
                self.steps.push((steps, minutes));
                let place = self.steps.len().saturating_sub(1);
                self.known.insert(key, place);
                place
            }
        };
        (place, self.steps.get(place).map_or(0, |it| it.1))
    }
}

/// The recipes of a blueprint: each once, in the order of their first use.
pub(super) struct Recipes<'d> {
    drafts: &'d Drafts,
    known: BTreeMap<(usize, u32), usize>,
    by_steps: BTreeMap<Recipe, usize>,
    pub(super) all: Vec<Recipe>,
}

impl<'d> Recipes<'d> {
    pub(super) const fn new(drafts: &'d Drafts) -> Self {
        Self { drafts, known: BTreeMap::new(), by_steps: BTreeMap::new(), all: Vec::new() }
    }

    /// Place of the draft's recipe with this soak. Management tools have no service to watch.
    pub(super) fn place(&mut self, draft: usize, soak_minutes: u32) -> usize {
        if let Some(place) = self.known.get(&(draft, soak_minutes)) {
            return *place;
        }
        let mut steps = self.drafts.steps.get(draft).map(|it| it.0.clone()).unwrap_or_default();
        if steps.last().is_some_and(|it| it.action == Action::ProveService) {
            steps.push(step(Action::Soak(soak_minutes)));
        }
        let recipe = Recipe(steps);
        let place = match self.by_steps.get(&recipe) {
            Some(place) => *place,
            None => {
                self.all.push(recipe.clone());
                let place = self.all.len().saturating_sub(1);
                self.by_steps.insert(recipe, place);
                place
            }
        };
        self.known.insert((draft, soak_minutes), place);
        place
    }
}
