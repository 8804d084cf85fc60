//! What only a server can suffer: killed sessions, rivals in other processes, damage, foreign hands.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod database;

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use database::{Database, run_at};
use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Command as Order, Entry, Journal, JournalError, Lease, Line};
use exward_store::{Store, StoreJournal, StoreUrl};
use jiff::Timestamp;

const ID: BlueprintId = BlueprintId([0xaa; 32]);
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Names the database to a process that a test has started.
const CHILD_URL: &str = "EXWARD_STORE_TEST_CHILD";

fn wave(wave: u32) -> Entry {
    Entry::WaveBegan { wave }
}

/// Writes so many entries into a new journal.
fn written(url: &StoreUrl, entries: u32) -> (StoreJournal, Lease) {
    let mut journal = StoreJournal::open(url).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "one:1").unwrap();
    for number in 1..=entries {
        journal.append(lease, ID, NOW, &wave(number)).unwrap();
    }
    (journal, lease)
}

/// The URL with everything in it.
fn text(url: &StoreUrl) -> &str {
    match url {
        StoreUrl::Postgres(text) => text,
        StoreUrl::Sqlite(path) => path.to_str().unwrap(),
    }
}

fn tamper(url: &StoreUrl, sql: &str) -> Result<(), sqlx::Error> {
    run_at(text(url), sql.to_owned())
}

/// An error with everything behind it.
fn chain(error: &dyn Error) -> String {
    let own = error.to_string();
    error.source().map_or_else(|| own.clone(), |source| format!("{own}: {}", chain(source)))
}

#[track_caller]
fn check_refused(url: &StoreUrl, want: &[&str]) {
    for opened in [StoreJournal::open(url), StoreJournal::open_to_read(url)] {
        let said = chain(&opened.unwrap_err());
        for words in want {
            assert!(said.contains(words), "`{said}` lacks `{words}`");
        }
    }
}

/// The child of a test: holds the lease until it is killed, or its parent ends.
fn hold_the_lease(url: &str) {
    let mut journal = StoreJournal::open(&url.parse().unwrap()).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "child:2").unwrap();
    let mut out = io::stdout();
    writeln!(out, "\nsaid {}", lease.epoch).unwrap();
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// This binary again: the test that starts it runs in another process, as the child that it needs.
fn start(test: &str, url: &StoreUrl) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--include-ignored"])
        .env(CHILD_URL, text(url))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Takes the lease as soon as the server has noticed that its holder is gone.
