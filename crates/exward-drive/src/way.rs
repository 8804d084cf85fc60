//! The ways that are no part of a blueprint: back into service as it was, and out of service to stay.
//!
//! Both are made of the blueprint's own actions. Each step looks first whether it is so already, so that
//! one list serves whatever had been done before.

use exward_core::blueprint::{Action, ServerUpdate, Step};

/// Back into service, for a member of a DAG. Services and mitigations first, so that nothing returns
/// without them (X5).
const BACK_MEMBER: [Step; 7] = [
    step(Action::RestoreServices, 30),
    step(Action::RestoreMitigations, 30),
    step(Action::GoOnline, 20),
    step(Action::ResumeNode, 20),
    step(Action::RestoreActivation, 20),
    step(Action::ResumeTransport, 20),
    step(Action::ProveService, 120),
];

/// The same for a server in no DAG.
const BACK_STANDALONE: [Step; 5] = [
    step(Action::RestoreServices, 30),
    step(Action::RestoreMitigations, 30),
    step(Action::GoOnline, 20),
    step(Action::ResumeTransport, 20),
    step(Action::ProveService, 120),
];

/// Out of service, for a member of a DAG: nothing becomes active there, and no client is served.
const ISOLATE_MEMBER: [Step; 3] =
    [step(Action::SuspendNode, 20), step(Action::BlockActivation, 20), step(Action::GoOffline, 20)];

/// The same for a server in no DAG.
const ISOLATE_STANDALONE: [Step; 1] = [step(Action::GoOffline, 20)];

const fn step(action: Action, deadline_minutes: u32) -> Step {
    Step { action, expected_minutes: 2, deadline_minutes }
}

/// The way back for this server.
#[must_use]
pub fn back(update: &ServerUpdate) -> &'static [Step] {
    if update.dag.is_some() { &BACK_MEMBER } else { &BACK_STANDALONE }
}

/// The way out for this server.
#[must_use]
pub fn isolate(update: &ServerUpdate) -> &'static [Step] {
    if update.dag.is_some() { &ISOLATE_MEMBER } else { &ISOLATE_STANDALONE }
}

#[cfg(test)]
mod tests;
