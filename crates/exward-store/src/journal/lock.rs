//! The lock that says whether the holder of the lease is alive.
//!
//! In a file, the operating system holds it for as long as the file is open; in PostgreSQL, the server holds it
//! for as long as the session lasts. Both let go when the process ends, however it ends. No time-out has to be
//! waited for, and none can be too short.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use sqlx::{AnyConnection, query, query_scalar};

use super::open::APPLICATION;
use crate::sqlite_file::open_private;

/// The lock of PostgreSQL that the holder of the lease has. Locks are numbered per database.
const SESSION_LOCK: i64 = APPLICATION * 256 + 2;

/// A lock that is held: a file until it is dropped, a session's until [`LeaseLock::give_back`] or its end.
#[derive(Debug)]
pub(super) enum LeaseLock {
    File { _file: File },
    Session,
}

impl LeaseLock {
    /// Takes the lock of a database in a file; `None`: somebody alive holds it.
    pub(super) fn of_file(database: &Path) -> io::Result<Option<Self>> {
        let file = open_private(&path(database))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self::File { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of this session's database; `None`: another session holds it. A session that holds it
    /// already would get it a second time: whoever asks must know whether it does.
    pub(super) async fn of_session(
        connection: &mut AnyConnection,
    ) -> Result<Option<Self>, sqlx::Error> {
        let taken = query_scalar("SELECT pg_try_advisory_lock($1)").bind(SESSION_LOCK);
        let taken: bool = taken.fetch_one(connection).await?;
        Ok(taken.then_some(Self::Session))
    }

    /// Frees the lock at once. A session's would else last until the server has noticed that it has ended.
    pub(super) async fn give_back(self, connection: &mut AnyConnection) {
        match self {
            Self::File { _file: file } => drop(file),
            Self::Session => {
                let free = query("SELECT pg_advisory_unlock($1)").bind(SESSION_LOCK);
                // If this fails, the session has ended, and its lock with it.
                drop(free.execute(connection).await);
            }
        }
    }
}

/// The file that is locked: `fleet.db.lease` beside `fleet.db`. It is never removed: a lock on a removed
/// file would exclude nobody.
pub(super) fn path(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(".lease");
    PathBuf::from(name)
}
