//! One contract, held by both engines: every test below runs on a real SQLite file, and on a real PostgreSQL.
//!
//! PostgreSQL is named by `EXWARD_TEST_POSTGRES` (`postgres://postgres@127.0.0.1:54329/postgres`); each test
//! makes a database of its own there. Without one those tests are ignored; `.ci/run` starts one and runs them.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and its numbers are small"
)]

mod accept;
mod audit;
mod backup;
mod campaign;
mod course;
mod estate;
mod events;
mod hunts;
mod jobs;
mod lines;
mod marks;
mod news;
mod observe;
mod opening;
mod pages;
mod people;
mod retention;
mod rollouts;
mod servers;
mod spans;
mod tenants;
mod webhooks;

use std::future::Future;

use exward_store::store::TenantId;
use exward_store::{Store, StoreJournal, StoreUrl};
use jiff::Timestamp;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, PgConnection, query, query_scalar};
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
    on_both!(audit: rows_are_chained_by_many_at_once, is_listed_by_tenant_newest_first,
        is_append_only, what_was_done_behind_its_back_is_found);
    on_both!(backup: a_backup_has_every_row_and_says_so, a_check_finds_what_was_changed,
        no_table_or_column_is_forgotten, what_is_restored_is_equal, an_older_backup_is_migrated,
        a_journal_is_restored_as_it_was, a_changed_journal_is_seen, a_journal_is_missing_before,
        a_journal_is_never_written_over);
    on_both!(jobs: four_tasks_claim_each_once, three_processes_claim_each_once,
        a_dead_holder_is_replaced_and_refused, jobs_are_listed_counted_and_dropped,
        a_schedule_makes_one_job_a_time, a_dropped_file_is_read_once);
    on_both!(marks: change_with_what_is_seen, change_with_what_is_done);
    on_both!(news: catalogs_come_in_order, servers_are_counted_by_release);
    on_both!(course: turns_are_summed_up_before_a_day);
    on_both!(opening: opens_again, is_migrated_by_many_at_once,
        an_alarm_that_an_old_store_hid_is_shown);
    on_both!(tenants: have_names, keep_their_runs, see_nothing_of_each_other);
    on_both!(observe:
        keeps_intervals, is_the_same_when_done_again, keeps_what_arrives_late, takes_a_server_twice,
        is_all_or_nothing, is_append_only, takes_turns);
    on_both!(servers: come_worst_first, are_filtered, are_counted, have_tags_and_a_site);
    on_both!(spans: are_cut_at_a_moment, belong_to_a_tenant);
    on_both!(campaign: stand_again, notes_catalogs, follows_a_campaign, turns_are_computed_again);
    on_both!(retention: drops_what_says_nothing_anymore, refuses_what_it_forgot);
    on_both!(hunts: are_kept, are_shown_by_the_one_that_speaks, an_alarm_stands_until_it_is_settled,
        the_same_traces_are_settled_once, an_old_alarm_is_never_out_of_sight);
    on_both!(events: are_put_with_what_happened, name_some_of_many, of_hunts_and_catalogs,
        of_settled_alarms);
    on_both!(accept: until_a_date, within_a_tenant);
    on_both!(pages: labels_are_those_of_the_tenant, the_newest_of_every_server_comes_in_pages,
        imprints_are_asked_about_within_a_tenant);
    on_both!(people: names_are_unique_in_any_case, sessions_end_with_their_person,
        an_admin_is_left, a_tenant_sees_its_own_people, tokens_hold_until_they_do_not,
        it_is_set_up_once, changes_are_noted_or_not_made);
    on_both!(rollouts: that_halt_are_told_once,
        belong_to_a_tenant_or_to_nobody, what_people_say_is_noted, read_what_the_journal_writes,
        only_a_child_of_the_current_one_is_approved);
    on_both!(lines: run_side_by_side, are_each_the_business_of_one_tenant, keep_what_was_begun_in_them,
        an_older_journal_is_divided, an_older_journal_becomes_one);
    on_both!(webhooks: an_event_goes_to_those_who_want_it, a_delivery_is_sent_or_dead);
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
        run(format!("DROP DATABASE IF EXISTS {database}_again WITH (FORCE)")).await;
    });
}

/// A new store.
async fn open(url: &StoreUrl) -> Store {
    Store::open(url).await.unwrap()
}

/// So many milliseconds after the beginning.
fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + millis).unwrap()
}

/// A connection of somebody else to the same database; a store must have been opened before.
async fn behind(url: &StoreUrl) -> AnyConnection {
    let text = match url {
        StoreUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
        StoreUrl::Postgres(text) => text.clone(),
    };
    AnyConnection::connect(&text).await.unwrap()
}

/// Two tenants.
async fn tenants(url: &StoreUrl) -> [TenantId; 2] {
    let mut connection = behind(url).await;
    let mut ids = [TenantId(0); 2];
    for (id, name) in ids.iter_mut().zip(["acme", "other"]) {
        let add = "INSERT INTO tenant (name, made_at) VALUES ($1, 0) RETURNING id";
        id.0 = query_scalar(add).bind(name).fetch_one(&mut connection).await.unwrap();
    }
    ids
}

/// A journal that lives on while a test waits for other things. A journal must not be dropped in async code, not even
/// when the test fails.
struct Living(Option<StoreJournal>);

impl Drop for Living {
    fn drop(&mut self) {
        let journal = self.0.take();
        drop(std::thread::spawn(move || drop(journal)).join());
    }
}

/// Works with the journal as the command line does.
async fn by_journal<T: Send + 'static>(
    url: &StoreUrl,
    work: impl FnOnce(&mut StoreJournal) -> T + Send + 'static,
) -> T {
    let url = url.clone();
    let done = move || work(&mut StoreJournal::open(&url).unwrap());
    tokio::task::spawn_blocking(done).await.unwrap()
}

/// Another place on the same engine, still empty; it goes away with the test's own.
async fn again(url: &StoreUrl) -> StoreUrl {
    match url {
        StoreUrl::Sqlite(path) => StoreUrl::Sqlite(path.with_extension("again")),
        StoreUrl::Postgres(text) => {
            let (_, name) = text.rsplit_once('/').unwrap();
            let mut server = behind(url).await;
            let make = format!("CREATE DATABASE {name}_again");
            query(AssertSqlSafe(make)).execute(&mut server).await.unwrap();
            StoreUrl::Postgres(format!("{text}_again"))
        }
    }
}
