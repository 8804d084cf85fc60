//! Opening: whose database it is, and bringing its schema up to date.
//!
//! A database may hold the journal of rollouts, too ([`crate::StoreJournal`]); both keep to their own
//! tables, and count their own migrations.

use std::io;
use std::path::Path;
use std::sync::{Arc, Once};
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, query, query_scalar, raw_sql};

use super::{Engine, Store, StoreError, StoreUrl, schema};
use crate::code::{Code, code};
use crate::journal::open::{APPLICATION, Mode};
use crate::{journal, sqlite_file};

/// How long somebody waits for a free connection before being told that the store is away.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connections that read; on PostgreSQL also those that write.
const CONNECTIONS_MAX: u32 = 8;

/// Set on every connection to SQLite. FULL: what is committed survives the power (S5).
const SQLITE_PRAGMAS: &str = "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; \
     PRAGMA busy_timeout = 10000; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; \
     PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;";

/// A lock of PostgreSQL that only migrations take ("EXWD").
const MIGRATION_LOCK: i64 = APPLICATION;

impl Store {
    /// Opens a store, to write and to read; makes one where there is none, and brings an older one up to
    /// date. A new file is readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError`]: it is away, foreign, damaged, or newer than this program.
    pub async fn open(url: &StoreUrl) -> Result<Self, StoreError> {
        static DRIVERS: Once = Once::new();
        DRIVERS.call_once(install_default_drivers);
        if let StoreUrl::Sqlite(path) = url {
            create(path)?;
        }
        let options = options(url)?;
        let mut connection =
            AnyConnection::connect_with(&options).await.map_err(StoreError::of("opened"))?;
        migrate(&mut connection, url).await?;
        let journal = journal::open::version(url.engine(), &mut connection).await;
        drop(connection.close().await);
        bring_up_to_date(journal.map_err(StoreError::of("opened"))?, url).await?;
        let pool = |connections| pool(url.engine(), connections).connect_lazy_with(options.clone());
        let (write, read) = match url.engine() {
            Engine::Sqlite => (pool(1), pool(CONNECTIONS_MAX)),
            Engine::Postgres => {
                let all: AnyPool = pool(CONNECTIONS_MAX);
                (all.clone(), all)
            }
        };
        let (place, url) = (Arc::from(url.to_string()), Arc::new(url.clone()));
        Ok(Self { engine: url.engine(), place, url, write, read })
    }
}

/// Lets an older journal in the same database have the schema that the store reads; refuses a newer one.
async fn bring_up_to_date((had, known): (i64, i64), url: &StoreUrl) -> Result<(), StoreError> {
    if had == 0 || had == known {
        return Ok(());
    }
    let journal = journal::open::open(url, Mode::Write).await?;
    journal.close().await.map_err(StoreError::of("opened"))
}

fn options(url: &StoreUrl) -> Result<AnyConnectOptions, StoreError> {
    let text = match url {
        StoreUrl::Sqlite(path) => {
            let path = std::path::absolute(path).map_err(|source| file(path, "opened", source))?;
            let unnamed = || file(&path, "opened", io::ErrorKind::InvalidFilename.into());
            sqlite_file::url(path.to_str().ok_or_else(unnamed)?, false)
        }
        StoreUrl::Postgres(url) => url.clone(),
    };
    text.parse().map_err(StoreError::of("opened"))
}

fn file(path: &Path, doing: &'static str, source: io::Error) -> StoreError {
    StoreError::File { place: path.display().to_string(), doing, source }
}

/// Makes the file, for its owner only. SQLite gives its -wal and -shm the same permissions.
fn create(path: &Path) -> Result<(), StoreError> {
    sqlite_file::create(path).map_err(|source| file(path, "opened", source))
}

fn pool(engine: Engine, connections: u32) -> AnyPoolOptions {
    let options = AnyPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
    let options = options.after_connect(move |connection, _| {
        Box::pin(async move {
            if engine == Engine::Sqlite {
                raw_sql(SQLITE_PRAGMAS).execute(connection).await?;
            }
            Ok(())
        })
    });
    if engine == Engine::Postgres {
        return options;
    }
    // The driver counts how deep in transactions it is. Where SQLite has rolled back by itself (the disk is full),
    // there is nothing left to roll back, the count stays, and no transaction could begin on this connection any
    // more. What is dropped unfinished is rolled back before the answer to a ping.
    options.after_release(|connection, _| {
        Box::pin(async move {
            connection.ping().await?;
            Ok(!connection.is_in_transaction())
        })
    })
}

