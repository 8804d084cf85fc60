//! What happens by itself as time passes.

use exward_core::blueprint::Action;
use exward_drive::effects::Work;
use exward_drive::state::{Installer, StartType};

use super::{Fault, Fleet};

/// Something that happens to a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Event {
    /// An order takes effect.
    Applied(Work),
    /// Queues are empty.
    QueuesEmpty,
    /// The installer ends: its order, and what it installs.
    Installed(u32, Action),
    /// Windows is up again.
    Booted,
    /// The network is there.
    Reachable,
    /// Copies on it have caught up; void after a later start of Windows than this one.
    CopiesHealthy(u32),
    /// Active databases come back to it.
    ActivesReturn,
    /// The witness of its DAG is there again.
    WitnessBack,
}

impl Fleet {
    pub(super) fn happens(&mut self, index: usize, event: Event) {
        let up = self.machines.get(index).is_some_and(|it| it.reachable);
        match event {
            Event::Applied(_) | Event::QueuesEmpty if !up => {}
            Event::Applied(work) => self.applied(index, work),
            Event::QueuesEmpty => self.change(index, |it| it.queued_messages = 0),
            Event::Installed(order, action) => self.installed(index, order, action),
            Event::Booted => self.booted(index),
            Event::Reachable => {
                if let Some(machine) = self.machines.get_mut(index) {
                    machine.reachable = true;
                }
                self.change(index, |_| {});
                self.catch_up(index);
            }
            Event::CopiesHealthy(boot) => {
                let since = self.machines.get(index).map(|it| it.state.boot);
                if up && since == Some(boot) {
                    self.change(index, |it| it.copies_healthy = Some(true));
                }
            }
            Event::ActivesReturn => self.actives_return(index),
            Event::WitnessBack => self.witness(index, true),
        }
    }

    pub(super) fn booted(&mut self, index: usize) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let again = machine.strikes(Fault::RebootAgain, 1) || machine.has(Fault::RebootLoop);
        let late = machine.strikes(Fault::NetworkLate, 1);
        let in_dag = machine.group.is_some();
        machine.reachable = !late;
        machine.turned_away = None;
        self.change(index, |it| {
            it.boot = it.boot.saturating_add(1);
            it.pending_reboot = Some(again);
            for service in &mut it.services {
                service.running |= service.start == StartType::Automatic;
            }
            if matches!(it.installer, Installer::Running { .. }) {
                it.installer = Installer::Idle;
            }
            it.copies_healthy = in_dag.then_some(false);
        });
        if late {
            self.later(index, 30, Event::Reachable);
        } else {
            self.catch_up(index);
        }
    }

    /// Copies on a machine that is back catch up.
    fn catch_up(&mut self, index: usize) {
        let Some(machine) = self.machines.get(index) else { return };
        if machine.group.is_some() && !machine.has(Fault::CopiesSick) {
            let boot = machine.state.boot;
            let minutes = self.minutes(index, 15);
            self.later(index, minutes, Event::CopiesHealthy(boot));
        }
    }
}
