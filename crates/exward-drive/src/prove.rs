//! Proof: whether the world shows that a step has come true. Exit codes and logs are claims; builds,
//! services, component states and probes are proof.

use exward_core::blueprint::{Action, Stage};
use exward_core::build::Build;
use jiff::SignedDuration;

use crate::effects::{Repair, Work};
use crate::state::{
    Activation, ActivationPolicy, ComponentValue, Installer, LogClaim, NodeState, Requester,
    ServerState,
};

/// A started installation that shows neither a running installer nor a result after so long has never
/// begun: the order was lost, or the machine went down with it.
const INSTALLER_STARTS_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// The order whose proof is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Its number.
    pub number: u32,
    /// Starts of Windows before it.
    pub boot: u32,
    /// How long ago it was given.
    pub ago: SignedDuration,
}

/// What the world shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It has come true.
    Proved,
    /// Not yet; what is waited for.
    NotYet(&'static str),
    /// It will not come true by waiting; why.
    Failed(String),
}

impl Proof {
    fn when(proved: bool, waiting: &'static str) -> Self {
        if proved { Self::Proved } else { Self::NotYet(waiting) }
    }
}

/// Whether a work has come true. `given` is `None` before its order was given: then only what is so
/// already counts.
#[must_use]
pub fn prove(
    work: Work,
    state: &ServerState,
    recorded: Option<&ServerState>,
    given: Option<Given>,
) -> Proof {
    let action = match work {
        Work::Step(action) => action,
        Work::Repair(repair) => return repaired(repair, state, recorded, given),
    };
    match action.stage() {
        Stage::Look => Proof::when(recorded.is_some(), "its state to be recorded"),
        Stage::Leave | Stage::Install => left(action, state, given),
        Stage::Prove | Stage::Return | Stage::Watch => back(action, state, recorded, given),
    }
}

/// Leaving service, and installing: proved by the server alone.
fn left(action: Action, state: &ServerState, given: Option<Given>) -> Proof {
    match action {
        Action::DrainTransport => {
            let word = state.word_of("HubTransport", Requester::Maintenance);
            let draining =
                matches!(word, Some(ComponentValue::Draining | ComponentValue::Inactive));
            Proof::when(draining, "transport to drain")
        }
        Action::SuspendNode => {
            Proof::when(state.node == Some(NodeState::Paused), "the cluster node to pause")
        }
        Action::BlockActivation => {
            let blocked =
                |it: Activation| it.disabled_and_move_now && it.policy == ActivationPolicy::Blocked;
            Proof::when(state.activation.is_some_and(blocked), "activation to be blocked")
        }
        Action::MoveActives => {
            let moved = state.active_copies == 0 && !state.primary_active_manager;
            Proof::when(moved, "active databases to move away")
        }
        Action::EmptyQueues => Proof::when(state.queued_messages == 0, "queues to become empty"),
        Action::GoOffline => Proof::when(is_offline(state), "the server to go out of service"),
        Action::InstallPrerequisite(it) => {
            let installed = state.prerequisites.contains(it.name());
            installed_by(installed, state, given, it.title())
        }
        Action::InstallCu(build) | Action::InstallSu(build) => {
            let installed = state.build.is_some_and(|it| it >= build);
            installed_by(installed, state, given, &build.to_string())
        }
        Action::Restart => restarted(state, given),
        Action::RecordState
        | Action::RestoreServices
        | Action::RestoreMitigations
        | Action::ProveBuild(_)
        | Action::GoOnline
        | Action::ResumeNode
        | Action::RestoreActivation
        | Action::ResumeTransport
        | Action::ProveService
        | Action::Soak(_) => Proof::NotYet("a step of another stage"),
    }
}

