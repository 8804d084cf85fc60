//! A journal in memory, for simulations. It forgets everything with the process, so that J2 holds only as
//! long as its owner lives; clones share one memory, as two executors share one database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exward_core::blueprint::BlueprintId;
use jiff::Timestamp;

use super::{Approval, Command, Commanded, Entry, Journal, JournalError, Lease, Written};

/// A journal in memory. Clones are the same journal.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    epoch: u64,
    owner: Option<String>,
    current: Option<BlueprintId>,
    rollouts: BTreeMap<BlueprintId, Rollout>,
}

#[derive(Debug, Default)]
struct Rollout {
    parent: Option<BlueprintId>,
    approvals: Vec<Approval>,
    entries: Vec<Written>,
    commands: Vec<Commanded>,
}

impl MemoryJournal {
    /// Says that the holder of the lease is dead, so that another one may take it.
    pub fn owner_died(&self) {
        self.memory().owner = None;
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn kept(&mut self, id: BlueprintId) -> Result<&mut Rollout, JournalError> {
        let what = || JournalError::Damaged { what: format!("blueprint {id} is not kept in it") };
        self.rollouts.get_mut(&id).ok_or_else(what)
    }
}

fn next(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).saturating_add(1)
}

impl Journal for MemoryJournal {
    fn keep(
        &mut self,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        _bytes: &[u8],
    ) -> Result<(), JournalError> {
        let mut memory = self.memory();
        memory.rollouts.entry(id).or_insert_with(|| Rollout { parent, ..Rollout::default() });
        Ok(())
    }

    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError> {
        self.memory().kept(id)?.approvals.push(approval.clone());
        Ok(())
    }

    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError> {
        Ok(self.memory().rollouts.get(&id).map(|it| it.approvals.clone()).unwrap_or_default())
    }

    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError> {
        let mut memory = self.memory();
        let (parent, current) = (memory.kept(id)?.parent, memory.current);
        if current != Some(id) && parent != current {
            return Err(JournalError::NotAChild { parent, current });
        }
        memory.current = Some(id);
        Ok(())
    }

    fn current(&mut self) -> Result<Option<BlueprintId>, JournalError> {
        Ok(self.memory().current)
    }

    fn lease(&mut self, owner: &str) -> Result<Lease, JournalError> {
        let mut memory = self.memory();
        if let Some(owner) = &memory.owner {
            return Err(JournalError::Held { owner: owner.clone() });
        }
        memory.owner = Some(owner.to_owned());
        memory.epoch = memory.epoch.saturating_add(1);
        Ok(Lease { epoch: memory.epoch })
    }

    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError> {
        let mut memory = self.memory();
        if memory.epoch != lease.epoch {
            return Err(JournalError::LeaseLost { newest: memory.epoch, ours: lease.epoch });
        }
        let entries = &mut memory.kept(id)?.entries;
        let sequence = next(entries.len());
        entries.push(Written { sequence, at, entry: entry.clone() });
        Ok(sequence)
    }

    fn entries(&mut self, id: BlueprintId) -> Result<Vec<Written>, JournalError> {
        Ok(self.memory().rollouts.get(&id).map(|it| it.entries.clone()).unwrap_or_default())
    }

    fn command(
        &mut self,
        id: BlueprintId,
        at: Timestamp,
        by: &str,
        command: Command,
    ) -> Result<(), JournalError> {
        let mut memory = self.memory();
        let rollout = memory.kept(id)?;
        let after_entry = u64::try_from(rollout.entries.len()).unwrap_or(u64::MAX);
        let sequence = next(rollout.commands.len());
        rollout.commands.push(Commanded { sequence, after_entry, at, by: by.to_owned(), command });
        Ok(())
    }

    fn commands(&mut self, id: BlueprintId, after: u64) -> Result<Vec<Commanded>, JournalError> {
        let memory = self.memory();
        let Some(rollout) = memory.rollouts.get(&id) else { return Ok(Vec::new()) };
        let after = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(rollout.commands.get(after..).map(<[_]>::to_vec).unwrap_or_default())
    }
}
