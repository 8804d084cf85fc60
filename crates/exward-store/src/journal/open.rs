//! Opening: whose database it is, whether it is whole, and which schema it has.
//!
//! Nothing is written to a database before it is known to be ours or empty.

mod postgres;
mod sqlite;

use std::sync::Once;

use exward_drive::journal::JournalError;
use sqlx::any::{AnyConnectOptions, install_default_drivers};
use sqlx::{AnyConnection, ConnectOptions as _, query, query_scalar};

use super::failure::{UnfitError, failed_at, storage};
use crate::store::{Engine, StoreUrl};

pub(crate) use postgres::take_turn;
#[cfg(test)]
pub(super) use sqlite::known as known_of_sqlite;

/// "EXWD": marks a database as ours. Written by the first migration.
pub(crate) const APPLICATION: i64 = 0x4558_5744;

/// What the journal is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// To write; where there is none, it is made.
    Make,
    /// To write; it must be there.
    Write,
    /// To read; it must be there.
    Read,
}

/// Opens a journal.
pub(crate) async fn open(url: &StoreUrl, mode: Mode) -> Result<AnyConnection, JournalError> {
    static DRIVERS: Once = Once::new();
    DRIVERS.call_once(install_default_drivers);
    match url {
        StoreUrl::Sqlite(path) => sqlite::open(path, mode).await,
        StoreUrl::Postgres(text) => postgres::open(text, &url.to_string(), mode).await,
    }
}

/// Connects to what a URL of sqlx names.
async fn connect(url: &str, place: &str) -> Result<AnyConnection, JournalError> {
    let options: AnyConnectOptions = url.parse().map_err(failed_at(place))?;
    options.disable_statement_logging().connect().await.map_err(failed_at(place))
}

/// Refuses a schema that is newer than the program, one that is not there, and one that is too old to be read.
fn fits(version: i64, known: i64, place: &str, mode: Mode) -> Result<(), JournalError> {
    if version > known {
        return Err(storage("opened", place, UnfitError::Newer { found: version, known }));
    }
    if mode != Mode::Make && version == 0 {
        return Err(storage("opened", place, UnfitError::None));
    }
    if mode == Mode::Read && version < known {
        return Err(storage("opened", place, UnfitError::Older { found: version, known }));
    }
    Ok(())
}

/// How many migrations there are: the newest version of a schema that this program knows.
fn count(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Makes the table in which a migration looks up whose the blueprints are by now: the store has it, if the
/// database has a store in it.
async fn name_owners(engine: Engine, connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let text = if has_owners(engine, connection).await? {
        "CREATE TABLE journal_owner AS SELECT blueprint, tenant FROM rollout"
    } else {
        "CREATE TABLE journal_owner (blueprint TEXT, tenant BIGINT)"
    };
    query(text).execute(connection).await.map(drop)
}

/// Whether the database has a store in it as well, which says whose blueprints are. Another program may have a
/// table of the same name.
pub(super) async fn has_owners(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<bool, sqlx::Error> {
    Ok(has_table(engine, connection, "store_schema").await?
        && has_table(engine, connection, "rollout").await?)
}

/// Whether a table of this name is there.
pub(crate) async fn has_table(
    engine: Engine,
    connection: &mut AnyConnection,
    name: &str,
) -> Result<bool, sqlx::Error> {
    let text = match engine {
        Engine::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = $1",
        Engine::Postgres => {
            "SELECT count(*) FROM information_schema.tables \
             WHERE table_schema = current_schema() AND table_name = $1"
        }
    };
    let tables: i64 = query_scalar(text).bind(name).fetch_one(connection).await?;
    Ok(tables > 0)
}

/// Which schema the journal in this database has, 0 if there is no journal; and the newest that is known.
pub(crate) async fn version(
    engine: Engine,
    connection: &mut AnyConnection,
) -> Result<(i64, i64), sqlx::Error> {
    match engine {
        Engine::Sqlite => sqlite::version(connection).await,
        Engine::Postgres => postgres::found(connection).await,
    }
    .map(|found| (found, known(engine)))
}

fn known(engine: Engine) -> i64 {
    match engine {
        Engine::Sqlite => sqlite::known(),
        Engine::Postgres => postgres::known(),
    }
}

async fn number(
    connection: &mut AnyConnection,
    place: &str,
    question: &'static str,
) -> Result<i64, JournalError> {
    query_scalar(question).fetch_one(connection).await.map_err(failed_at(place))
}
