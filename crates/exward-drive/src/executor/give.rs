//! Whether a step may be done now, and the order itself.

use exward_core::blueprint::{Action, ServerUpdate, Stage};

use super::turn::unreachable;
use super::{DriveError, Executor};
use crate::clock::Clock;
use crate::effects::{EffectError, Effects, Order, Work};
use crate::gates::may_leave;
use crate::journal::{Entry, Journal};
use crate::progress::OpenOrder;
use crate::prove::is_offline;
use crate::state::{Installer, ServerState};
use crate::watch::Watch;

impl<E: Effects, J: Journal, C: Clock, W: Watch> Executor<'_, E, J, C, W> {
    /// Whether a step may be done now; an inner error says what is waited for.
    pub(super) fn may(
        &mut self,
        update: &ServerUpdate,
        action: Action,
        state: &ServerState,
    ) -> Result<Result<(), String>, DriveError> {
        if action.stage() == Stage::Install {
            if self.leaves_service(update) && !is_offline(state) {
                return Ok(Err("the server to be out of service".to_owned()));
            }
            if state.pending_reboot != Some(false) {
                return Ok(Err("no restart to be pending".to_owned()));
            }
        }
        if matches!(state.installer, Installer::Running { .. }) && touches_installer(action) {
            return Ok(Err("another installer to end".to_owned()));
        }
        self.gate(update, action)
    }

    /// True if the recipe takes the server out of service; a machine with the tools alone has none.
    fn leaves_service(&self, update: &ServerUpdate) -> bool {
        let steps = self.approved.blueprint().steps(update);
        steps.iter().any(|it| it.action == Action::GoOffline)
    }

    /// Whether a cure may be done now.
    pub(super) fn may_cure(
        &mut self,
        update: &ServerUpdate,
        work: Work,
    ) -> Result<Result<(), String>, DriveError> {
        match work {
            Work::Step(action) => self.gate(update, action),
            Work::Repair(_) => Ok(Ok(())),
        }
    }

    /// The gates of the DAG, before every order that takes service away (X1, X2, X3).
    fn gate(
        &mut self,
        update: &ServerUpdate,
        action: Action,
    ) -> Result<Result<(), String>, DriveError> {
        let takes = matches!(action.stage(), Stage::Leave | Stage::Install);
        let (true, Some(dag)) = (takes, &update.dag) else { return Ok(Ok(())) };
        match self.effects.dag(dag) {
            Ok(seen) => Ok(may_leave(&seen, &update.server, &self.approved.blueprint().gates)),
            Err(error) => unreachable(error).map(|()| Err(format!("{dag} to be seen"))),
        }
    }

    /// Writes an intent and gives its order.
    pub(super) fn intend(
        &mut self,
        index: usize,
        update: &ServerUpdate,
        work: Work,
        cure: bool,
        state: &ServerState,
    ) -> Result<(), DriveError> {
        let Some(progress) = self.progress.get(index) else { return Ok(()) };
        let number = progress.orders.saturating_add(1);
        let step = progress.place;
        let server = update.server.clone();
        let entry = Entry::Intent { server, number, step, work, cure, boot: state.boot };
        self.append(&entry, Some(index))?;
        let Some((_, open)) = self.open(index) else { return Ok(()) };
        if let Some(why) = self.give(index, update, open)? {
            self.fail(index, why, Some(state))?;
        }
        Ok(())
    }

    /// Gives an order; says why it was refused, if it was.
    pub(super) fn give(
        &mut self,
        index: usize,
        update: &ServerUpdate,
        open: OpenOrder,
    ) -> Result<Option<String>, DriveError> {
        let recorded = self.progress.get(index).and_then(|it| it.recorded.clone());
        let order = Order {
            authority: self.authority,
            blueprint: self.approved.id(),
            server: &update.server,
            number: open.number,
            work: open.work,
            recorded: recorded.as_deref(),
            redirect_to: update.redirect_to.as_ref(),
        };
        let given = self.effects.order(&order);
        if let Some(sent) = self.sent.get_mut(index) {
            *sent = given.is_ok();
        }
        match given {
            Ok(()) => Ok(None),
            Err(EffectError::Refused { why, .. }) => Ok(Some(format!("refused: {why}"))),
            Err(error) => unreachable(error).map(|()| None),
        }
    }
}

/// True if an installer that runs would stand in the way.
const fn touches_installer(action: Action) -> bool {
    matches!(action.stage(), Stage::Install) || matches!(action, Action::Restart)
}
