//! What can go wrong with a store, in words for a person.

use exward_drive::journal::JournalError;

use crate::code::{Code, code, damage_seen_by};

/// Why a store could not do something.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database said no: it is away, its disk is full, …
    #[error("the store could not be {doing}")]
    Database {
        /// `opened`, `read`, `written`.
        doing: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
    /// It is damaged, or was changed behind the back of exward.
    #[error("the store is damaged: {what}; keep it as it is, and restore a backup")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// It is somebody else's database.
    #[error("{place} is a database of another program")]
    Foreign {
        /// Which.
        place: String,
    },
    /// A newer exward wrote it.
    #[error(
        "{place} has schema version {found}, and this exward knows versions up to {known}: use a newer one"
    )]
    Newer {
        /// Which.
        place: String,
        /// Its version.
        found: i64,
        /// The newest known one.
        known: i64,
    },
    /// There is none.
    #[error("there is no store at {place}")]
    Missing {
        /// Where.
        place: String,
    },
    /// The file system failed.
    #[error("{place} could not be {doing}")]
    File {
        /// Which file.
        place: String,
        /// `opened`, `written`.
        doing: &'static str,
        /// What it said.
        source: std::io::Error,
    },
    /// What was asked for is not there, or belongs to another tenant: the two look alike.
    #[error("there is no such {what}")]
    NotFound {
        /// `server`, `job`, …
        what: &'static str,
    },
    /// It contradicts what is there already.
    #[error("{what}")]
    Conflict {
        /// What, as a sentence without its full stop.
        what: String,
    },
    /// The journal of rollouts, which lies in the same database, cannot be used.
    #[error("the journal of rollouts cannot be used")]
    Journal {
        /// What it said.
        source: JournalError,
    },
    /// A moment earlier than the store remembers.
    #[error("the store remembers from {since} on; what was before has been dropped")]
    BeforeRetention {
        /// The earliest moment that can be asked about.
        since: jiff::Timestamp,
    },
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        let JournalError::Storage { doing, source } = error else {
            return Self::Journal { source: error };
        };
        match source.downcast::<sqlx::Error>() {
            Ok(source) => Self::Database { doing, source: *source },
            Err(source) => Self::Journal { source: JournalError::Storage { doing, source } },
        }
    }
}

impl StoreError {
    /// What the database said while it was being `doing`.
    pub(crate) fn of(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| match damage_seen_by(&source) {
            Some(engine) => Self::Damaged { what: format!("{engine} says: {source}") },
            None => Self::Database { doing, source },
        }
    }

    /// True if nothing can be written now, while reading may well go on: the disk is full, or fails.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let Self::Database { source, .. } = self else { return false };
        match code(source) {
            // FULL, or IOERR of WRITE, FSYNC, TRUNCATE, SHMSIZE: what a limit on the size of a file comes to.
            Some(Code::Sqlite { primary, detailed }) => {
                primary == 13 || matches!(detailed, 778 | 1034 | 1546 | 4874)
            }
            Some(Code::Postgres(state)) => state == "53100",
            None => false,
        }
    }

    /// True if the same may work later: the database is away, busy, or full.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        let Self::Database { source, .. } = self else { return false };
        // Protocol: what stands before a database that is away accepts, and closes.
        let is_away = matches!(
            source,
            sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed
        );
        is_away
            || match code(source) {
                // BUSY, LOCKED, IOERR, FULL.
                Some(Code::Sqlite { primary, .. }) => matches!(primary, 5 | 6 | 10 | 13),
                // No connection, rolled back, no resources, shut down.
                Some(Code::Postgres(state)) => {
                    ["08", "40", "53", "57P"].iter().any(|class| state.starts_with(class))
                }
                None => false,
            }
    }
}