/// Proving and returning: held against what was recorded. Without a record nothing is proved.
fn back(
    action: Action,
    state: &ServerState,
    recorded: Option<&ServerState>,
    given: Option<Given>,
) -> Proof {
    let Some(was) = recorded else { return Proof::NotYet("its state to be recorded") };
    let component = |name: &str| state.component(name) == was.component(name);
    match action {
        Action::RestoreServices => Proof::when(services_as(state, recorded), "services to start"),
        Action::RestoreMitigations => {
            let kept = was.mitigations.is_subset(&state.mitigations);
            Proof::when(kept, "mitigations to take effect")
        }
        Action::ProveBuild(build) => built(build, state, recorded),
        Action::GoOnline => {
            Proof::when(component("ServerWideOffline"), "the server to come into service")
        }
        Action::ResumeNode => Proof::when(was.node == state.node, "the cluster node to resume"),
        Action::RestoreActivation => {
            let as_before = was.activation == state.activation;
            Proof::when(as_before, "the activation policy to be as before")
        }
        Action::ResumeTransport => Proof::when(component("HubTransport"), "transport to take mail"),
        Action::ProveService => in_service_again(state, recorded),
        Action::Soak(minutes) => soaked(minutes, state, recorded, given),
        Action::RecordState
        | Action::DrainTransport
        | Action::SuspendNode
        | Action::BlockActivation
        | Action::MoveActives
        | Action::EmptyQueues
        | Action::GoOffline
        | Action::InstallPrerequisite(_)
        | Action::InstallCu(_)
        | Action::InstallSu(_)
        | Action::Restart => Proof::NotYet("a step of another stage"),
    }
}

/// The build, while still out of service.
fn built(build: Build, state: &ServerState, recorded: Option<&ServerState>) -> Proof {
    if state.build.is_none_or(|it| it < build) {
        return Proof::NotYet("the new build to show");
    }
    if state.pending_reboot != Some(false) {
        return Proof::NotYet("no restart to be pending");
    }
    if !services_as(state, recorded) {
        return Proof::NotYet("services to start");
    }
    Proof::when(state.probes_pass == Some(true), "the probes on the server to pass")
}

/// True if maintenance has taken the server out of service.
#[must_use]
pub fn is_offline(state: &ServerState) -> bool {
    state.word_of("ServerWideOffline", Requester::Maintenance) == Some(ComponentValue::Inactive)
}

/// An installation: proved by what is installed, whatever the installer claims.
fn installed_by(installed: bool, state: &ServerState, given: Option<Given>, what: &str) -> Proof {
    let ours = given.map(|it| it.number);
    match &state.installer {
        Installer::Running { .. } => Proof::NotYet("the installer to end"),
        _ if installed => Proof::Proved,
        Installer::Ended { order, code, log } if Some(*order) == ours => {
            Proof::Failed(ended(what, *code, log))
        }
        Installer::Ended { .. } | Installer::Idle => match given {
            Some(given) if given.ago > INSTALLER_STARTS_WITHIN => {
                Proof::Failed(format!("{what}: no installer runs and none has left a result"))
            }
            _ => Proof::NotYet("the installer to start"),
        },
    }
}

fn ended(what: &str, code: i64, log: &LogClaim) -> String {
    let says = match log {
        LogClaim::Completed => "its log claims success, but the files are old".to_owned(),
        LogClaim::Failed(Some(cause)) => format!("its log says {cause}"),
        LogClaim::Failed(None) => "its log names no known cause".to_owned(),
        LogClaim::CutOff => "its log ends in the middle".to_owned(),
        LogClaim::Missing => "it left no log".to_owned(),
    };
    format!("{what}: the installer ended with {code}; {says}")
}

fn restarted(state: &ServerState, given: Option<Given>) -> Proof {
    match given {
        // Nothing to be seen before tells that a restart was done.
        None => Proof::NotYet("the restart"),
        Some(given) if state.boot <= given.boot => Proof::NotYet("the restart"),
        Some(_) => match state.pending_reboot {
            Some(false) => Proof::Proved,
            Some(true) => Proof::Failed("a restart is pending again after the restart".to_owned()),
            None => Proof::NotYet("the state after the restart"),
        },
    }
}

/// True if every recorded service has its start type, and runs if it ran. Services that an update adds
/// are its own business.
fn services_as(state: &ServerState, recorded: Option<&ServerState>) -> bool {
    recorded.is_some_and(|recorded| {
        recorded.services.iter().all(|was| {
            let now = state.services.iter().find(|it| it.name == was.name);
            now.is_some_and(|now| now.start == was.start && (now.running || !was.running))
        })
    })
}

/// `Unrestricted`, or `Blocked, disabled and moved now`.
fn activation_in_words(activation: Option<Activation>) -> String {
    match activation {
        None => "none".to_owned(),
        Some(it) if it.disabled_and_move_now => {
            format!("{:?}, disabled and moved now", it.policy)
        }
        Some(it) => format!("{:?}", it.policy),
    }
}

