//! Installers: they take time, and end in every way that is known.

use std::sync::Arc;

use exward_core::blueprint::Action;
use exward_core::build::Build;
use exward_drive::effects::{EffectError, Order};
use exward_drive::state::{ComponentValue, Installer, LogClaim, Requester, StartType};

use super::events::Event;
use super::orders::put;
use super::{Fault, Fleet};

impl Fleet {
    /// Starts an installer.
    pub(super) fn install(
        &mut self,
        index: usize,
        order: &Order<'_>,
        action: Action,
    ) -> Result<(), EffectError> {
        let Some(machine) = self.machines.get_mut(index) else { return Ok(()) };
        let exchange = build_of(action).is_some();
        if exchange && machine.has(Fault::Withdrawn) {
            let why = "the package was withdrawn".to_owned();
            return Err(EffectError::Refused { server: order.server.to_string(), why });
        }
        if matches!(machine.state.installer, Installer::Running { .. }) {
            machine.turned_away = Some(order.number);
            return Ok(());
        }
        let hangs = exchange && machine.has(Fault::SetupHangs);
        let near = match (exchange, matches!(action, Action::InstallCu(_))) {
            (true, true) => 75,
            (true, false) => 25,
            (false, _) => 5,
        };
        let (since, number) = (self.now, order.number);
        let order = Some(number);
        self.change(index, |it| {
            it.installer = Installer::Running { since, order };
            for service in it.services.iter_mut().filter(|_| exchange) {
                service.running = false;
                service.start = StartType::Disabled;
            }
        });
        let gone = exchange
            && self.machines.get(index).is_some_and(|it| it.has(Fault::MachineGoneInstalling));
        if gone {
            if let Some(machine) = self.machines.get_mut(index) {
                machine.reachable = false;
            }
            self.change(index, |_| {});
        } else if !hangs {
            let minutes = self.minutes(index, near);
            self.later(index, minutes, Event::Installed(number, action));
        }
        Ok(())
    }

    /// An installer ends.
    pub(super) fn installed(&mut self, index: usize, order: u32, action: Action) {
        let Some(machine) = self.machines.get(index) else { return };
        // A restart or a repair has ended it before.
        let ours = matches!(machine.state.installer, Installer::Running { order: it, .. } if it == Some(order));
        if !ours {
            return;
        }
        match build_of(action) {
            None => self.prerequisite(index, order, action),
            Some(build) => match self.refusal(index, build, action) {
                Some((code, log)) => self.refused(index, order, code, log),
                None => self.replaced(index, order, build, action),
            },
        }
        let turned_away = self.machines.get_mut(index).and_then(|it| it.turned_away.take());
        if let Some(order) = turned_away {
            let log = LogClaim::Missing;
            self.change(index, |it| it.installer = Installer::Ended { order, code: 1618, log });
        }
    }

    fn prerequisite(&mut self, index: usize, order: u32, action: Action) {
        let Action::InstallPrerequisite(it) = action else { return };
        let name: Arc<str> = it.name().into();
        self.change(index, |it| {
            it.prerequisites.insert(name);
            it.installer = Installer::Ended { order, code: 0, log: LogClaim::Completed };
        });
    }

    /// How an installation fails before it changes the files, if it does.
    fn refusal(&mut self, index: usize, build: Build, action: Action) -> Option<(i64, LogClaim)> {
        let machine = self.machines.get_mut(index)?;
        let installed = machine.state.build?;
        let said = |cause: &str| LogClaim::Failed(Some(cause.into()));
        let is_su = matches!(action, Action::InstallSu(_));
        if machine.has(Fault::WrongPackage) || (is_su && installed.prefix() != build.prefix()) {
            return Some((1642, LogClaim::Missing));
        }
        if machine.has(Fault::OtherInstallerStays) || machine.strikes(Fault::OtherInstaller, 2) {
            return Some((1618, LogClaim::Missing));
        }
        if machine.has(Fault::CacheMissing) {
            return Some((1612, said("msi-source-missing")));
        }
        if machine.has(Fault::SiteLost) {
            return Some((1, said("prerequisite:DomainControllerIsOutOfSite")));
        }
        if machine.strikes(Fault::FileLocked, 1) || machine.has(Fault::SetupBroken) {
            return Some((1603, LogClaim::Failed(None)));
        }
        if machine.strikes(Fault::SetupKilled, 1) {
            return Some((1, LogClaim::CutOff));
        }
        if machine.strikes(Fault::LogLies, 1) || machine.has(Fault::LogLiesAlways) {
            return Some((0, LogClaim::Completed));
        }
        None
    }

    /// The files are the old ones. Who refused before the start has left services as they were.
    fn refused(&mut self, index: usize, order: u32, code: i64, log: LogClaim) {
        let Some(machine) = self.machines.get(index) else { return };
        let before = !matches!(code, 1603 | 1) || matches!(log, LogClaim::Failed(Some(_)));
        let services = machine.initial.services.clone();
        self.change(index, |it| {
            it.installer = Installer::Ended { order, code, log };
            if before {
                it.services = services;
            }
        });
    }

    /// The files are the new ones.
    fn replaced(&mut self, index: usize, order: u32, build: Build, action: Action) {
        let is_cu = matches!(action, Action::InstallCu(_));
        self.proved_once(index, build);
        let Some(machine) = self.machines.get_mut(index) else { return };
        let disabled = machine.has(Fault::ServicesDisabled) || machine.has(Fault::ServicesDead);
        let denies = machine.strikes(Fault::LogDenies, 1);
        let functional = machine.strikes(Fault::FunctionalLeft, 1);
        let services = machine.initial.services.clone();
        let (code, log) = match (denies, is_cu) {
            (true, _) => (1603, LogClaim::Failed(None)),
            (false, true) => (0, LogClaim::Completed),
            (false, false) => (3010, LogClaim::Completed),
        };
        self.change(index, |it| {
            it.build = Some(build);
            it.pending_reboot = Some(true);
            it.installer = Installer::Ended { order, code, log };
            if is_cu {
                // What a rule in a web.config had mitigated is overwritten.
                it.mitigations.retain(|it| &**it == "PING1");
            }
            if functional {
                put(it, "ServerWideOffline", Requester::Functional, ComponentValue::Inactive);
            }
            if !disabled {
                it.services = services;
            }
        });
    }
}

const fn build_of(action: Action) -> Option<Build> {
    if let Action::InstallCu(build) | Action::InstallSu(build) = action {
        Some(build)
    } else {
        None
    }
}
