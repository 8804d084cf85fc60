//! A full disk, a clock that went back, a damaged journal: a clear stop, and nothing is changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use exward_core::blueprint::BlueprintId;
use exward_core::fleet::ServerName;
use exward_drive::journal::{Entry, Journal as _, Written};
use exward_store::{StoreJournal, StoreUrl};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Estate, lab};
use crate::run::{Ran, json};

impl Estate {
    fn store(&self) -> PathBuf {
        self.dir.path().join("exward.db")
    }

    fn blueprint(&self) -> Vec<u8> {
        fs::read(self.dir.path().join("b.json")).unwrap()
    }

    fn id(&self) -> BlueprintId {
        exward_read::blueprint::id(&self.blueprint())
    }

    /// Every server of the blueprint as it truly is, in the lab's own words.
    fn truth(&self) -> BTreeMap<ServerName, Value> {
        let mut stream = TcpStream::connect(&self.link).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let blueprint = exward_read::blueprint::read(&self.blueprint()).unwrap();
        let mut look = |server: &ServerName| {
            writeln!(stream, r#"{{"ask":"server","name":"{server}"}}"#).unwrap();
            let mut answer = String::new();
            answers.read_line(&mut answer).unwrap();
            let mut answer: Value = serde_json::from_str(&answer).unwrap();
            let state = answer.get_mut("server").filter(|it| it.is_object());
            state.map(Value::take).unwrap()
        };
        let servers = blueprint.updates().map(|it| it.server.clone());
        let truth: BTreeMap<_, _> = servers.map(|it| (it.clone(), look(&it))).collect();
        assert_eq!(truth.len(), 5);
        truth
    }

    fn entries(&self) -> Vec<Written> {
        StoreJournal::open_to_read(&StoreUrl::Sqlite(self.store()))
            .unwrap()
            .entries(self.id())
            .unwrap()
    }

    /// The servers that an order was written down for.
    fn ordered(&self) -> Vec<ServerName> {
        let intent = |it: Written| {
            if let Entry::Intent { server, .. } = it.entry { Some(server) } else { None }
        };
        self.entries().into_iter().filter_map(intent).collect()
    }

    /// The lab as it was at first, at another time.
    fn new_lab(&mut self, start: Timestamp) {
        self.lab.kill().and_then(|()| self.lab.wait()).unwrap();
        self.lab = lab(self.dir.path(), 26_443, &["--start", &start.to_string()]);
    }

    /// Carried out as fast as can be, to whatever end.
    fn ran(&self) -> Ran {
        ended(self.run("0"))
    }

    /// Carried out to the good end: every server is current, and the lab saw nothing wrong.
    #[track_caller]
    fn finishes(&self) {
        let ran = self.ran();
        assert_eq!(ran.code, 0, "{}\n{}", ran.err, ran.out);
        assert!(!ran.err.contains("broken invariant"), "{}", ran.err);
        let lines = json(&ran);
        let current = lines.first().and_then(|it| it.pointer("/counts/current"));
        assert_eq!(current, Some(&Value::from(5)), "{}", ran.out);
    }

    /// Carried out until the first server leaves service; then somebody has it paused and resumed, so that
    /// the next run goes on at once.
    fn stopped_in_the_middle(&self) {
        let mut executor = self.run("20").stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(executor.stderr.take().unwrap()).lines();
        assert!(lines.any(|it| it.unwrap().contains("leaves service")));
        self.done(&["rollout", "pause", "--by", "A. Admin", "--after-step"]);
        lines.for_each(drop);
        assert_eq!(executor.wait().unwrap().code(), Some(3), "paused");
        self.done(&["rollout", "resume", "--by", "A. Admin"]);
    }
}

fn ended(mut command: Command) -> Ran {
    command.stderr(Stdio::piped()).output().unwrap().into()
}

/// The same command, where no file may become longer than so many blocks of 512 bytes.
#[cfg(unix)]
fn with_room(command: &Command, blocks: &str) -> Command {
    let mut limited = Command::new("sh");
    limited.args(["-c", r#"trap "" XFSZ; ulimit -f "$0"; exec "$@""#, blocks]);
    limited.arg(command.get_program()).args(command.get_args());
    limited.current_dir(command.get_current_dir().unwrap());
    limited.stdin(Stdio::null()).stdout(Stdio::piped());
    limited
}

/// Text without the spaces and line breaks of its layout.
fn bare(text: &str) -> String {
    text.chars().filter(|it| !it.is_whitespace() && !"├╰─▶│".contains(*it)).collect()
}

#[track_caller]
fn check_stopped(ran: &Ran, want: &[&str]) {
    assert_eq!((ran.code, ran.out.as_str()), (7, ""), "{}", ran.err);
    let said = bare(&ran.err);
    for want in want {
        assert!(said.contains(&bare(want)), "{want}\n{}", ran.err);
    }
}

/// What only orders to the server itself change: what another member hands over is not its own.
#[cfg(unix)]
fn own(state: &Value) -> Value {
    let mut state = state.clone();
    let fields = state.as_object_mut().unwrap();
    for handed_over in ["active_copies", "primary_active_manager"] {
        assert!(fields.remove(handed_over).is_some(), "{handed_over}");
    }
    state
}

#[cfg(unix)]
#[test]
fn a_full_disk_stops_it_and_with_room_it_goes_on() {
    let estate = Estate::new(25_443, "none");
    let untouched = estate.truth();
    // No room at all: not even the lease can be taken.
    check_stopped(&ended(with_room(&estate.run("0"), "8")), &["cannot be used", "with room"]);
    assert!(estate.truth() == untouched, "a server was touched, and nothing is written down");
    let mut written = 0;
    // Room that ends in the middle, at another place each time.
    for blocks in ["160", "200", "290", "400", "600"] {
        let ran = ended(with_room(&estate.run("0"), blocks));
        let want = ["the journal cannot be written", "make room on its disk", "the same command"];
        check_stopped(&ran, &want);
        let entries = estate.entries().len();
        assert!(entries > written, "{blocks}: nothing more was written down");
        written = entries;
        let (ordered, truth) = (estate.ordered(), estate.truth());
        for (server, before) in &untouched {
            let same = own(&truth[server]) == own(before);
            assert!(same || ordered.contains(server), "{blocks}: {server} has no order written");
        }
        // Still no room: the next run changes nothing.
        check_stopped(&ended(with_room(&estate.run("0"), "8")), &["the journal", "room"]);
        assert!(estate.truth() == truth && estate.entries().len() == written, "{blocks}");
    }
    assert!(estate.truth() != untouched, "it stopped before anything had begun");
    estate.finishes();
}

#[test]
fn a_clock_that_went_back_stops_it_before_anything_is_done() {
    let mut estate = Estate::new(26_443, "none");
    estate.stopped_in_the_middle();
    let last = estate.entries().last().unwrap().at;
    let written = estate.entries();
    let ordered = estate.ordered().len();
    for minutes in [-2, -60 * 24 * 400] {
        let start = last + SignedDuration::from_mins(minutes);
        estate.new_lab(start);
        let (before, ran) = (estate.truth(), estate.ran());
        let last = format!("the journal's last entry is from {last}, and now it is {start}");
        check_stopped(&ran, &["the clock went back", &last, "set the clock right"]);
        assert!(estate.truth() == before, "{minutes} minutes: a server was touched");
        assert!(estate.entries() == written, "{minutes} minutes: something was written");
    }
    // Set right, it goes on.
    estate.new_lab(last + SignedDuration::from_mins(1));
    let ran = estate.ran();
    assert_eq!(ran.code, 0, "{}\n{}", ran.err, ran.out);
    assert!(estate.ordered().len() > ordered);
}

/// A page of the database.
const PAGE: usize = 4096;

/// The journal's files with something in them, byte for byte. `-shm` is only memory that is shared.
fn files(estate: &Estate) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(estate.dir.path()).unwrap().map(Result::unwrap);
    let files = entries.map(|it| (it.file_name().into_string().unwrap(), it.path()));
    let of_it = files.filter(|(name, _)| name.starts_with("exward.db") && !name.ends_with("-shm"));
    let read = of_it.map(|(name, path)| (name, fs::read(path).unwrap()));
    read.filter(|(_, bytes)| !bytes.is_empty()).collect()
}

/// The journal damaged so: both commands say so, and change neither it nor servers.
#[track_caller]
fn check_damage(estate: &Estate, damaged: &[u8], want: &str) {
    fs::write(estate.store(), damaged).unwrap();
    let (files_before, truth) = (files(estate), estate.truth());
    let status = super::command(estate.dir.path(), &["rollout", "status"]);
    let status_of_file = super::command(estate.dir.path(), &["rollout", "status", "b.json"]);
    for command in [status, status_of_file, estate.run("0")] {
        let words = format!("{:?}", command.get_args());
        let said = ended(command);
        let remedy =
            "keep it as it is, a file together with its -wal, and restore a copy from a backup";
        check_stopped(&said, &["exward.db cannot be used", "the journal is damaged", want, remedy]);
        assert!(files(estate) == files_before, "{want}: {words}: the journal was changed");
        assert!(estate.truth() == truth, "{want}: {words}: a server was touched");
    }
}

/// The bytes with one text for another, everywhere.
fn replaced(bytes: &[u8], old: &str, new: &str) -> Vec<u8> {
    assert_eq!(old.len(), new.len(), "pages keep their places");
    let text: String = bytes.iter().map(|it| char::from(*it)).collect();
    assert!(text.contains(old), "{old}");
    text.replace(old, new).chars().map(|it| u8::try_from(it).unwrap()).collect()
}

#[test]
fn a_damaged_journal_is_named_and_left_alone() {
    let estate = Estate::new(24_443, "none");
    estate.stopped_in_the_middle();
    let whole = fs::read(estate.store()).unwrap();
    assert_eq!(files(&estate).len(), 1, "everything is in one file");

    // One text behind the triggers: SQLite sees nothing, the chain and the id do.
    let step = (r#""number":1,"step":1"#, r#""number":1,"step":2"#);
    check_damage(&estate, &replaced(&whole, step.0, step.1), "entry 5");
    let day = (r#""catalog_as_of":"2"#, r#""catalog_as_of":"3"#);
    let id = format!("its blueprint {} was changed", estate.id());
    check_damage(&estate, &replaced(&whole, day.0, day.1), &id);
    // The head of any page.
    for page in 0..whole.len() / PAGE {
        let mut flipped = whole.clone();
        flipped[page * PAGE..page * PAGE + 64].iter_mut().for_each(|it| *it ^= 0xff);
        check_damage(&estate, &flipped, "exward.db");
    }
    // Cut: in a page, between pages, to nothing.
    check_damage(&estate, &whole[..whole.len() / 2 - 100], "malformed");
    check_damage(&estate, &whole[..whole.len() - PAGE], "malformed");
    check_damage(&estate, &[], "is empty, but rollouts were carried out with it");

    // A copy from a backup: the same command finishes.
    fs::write(estate.store(), &whole).unwrap();
    estate.finishes();
}
