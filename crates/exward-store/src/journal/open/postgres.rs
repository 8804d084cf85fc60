//! Opening a database of PostgreSQL: what its session is told, whose tables are in it, and their schema.
//!
//! Whether its pages are whole is for the server to say (`data_checksums`); what it cannot see, the chain of
//! checksums does.

use exward_drive::journal::JournalError;
use sqlx::{AnyConnection, query, query_scalar, raw_sql};

use super::{APPLICATION, Mode, connect, count, fits, has_table, name_owners};
use crate::journal::failure::{UnfitError, failed_at, storage};
use crate::store::Engine;

/// The lock of a writer's transaction: one writes at a time, and what it has read stays true.
const WRITE_LOCK: i64 = APPLICATION * 256 + 1;

/// The schema, in order; `journal_schema` holds the numbers of those that a database has had.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../../migrations/0001_journal.postgres.sql"),
    include_str!("../../../migrations/0002_journal.postgres.sql"),
];

/// What a session is told, where the server's own settings would not do. A commit is on the disk when it returns
/// (J2). A holder of the lease may wait for hours. A machine that has lost its power is missed within a minute or
/// so, and its lock freed. Somebody else's transaction is waited for 10 s. Source: PostgreSQL manual, chapter 20.
const SETTINGS: &str = "SELECT set_config(wanted.name, wanted.value, false) FROM pg_settings AS had \
     JOIN (VALUES ('synchronous_commit', 'on'), ('idle_session_timeout', '0'), \
       ('idle_in_transaction_session_timeout', '60s'), ('lock_timeout', '10s'), \
       ('tcp_keepalives_idle', '30'), ('tcp_keepalives_interval', '10'), \
       ('tcp_keepalives_count', '3')) AS wanted (name, value) ON had.name = wanted.name \
     WHERE had.name <> 'synchronous_commit' OR had.setting = 'off'";

/// A session that only reads cannot write by mistake.
const READ_ONLY: &str = "SET default_transaction_read_only = on";

/// A table of ours that is there although the journal is not, or the empty text.
const TAKEN: &str = "SELECT coalesce(min(CAST(table_name AS TEXT)), '') FROM information_schema.tables \
     WHERE table_schema = current_schema() AND table_name IN \
       ('blueprint', 'approval', 'current', 'lease', 'entry', 'tip', 'command')";

/// The version of the schema, where it is there.
const VERSION: &str = "SELECT coalesce(max(version), 0) FROM journal_schema";

/// Opens a journal; makes its tables, if it is to be made and there are none.
pub(super) async fn open(
    url: &str,
    place: &str,
    mode: Mode,
) -> Result<AnyConnection, JournalError> {
    let mut connection = connect(url, place).await?;
    query(SETTINGS).execute(&mut connection).await.map_err(failed_at(place))?;
    match mode {
        Mode::Make | Mode::Write => migrate(&mut connection, place, mode).await?,
        Mode::Read => {
            raw_sql(READ_ONLY).execute(&mut connection).await.map_err(failed_at(place))?;
            let version = version(&mut connection, place).await?;
            fits(version, known(), place, mode)?;
        }
    }
    Ok(connection)
}

/// The newest version of the schema that this program knows.
pub(super) fn known() -> i64 {
    count(&MIGRATIONS)
}

/// The version of its schema, 0 for a database without one.
pub(super) async fn found(connection: &mut AnyConnection) -> Result<i64, sqlx::Error> {
    if has_table(Engine::Postgres, connection, "journal_schema").await? {
        query_scalar(VERSION).fetch_one(connection).await
    } else {
        Ok(0)
    }
}

/// The same; refuses a database where somebody else has our names.
async fn version(connection: &mut AnyConnection, place: &str) -> Result<i64, JournalError> {
    let found = found(connection).await.map_err(failed_at(place))?;
    if found > 0 {
        return Ok(found);
    }
    let taken = query_scalar(TAKEN).fetch_one(connection).await;
    let taken: String = taken.map_err(failed_at(place))?;
    if taken.is_empty() { Ok(0) } else { Err(storage("opened", place, UnfitError::Taken(taken))) }
}

/// Brings the schema up to date, in one transaction: two processes may begin at the same time.
async fn migrate(
    connection: &mut AnyConnection,
    place: &str,
    mode: Mode,
) -> Result<(), JournalError> {
    let failed = failed_at(place);
    query("BEGIN").execute(&mut *connection).await.map_err(&failed)?;
    take_turn(connection).await.map_err(&failed)?;
    let had = version(connection, place).await?;
    fits(had, known(), place, mode)?;
    let had = usize::try_from(had).unwrap_or(usize::MAX);
    if had < MIGRATIONS.len() {
        name_owners(Engine::Postgres, connection).await.map_err(&failed)?;
    }
    for (at, migration) in MIGRATIONS.iter().enumerate().skip(had) {
        raw_sql(*migration).execute(&mut *connection).await.map_err(&failed)?;
        let version = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
        let row = query("INSERT INTO journal_schema (version) VALUES ($1)").bind(version);
        row.execute(&mut *connection).await.map_err(&failed)?;
    }
    query("COMMIT").execute(&mut *connection).await.map_err(&failed)?;
    Ok(())
}

/// Waits until this transaction is the only one that writes to the journal.
pub(crate) async fn take_turn(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let lock = query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)").bind(WRITE_LOCK);
    lock.execute(connection).await.map(drop)
}
