//! What to do when a step has failed: a fixed table from the evidence to the next try.
//!
//! # Invariants
//! * **C1 bounded.** Every failure has a finite list of cures; when it is used up the step is given up.
//! * **C2 typed.** A cure is a work of the same kind as a step, journaled and proved like one.
//!
//! Sources: `notes/updating.md` 1.2, 1.3 and 6; "Fix failed Exchange Server updates", Microsoft Learn.

use exward_core::blueprint::{Action, Stage};
use exward_core::build::Build;

use crate::effects::{Repair, Work};
use crate::state::{Installer, LogClaim, ServerState};

/// One try to cure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cure {
    /// Wait so many minutes, then try the step again.
    Wait(i64),
    /// Do this, then try the step again.
    Do(Work),
}

/// What becomes of a failed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another try.
    Cure(Cure),
    /// Back into service as it was: nothing beyond return has happened.
    Back,
    /// Out of service, for a person.
    Isolate,
}

const RESTART: Cure = Cure::Do(Work::Step(Action::Restart));
const SERVICES: Cure = Cure::Do(Work::Repair(Repair::Services));
const COMPONENTS: Cure = Cure::Do(Work::Repair(Repair::Components));
const AGAIN: Cure = Cure::Wait(5);

/// Where the failed step stands.
#[derive(Clone, Copy, Debug)]
pub struct Failed<'s> {
    /// The step.
    pub action: Action,
    /// Failures of this step until now, from 1.
    pub times: usize,
    /// True if an installation was begun.
    pub past_return: bool,
    /// True if an installation failed that may have changed something.
    pub harmed: bool,
    /// The server's build before the update.
    pub from: Build,
    /// What the server looks like; `None`: it does not answer.
    pub state: Option<&'s ServerState>,
}

/// The next try, or the end of trying.
#[must_use]
pub fn next(failed: &Failed<'_>) -> Next {
    if !failed.past_return && failed.action.stage() <= Stage::Leave {
        // A restart that left a restart pending often needs just one more.
        let once_more = failed.action == Action::Restart && failed.times == 1;
        return if once_more && failed.state.is_some() { Next::Cure(AGAIN) } else { Next::Back };
    }
    let tried = failed.times.saturating_sub(1);
    if let Some(cure) = cures(failed).get(tried) {
        return Next::Cure(*cure);
    }
    let unchanged = failed.state.is_some_and(|it| it.build == Some(failed.from));
    let installing = failed.action.stage() == Stage::Install;
    if installing && unchanged && !failed.harmed { Next::Back } else { Next::Isolate }
}

/// The cures for a failure, in the order in which they are tried.
fn cures(failed: &Failed<'_>) -> &'static [Cure] {
    let action = failed.action;
    match action.stage() {
        Stage::Install => failed.state.map_or(&[AGAIN], installer_cures),
        Stage::Prove if action == Action::RestoreMitigations => &[AGAIN],
        Stage::Prove => &[SERVICES, RESTART],
        Stage::Return => &[COMPONENTS, AGAIN],
        Stage::Watch if action == Action::ProveService => &[COMPONENTS, SERVICES],
        // A restart between installations; before them the way is back.
        Stage::Leave if action == Action::Restart => &[AGAIN],
        // Who was healthy and is so no longer has no known cause: no cure is safe.
        Stage::Look | Stage::Leave | Stage::Watch => &[],
    }
}

/// Cures of a failed installation, by what its installer left.
fn installer_cures(state: &ServerState) -> &'static [Cure] {
    const STOP: Cure = Cure::Do(Work::Repair(Repair::StopInstaller));
    const CACHE: Cure = Cure::Do(Work::Repair(Repair::InstallerCache));
    const SITE: Cure = Cure::Do(Work::Repair(Repair::DirectorySite));
    if state.pending_reboot == Some(true) {
        return &[RESTART, RESTART];
    }
    match &state.installer {
        Installer::Running { .. } => &[STOP, RESTART],
        Installer::Ended { code: 1618, .. } => &[Cure::Wait(15), Cure::Wait(30), Cure::Wait(60)],
        Installer::Ended { code: 1612, .. } => &[CACHE, RESTART],
        // The package is for another CU, or is none at all: the same one will not do it.
        Installer::Ended { code: 1642 | 1619 | 1635 | 1636, .. } => &[],
        Installer::Ended { log: LogClaim::Failed(Some(cause)), .. } => match &**cause {
            "msi-source-missing" => &[CACHE, RESTART],
            "another-installer-running" => &[Cure::Wait(15), Cure::Wait(30), Cure::Wait(60)],
            "prerequisite:NotInDC2Site" | "prerequisite:DomainControllerIsOutOfSite" => {
                &[SITE, SITE]
            }
            "no-suitable-dc" => &[SITE, AGAIN],
            "service-disabled" | "servicecontrol-no-services" => &[SERVICES, RESTART],
            _ => &[RESTART],
        },
        Installer::Ended { .. } | Installer::Idle => &[RESTART],
    }
}

/// True if an installer has refused before it changed anything: the old build, and a result that says so.
#[must_use]
pub fn is_harmless(state: &ServerState, from: Build) -> bool {
    let Installer::Ended { code, log, .. } = &state.installer else { return false };
    let said = match log {
        LogClaim::Failed(Some(cause)) => {
            cause.starts_with("prerequisite:")
                || matches!(&**cause, "another-installer-running" | "wrong-cu")
        }
        LogClaim::Failed(None) | LogClaim::Completed | LogClaim::CutOff | LogClaim::Missing => {
            false
        }
    };
    state.build == Some(from) && (said || matches!(code, 1618 | 1619 | 1635 | 1636 | 1642))
}
