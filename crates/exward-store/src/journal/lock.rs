//! The lock that says whether the holder of the lease is alive.
//!
//! In a file, the operating system holds it for as long as the file is open; in PostgreSQL, the server holds it
//! for as long as the session lasts. Both let go when the process ends, however it ends. No time-out has to be
//! waited for, and none can be too short. Each line has a lock of its own.

use std::ffi::OsString;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use exward_drive::journal::Line;
use sqlx::{AnyConnection, query, query_scalar};

use super::open::APPLICATION;
use crate::sqlite_file::open_private;

/// The lock of PostgreSQL that the holder of a lease has, by its line. Locks are numbered per database.
///
/// That of the command line is the one that all had together once: an older exward that still runs excludes a
/// newer one.
const fn session_lock(line: Line) -> i64 {
    const UNOWNED: i64 = APPLICATION * 256 + 2;
    // The upper half says that it is ours, the lower one which tenant's. Two tenants of one lock would exclude each
    // other, which is slow and safe; below four billion of them there are none.
    const TENANTS: i64 = APPLICATION << 32;
    const TENANT_BITS: i64 = 0xffff_ffff;
    match line {
        Line::Unowned => UNOWNED,
        Line::Tenant(tenant) => TENANTS | (tenant & TENANT_BITS),
    }
}

/// A lock that is held: a file until it is dropped, a session's until [`LeaseLock::give_back`] or its end.
#[derive(Debug)]
pub(super) enum LeaseLock {
    File { _file: File },
    Session { number: i64 },
}

impl LeaseLock {
    /// Takes the lock of a line of a database in a file; `None`: somebody alive holds it.
    pub(super) fn of_file(database: &Path, line: Line) -> io::Result<Option<Self>> {
        // That of the command line is there whoever takes a lease: it says that rollouts were carried out.
        let mut file = open_private(&path(database))?;
        if let Line::Tenant(tenant) = line {
            file = open_private(&beside(database, &format!(".lease-{tenant}")))?;
        }
        match file.try_lock() {
            Ok(()) => Ok(Some(Self::File { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Takes the lock of a line of this session's database; `None`: another session holds it. A session that
    /// holds it already would get it a second time: whoever asks must know whether it does.
    pub(super) async fn of_session(
        connection: &mut AnyConnection,
        line: Line,
    ) -> Result<Option<Self>, sqlx::Error> {
        let number = session_lock(line);
        let taken = query_scalar("SELECT pg_try_advisory_lock($1)").bind(number);
        let taken: bool = taken.fetch_one(connection).await?;
        Ok(taken.then_some(Self::Session { number }))
    }

    /// Frees the lock at once. A session's would else last until the server has noticed that it has ended.
    pub(super) async fn give_back(self, connection: &mut AnyConnection) {
        match self {
            Self::File { _file: file } => drop(file),
            Self::Session { number } => {
                let free = query("SELECT pg_advisory_unlock($1)").bind(number);
                // If this fails, the session has ended, and its lock with it.
                drop(free.execute(connection).await);
            }
        }
    }
}

/// The file that is locked for the command line: `fleet.db.lease` beside `fleet.db`; for a tenant it is
/// `fleet.db.lease-7`. None is ever removed: a lock on a removed file would exclude nobody.
pub(super) fn path(database: &Path) -> PathBuf {
    beside(database, ".lease")
}

fn beside(database: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(end);
    PathBuf::from(name)
}
