//! The journal of rollouts, in a file of SQLite or in a database of PostgreSQL.
//!
//! One SQL text for both; [`open`] and [`lock`] know where they differ.
//!
//! # Invariants
//! Those of [`exward_drive::journal`], held so:
//! * **J1 append-only.** Triggers refuse to change or remove; a chain of checksums shows what was done
//!   without them.
//! * **J2 safe first.** One transaction per entry, written through to the disk (`synchronous=FULL`;
//!   `synchronous_commit`).
//! * **J3 one writer of a line.** A lock of the operating system, or of PostgreSQL's session, says whether the
//!   holder lives, one for each line; the epoch, checked in the transaction of each entry, says whether it is still
//!   the newest of the blueprint's line.
//! * **J4 lines of blueprints.** Read, compared and set in one transaction; writers take turns. That what is current
//!   in a line is of that line, and that a blueprint stays in its line once it has begun, the schema says as well.
//!
//! A blueprint's line is that of the tenant whose it is ([`crate::store`] keeps it there), or the one of all that
//! came from the command line.

mod calls;
mod chain;
mod failure;
pub(crate) mod line;
mod lock;
pub(crate) mod open;
pub(crate) mod sql;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{JournalError, Line};
use sqlx::{AnyConnection, Connection as _, query};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::store::{Engine, StoreUrl};
use failure::{UnfitError, failed, storage};
use lock::LeaseLock;
use open::Mode;

/// Longest wait for one answer of a server: whoever carries a rollout out must not hang on a network that is
/// gone. Above it, a transaction waits 10 s for its turn.
const ANSWER_MAX: Duration = Duration::from_secs(60);

/// A transaction, by what it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// Waits for its turn at once, so that what it has read stays true.
    Write,
    /// Sees one state, whatever is written meanwhile.
    Read,
}

impl Turn {
    const fn begin(self, engine: Engine) -> &'static str {
        match (engine, self) {
            (Engine::Sqlite, Self::Read) => "BEGIN",
            (Engine::Postgres, Self::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
            (_, Self::Write) => engine.begin_to_write(),
        }
    }
}

/// A journal in a database.
///
/// Waits inside each method; see the crate's documentation for what that forbids. Dropping it frees its
/// leases and closes the database.
pub struct StoreJournal {
    url: StoreUrl,
    runtime: Runtime,
    /// `None` while it is being dropped, and after a server has given no answer.
    connection: Option<AnyConnection>,
    /// Of the leases that this journal has taken, as long as it lives.
    locks: BTreeMap<Line, LeaseLock>,
}

impl fmt::Debug for StoreJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreJournal").field("url", &self.url).finish_non_exhaustive()
    }
}

impl StoreJournal {
    /// Opens the journal in this database, to write and to read it; where there is none, it is made.
    ///
    /// A file becomes readable by its owner only. Beside it lie `-wal` and `-shm`, which belong to it, and
    /// `.lease`, which is locked by whoever carries rollouts out (`.lease-7` for those of tenant 7). All of them must
    /// be on a local disk.
    ///
    /// In PostgreSQL the lock belongs to the connection, which therefore must lead to the server itself and
    /// not to a pooler that shares sessions.
    ///
    /// # Errors
    /// [`JournalError::Damaged`] if the database finds damage in itself; [`JournalError::Storage`] if it
    /// cannot be opened, belongs to another program, or was written by a newer exward.
    pub fn open(url: &StoreUrl) -> Result<Self, JournalError> {
        Self::open_for(url, Mode::Make)
    }

    /// Opens the journal in this database, to write and to read it, if there is one.
    ///
    /// # Errors
    /// As [`Self::open`]; and [`JournalError::Storage`] where there is none.
    pub fn open_existing(url: &StoreUrl) -> Result<Self, JournalError> {
        Self::open_for(url, Mode::Write)
    }

    /// Opens the journal in this database only to read it, while somebody else may be writing. Every method
    /// that would write fails.
    ///
    /// # Errors
    /// As [`Self::open`]; where there is no journal yet, none can be read.
    pub fn open_to_read(url: &StoreUrl) -> Result<Self, JournalError> {
        Self::open_for(url, Mode::Read)
    }

