//! What a backup costs, and restoring it: an estate of `EXWARD_BENCH_SERVERS` (4,000), on SQLite and (if
//! `EXWARD_TEST_POSTGRES` names a server) on PostgreSQL. The files are in the directory of the build, as for the
//! bench of the journal.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench, read on a terminal")]
#![expect(clippy::arithmetic_side_effects, clippy::indexing_slicing, reason = "small numbers")]

#[path = "estate/history.rs"]
#[expect(dead_code, reason = "the bench of the estate needs all of it")]
mod history;

use std::time::Instant;

use exward_store::store::RunKind;
use exward_store::{Store, StoreUrl};
use history::{History, day};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query};

/// How often it is restored; the median counts.
const TIMES: usize = 3;

fn main() {
    let servers = std::env::var("EXWARD_BENCH_SERVERS");
    let servers: u64 = servers.map_or(4_000, |it| it.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = |name: &str| StoreUrl::Sqlite(directory.path().join(name));
    let backup = runtime.block_on(back_up(&file("estate.db"), servers));
    for number in 0..TIMES {
        runtime.block_on(restore(&file(&format!("{number}.db")), &backup));
    }
    let Ok(server) = std::env::var("EXWARD_TEST_POSTGRES") else { return };
    for _ in 0..TIMES {
        runtime.block_on(restore_to_postgres(&server, &backup));
    }
}

async fn back_up(url: &StoreUrl, servers: u64) -> Vec<u8> {
    let store = Store::open(url).await.unwrap();
    let tenant = store.make_tenant("bench", day(0)).await.unwrap();
    let run = store.begin_run(tenant, RunKind::Check, "bench", "bench", day(0)).await.unwrap();
    History::new(servers).write(url, tenant, run).await;
    let (mut backup, began) = (Vec::new(), Instant::now());
    let rows = store.backup(&mut backup).await.unwrap();
    println!("{rows} rows, {} bytes: backed up in {:.2?}", backup.len(), began.elapsed());
    backup
}

async fn restore(url: &StoreUrl, backup: &[u8]) {
    let store = Store::open(url).await.unwrap();
    let began = Instant::now();
    let rows = store.restore(&mut &*backup).await.unwrap();
    println!("{}: {rows} rows restored in {:.2?}", url.engine().name(), began.elapsed());
    store.close().await;
}

async fn restore_to_postgres(server: &str, backup: &[u8]) {
    let database = format!("exward_bench_{}", std::process::id());
    let run = async |text: String| {
        let mut connection = PgConnection::connect(server).await.unwrap();
        query(AssertSqlSafe(text)).execute(&mut connection).await.unwrap();
    };
    run(format!("CREATE DATABASE {database}")).await;
    let (place, _) = server.rsplit_once('/').unwrap();
    restore(&format!("{place}/{database}").parse().unwrap(), backup).await;
    run(format!("DROP DATABASE {database} WITH (FORCE)")).await;
}
