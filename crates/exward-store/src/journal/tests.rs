//! What needs the connection itself: a disk without space, and what SQLite was told.

use exward_drive::journal::{Entry, Journal};
use jiff::Timestamp;
use sqlx::{AssertSqlSafe, raw_sql};

use super::*;

const ID: BlueprintId = BlueprintId([0xaa; 32]);

fn number(journal: &mut StoreJournal, sql: &'static str) -> i64 {
    let ask = async |it: &mut AnyConnection| {
        sqlx::query_scalar(sql).fetch_one(it).await.map_err(failed("read"))
    };
    journal.waiting("read", ask).unwrap()
}

/// Gives SQLite so many pages of disk.
fn space(journal: &mut StoreJournal, pages: i64) {
    let sql = AssertSqlSafe(format!("PRAGMA max_page_count = {pages}"));
    let set = async |it: &mut AnyConnection| {
        raw_sql(sql).execute(it).await.map(drop).map_err(failed("written"))
    };
    journal.waiting("written", set).unwrap();
}

#[test]
fn a_full_disk_is_told_and_forgotten_when_there_is_space() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fleet.db");
    let mut journal = StoreJournal::open(&StoreUrl::from(&*path)).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "one:1").unwrap();
    let long = Entry::Halted { why: "x".repeat(3000) };
    let append =
        |journal: &mut StoreJournal| journal.append(lease, ID, Timestamp::UNIX_EPOCH, &long);

    let used = number(&mut journal, "PRAGMA page_count");
    // Tables that a migration has dropped have left pages, too.
    let pages = 3 + number(&mut journal, "PRAGMA freelist_count");
    space(&mut journal, used + 3);
    let mut acknowledged = 0;
    let told = loop {
        match append(&mut journal) {
            Ok(sequence) => acknowledged = sequence,
            Err(error) => break error,
        }
    };
    let JournalError::Storage { doing, source } = told else { panic!("{told}") };
    assert_eq!(doing, "written");
    assert!(source.to_string().contains("database or disk is full"), "{source}");
    let most = u64::try_from(pages).unwrap() + 1;
    assert!((1..=most).contains(&acknowledged), "{acknowledged} entries on {pages} pages");
    assert!(append(&mut journal).is_err(), "still full");
    assert_eq!(journal.entries(ID).unwrap().len() as u64, acknowledged, "J1: a half entry");

    space(&mut journal, used + 1000);
    assert_eq!(append(&mut journal).unwrap(), acknowledged + 1, "J1");
    // Another connection sees only what was committed: not a savepoint of a transaction left open.
    let mut reader = StoreJournal::open_to_read(&StoreUrl::from(&*path)).unwrap();
    assert_eq!(reader.entries(ID).unwrap().len() as u64, acknowledged + 1, "J2");
}

#[test]
fn each_commit_goes_through_to_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let mut journal =
        StoreJournal::open(&StoreUrl::Sqlite(directory.path().join("fleet.db"))).unwrap();
    assert_eq!(number(&mut journal, "PRAGMA synchronous"), 2, "J2: not FULL");
    assert_eq!(number(&mut journal, "PRAGMA foreign_keys"), 1);
    assert_eq!(number(&mut journal, "PRAGMA application_id"), open::APPLICATION);
    assert_eq!(
        number(&mut journal, "PRAGMA user_version"),
        open::known_of_sqlite(),
        "a migration forgot it"
    );
}

/// A server's careless settings do not hold for a journal.
#[test]
#[ignore = "needs PostgreSQL"]
fn a_session_of_postgres_is_told_what_holds() {
    let server = std::env::var("EXWARD_TEST_POSTGRES").unwrap();
    let name = format!("exward_settings_{}", std::process::id());
    let run = |sql: String| {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(&server).await.unwrap();
            raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        });
    };
    run(format!("CREATE DATABASE {name}"));
    run(format!("ALTER DATABASE {name} SET synchronous_commit = off"));
    run(format!("ALTER DATABASE {name} SET idle_session_timeout = '5min'"));
    let (front, _) = server.rsplit_once('/').unwrap();
    let mut journal = StoreJournal::open(&format!("{front}/{name}").parse().unwrap()).unwrap();
    let told = [
        (
            "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'on'",
            1,
        ),
        ("SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'idle_session_timeout'", 0),
        ("SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'lock_timeout'", 10_000),
        ("SELECT CAST(setting AS BIGINT) FROM pg_settings WHERE name = 'tcp_keepalives_idle'", 30),
    ];
    let found = told.map(|(question, _)| number(&mut journal, question));
    drop(journal);
    run(format!("DROP DATABASE {name} WITH (FORCE)"));
    assert_eq!(found, told.map(|(_, want)| want), "J2, J3: {told:?}");
}
