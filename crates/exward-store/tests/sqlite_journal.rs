//! What only a file can suffer: killed writers, rivals in other processes, damage, foreign hands.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::error::Error;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use exward_core::blueprint::BlueprintId;
use exward_drive::journal::{Command as Order, Entry, Journal, JournalError, Line};
use exward_store::{Store, StoreJournal, StoreUrl};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, raw_sql};
use tempfile::TempDir;

const ID: BlueprintId = BlueprintId([0xaa; 32]);
const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// Names the database to a process that a test has started.
const CHILD_PATH: &str = "EXWARD_STORE_TEST_CHILD";

fn open(path: &Path) -> Result<StoreJournal, JournalError> {
    StoreJournal::open(&StoreUrl::from(path))
}

fn open_to_read(path: &Path) -> Result<StoreJournal, JournalError> {
    StoreJournal::open_to_read(&StoreUrl::from(path))
}

fn fresh() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fleet.db");
    (directory, path)
}

fn wave(wave: u32) -> Entry {
    Entry::WaveBegan { wave }
}

/// A closed journal with so many entries.
fn written(path: &Path, entries: u32) {
    let mut journal = open(path).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "one:1").unwrap();
    for number in 1..=entries {
        journal.append(lease, ID, NOW, &wave(number)).unwrap();
    }
}

/// Does something to the database with no regard for what it means.
fn tamper(path: &Path, sql: String) -> Result<(), sqlx::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    runtime.block_on(async {
        let mut connection: SqliteConnection = options.connect().await?;
        raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await
    })
}

/// An error with everything behind it.
fn chain(error: &dyn Error) -> String {
    let own = error.to_string();
    error.source().map_or_else(|| own.clone(), |source| format!("{own}: {}", chain(source)))
}

#[track_caller]
fn check_refused(path: &Path, want: &[&str]) {
    for opened in [open(path), open_to_read(path)] {
        let said = chain(&opened.unwrap_err());
        for words in want {
            assert!(said.contains(words), "`{said}` lacks `{words}`");
        }
    }
}

/// This binary again: the test that starts it runs in another process, as the child that it needs.
fn start(test: &str, path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD_PATH, path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn say(line: &str) {
    let mut out = io::stdout();
    writeln!(out, "\nsaid {line}").unwrap();
    out.flush().unwrap();
}

/// What a child says, without what the test harness says.
fn said(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("said ").map(str::to_owned))
}

/// The child of a test: appends until it is killed.
fn append_on_and_on(path: &Path) {
    let mut journal = open(path).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "child:1").unwrap();
    for number in 1.. {
        let sequence = journal.append(lease, ID, NOW, &wave(number)).unwrap();
        say(&sequence.to_string());
    }
}

