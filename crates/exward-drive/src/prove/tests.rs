//! X7 of installations: `Current` means the build, whatever the installer and its log claim.

use std::collections::BTreeSet;

use super::*;

const OLD: &str = "15.2.2562.17";
const NEW: &str = "15.2.2562.37";

/// A server whose installer has ended like this, at this build.
fn ended(build: &str, code: i64, log: LogClaim) -> ServerState {
    ServerState {
        build: build.parse().ok(),
        boot: 1,
        pending_reboot: Some(false),
        components: Vec::new(),
        services: Vec::new(),
        node: None,
        activation: None,
        active_copies: 0,
        primary_active_manager: false,
        queued_messages: 0,
        installer: Installer::Ended { order: 3, code, log },
        prerequisites: BTreeSet::new(),
        mitigations: BTreeSet::new(),
        copies_healthy: None,
        probes_pass: Some(true),
    }
}

#[track_caller]
fn check(build: &str, code: i64, log: LogClaim, proved: bool) {
    let state = ended(build, code, log);
    let work = Work::Step(Action::InstallSu(NEW.parse().unwrap()));
    let given = Given { number: 3, boot: 1, ago: SignedDuration::from_mins(20) };
    let proof = prove(work, &state, None, Some(given));
    let what = &state.installer;
    assert_eq!(proof == Proof::Proved, proved, "X7: at {build} with {what:?}: {proof:?}");
}

#[test]
fn an_installation_is_proved_by_its_build_alone() {
    check(NEW, 0, LogClaim::Completed, true);
    check(OLD, 0, LogClaim::Completed, false); // files are old, whatever code and log say
    check(OLD, 3010, LogClaim::Completed, false);
    check(NEW, 1603, LogClaim::Failed(None), true); // the files are new all the same
    check(NEW, 0, LogClaim::Missing, true);
    check(OLD, 0, LogClaim::CutOff, false);
}
