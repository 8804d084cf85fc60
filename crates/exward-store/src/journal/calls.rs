//! What is asked of a journal, each in one transaction or one statement.

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{
    Approval, Command, Commanded, Entry, Journal, JournalError, Lease, Line, Written,
};
use jiff::Timestamp;
use sqlx::AnyConnection;

use super::failure::{failed, storage};
use super::lock::LeaseLock;
use super::{StoreJournal, Turn, bounded, line, open, sql};
use crate::store::StoreUrl;

/// Takes the lock of a line's lease in this database; `None`: somebody alive holds it.
async fn take_lock(
    connection: &mut AnyConnection,
    url: &StoreUrl,
    line: Line,
) -> Result<Option<LeaseLock>, JournalError> {
    match url {
        StoreUrl::Sqlite(path) => {
            LeaseLock::of_file(path, line).map_err(|it| storage("written", &url.to_string(), it))
        }
        StoreUrl::Postgres(_) => {
            LeaseLock::of_session(connection, line).await.map_err(failed("written"))
        }
    }
}

impl Journal for StoreJournal {
    fn keep(
        &mut self,
        line: Line,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        let work = async |it: &mut AnyConnection| sql::keep(it, line, id, parent, bytes).await;
        self.transaction(Turn::Write, "written", work)
    }

    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError> {
        self.transaction(Turn::Write, "written", async |connection| {
            sql::parent(connection, id).await?;
            sql::approve(connection, id, approval).await
        })
    }

    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError> {
        self.waiting("read", async |connection| sql::approvals(connection, id).await)
    }

    /// As the journal has it; of one that it does not keep, as the store has it.
    fn line(&mut self, id: BlueprintId) -> Result<Option<Line>, JournalError> {
        let engine = self.url.engine();
        self.transaction(Turn::Read, "read", async |connection| {
            if let Some(line) = line::of(connection, id).await? {
                return Ok(Some(line));
            }
            let has_owners = open::has_owners(engine, connection).await;
            if has_owners.map_err(failed("read"))? {
                return line::of_owner(connection, id).await;
            }
            Ok(None)
        })
    }

    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError> {
        self.transaction(Turn::Write, "written", async |connection| {
            let (parent, line) =
                (sql::parent(connection, id).await?, line::of_kept(connection, id).await?);
            let current = line::current(connection, line).await?;
            if current == Some(id) {
                return Ok(());
            }
            Line::follows(id, parent, current)?;
            line::set_current(connection, line, id).await
        })
    }

    fn current(&mut self, line: Line) -> Result<Option<BlueprintId>, JournalError> {
        self.waiting("read", async |connection| line::current(connection, line).await)
    }

    fn lease(&mut self, id: BlueprintId, owner: &str) -> Result<Lease, JournalError> {
        let (url, held) = (self.url.clone(), self.locks.keys().copied().collect::<Vec<_>>());
        let mut taken = None;
        // The lock is taken inside the transaction: whoever is refused then finds the right owner.
        let work = async |connection: &mut AnyConnection| {
            let line = line::of_kept(connection, id).await?;
            if !held.contains(&line) {
                taken = take_lock(connection, &url, line).await?.map(|lock| (line, lock));
            }
            if taken.is_some() {
                return line::take_lease(connection, line, owner).await;
            }
            let (_, owner) = line::newest_lease(connection, line).await?;
            Err(JournalError::Held { owner })
        };
        let leased = self.transaction(Turn::Write, "written", work);
        match (taken, &mut self.connection) {
            (Some((line, lock)), _) if leased.is_ok() => {
                self.locks.insert(line, lock);
            }
            // The transaction has been undone; a session's lock is no part of it.
            (Some((_, lock)), Some(connection)) => {
                bounded(&self.runtime, self.url.engine(), lock.give_back(connection));
            }
            (Some(_), None) | (None, _) => {}
        }
        leased
    }

    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError> {
        self.transaction(Turn::Write, "written", async |connection| {
            let line = line::of_kept(connection, id).await?;
            let (newest, _) = line::newest_lease(connection, line).await?;
            if newest != lease {
                return Err(JournalError::LeaseLost { newest: newest.epoch, ours: lease.epoch });
            }
            sql::append(connection, id, at, entry).await
        })
    }

    fn entries(&mut self, id: BlueprintId) -> Result<Vec<Written>, JournalError> {
        let work = async |connection: &mut AnyConnection| sql::entries(connection, id).await;
        self.transaction(Turn::Read, "read", work)
    }

    fn command(
        &mut self,
        id: BlueprintId,
        at: Timestamp,
        by: &str,
        command: Command,
    ) -> Result<(), JournalError> {
        self.transaction(Turn::Write, "written", async |connection| {
            sql::parent(connection, id).await?;
            sql::command(connection, id, at, by, command).await
        })
    }

    fn commands(&mut self, id: BlueprintId, after: u64) -> Result<Vec<Commanded>, JournalError> {
        self.waiting("read", async |connection| sql::commands(connection, id, after).await)
    }
}
