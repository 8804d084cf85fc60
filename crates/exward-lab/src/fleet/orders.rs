//! What an order does: at once, and what it begins.

use std::sync::Arc;

use exward_core::blueprint::{Action, Stage};
use exward_drive::effects::{EffectError, Order, Repair, Work};
use exward_drive::state::{
    Activation, ActivationPolicy, ComponentState, ComponentValue, Installer, NodeState, Requester,
    ServerState,
};

use super::events::Event;
use super::{Fault, Fleet};

impl Fleet {
    /// Carries an order out, once (F2).
    pub(super) fn obey(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        let server = || order.server.to_string();
        let index = self.names.get(order.server).copied();
        let Some((index, machine)) = index.and_then(|it| Some((it, self.machines.get_mut(it)?)))
        else {
            let why = "there is no such server".to_owned();
            return Err(EffectError::Refused { server: server(), why });
        };
        if !machine.reachable {
            return Err(EffectError::Unreachable { server: server() });
        }
        if order.authority < machine.authority {
            let newest = machine.authority;
            return Err(EffectError::Stale { server: server(), newest });
        }
        machine.authority = order.authority;
        // Half of the lost orders have arrived; only the answer was lost.
        let lost = machine.has(Fault::OrdersLost) && machine.dice.chance(0.3);
        if lost && machine.dice.chance(0.5) {
            return Err(EffectError::Unreachable { server: server() });
        }
        let seen = machine.orders.get(&order.blueprint).copied().unwrap_or(0);
        if order.number > seen {
            self.watch(index, order);
            self.carry_out(index, order)?;
        } else {
            self.watch_number(index, order)?;
        }
        if lost { Err(EffectError::Unreachable { server: server() }) } else { Ok(()) }
    }

    pub(super) fn carry_out(&mut self, index: usize, order: &Order<'_>) -> Result<(), EffectError> {
        match order.work {
            Work::Step(action) if action.stage() == Stage::Install => {
                self.install(index, order, action)?;
            }
            Work::Step(Action::Restart) => self.restart(index),
            Work::Step(Action::EmptyQueues) => self.empty_queues(index),
            Work::Step(action) => self.act(index, action, order.recorded),
            Work::Repair(repair) => self.repair(index, repair, order.recorded),
        }
        // An order that was refused has had no effect, and is refused again.
        if let Some(machine) = self.machines.get_mut(index) {
            machine.orders.insert(order.blueprint, order.number);
        }
        self.carried_out(index, order);
        Ok(())
    }

