//! The journal of rollouts in an SQLite file.
//!
//! # Invariants
//! Those of [`exward_drive::journal`], held so:
//! * **J1 append-only.** Triggers refuse to change or remove; a chain of checksums shows what was done
//!   without them.
//! * **J2 safe first.** One transaction per entry, written through to the disk (`synchronous=FULL`).
//! * **J3 one writer.** A lock of the operating system says whether the holder lives; the epoch, checked
//!   in the transaction of each entry, says whether it is still the newest.
//! * **J4 one line of blueprints.** Read, compared and set in one transaction.

mod chain;
mod failure;
mod lock;
pub(crate) mod open;
mod sql;

use std::fmt;
use std::path::{Path, PathBuf};

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{
    Approval, Command, Commanded, Entry, Journal, JournalError, Lease, Written,
};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, query};
use tokio::runtime::{Builder, Runtime};

use failure::{failed, storage};
use lock::LeaseLock;
use open::Mode;

/// Transaction of a writer: waits for its turn at once, so that what it has read stays true.
const WRITE: &str = "BEGIN IMMEDIATE";

/// Transaction of a reader: sees one state, whatever is written meanwhile.
const READ: &str = "BEGIN";

/// A journal in an SQLite file.
///
/// Waits inside each method; see the crate's documentation for what that forbids. Dropping it frees the
/// lease and closes the file.
pub struct SqliteJournal {
    path: PathBuf,
    runtime: Runtime,
    /// `None` only while it is being dropped.
    connection: Option<SqliteConnection>,
    /// Of the lease that this journal has taken, as long as it lives.
    lock: Option<LeaseLock>,
}

impl fmt::Debug for SqliteJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteJournal").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteJournal {
    /// Opens the journal in this file, to write and to read it. A file that does not exist, or is empty,
    /// becomes one; only its owner can read it.
    ///
    /// Beside it lie `-wal` and `-shm`, which belong to it, and `.lease`, which is locked by whoever
    /// carries rollouts out. All of them must be on a local disk.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] if SQLite finds damage in it; [`JournalError::Storage`] if it cannot be
    /// opened, is a database of another program, or was written by a newer exward.
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        Self::open_for(path, Mode::Write)
    }

    /// Opens the journal in this file only to read it, while somebody else may be writing. Every method
    /// that would write fails.
    ///
    /// # Errors
    /// As [`Self::open`]; a file that does not exist, or is empty, cannot be read.
    pub fn open_to_read(path: &Path) -> Result<Self, JournalError> {
        Self::open_for(path, Mode::Read)
    }

    fn open_for(path: &Path, mode: Mode) -> Result<Self, JournalError> {
        let at_path = |error| storage("opened", path, error);
        // SQLite takes some relative names for something else (`file:…`, `:memory:`), absolute ones never.
        let absolute = std::path::absolute(path).map_err(at_path)?;
        let runtime = Builder::new_current_thread().build().map_err(at_path)?;
        let connection = runtime.block_on(open::open(&absolute, mode))?;
        Ok(Self { path: absolute, runtime, connection: Some(connection), lock: None })
    }

    /// The bytes of a blueprint that is kept; `None`: it is not kept.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn blueprint(&mut self, id: BlueprintId) -> Result<Option<Vec<u8>>, JournalError> {
        self.waiting("read", async |connection| sql::bytes(connection, id).await)
    }

    /// Waits for something that is one statement.
    fn waiting<T>(
        &mut self,
        doing: &'static str,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let Some(connection) = &mut self.connection else {
            return Err(storage(doing, &self.path, "it is closed"));
        };
        self.runtime.block_on(work(connection))
    }

    /// Waits for a transaction. It is begun and ended by statements of our own: the driver counts the
    /// depth of transactions, and after a failure that has made SQLite itself roll back (the disk is full)
    /// its next one would only be a savepoint, which commits nothing (J2).
    fn transaction<T>(
        &mut self,
        begin: &'static str,
        doing: &'static str,
        work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        self.waiting(doing, async |connection| {
            query(begin).execute(&mut *connection).await.map_err(failed(doing))?;
            let mut done = work(connection).await;
            if done.is_ok()
                && let Err(error) = query("COMMIT").execute(&mut *connection).await
            {
                done = Err(failed(doing)(error));
            }
            if done.is_err() {
                // Fails if SQLite has rolled back already, which is as good. If it fails otherwise, the
                // next transaction cannot begin, and says so.
                drop(query("ROLLBACK").execute(&mut *connection).await);
            }
            done
        })
    }
}

impl Drop for SqliteJournal {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            // Nothing is lost if this fails: what was acknowledged is in the log beside the file (J2).
            drop(self.runtime.block_on(connection.close()));
        }
    }
}

impl Journal for SqliteJournal {
    fn keep(
        &mut self,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        bytes: &[u8],
    ) -> Result<(), JournalError> {
        let work = async |it: &mut SqliteConnection| sql::keep(it, id, parent, bytes).await;
        self.transaction(WRITE, "written", work)
    }

    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError> {
        self.transaction(WRITE, "written", async |connection| {
            sql::parent(connection, id).await?;
            sql::approve(connection, id, approval).await
        })
    }

    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError> {
        self.waiting("read", async |connection| sql::approvals(connection, id).await)
    }

    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError> {
        self.transaction(WRITE, "written", async |connection| {
            let parent = sql::parent(connection, id).await?;
            let current = sql::current(connection).await?;
            if current == Some(id) {
                return Ok(());
            }
            if parent != current {
                return Err(JournalError::NotAChild { parent, current });
            }
            sql::set_current(connection, id).await
        })
    }

    fn current(&mut self) -> Result<Option<BlueprintId>, JournalError> {
        self.waiting("read", async |connection| sql::current(connection).await)
    }

    fn lease(&mut self, owner: &str) -> Result<Lease, JournalError> {
        let path = self.path.clone();
        // The lock is taken inside the transaction: whoever is refused then finds the right owner.
        let work = async |connection: &mut SqliteConnection| match LeaseLock::take(&path)
            .map_err(|it| storage("written", &path, it))?
        {
            Some(lock) => Ok((lock, sql::take_lease(connection, owner).await?)),
            None => {
                let (_, owner) = sql::newest_lease(connection).await?;
                Err(JournalError::Held { owner })
            }
        };
        let (lock, lease) = self.transaction(WRITE, "written", work)?;
        self.lock = Some(lock);
        Ok(lease)
    }

    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError> {
        self.transaction(WRITE, "written", async |connection| {
            let (newest, _) = sql::newest_lease(connection).await?;
            if newest != lease {
                return Err(JournalError::LeaseLost { newest: newest.epoch, ours: lease.epoch });
            }
            sql::parent(connection, id).await?;
            sql::append(connection, id, at, entry).await
        })
    }

    fn entries(&mut self, id: BlueprintId) -> Result<Vec<Written>, JournalError> {
        let work = async |connection: &mut SqliteConnection| sql::entries(connection, id).await;
        self.transaction(READ, "read", work)
    }

    fn command(
        &mut self,
        id: BlueprintId,
        at: Timestamp,
        by: &str,
        command: Command,
    ) -> Result<(), JournalError> {
        self.transaction(WRITE, "written", async |connection| {
            sql::parent(connection, id).await?;
            sql::command(connection, id, at, by, command).await
        })
    }

    fn commands(&mut self, id: BlueprintId, after: u64) -> Result<Vec<Commanded>, JournalError> {
        self.waiting("read", async |connection| sql::commands(connection, id, after).await)
    }
}

#[cfg(test)]
mod tests;