/// Switches the write-ahead log on; gives the mode that came of it. Unlike any other statement this one does not
/// wait for who else is opening the file, so that it is tried again for a while.
async fn write_ahead(connection: &mut AnyConnection) -> Result<String, sqlx::Error> {
    const TRIES: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(50);
    for _ in 1..TRIES {
        match query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await {
            Err(error) if is_busy(&error) => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
    query_scalar("PRAGMA journal_mode = WAL").fetch_one(connection).await
}

/// BUSY and LOCKED of SQLite.
fn is_busy(error: &sqlx::Error) -> bool {
    matches!(code(error), Some(Code::Sqlite { primary: 5 | 6, .. }))
}

/// Brings the schema up to date, in one transaction: several processes may begin at the same time.
async fn migrate(connection: &mut AnyConnection, url: &StoreUrl) -> Result<(), StoreError> {
    let engine = url.engine();
    let failed = StoreError::of("opened");
    if engine == Engine::Sqlite {
        raw_sql(SQLITE_PRAGMAS).execute(&mut *connection).await.map_err(&failed)?;
        let mode = write_ahead(connection).await.map_err(&failed)?;
        if mode != "wal" {
            let what =
                format!("{url} is on a file system without write-ahead logs: use a local disk");
            return Err(StoreError::Conflict { what });
        }
    }
    let mut change = connection.begin_with(engine.begin_to_write()).await.map_err(&failed)?;
    if engine == Engine::Postgres {
        let lock = query("SELECT CAST(pg_advisory_xact_lock($1) AS TEXT)").bind(MIGRATION_LOCK);
        lock.execute(&mut *change).await.map_err(&failed)?;
    }
    let had = version(&mut change, url).await?;
    if had > schema::known() {
        let (found, known) = (had, schema::known());
        return Err(StoreError::Newer { place: url.to_string(), found, known });
    }
    advance(&mut change, engine, had, schema::known()).await?;
    change.commit().await.map_err(&failed)
}

/// Runs the migrations after one version up to another.
pub(super) async fn advance(
    change: &mut AnyConnection,
    engine: Engine,
    after: i64,
    to: i64,
) -> Result<(), StoreError> {
    let failed = StoreError::of("opened");
    for (version, migration) in (1..=to).zip(schema::MIGRATIONS).filter(|it| it.0 > after) {
        let text = schema::text(engine, migration);
        // Ours, from the program itself: nothing of it comes from outside.
        raw_sql(AssertSqlSafe(text)).execute(&mut *change).await.map_err(&failed)?;
        let row = query("INSERT INTO store_schema (version) VALUES ($1)").bind(version);
        row.execute(&mut *change).await.map_err(&failed)?;
    }
    Ok(())
}

/// The version of the schema, 0 for a database without one; refuses somebody else's.
async fn version(connection: &mut AnyConnection, url: &StoreUrl) -> Result<i64, StoreError> {
    let failed = StoreError::of("opened");
    if url.engine() == Engine::Sqlite {
        let application: i64 = query_scalar("PRAGMA application_id")
            .fetch_one(&mut *connection)
            .await
            .map_err(&failed)?;
        let objects: i64 = query_scalar("SELECT count(*) FROM sqlite_schema")
            .fetch_one(&mut *connection)
            .await
            .map_err(&failed)?;
        if application != APPLICATION && (application, objects) != (0, 0) {
            return Err(StoreError::Foreign { place: url.to_string() });
        }
        let ours = format!("PRAGMA application_id = {APPLICATION}");
        raw_sql(AssertSqlSafe(ours)).execute(&mut *connection).await.map_err(&failed)?;
    }
    let make = "CREATE TABLE IF NOT EXISTS store_schema (version BIGINT NOT NULL PRIMARY KEY)";
    raw_sql(make).execute(&mut *connection).await.map_err(&failed)?;
    let newest = "SELECT coalesce(max(version), 0) FROM store_schema";
    query_scalar(newest).fetch_one(&mut *connection).await.map_err(&failed)
}
