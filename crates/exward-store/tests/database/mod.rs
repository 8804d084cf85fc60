//! A database of its own for a test, on the server that `EXWARD_TEST_POSTGRES` names
//! (`postgres://postgres@127.0.0.1:54329/postgres`).

use std::sync::atomic::{AtomicU32, Ordering};

use exward_store::StoreUrl;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, raw_sql};
use tokio::runtime::Builder;

/// A new database, removed when it is dropped.
pub(crate) struct Database {
    server: String,
    name: String,
    pub(crate) url: StoreUrl,
}

impl Database {
    pub(crate) fn fresh() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("EXWARD_TEST_POSTGRES")
            .expect("EXWARD_TEST_POSTGRES names a PostgreSQL server for tests");
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("exward_journal_{}_{number}", std::process::id());
        let (front, _) = server.rsplit_once('/').unwrap();
        let url = format!("{front}/{name}").parse().unwrap();
        let database = Self { server, name, url };
        database.drop_it();
        run_at(&database.server, format!("CREATE DATABASE {}", database.name)).unwrap();
        database
    }

    fn drop_it(&self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        run_at(&self.server, drop_it).unwrap();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.drop_it();
    }
}

/// Does something to a database with no regard for what it means.
pub(crate) fn run_at(url: &str, sql: String) -> Result<(), sqlx::Error> {
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let mut connection = PgConnection::connect(url).await?;
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await
    })
}
