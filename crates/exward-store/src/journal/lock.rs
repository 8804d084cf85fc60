//! The lock that says whether the holder of the lease is alive.
//!
//! The operating system holds it for as long as the file is open, and lets go at the very moment the
//! process ends, however it ends. No time-out has to be waited for, and none can be too short.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(super) struct LeaseLock {
    _file: File,
}

impl LeaseLock {
    /// Takes the lock of a database; `None`: somebody alive holds it.
    pub(super) fn take(database: &Path) -> io::Result<Option<Self>> {
        let file = open_private(&path(database))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
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

/// Opens a file that only its owner may read, and creates it if there is none.
pub(super) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