    fn restart(&mut self, index: usize) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        machine.reachable = false;
        let (gone, hangs) = (machine.has(Fault::MachineGone), machine.has(Fault::RestartHangs));
        self.change(index, |it| {
            for service in &mut it.services {
                service.running = false;
            }
        });
        // The event of a machine that is gone never comes.
        if !gone {
            let minutes = self.minutes(index, if hangs { 1200 } else { 10 });
            self.later(index, minutes, Event::Booted);
        }
    }

    fn empty_queues(&mut self, index: usize) {
        let Some(machine) = self.machines.get(index) else { return };
        if machine.has(Fault::QueueStuck) {
            return;
        }
        let near = if machine.has(Fault::QueueSlow) { 120 } else { 6 };
        let minutes = self.minutes(index, near);
        self.later(index, minutes, Event::QueuesEmpty);
    }

    /// Steps that take effect within minutes; what they bring back comes with the order.
    fn act(&mut self, index: usize, action: Action, recorded: Option<&ServerState>) {
        if let Some(recorded) = recorded {
            if action == Action::RestoreServices {
                self.restore_services(index, recorded);
            } else if action == Action::RestoreMitigations {
                self.restore_mitigations(index, recorded);
            } else if action == Action::RestoreActivation {
                let activation = recorded.activation;
                self.change(index, |it| it.activation = activation);
            }
        }
        let minutes = self.minutes(index, 2);
        self.later(index, minutes, Event::Applied(Work::Step(action)));
    }

    /// An order of [`Fleet::act`] takes effect; on a machine that is down none does.
    pub(super) fn applied(&mut self, index: usize, work: Work) {
        let Work::Step(action) = work else { return };
        let set = |it: &mut ServerState, component: &str, value| {
            put(it, component, Requester::Maintenance, value);
        };
        match action {
            Action::DrainTransport => {
                self.change(index, |it| set(it, "HubTransport", ComponentValue::Draining));
            }
            Action::SuspendNode => self.change(index, |it| {
                it.node = it.node.map(|_| NodeState::Paused);
            }),
            Action::BlockActivation => self.change(index, |it| {
                let policy = ActivationPolicy::Blocked;
                it.activation = Some(Activation { policy, disabled_and_move_now: true });
            }),
            Action::MoveActives => self.moved(index),
            Action::GoOffline => {
                self.change(index, |it| set(it, "ServerWideOffline", ComponentValue::Inactive));
                self.mishaps(index);
            }
            Action::GoOnline => {
                self.change(index, |it| set(it, "ServerWideOffline", ComponentValue::Active));
            }
            Action::ResumeNode => {
                let stuck = self.machines.get(index).is_some_and(|it| it.has(Fault::NodeStuck));
                if !stuck {
                    self.change(index, |it| it.node = it.node.map(|_| NodeState::Up));
                }
            }
            Action::ResumeTransport => {
                self.change(index, |it| set(it, "HubTransport", ComponentValue::Active));
            }
            // They look, or have had their effect at once or by an event of their own.
            Action::RecordState
            | Action::EmptyQueues
            | Action::InstallPrerequisite(_)
            | Action::InstallCu(_)
            | Action::InstallSu(_)
            | Action::Restart
            | Action::RestoreServices
            | Action::RestoreMitigations
            | Action::ProveBuild(_)
            | Action::RestoreActivation
            | Action::ProveService
            | Action::Soak(_) => {}
        }
    }

    fn moved(&mut self, index: usize) {
        self.move_actives(index);
        let storm =
            self.machines.get_mut(index).is_some_and(|it| it.strikes(Fault::FailoverStorm, 1));
        if storm {
            self.later(index, 1, Event::ActivesReturn);
        }
    }

    /// What happens elsewhere while this machine is out.
    fn mishaps(&mut self, index: usize) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        let peer_fails = machine.strikes(Fault::PeerFails, 1);
        let witness_lost = machine.strikes(Fault::WitnessLost, 1);
        let place = machine.group;
        if witness_lost {
            self.witness(index, false);
            self.later(index, 240, Event::WitnessBack);
        }
        let peer = place
            .and_then(|it| self.groups.get(it))
            .and_then(|group| group.members.iter().copied().find(|it| *it != index));
        if peer_fails && let Some(peer) = peer.filter(|it| self.can_host(*it)) {
            if let Some(machine) = self.machines.get_mut(peer) {
                machine.reachable = false;
            }
            self.move_actives(peer);
            self.change(peer, |it| it.copies_healthy = Some(false));
            self.later(peer, 90, Event::Reachable);
        }
    }

    fn restore_services(&mut self, index: usize, recorded: &ServerState) {
        if self
            .machines
            .get(index)
            .is_some_and(|it| it.has(Fault::ServicesDead) && it.state.build != it.initial.build)
        {
            return;
        }
        let services = recorded.services.clone();
        self.change(index, |it| {
            for was in services {
                match it.services.iter_mut().find(|it| it.name == was.name) {
                    Some(now) => *now = was,
                    None => it.services.push(was),
                }
            }
        });
    }

    fn restore_mitigations(&mut self, index: usize, recorded: &ServerState) {
        let Some(machine) = self.machines.get_mut(index) else { return };
        if machine.has(Fault::MitigationGone) || machine.strikes(Fault::MitigationSlow, 1) {
            return;
        }
        let mitigations = recorded.mitigations.clone();
        self.change(index, |it| it.mitigations.extend(mitigations));
    }

    fn repair(&mut self, index: usize, repair: Repair, recorded: Option<&ServerState>) {
        match (repair, recorded) {
            (Repair::Services, Some(recorded)) => self.restore_services(index, recorded),
            (Repair::Components, Some(recorded)) => {
                let words: Vec<ComponentState> = recorded.components.clone();
                self.change(index, |it| {
                    it.components.retain(|now| {
                        now.requester != Requester::Functional
                            || words.iter().any(|was| {
                                was.component == now.component && was.requester == now.requester
                            })
                    });
                    for was in words {
                        if was.requester == Requester::Functional {
                            put(it, &was.component, was.requester, was.value);
                        }
                    }
                });
            }
            (Repair::InstallerCache, _) => self.cure(index, Fault::CacheMissing),
            (Repair::DirectorySite, _) => self.cure(index, Fault::SiteLost),
            (Repair::StopInstaller, _) => {
                self.cure(index, Fault::SetupHangs);
                if let Some(machine) = self.machines.get_mut(index) {
                    machine.turned_away = None;
                }
                self.change(index, |it| it.installer = Installer::Idle);
            }
            (Repair::Services | Repair::Components, None) => {}
        }
    }

    fn cure(&mut self, index: usize, fault: Fault) {
        if let Some(machine) = self.machines.get_mut(index) {
            machine.faults.retain(|(it, _)| *it != fault);
        }
    }
}

/// Writes a requester's word on a component.
pub(super) fn put(
    state: &mut ServerState,
    component: &str,
    requester: Requester,
    value: ComponentValue,
) {
    let mut words = state.components.iter_mut();
    match words.find(|it| &*it.component == component && it.requester == requester) {
        Some(word) => word.value = value,
        None => {
            let component: Arc<str> = component.into();
            state.components.push(ComponentState { component, requester, value });
            state.components.sort_unstable();
        }
    }
}