/// The child of a test: holds the lease until it is killed, or its parent ends.
fn hold_the_lease(path: &Path) {
    let mut journal = open(path).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let lease = journal.lease(ID, "child:2").unwrap();
    say(&lease.epoch.to_string());
    io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn what_a_killed_process_was_told_is_safe_is_there() {
    if let Some(path) = std::env::var_os(CHILD_PATH) {
        return append_on_and_on(Path::new(&path));
    }
    let (_directory, path) = fresh();
    for kill_after in [1, 2, 50] {
        let before = match open_to_read(&path) {
            Ok(mut journal) => journal.entries(ID).unwrap().len(),
            Err(_) => 0,
        };
        let mut child = start("what_a_killed_process_was_told_is_safe_is_there", &path);
        let mut lines = said(&mut child);
        let mut acknowledged: Vec<u64> =
            lines.by_ref().take(kill_after).map(|it| it.parse().unwrap()).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        // A last line can be cut off by the kill; a number that parses too small loses nothing here.
        acknowledged.extend(lines.map_while(|it| it.parse::<u64>().ok()));
        let last = usize::try_from(acknowledged.into_iter().max().unwrap()).unwrap();
        assert!(last >= before + kill_after, "the child appended");

        let mut journal = open(&path).unwrap();
        let entries = journal.entries(ID).unwrap();
        let entry = &entries[last - 1].entry;
        assert_eq!(entry, &wave(u32::try_from(last - before).unwrap()), "J2: {last} is another");
        let lease = journal.lease(ID, "two:2").unwrap();
        let next = journal.append(lease, ID, NOW, &Entry::Finished).unwrap();
        assert_eq!(next, u64::try_from(entries.len()).unwrap() + 1, "J1, J3");
    }
}

#[test]
fn a_rival_process_is_named_until_it_is_killed() {
    if let Some(path) = std::env::var_os(CHILD_PATH) {
        return hold_the_lease(Path::new(&path));
    }
    let (_directory, path) = fresh();
    let mut journal = open(&path).unwrap();
    let mut child = start("a_rival_process_is_named_until_it_is_killed", &path);
    assert_eq!(said(&mut child).next().as_deref(), Some("1"));
    let refused = journal.lease(ID, "two:2").unwrap_err();
    assert!(
        matches!(&refused, JournalError::Held { owner } if owner == "child:2"),
        "J3: {refused}"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(journal.lease(ID, "two:2").unwrap().epoch, 2, "J3: free at once");
}

#[test]
fn a_reader_reads_beside_the_writer_and_writes_nothing() {
    let (_directory, path) = fresh();
    let mut writer = open(&path).unwrap();
    writer.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    let mut reader = open_to_read(&path).unwrap();
    assert_eq!(reader.blueprint(ID).unwrap().as_deref(), Some(&b"blueprint"[..]));
    assert_eq!(reader.blueprint(BlueprintId([0; 32])).unwrap(), None);
    let refused = reader.lease(ID, "reader:1").unwrap_err();
    assert!(chain(&refused).contains("readonly"), "{}", chain(&refused));
    let lease = writer.lease(ID, "one:1").unwrap();
    writer.append(lease, ID, NOW, &wave(0)).unwrap();
    assert_eq!(reader.entries(ID).unwrap().len(), 1, "what was appended after it was opened");
    assert!(reader.append(lease, ID, NOW, &wave(1)).is_err());
}

#[test]
fn two_who_write_at_once_wait_for_each_other() {
    let (_directory, path) = fresh();
    written(&path, 1);
    std::thread::scope(|scope| {
        for by in ["ann", "bob"] {
            let mut journal = open(&path).unwrap();
            scope.spawn(move || {
                for _ in 0..100 {
                    journal.command(ID, NOW, by, Order::Pause).unwrap();
                }
            });
        }
    });
    let commands = open(&path).unwrap().commands(ID, 0).unwrap();
    let numbers: Vec<_> = commands.iter().map(|it| it.sequence).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
}

#[test]
fn sql_itself_refuses_to_rewrite() {
    let (_directory, path) = fresh();
    written(&path, 2);
    let refusals = [
        ("UPDATE entry SET body = '' WHERE sequence = 1", "entries are never changed"),
        ("DELETE FROM entry WHERE sequence = 2", "entries are never removed"),
        ("INSERT OR REPLACE INTO entry SELECT * FROM entry", "entries are numbered without gaps"),
        ("UPDATE lease SET owner = 'x'", "leases are never changed"),
        ("DELETE FROM lease", "leases are never removed"),
        ("UPDATE blueprint SET bytes = x'00'", "blueprints are never changed"),
        ("UPDATE blueprint SET line = 7", "blueprints stay in their line"),
        ("INSERT INTO current SELECT 7, id FROM blueprint", "FOREIGN KEY"),
        ("PRAGMA foreign_keys = OFF; DELETE FROM blueprint", "blueprints are never removed"),
        (
            "INSERT INTO approval VALUES (hex(randomblob(32)), 2, 'x', 'x', 'x')",
            "approvals are numbered without gaps",
        ),
        (
            "INSERT INTO command VALUES (hex(randomblob(32)), 2, 0, 'x', 'x', 'x')",
            "commands are numbered without gaps",
        ),
    ];
    for (sql, want) in refusals {
        let refused = tamper(&path, sql.to_owned()).expect_err(sql).to_string();
        assert!(refused.contains(want), "J1: {sql}: {refused}");
    }
}

/// Changes a journal of three entries behind its triggers; what its reader is told.
#[track_caller]
fn check_tampered(sql: &str, want: &str) {
    let (_directory, path) = fresh();
    written(&path, 3);
    let triggers = ["entry_next", "entry_kept", "entry_stays"];
    let drops = triggers.map(|it| format!("DROP TRIGGER {it}; ")).concat();
    tamper(&path, drops + sql).unwrap();
    let mut journal = open_to_read(&path).unwrap();
    let told = journal.entries(ID).unwrap_err();
    assert!(matches!(told, JournalError::Damaged { .. }), "J1: {told}");
    assert!(told.to_string().contains(want), "J1: {sql}: {told}");
}

#[test]
fn an_edited_journal_is_seen() {
    check_tampered(
        "UPDATE entry SET body = replace(body, '2', '9') WHERE sequence = 2",
        "entry 2 of blueprint aaaa",
    );
    check_tampered("UPDATE entry SET at = '1970-01-02T00:00:00Z' WHERE sequence = 1", "entry 1 of");
    check_tampered("UPDATE entry SET checksum = zeroblob(32) WHERE sequence = 3", "entry 3 of");
    check_tampered("DELETE FROM entry WHERE sequence = 2", "entry 2 of");
    check_tampered("DELETE FROM entry WHERE sequence = 3", "ends with entry 2, and 3 was");
    check_tampered("DELETE FROM entry", "ends with entry 0, and 3 was");
    check_tampered(
        "INSERT INTO entry SELECT blueprint, 4, at, body, checksum FROM entry WHERE sequence = 3",
        "entry 4 of",
    );
    check_tampered(
        "DELETE FROM entry WHERE sequence = 2; UPDATE entry SET sequence = 2 WHERE sequence = 3",
        "entry 2 of",
    );
    check_tampered("DELETE FROM tip", "ends with entry 3, and 0 was");
}

#[test]
fn what_the_schema_forbids_is_told_to_the_writer() {
    let (_directory, path) = fresh();
    written(&path, 1);
    let two = "PRAGMA ignore_check_constraints = ON; \
               PRAGMA foreign_keys = OFF; INSERT INTO current SELECT -1, id FROM blueprint";
    tamper(&path, two.to_owned()).unwrap();
    let told = open(&path).unwrap_err().to_string();
    assert!(told.contains("fleet.db: CHECK constraint failed in current"), "{told}");
}

#[test]
fn a_damaged_page_is_told_and_nothing_panics() {
    let (_directory, path) = fresh();
    written(&path, 200);
    let good = fs::read(&path).unwrap();
    let mut journal = open(&path).unwrap();
    let entries = journal.entries(ID).unwrap();
    drop(journal);
    let page = 4096;
    assert_eq!(good.len() % page, 0, "pages of another size");
    let (mut told, mut told_at_once, pages) = (0, 0, good.len() / page);
    for damaged in 0..pages {
        let mut bytes = good.clone();
        for byte in bytes[damaged * page..][..page].iter_mut().step_by(7) {
            *byte ^= 0x55;
        }
        fs::write(&path, bytes).unwrap();
        let opened = open_to_read(&path);
        told_at_once += usize::from(matches!(opened, Err(JournalError::Damaged { .. })));
        let read = open(&path).and_then(|mut it| it.entries(ID));
        match read {
            Ok(read) => assert_eq!(read, entries, "page {damaged}: silent damage"),
            Err(JournalError::Damaged { .. } | JournalError::Storage { .. }) => told += 1,
            Err(other) => panic!("page {damaged}: {other}"),
        }
    }
    assert!(told_at_once * 10 >= pages * 9, "opening saw {told_at_once} of {pages} damaged pages");
    assert!(told * 10 >= pages * 9, "of {pages} damaged pages {told} were seen");
}

#[test]
fn a_cut_off_file_is_told() {
    let (_directory, path) = fresh();
    written(&path, 200);
    let good = fs::read(&path).unwrap();
    for length in [0, 1, 99, 512, 4095, 4096, 8192, good.len() / 2, good.len() - 1] {
        fs::write(&path, &good[..length]).unwrap();
        let told = open(&path).and_then(|mut it| it.entries(ID)).unwrap_err();
        let known = matches!(told, JournalError::Damaged { .. } | JournalError::Storage { .. });
        assert!(known, "{length} bytes: {told}");
        assert!(fs::read(&path).unwrap().len() <= length, "{length} bytes: it was written to");
    }
}

#[test]
fn what_is_not_ours_is_refused_and_stays_as_it_is() {
    let (directory, path) = fresh();
    tamper(&path, "CREATE TABLE somebody (elses TEXT)".to_owned()).unwrap();
    let before = fs::read(&path).unwrap();
    check_refused(&path, &["fleet.db", "a database of another program"]);
    assert_eq!(fs::read(&path).unwrap(), before);

    let text = directory.path().join("policy.toml");
    fs::write(&text, "no database at all\n".repeat(100)).unwrap();
    check_refused(&text, &["the journal is damaged", "policy.toml", "file is not a database"]);

    let newer = directory.path().join("newer.db");
    written(&newer, 1);
    tamper(&newer, "PRAGMA user_version = 99".to_owned()).unwrap();
    check_refused(&newer, &["newer.db", "its schema has version 99", "use a newer one"]);
}

#[test]
fn what_cannot_be_opened_names_the_file_and_why() {
    let directory = tempfile::tempdir().unwrap();
    check_refused(&directory.path().join("missing/fleet.db"), &["missing/fleet.db"]);
    check_refused(directory.path(), &["cannot be opened"]);
    let empty = directory.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    let told = chain(&open_to_read(&empty).unwrap_err());
    assert!(told.contains("its schema has version 0"), "{told}");
    let told = chain(&StoreJournal::open_existing(&StoreUrl::from(&*empty)).unwrap_err());
    assert!(told.contains("there is no journal of rollouts in it yet"), "{told}");
    assert_eq!(fs::metadata(&empty).unwrap().len(), 0, "it was made all the same");
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_any_file_of_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let (directory, path) = fresh();
    let mut journal = open(&path).unwrap();
    journal.keep(Line::Unowned, ID, None, b"blueprint").unwrap();
    journal.lease(ID, "one:1").unwrap();
    let theirs = BlueprintId([0xbb; 32]);
    journal.keep(Line::Tenant(7), theirs, None, b"blueprint").unwrap();
    journal.lease(theirs, "one:1").unwrap();
    let mut names = Vec::new();
    for file in fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
        names.push(file.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(
        names,
        ["fleet.db", "fleet.db-shm", "fleet.db-wal", "fleet.db.lease", "fleet.db.lease-7"]
    );
}

/// The driver takes a URL; the name in it is a name all the same.
#[cfg(unix)]
#[test]
fn a_name_is_taken_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    std::os::unix::fs::symlink(&inner, directory.path().join("link")).unwrap();
    for name in ["50%25.db", "what?mode=memory", "a#b.db", "a b\n\u{e4}.db", "link/../up.db"] {
        let path = directory.path().join(name);
        written(&path, 1);
        assert!(path.is_file(), "{name:?}");
        assert_eq!(open_to_read(&path).unwrap().entries(ID).unwrap().len(), 1, "{name:?}");
    }
    assert!(directory.path().join("a/up.db").is_file(), "the link was not followed");
}

/// The journal and the store keep to their own tables, whichever was there first.
#[test]
fn a_file_holds_the_store_as_well() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for journal_first in [true, false] {
        let (_directory, path) = fresh();
        let url = StoreUrl::from(&*path);
        if journal_first {
            written(&path, 1);
        }
        let store = runtime.block_on(Store::open(&url)).unwrap();
        if !journal_first {
            written(&path, 1);
        }
        runtime.block_on(store.close());
        runtime.block_on(Store::open(&url)).unwrap();
        assert_eq!(open(&path).unwrap().entries(ID).unwrap().len(), 1);
    }
}