/// What differs from the recorded state in what an update must leave alone; empty if nothing does.
/// A requester that says nothing and one that says Active are the same.
#[must_use]
pub fn differences(state: &ServerState, recorded: &ServerState) -> Vec<String> {
    let mut found = Vec::new();
    let active = ComponentValue::Active;
    for word in recorded.components.iter().chain(&state.components) {
        let was = recorded.word_of(&word.component, word.requester).unwrap_or(active);
        let now = state.word_of(&word.component, word.requester).unwrap_or(active);
        let line = format!("{} ({:?}): {was:?} → {now:?}", word.component, word.requester);
        if was != now && !found.contains(&line) {
            found.push(line);
        }
    }
    for was in &recorded.services {
        match state.services.iter().find(|it| it.name == was.name) {
            None => found.push(format!("service {}: gone", was.name)),
            Some(now) if now.start != was.start => {
                found.push(format!("service {}: {:?} → {:?}", was.name, was.start, now.start));
            }
            Some(now) if was.running && !now.running => {
                found.push(format!("service {}: stopped", was.name));
            }
            Some(_) => {}
        }
    }
    if state.activation != recorded.activation {
        let (was, now) = (recorded.activation, state.activation);
        found.push(format!(
            "activation: {} → {}",
            activation_in_words(was),
            activation_in_words(now)
        ));
    }
    if state.node != recorded.node {
        let word = |node: Option<NodeState>| node.map_or("none".to_owned(), |it| format!("{it:?}"));
        found.push(format!("cluster node: {} → {}", word(recorded.node), word(state.node)));
    }
    for lost in recorded.mitigations.difference(&state.mitigations) {
        found.push(format!("mitigation {lost}: lost"));
    }
    found
}

/// In service, as recorded, and healthy.
fn in_service_again(state: &ServerState, recorded: Option<&ServerState>) -> Proof {
    let Some(recorded) = recorded else { return Proof::NotYet("its state to be recorded") };
    if as_recorded(state, recorded) {
        let healthy = state.node.is_none() || state.copies_healthy == Some(true);
        if !healthy {
            return Proof::NotYet("database copies to become healthy");
        }
        return Proof::when(state.probes_pass == Some(true), "the probes to pass");
    }
    Proof::NotYet("component states and services to be as recorded")
}

/// [`differences`] without their texts: asked often.
fn as_recorded(state: &ServerState, recorded: &ServerState) -> bool {
    state.activation == recorded.activation
        && state.node == recorded.node
        && recorded.mitigations.is_subset(&state.mitigations)
        && services_as(state, Some(recorded))
        && components_as(state, recorded)
}

fn components_as(state: &ServerState, recorded: &ServerState) -> bool {
    let active = ComponentValue::Active;
    let same = |component: &str, requester| {
        let was = recorded.word_of(component, requester).unwrap_or(active);
        was == state.word_of(component, requester).unwrap_or(active)
    };
    state.components == recorded.components
        || recorded
            .components
            .iter()
            .chain(&state.components)
            .all(|it| same(&it.component, it.requester))
}

fn soaked(
    minutes: u32,
    state: &ServerState,
    recorded: Option<&ServerState>,
    given: Option<Given>,
) -> Proof {
    let Some(given) = given else { return Proof::NotYet("the soak to begin") };
    if in_service_again(state, recorded) != Proof::Proved {
        return Proof::Failed("the server did not stay healthy".to_owned());
    }
    let over = given.ago >= SignedDuration::from_mins(i64::from(minutes));
    Proof::when(over, "the soak to end")
}

fn repaired(
    repair: Repair,
    state: &ServerState,
    recorded: Option<&ServerState>,
    given: Option<Given>,
) -> Proof {
    match repair {
        Repair::Services => Proof::when(services_as(state, recorded), "services to start"),
        Repair::StopInstaller => {
            let running = matches!(state.installer, Installer::Running { .. });
            Proof::when(!running, "the installer to stop")
        }
        Repair::Components => {
            let same = recorded.is_some_and(|it| {
                it.components.iter().chain(&state.components).all(|word| {
                    word.requester != Requester::Functional
                        || state.word_of(&word.component, word.requester)
                            == it.word_of(&word.component, word.requester)
                        || state.word_of(&word.component, word.requester)
                            == Some(ComponentValue::Active)
                })
            });
            Proof::when(same, "components to be as recorded")
        }
        // Nothing on the server shows these; the next try does.
        Repair::InstallerCache | Repair::DirectorySite => {
            let minute = SignedDuration::from_mins(1);
            Proof::when(given.is_some_and(|it| it.ago >= minute), "the repair to end")
        }
    }
}

#[cfg(test)]
mod tests;
