//! The handle: what an executor sees of the estate, and its clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exward_core::fleet::{DagName, Inventory, ServerName};
use exward_drive::clock::{Clock, Waited};
use exward_drive::effects::{EffectError, Effects, Order};
use exward_drive::state::{DagState, ServerState};
use jiff::Timestamp;

use super::Fleet;

/// A handle on one estate; clones are the same estate.
#[derive(Clone, Debug)]
pub struct SharedFleet(Arc<Mutex<Fleet>>);

impl SharedFleet {
    /// A handle on this estate.
    #[must_use]
    pub fn new(fleet: Fleet) -> Self {
        Self(Arc::new(Mutex::new(fleet)))
    }

    /// The estate itself.
    pub fn lock(&self) -> MutexGuard<'_, Fleet> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The estate as somebody would write it down now.
    #[must_use]
    pub fn inventory(&self) -> Inventory {
        self.lock().inventory()
    }
}

impl Effects for SharedFleet {
    fn server(&mut self, server: &ServerName) -> Result<Arc<ServerState>, EffectError> {
        let fleet = self.lock();
        let machine = fleet.names.get(server).and_then(|it| fleet.machines.get(*it));
        match machine {
            Some(machine) if machine.reachable => Ok(Arc::clone(&machine.state)),
            _ => Err(EffectError::Unreachable { server: server.to_string() }),
        }
    }

    fn dag(&mut self, dag: &DagName) -> Result<Arc<DagState>, EffectError> {
        let mut fleet = self.lock();
        let place = fleet.group_names.get(dag).copied();
        let seen = place.and_then(|it| fleet.see(it));
        seen.ok_or_else(|| EffectError::Unreachable { server: dag.to_string() })
    }

    fn order(&mut self, order: &Order<'_>) -> Result<(), EffectError> {
        self.lock().obey(order)
    }
}

impl Clock for SharedFleet {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    fn wait_until(&mut self, until: Timestamp) -> Waited {
        self.lock().pass(until);
        Waited::Reached
    }
}
