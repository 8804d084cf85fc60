//! Opening a file of SQLite: with its checks of every page, of whose it is, and of its log.

use std::path::Path;

use exward_drive::journal::JournalError;
use sqlx::{AnyConnection, query, query_scalar, raw_sql};

use super::{APPLICATION, Mode, connect, count, fits, name_owners, number};
use crate::journal::failure::{UnfitError, damaged, failed_at, storage};
use crate::journal::lock;
use crate::sqlite_file::{create, url};
use crate::store::Engine;

/// The schema, in order; a database's `user_version` counts those that it has had.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../../migrations/0001_journal.sql"),
    include_str!("../../../migrations/0002_journal.sql"),
];

/// Set before anything is read. A file that somebody else has made must not run code, nor lead the reader
/// astray. FULL: a commit is on the disk when it returns (J2); NORMAL would lose the newest ones with the power.
/// One process waits 10 s for another one's transaction; ours take milliseconds.
const PRAGMAS: &str = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; \
     PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000; PRAGMA synchronous = FULL;";

/// Problems of a damaged file that are told; the first ones say enough.
const PROBLEMS_MAX: usize = 3;

/// Opens a journal; creates it, for its owner only, if it is to be made and there is none.
pub(super) async fn open(path: &Path, mode: Mode) -> Result<AnyConnection, JournalError> {
    let place = &*path.display().to_string();
    if mode == Mode::Make {
        create(path).map_err(|it| storage("opened", place, it))?;
    }
    let name = path.to_str().ok_or_else(|| storage("opened", place, UnfitError::Name))?;
    let mut connection = connect(&url(name, mode == Mode::Read), place).await?;
    raw_sql(PRAGMAS).execute(&mut connection).await.map_err(failed_at(place))?;
    let version = inspect(&mut connection, path, place).await?;
    whole(&mut connection, place).await?;
    fits(version, known(), place, mode)?;
    if mode != Mode::Read {
        keep_a_log(&mut connection, place).await?;
        migrate(&mut connection, place).await?;
    }
    Ok(connection)
}

/// The newest version of the schema that this program knows.
pub(in crate::journal) fn known() -> i64 {
    count(&MIGRATIONS)
}

/// The version of the schema of a database that is ours.
pub(super) async fn version(connection: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    query_scalar("PRAGMA user_version").fetch_one(connection).await
}

/// Whose database it is; gives the version of its schema, 0 for an empty one.
async fn inspect(
    connection: &mut AnyConnection,
    path: &Path,
    place: &str,
) -> Result<i64, JournalError> {
    let application = number(connection, place, "PRAGMA application_id").await?;
    let version = number(connection, place, "PRAGMA user_version").await?;
    let objects = number(connection, place, "SELECT count(*) FROM sqlite_schema").await?;
    if application != APPLICATION && (application, version, objects) != (0, 0, 0) {
        return Err(storage("opened", place, UnfitError::Foreign(application)));
    }
    // A journal that a lease was taken of cannot be empty again by itself.
    if objects == 0 && lock::path(path).try_exists().unwrap_or(false) {
        let lease = lock::path(path);
        return Err(damaged(format!(
            "{place} is empty, but rollouts were carried out with it (if it is meant to begin anew, remove {} as well)",
            lease.display()
        )));
    }
    // Whether it is whole can be told of a schema that is known.
    fits(version, known(), place, Mode::Make)?;
    Ok(version)
}

/// Lets SQLite read every page. What it cannot see, the chain of checksums does. On a connection that
/// only reads, SQLite 3.51.3 was seen to leave CHECK constraints out.
async fn whole(connection: &mut AnyConnection, place: &str) -> Result<(), JournalError> {
    let check = query_scalar("PRAGMA quick_check").fetch_all(connection).await;
    let mut problems: Vec<String> = check.map_err(failed_at(place))?;
    if problems == ["ok"] {
        return Ok(());
    }
    problems.truncate(PROBLEMS_MAX);
    Err(damaged(format!("{place}: {}", problems.join(", "))))
}

/// Switches the write-ahead log on: readers and the writer do not wait for each other.
async fn keep_a_log(connection: &mut AnyConnection, place: &str) -> Result<(), JournalError> {
    let mode = query_scalar("PRAGMA journal_mode = WAL").fetch_one(connection).await;
    let mode: String = mode.map_err(failed_at(place))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(storage("opened", place, UnfitError::NoWal(mode)))
}

/// Brings the schema up to date, in one transaction: two processes may begin at the same time.
async fn migrate(connection: &mut AnyConnection, place: &str) -> Result<(), JournalError> {
    let failed = failed_at(place);
    query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&failed)?;
    let version = number(connection, place, "PRAGMA user_version").await?;
    let had = usize::try_from(version).unwrap_or(usize::MAX);
    if had < MIGRATIONS.len() {
        name_owners(Engine::Sqlite, connection).await.map_err(&failed)?;
    }
    for migration in MIGRATIONS.iter().skip(had) {
        raw_sql(*migration).execute(&mut *connection).await.map_err(&failed)?;
    }
    query("COMMIT").execute(&mut *connection).await.map_err(&failed)?;
    Ok(())
}
