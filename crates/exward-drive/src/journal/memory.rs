//! A journal in memory, for simulations. It forgets everything with the process, so that J2 holds only as
//! long as its owner lives; clones share one memory, as two executors share one database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use exward_core::blueprint::BlueprintId;
use jiff::Timestamp;

use super::{Approval, Command, Commanded, Entry, Journal, JournalError, Lease, Line, Written};

/// A journal in memory. Clones are the same journal.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    /// The newest of all lines.
    epoch: u64,
    lines: BTreeMap<Line, State>,
    rollouts: BTreeMap<BlueprintId, Rollout>,
}

/// What a line has.
#[derive(Debug, Default)]
struct State {
    /// Of its newest lease.
    epoch: u64,
    owner: Option<String>,
    current: Option<BlueprintId>,
}

#[derive(Debug, Default)]
struct Rollout {
    line: Line,
    parent: Option<BlueprintId>,
    approvals: Vec<Approval>,
    entries: Vec<Written>,
    commands: Vec<Commanded>,
}

impl MemoryJournal {
    /// Says that whoever holds a lease is dead, in every line, so that others may take them.
    pub fn owner_died(&self) {
        for line in self.memory().lines.values_mut() {
            line.owner = None;
        }
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

    /// The line of a blueprint that is kept.
    fn line_of(&mut self, id: BlueprintId) -> Result<&mut State, JournalError> {
        let line = self.kept(id)?.line;
        Ok(self.lines.entry(line).or_default())
    }
}

fn next(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX).saturating_add(1)
}

impl Journal for MemoryJournal {
    fn keep(
        &mut self,
        line: Line,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        _bytes: &[u8],
    ) -> Result<(), JournalError> {
        let mut memory = self.memory();
        memory.rollouts.entry(id).or_insert_with(|| Rollout { line, parent, ..Rollout::default() });
        Ok(())
    }

    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError> {
        self.memory().kept(id)?.approvals.push(approval.clone());
        Ok(())
    }

    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError> {
        Ok(self.memory().rollouts.get(&id).map(|it| it.approvals.clone()).unwrap_or_default())
    }

    fn line(&mut self, id: BlueprintId) -> Result<Option<Line>, JournalError> {
        Ok(self.memory().rollouts.get(&id).map(|it| it.line))
    }

    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError> {
        let mut memory = self.memory();
        let parent = memory.kept(id)?.parent;
        let line = memory.line_of(id)?;
        Line::follows(id, parent, line.current)?;
        line.current = Some(id);
        Ok(())
    }

    fn current(&mut self, line: Line) -> Result<Option<BlueprintId>, JournalError> {
        Ok(self.memory().lines.get(&line).and_then(|it| it.current))
    }

    fn lease(&mut self, id: BlueprintId, owner: &str) -> Result<Lease, JournalError> {
        let mut memory = self.memory();
        let epoch = memory.epoch.saturating_add(1);
        let line = memory.line_of(id)?;
        if let Some(owner) = &line.owner {
            return Err(JournalError::Held { owner: owner.clone() });
        }
        line.owner = Some(owner.to_owned());
        line.epoch = epoch;
        memory.epoch = epoch;
        Ok(Lease { epoch })
    }

    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError> {
        let mut memory = self.memory();
        let newest = memory.line_of(id)?.epoch;
        if newest != lease.epoch {
            return Err(JournalError::LeaseLost { newest, ours: lease.epoch });
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
