//! Opening: whose file it is, whether it is whole, and which schema it has.
//!
//! Nothing is written to a file before it is known to be ours or empty.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use exward_drive::journal::JournalError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{ConnectOptions, query, query_scalar, raw_sql};

use super::failure::{UnfitError, damaged, failed_at, storage};
use super::lock;

/// "EXWD": marks a database as ours. Written by the first migration.
pub(crate) const APPLICATION: i64 = 0x4558_5744;

/// The schema, in order; a database's `user_version` counts those that it has had.
const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_journal.sql")];

/// How long one process waits for another one's transaction. Ours take milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Problems of a damaged file that are told; the first ones say enough.
const PROBLEMS_MAX: usize = 3;

/// Whether the journal is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Write,
    Read,
}

/// Opens a journal; creates it, for its owner only, if it is to be written and there is none.
pub(super) async fn open(path: &Path, mode: Mode) -> Result<SqliteConnection, JournalError> {
    if mode == Mode::Write {
        create(path).map_err(|it| storage("opened", path, it))?;
    }
    let connection = options(path, mode).connect().await;
    let mut connection = connection.map_err(failed_at(path))?;
    let version = inspect(&mut connection, path).await?;
    whole(&mut connection, path).await?;
    match mode {
        Mode::Write => {
            keep_a_log(&mut connection, path).await?;
            migrate(&mut connection, path).await?;
        }
        Mode::Read if version < known() => {
            let unfit = UnfitError::Older { found: version, known: known() };
            return Err(storage("opened", path, unfit));
        }
        Mode::Read => {}
    }
    Ok(connection)
}

/// The newest version of the schema that this program knows.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

fn options(path: &Path, mode: Mode) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(mode == Mode::Read)
        .busy_timeout(BUSY_TIMEOUT)
        // J2: a commit is on the disk when it returns. NORMAL would lose the newest ones with the power.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // A file that somebody else has made must not run code, nor lead the reader astray.
        .pragma("trusted_schema", "OFF")
        .pragma("cell_size_check", "ON")
        .disable_statement_logging()
}

/// Creates the file if there is none. SQLite gives its -wal and -shm the same permissions.
pub(crate) fn create(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        return Ok(());
    }
    lock::open_private(path)?.sync_all()?;
    // The name is safe only when the directory is; Windows has no such call.
    if cfg!(unix)
        && let Some(directory) = path.parent()
    {
        // The parent of a bare name is empty, and stands for where one is.
        let here = Path::new(".");
        let directory = if directory.as_os_str().is_empty() { here } else { directory };
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Whose database it is; gives the version of its schema, 0 for an empty one.
async fn inspect(connection: &mut SqliteConnection, path: &Path) -> Result<i64, JournalError> {
    let application = number(connection, path, "PRAGMA application_id").await?;
    let version = number(connection, path, "PRAGMA user_version").await?;
    let objects = number(connection, path, "SELECT count(*) FROM sqlite_schema").await?;
    if application != APPLICATION && (application, version, objects) != (0, 0, 0) {
        return Err(storage("opened", path, UnfitError::Foreign(application)));
    }
    // A journal that a lease was taken of cannot be empty again by itself.
    if objects == 0 && lock::path(path).try_exists().unwrap_or(false) {
        let (path, lease) = (path.display(), lock::path(path));
        return Err(damaged(format!(
            "{path} is empty, but rollouts were carried out with it (if it is meant to begin anew, remove {} as well)",
            lease.display()
        )));
    }
    if version > known() {
        let unfit = UnfitError::Newer { found: version, known: known() };
        return Err(storage("opened", path, unfit));
    }
    Ok(version)
}

async fn number(
    connection: &mut SqliteConnection,
    path: &Path,
    question: &'static str,
) -> Result<i64, JournalError> {
    query_scalar(question).fetch_one(connection).await.map_err(failed_at(path))
}

/// Lets SQLite read every page. What it cannot see, the chain of checksums does. On a connection that
/// only reads, SQLite 3.51.3 was seen to leave CHECK constraints out.
async fn whole(connection: &mut SqliteConnection, path: &Path) -> Result<(), JournalError> {
    let check = query_scalar("PRAGMA quick_check").fetch_all(connection).await;
    let mut problems: Vec<String> = check.map_err(failed_at(path))?;
    if problems == ["ok"] {
        return Ok(());
    }
    problems.truncate(PROBLEMS_MAX);
    Err(damaged(format!("{}: {}", path.display(), problems.join(", "))))
}

/// Switches the write-ahead log on: readers and the writer do not wait for each other.
async fn keep_a_log(connection: &mut SqliteConnection, path: &Path) -> Result<(), JournalError> {
    let mode = query_scalar("PRAGMA journal_mode = WAL").fetch_one(connection).await;
    let mode: String = mode.map_err(failed_at(path))?;
    if mode == "wal" {
        return Ok(());
    }
    Err(storage("opened", path, UnfitError::NoWal(mode)))
}

/// Brings the schema up to date, in one transaction: two processes may begin at the same time.
async fn migrate(connection: &mut SqliteConnection, path: &Path) -> Result<(), JournalError> {
    let failed = failed_at(path);
    query("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(&failed)?;
    let version = number(connection, path, "PRAGMA user_version").await?;
    let had = usize::try_from(version).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(had) {
        raw_sql(*migration).execute(&mut *connection).await.map_err(&failed)?;
    }
    query("COMMIT").execute(&mut *connection).await.map_err(&failed)?;
    Ok(())
}
