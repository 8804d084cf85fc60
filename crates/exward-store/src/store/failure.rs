//! What can go wrong with a store, in words for a person.

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
    /// A moment earlier than the store remembers.
    #[error("the store remembers from {since} on; what was before has been dropped")]
    BeforeRetention {
        /// The earliest moment that can be asked about.
        since: jiff::Timestamp,
    },
}

impl StoreError {
    /// What the database said while it was being `doing`.
    pub(crate) fn of(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| Self::Database { doing, source }
    }

    /// True if nothing can be written now, while reading may well go on: the disk is full, or fails.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Database { source: sqlx::Error::Database(error), .. } => {
                error.code().is_some_and(|it| is_full(&it))
            }
            _ => false,
        }
    }

    /// True if the same may work later: the database is away, busy, or full.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database { source, .. } => match source {
                // Protocol: what stands before a database that is away accepts, and closes.
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::Protocol(_)
                | sqlx::Error::WorkerCrashed => true,
                sqlx::Error::Database(error) => error.code().is_some_and(|it| is_passing(&it)),
                _ => false,
            },
            _ => false,
        }
    }
}

/// SQLite: BUSY 5, LOCKED 6, FULL 13, IOERR 10 (with their details in the higher bytes). PostgreSQL: classes 08
/// (connection), 40 (rolled back), 53 (no resources), 57P (shut down).
/// Sources: sqlite.org/rescode.html; PostgreSQL manual, appendix A.
fn is_passing(code: &str) -> bool {
    match code.parse::<u32>() {
        // An SQLSTATE has five characters, and may be all digits.
        Ok(code) if code > 0 && !matches!(code, 8000..=8999 | 40000..=40999 | 53000..=53999) => {
            matches!(code & 0xff, 5 | 6 | 10 | 13)
        }
        _ => ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class)),
    }
}

/// SQLite: FULL 13; IOERR in its details WRITE 778, FSYNC 1034, TRUNCATE 1546, SHMSIZE 4874: what a disk or a limit
/// on the size of a file comes to. PostgreSQL: disk_full. Sources: as above.
fn is_full(code: &str) -> bool {
    matches!(code, "13" | "778" | "1034" | "1546" | "4874" | "53100")
}