    fn open_for(url: &StoreUrl, mode: Mode) -> Result<Self, JournalError> {
        let at_place = |error| storage("opened", &url.to_string(), error);
        let mut builder = Builder::new_current_thread();
        let url = match url {
            // SQLite takes some relative names for something else (`file:…`, `:memory:`), absolute ones never.
            StoreUrl::Sqlite(path) => {
                StoreUrl::Sqlite(std::path::absolute(path).map_err(at_place)?)
            }
            // The driver of SQLite has a thread of its own; a server needs sockets and times.
            StoreUrl::Postgres(_) => {
                builder.enable_all();
                url.clone()
            }
        };
        let runtime = builder.build().map_err(at_place)?;
        let opened = bounded(&runtime, url.engine(), open::open(&url, mode));
        let connection = opened.unwrap_or_else(|| Err(silent("opened", &url)))?;
        Ok(Self { url, runtime, connection: Some(connection), locks: BTreeMap::new() })
    }

    /// The bytes of a blueprint that is kept; `None`: it is not kept.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn blueprint(&mut self, id: BlueprintId) -> Result<Option<Vec<u8>>, JournalError> {
        self.waiting("read", async |connection| sql::bytes(connection, id).await)
    }

    /// The line of the blueprints of the tenant of this name; `None`: the database has no such tenant.
    ///
    /// # Errors
    /// [`JournalError`].
    pub fn line_of_tenant(&mut self, name: &str) -> Result<Option<Line>, JournalError> {
        let engine = self.url.engine();
        self.waiting("read", async |connection| {
            let has_owners = open::has_owners(engine, connection).await;
            if has_owners.map_err(failed("read"))? {
                line::of_tenant(connection, name).await
            } else {
                Ok(None)
            }
        })
    }

    /// Waits for something that is one statement.
    fn waiting<T>(
        &mut self,
        doing: &'static str,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let Some(connection) = &mut self.connection else {
            return Err(storage(doing, &self.url.to_string(), UnfitError::Closed));
        };
        match bounded(&self.runtime, self.url.engine(), work(connection)) {
            Some(done) => done,
            None => {
                // Its answer would be taken for that of the next question.
                self.connection = None;
                Err(silent(doing, &self.url))
            }
        }
    }

    /// Waits for a transaction. It is begun and ended by statements of our own: the driver counts the
    /// depth of transactions, and after a failure that has made SQLite itself roll back (the disk is full)
    /// its next one would only be a savepoint, which commits nothing (J2).
    fn transaction<T>(
        &mut self,
        turn: Turn,
        doing: &'static str,
        work: impl AsyncFnOnce(&mut AnyConnection) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        let engine = self.url.engine();
        self.waiting(doing, async |connection| {
            query(turn.begin(engine)).execute(&mut *connection).await.map_err(failed(doing))?;
            let its_turn = match (engine, turn) {
                (Engine::Postgres, Turn::Write) => open::take_turn(connection).await,
                _ => Ok(()),
            };
            let mut done = match its_turn {
                Ok(()) => work(connection).await,
                Err(error) => Err(failed(doing)(error)),
            };
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

/// Waits for a file as long as it takes, and for a server [`ANSWER_MAX`]; `None`: it gave no answer.
fn bounded<T>(runtime: &Runtime, engine: Engine, work: impl Future<Output = T>) -> Option<T> {
    match engine {
        Engine::Sqlite => Some(runtime.block_on(work)),
        Engine::Postgres => runtime.block_on(async { timeout(ANSWER_MAX, work).await.ok() }),
    }
}

fn silent(doing: &'static str, url: &StoreUrl) -> JournalError {
    storage(doing, &url.to_string(), UnfitError::Silent(ANSWER_MAX.as_secs()))
}

impl Drop for StoreJournal {
    fn drop(&mut self) {
        let locks = std::mem::take(&mut self.locks);
        if let Some(mut connection) = self.connection.take() {
            // Nothing is lost if this fails: what was acknowledged is in the log of the database (J2).
            drop(bounded(&self.runtime, self.url.engine(), async {
                for lock in locks.into_values() {
                    lock.give_back(&mut connection).await;
                }
                connection.close().await
            }));
        }
    }
}

#[cfg(test)]
mod tests;