#[track_caller]
fn leased_at_last(journal: &mut StoreJournal) -> Lease {
    let begun = Instant::now();
    loop {
        match journal.lease(ID, "two:2") {
            Ok(lease) => return lease,
            Err(refused) => assert!(begun.elapsed() < Duration::from_secs(20), "J3: {refused}"),
        }
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_rival_process_is_named_until_it_is_killed() {
    if let Ok(url) = std::env::var(CHILD_URL) {
        return hold_the_lease(&url);
    }
    let database = Database::fresh();
    let mut journal = StoreJournal::open(&database.url).unwrap();
    let mut child = start("a_rival_process_is_named_until_it_is_killed", &database.url);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|it| it == "said 1"), "the child took the lease");
    let refused = journal.lease(ID, "two:2").unwrap_err();
    assert!(
        matches!(&refused, JournalError::Held { owner } if owner == "child:2"),
        "J3: {refused}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(leased_at_last(&mut journal).epoch, 2, "J3: free when it is dead");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn an_executor_whose_session_was_ended_writes_nothing_more() {
    let database = Database::fresh();
    let (mut first, lease) = written(&database.url, 1);
    tamper(
        &database.url,
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' \
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .unwrap();
    let mut second = StoreJournal::open(&database.url).unwrap();
    let newer = leased_at_last(&mut second);
    assert!(newer > lease, "J3");
    assert!(first.append(lease, ID, NOW, &wave(2)).is_err(), "J3: it goes on without its lock");
    // The same executor on another connection, with the lease that it believes to have.
    let mut late = StoreJournal::open(&database.url).unwrap();
    let refused = late.append(lease, ID, NOW, &wave(2)).unwrap_err();
    assert!(matches!(refused, JournalError::LeaseLost { newest: 2, ours: 1 }), "J3: {refused}");
    assert_eq!(second.append(newer, ID, NOW, &wave(2)).unwrap(), 2, "J1");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn a_reader_reads_beside_the_writer_and_writes_nothing() {
    let database = Database::fresh();
    let told = chain(&StoreJournal::open_to_read(&database.url).unwrap_err());
    assert!(told.contains("its schema has version 0"), "{told}");
    let told = chain(&StoreJournal::open_existing(&database.url).unwrap_err());
    assert!(told.contains("there is no journal of rollouts in it yet"), "{told}");
    let (mut writer, lease) = written(&database.url, 0);
    drop(StoreJournal::open_existing(&database.url).unwrap());
    let mut reader = StoreJournal::open_to_read(&database.url).unwrap();
    assert_eq!(reader.blueprint(ID).unwrap().as_deref(), Some(&b"blueprint"[..]));
    writer.append(lease, ID, NOW, &wave(0)).unwrap();
    assert_eq!(reader.entries(ID).unwrap().len(), 1, "what was appended after it was opened");
    let refused = chain(&reader.append(lease, ID, NOW, &wave(1)).unwrap_err());
    assert!(refused.contains("read-only transaction"), "{refused}");
    drop(writer);
    assert!(reader.lease(ID, "reader:1").is_err());
    let mut next = StoreJournal::open(&database.url).unwrap();
    assert_eq!(next.lease(ID, "two:2").unwrap().epoch, 2, "J3: the reader kept the lock");
}

#[test]
#[ignore = "needs PostgreSQL"]
fn many_who_write_at_once_wait_for_each_other() {
    let database = Database::fresh();
    drop(written(&database.url, 1));
    std::thread::scope(|scope| {
        for by in ["ann", "bob", "zoe"] {
            let mut journal = StoreJournal::open(&database.url).unwrap();
            scope.spawn(move || {
                for _ in 0..30 {
                    journal.command(ID, NOW, by, Order::Pause).unwrap();
                }
            });
        }
    });
    let commands = StoreJournal::open(&database.url).unwrap().commands(ID, 0).unwrap();
    let numbers: Vec<_> = commands.iter().map(|it| it.sequence).collect();
    assert_eq!(numbers, (1..=90).collect::<Vec<_>>());
}

#[test]
#[ignore = "needs PostgreSQL"]
fn sql_itself_refuses_to_rewrite() {
    let database = Database::fresh();
    let (mut journal, _lease) = written(&database.url, 2);
    journal.command(ID, NOW, "ann", Order::Pause).unwrap();
    let other = "'bb' || repeat('b', 62)";
    let refusals = [
        ("UPDATE entry SET body = '' WHERE sequence = 1", "entries are never changed"),
        ("DELETE FROM entry WHERE sequence = 2", "entries are never removed"),
        ("TRUNCATE entry", "entries are never removed"),
        ("UPDATE lease SET owner = 'x'", "leases are never changed"),
        ("DELETE FROM lease", "leases are never removed"),
        ("TRUNCATE blueprint CASCADE", "are never removed"),
        ("INSERT INTO lease VALUES (9, 'x')", "leases are numbered without gaps"),
        ("UPDATE blueprint SET bytes = ''", "blueprints are never changed"),
        ("UPDATE blueprint SET line = 7", "blueprints stay in their line"),
        ("INSERT INTO current SELECT 7, id FROM blueprint", "violates foreign key"),
        ("DELETE FROM blueprint", "blueprints are never removed"),
        ("DELETE FROM command", "commands are never removed"),
        (
            &format!("INSERT INTO approval VALUES ({other}, 2, 'x', 'x', 'x')"),
            "approvals are numbered without gaps",
        ),
        (
            &format!("INSERT INTO command VALUES ({other}, 2, 0, 'x', 'x', 'x')"),
            "commands are numbered without gaps",
        ),
        (
            &format!("INSERT INTO entry VALUES ({other}, 2, 'x', 'x', '')"),
            "entries are numbered without gaps",
        ),
    ];
    for (sql, want) in refusals {
        let refused = tamper(&database.url, sql).expect_err(sql).to_string();
        assert!(refused.contains(want), "J1: {sql}: {refused}");
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn an_edited_journal_is_seen() {
    let edits = [
        ("UPDATE entry SET body = replace(body, '2', '9') WHERE sequence = 2", "entry 2 of"),
        ("DELETE FROM entry WHERE sequence = 2", "entry 2 of"),
        ("DELETE FROM entry WHERE sequence = 3", "ends with entry 2, and 3 was"),
        ("DELETE FROM tip", "ends with entry 3, and 0 was"),
    ];
    for (sql, want) in edits {
        let database = Database::fresh();
        drop(written(&database.url, 3));
        // Without its triggers, as whoever owns the database can.
        let sql = format!("SET session_replication_role = replica; {sql}");
        tamper(&database.url, &sql).unwrap();
        let told = StoreJournal::open_to_read(&database.url).unwrap().entries(ID).unwrap_err();
        assert!(matches!(told, JournalError::Damaged { .. }), "J1: {told}");
        assert!(told.to_string().contains(want), "J1: {sql}: {told}");
    }
}

#[test]
#[ignore = "needs PostgreSQL"]
fn what_is_not_ours_is_refused_and_stays_as_it_is() {
    let foreign = Database::fresh();
    tamper(&foreign.url, "CREATE TABLE entry (elses TEXT)").unwrap();
    check_refused(&foreign.url, &["another program has a table `entry`"]);
    tamper(&foreign.url, "CREATE TABLE blueprint (nobody TEXT)").expect("nothing was made");

    let newer = Database::fresh();
    drop(written(&newer.url, 1));
    tamper(&newer.url, "INSERT INTO journal_schema VALUES (99)").unwrap();
    check_refused(&newer.url, &["its schema has version 99", "use a newer one"]);

    let away: StoreUrl = "postgres://ann:secret@127.0.0.1:1/exward".parse().unwrap();
    check_refused(&away, &["cannot be opened", "127.0.0.1:1/exward"]);
    assert!(!chain(&StoreJournal::open(&away).unwrap_err()).contains("secret"));
}

/// A code of PostgreSQL that is all digits must not be read as one of SQLite: 22027 ends in the byte of its damage.
#[test]
#[ignore = "needs PostgreSQL"]
fn what_the_server_calls_damage_is_damage_and_nothing_else() {
    for (code, is_damage) in [("XX001", true), ("XX002", true), ("22027", false)] {
        let database = Database::fresh();
        let (mut journal, lease) = written(&database.url, 1);
        let fails = format!(
            "CREATE OR REPLACE FUNCTION journal_next() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'a page' USING ERRCODE = '{code}'; END $$"
        );
        tamper(&database.url, &fails).unwrap();
        let told = journal.append(lease, ID, NOW, &wave(2)).unwrap_err();
        assert_eq!(matches!(told, JournalError::Damaged { .. }), is_damage, "{code}: {told}");
        assert_eq!(journal.entries(ID).unwrap().len(), 1, "it was not rolled back");
    }
}

/// The journal and the store keep to their own tables, whichever was there first.
#[test]
#[ignore = "needs PostgreSQL"]
fn a_database_holds_the_store_as_well() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let both = [Database::fresh(), Database::fresh()];
    for (database, journal_first) in both.iter().zip([true, false]) {
        if journal_first {
            drop(written(&database.url, 1));
        }
        let store = runtime.block_on(Store::open(&database.url)).unwrap();
        if !journal_first {
            drop(written(&database.url, 1));
        }
        runtime.block_on(store.close());
        runtime.block_on(Store::open(&database.url)).unwrap();
        let mut journal = StoreJournal::open(&database.url).unwrap();
        assert_eq!(journal.entries(ID).unwrap().len(), 1);
    }
}
