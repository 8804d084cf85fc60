//! One contract, held by both engines: every test below runs on a real SQLite file, and on a real PostgreSQL.
//!
//! PostgreSQL is named by `EXWARD_TEST_POSTGRES` (`postgres://postgres@127.0.0.1:54329/postgres`); each test
//! makes a database of its own there. Without one those tests are ignored; `.ci/run` starts one and runs them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![expect(clippy::arithmetic_side_effects, reason = "small numbers")]

mod accept;
mod campaign;
mod estate;
mod events;
mod hunts;
mod observe;
mod opening;
mod retention;
mod servers;
mod spans;
mod tenants;

use std::future::Future;

use exward_store::{Store, StoreUrl};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query};
use tokio::runtime::{Builder, Runtime};

/// Runs each test of a module on both engines.
macro_rules! on_both {
    ($module:ident: $($test:ident),+ $(,)?) => {
        mod $module {
            mod sqlite {
                $(#[test] fn $test() { crate::on_sqlite(crate::$module::$test); })+
            }
            mod postgres {
                $(#[test] #[ignore = "needs PostgreSQL"] fn $test() {
                    crate::on_postgres(stringify!($module), stringify!($test), crate::$module::$test);
                })+
            }
        }
    };
}

mod contract {
    on_both!(opening: opens_again, is_migrated_by_many_at_once);
    on_both!(tenants: have_names, keep_their_runs, see_nothing_of_each_other);
    on_both!(observe:
        keeps_intervals, is_the_same_when_done_again, keeps_what_arrives_late, takes_a_server_twice,
        is_all_or_nothing, is_append_only, takes_turns);
    on_both!(servers: come_worst_first, are_filtered, are_counted, have_tags_and_a_site);
    on_both!(spans: are_cut_at_a_moment, belong_to_a_tenant);
    on_both!(campaign: stand_again, notes_catalogs, follows_a_campaign, turns_are_computed_again);
    on_both!(retention: drops_what_says_nothing_anymore, refuses_what_it_forgot);
    on_both!(hunts: are_kept, are_shown_by_the_newest);
    on_both!(events: are_put_with_what_happened, name_some_of_many, of_hunts_and_catalogs);
    on_both!(accept: until_a_date, within_a_tenant);
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Runs a test on a new file.
fn on_sqlite<F: Future<Output = ()>>(test: impl FnOnce(StoreUrl) -> F) {
    let dir = tempfile::tempdir().unwrap();
    let url = StoreUrl::Sqlite(dir.path().join("a store.db"));
    runtime().block_on(test(url));
}

/// Runs a test on a new database.
fn on_postgres<F: Future<Output = ()>>(module: &str, name: &str, test: impl FnOnce(StoreUrl) -> F) {
    let server = std::env::var("EXWARD_TEST_POSTGRES")
        .expect("EXWARD_TEST_POSTGRES names a PostgreSQL server for tests");
    let database = format!("exward_{module}_{name}_{}", std::process::id());
    let url: StoreUrl = {
        let (server, _) = server.rsplit_once('/').unwrap();
        format!("{server}/{database}").parse().unwrap()
    };
    runtime().block_on(async {
        let run = async |text: String| {
            let mut server = PgConnection::connect(&server).await.unwrap();
            query(AssertSqlSafe(text)).execute(&mut server).await.unwrap();
        };
        run(format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)")).await;
        run(format!("CREATE DATABASE {database}")).await;
        test(url).await;
        run(format!("DROP DATABASE {database} WITH (FORCE)")).await;
    });
}

/// A new store.
async fn open(url: &StoreUrl) -> Store {
    Store::open(url).await.unwrap()
}
