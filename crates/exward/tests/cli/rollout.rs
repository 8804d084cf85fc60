//! `exward rollout`: approving, looking and steering, with a journal that somebody else writes to.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exward_core::blueprint::{Action, BlueprintId};
use exward_core::fleet::ServerName;
use exward_drive::effects::Work;
use exward_drive::journal::{Approval, Command, Entry, Journal as _, Lease, Outcome};
use exward_drive::state::{End, Installer, ServerState};
use exward_store::{StoreJournal, StoreUrl};
use jiff::Timestamp;
use serde_json::Value;
use tempfile::TempDir;

use crate::plan::{example, plan};
use crate::run::{Ran, exward, json};

const NOW: &str = "2026-11-24T02:00:00Z";
const UNTIL: &str = "2026-12-01T00:00:00Z";

/// A folder with a blueprint, and where its journal will be.
struct Place {
    dir: TempDir,
    blueprint: PathBuf,
    store: PathBuf,
}

impl Place {
    /// With the blueprint of the examples, under the policy with these words replaced.
    fn new(replaced: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let policy = dir.path().join("policy.toml");
        let mut text = fs::read_to_string(example("policy.toml")).unwrap();
        for (old, new) in replaced {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        fs::write(&policy, text).unwrap();
        let (blueprint, store) = (dir.path().join("b.json"), dir.path().join("exward.db"));
        let out = ["--out", blueprint.to_str().unwrap()];
        let ran = plan(policy.to_str().unwrap(), &example("inventory.json"), &out);
        assert_eq!(ran.code, 0, "{}", ran.err);
        Self { dir, blueprint, store }
    }

    fn rollout(&self, args: &[&str]) -> Ran {
        let store = ["--store", self.store.to_str().unwrap(), "--now", NOW];
        exward(&[&["rollout"], args, &store].concat())
    }

    fn approve(&self, by: &str) -> Ran {
        self.rollout(&["approve", self.file(), "--by", by, "--until", UNTIL])
    }

    fn file(&self) -> &str {
        self.blueprint.to_str().unwrap()
    }

    fn id(&self) -> BlueprintId {
        exward_read::blueprint::id(&fs::read(&self.blueprint).unwrap())
    }

    /// The text without the names of this folder and of the blueprint.
    fn plain(&self, text: &str) -> String {
        let id = self.id().to_string();
        let text = text.replace(self.dir.path().to_str().unwrap(), "DIR").replace(&id, "ID");
        let short: String = id.chars().take(12).collect();
        text.replace(&short, "SHORT-ID")
    }

    /// Somebody carries it out, and has come so far. The lease is held as long as the journal lives.
    fn begin(&self, entries: &[Entry]) -> (StoreJournal, Lease) {
        let mut journal = StoreJournal::open(&StoreUrl::from(&*self.store)).unwrap();
        let lease = journal.lease(self.id(), "host:7").unwrap();
        journal.make_current(self.id()).unwrap();
        for entry in entries {
            let at: Timestamp = "2026-11-24T03:00:00Z".parse().unwrap();
            journal.append(lease, self.id(), at, entry).unwrap();
        }
        (journal, lease)
    }
}

fn name(server: &str) -> ServerName {
    ServerName::new(server)
}

/// Seen at this build, with nothing else.
fn seen(build: &str) -> Arc<ServerState> {
    Arc::new(ServerState {
        build: Some(build.parse().unwrap()),
        boot: 1,
        pending_reboot: Some(false),
        components: Vec::new(),
        services: Vec::new(),
        node: None,
        activation: None,
        active_copies: 0,
        primary_active_manager: false,
        queued_messages: 0,
        installer: Installer::Idle,
        prerequisites: std::collections::BTreeSet::new(),
        mitigations: std::collections::BTreeSet::new(),
        copies_healthy: None,
        probes_pass: Some(true),
    })
}

fn recorded(server: &str) -> Entry {
    Entry::Recorded { server: name(server), state: seen("15.2.2562.37") }
}

fn ended(server: &str, end: End, build: &str) -> Entry {
    Entry::Ended { server: name(server), end, state: Some(seen(build)) }
}

/// One current, one quarantined, one under way, two waiting; halted.
fn life() -> Vec<Entry> {
    let work = Work::Step(Action::DrainTransport);
    let why = "exit code 1603".to_owned();
    vec![
        Entry::Began { owner: "host:7".to_owned() },
        Entry::WaveBegan { wave: 0 },
        recorded("EX01"),
        ended("EX01", End::Current, "15.2.2562.56"),
        Entry::WaveBegan { wave: 1 },
        recorded("EDGE01"),
        Entry::Outcome {
            server: name("EDGE01"),
            number: Some(1),
            step: 1,
            outcome: Outcome::Failed { why: why.clone(), harmless: false },
        },
        ended("EDGE01", End::Quarantined(why), "15.2.2562.37"),
        Entry::WaveBegan { wave: 2 },
        recorded("EX04"),
        Entry::Intent { server: name("EX04"), number: 1, step: 1, work, cure: false, boot: 1 },
        Entry::Halted { why: "1 failed servers in ring broad, which allows 0".to_owned() },
    ]
}

const CALM: [(&str, &str); 1] = [("windows_ignored = true", "windows_ignored = false")];

#[test]
fn an_approval_says_what_it_allows() {
    let place = Place::new(&CALM);
    let ran = place.approve("A. Admin");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    insta::assert_snapshot!(place.plain(&ran.out), @r"
    approved by A. Admin until 2026-12-01T00:00:00Z: blueprint SHORT-ID (generation 1), 5 servers in 5 waves
    enough people have approved it; further servers may be begun until 2026-12-01T00:00:00Z
    next: exward rollout run DIR/b.json --store DIR/exward.db
    ");
    let mut journal = StoreJournal::open_to_read(&StoreUrl::from(&*place.store)).unwrap();
    let want = Approval {
        by: "A. Admin".to_owned(),
        at: NOW.parse().unwrap(),
        until: UNTIL.parse().unwrap(),
    };
    assert_eq!(journal.approvals(place.id()).unwrap(), [want]);
    let kept = journal.blueprint(place.id()).unwrap();
    assert_eq!(kept, Some(fs::read(&place.blueprint).unwrap()), "F2: byte for byte");
}

#[test]
fn whoever_may_allow_an_emergency_must_do_so() {
    let place = Place::new(&[]);
    let first = place.approve("A. Admin");
    assert!(first.out.contains("EMERGENCY: it ignores windows"), "{}", first.out);
    assert!(first.out.contains("not enough yet: "), "{}", first.out);
    let second = place.approve("B. Lead");
    assert!(second.out.contains("next: exward rollout run "), "{}", second.out);
}

#[track_caller]
fn check_refused(place: &Place, args: &[&str], code: i32, want: &str) {
    let ran = place.rollout(args);
    let said = ran.err.replace("\n  │", "").split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{args:?}: {said}");
    assert!(said.contains(want), "{args:?}: {said}");
}

#[test]
fn what_may_not_be_approved_is_not_kept() {
    let place = Place::new(&CALM);
    let file = place.file();
    let by = |who, until| ["approve", file, "--by", who, "--until", until];
    check_refused(&place, &by("Nobody", UNTIL), 2, "the policy does not let Nobody approve");
    check_refused(&place, &by("A. Admin", NOW), 2, "has run out already");
    check_refused(&place, &by(" ", UNTIL), 2, "a name cannot be empty");
    check_refused(&place, &by("A. Admin", "soon"), 2, "soon");
    let changed = place.dir.path().join("changed.json");
    let text = fs::read_to_string(&place.blueprint).unwrap();
    // In the form of a blueprint still: only the second opinion can tell.
    fs::write(&changed, text.replace("go-online", "restart")).unwrap();
    let by = ["approve", changed.to_str().unwrap(), "--by", "A. Admin", "--until", UNTIL];
    check_refused(&place, &by, 2, "P8: EX01: it does not return in order");
    let missing = ["approve", "no-such.json", "--by", "A. Admin", "--until", UNTIL];
    check_refused(&place, &missing, 4, "cannot read no-such.json");
    assert!(!place.store.exists(), "nothing was kept");
}

#[test]
fn only_a_child_of_the_current_blueprint_is_approved() {
    let place = Place::new(&CALM);
    place.approve("A. Admin");
    let (journal, _) = place.begin(&[]);
    drop(journal);
    let stranger = Place::new(&[CALM[0], ("canaries = 1 ", "canaries = 0 ")]);
    let by = ["approve", stranger.file(), "--by", "A. Admin", "--until", UNTIL];
    check_refused(&place, &by, 2, "the blueprint follows none, but");
}

#[test]
fn status_shows_what_a_running_executor_has_written() {
    let place = Place::new(&CALM);
    place.approve("A. Admin");
    // The executor lives, and has its lease.
    let (_journal, _lease) = place.begin(&life());
    let ran = place.rollout(&["status"]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""), "halted, and one is quarantined");
    insta::assert_snapshot!(place.plain(&ran.out), @r"
    blueprint ID (generation 1)
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     State         Server   Wave   From → to                     What                             Since                
    ═══════════════════════════════════════════════════════════════════════════════════════════════════════════════════
     QUARANTINED   EDGE01   2      15.2.2562.37 → 15.2.2562.56   exit code 1603                   2026-11-24T03:00:00Z 
                                                                 its build is 15.2.2562.37                             
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     UNDER WAY     EX04     3      15.2.2562.37 → 15.2.2562.56   drain-transport (step 2 of 18)   2026-11-24T03:00:00Z 
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     WAITING       EX02     4      15.2.2562.37 → 15.2.2562.56                                                         
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     WAITING       EX03     5      15.2.2562.37 → 15.2.2562.56                                                         
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     CURRENT       EX01     1      15.2.2562.37 → 15.2.2562.56                                    2026-11-24T03:00:00Z 
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    3 of 5 waves begun; 5 servers: 2 waiting, 1 under way, 1 current, 1 quarantined
    HALTED since 2026-11-24T03:00:00Z: 1 failed servers in ring broad, which allows 0
      → look at these servers, then: exward rollout resume --by YOU
    approved by A. Admin, 2026-11-24T02:00:00Z, until 2026-12-01T00:00:00Z
    carried out by host:7
    last entry: 2026-11-24T03:00:00Z halted: 1 failed servers in ring broad, which allows 0
    ");

    let lines = json(&place.rollout(&["status", "--format", "json"]));
    let (whole, servers) = lines.split_first().unwrap();
    let keys: Vec<&str> = whole.as_object().unwrap().keys().map(String::as_str).collect();
    let want = "schema blueprint generation parent waves waves_begun counts executor halted command \
                approvals last finished";
    assert_eq!(keys, want.split_whitespace().collect::<Vec<_>>());
    assert_eq!((&whole["waves"], &whole["waves_begun"]), (&Value::from(5), &Value::from(3)));
    assert_eq!(whole["last"]["sequence"], 12);
    let states: Vec<&str> = servers.iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["current", "quarantined", "under-way", "waiting", "waiting"]);
    assert_eq!(servers[0]["build"], "15.2.2562.56");
    assert_eq!(
        (&servers[2]["step"], &servers[2]["step_number"]),
        (&"drain-transport".into(), &Value::from(2))
    );
    let want = "schema server wave state why from to build track step step_number steps since began \
                ended orders cures failures failed changes";
    for it in servers {
        let keys: Vec<&str> = it.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, want.split_whitespace().collect::<Vec<_>>(), "{it}");
        assert_eq!(it["schema"], "exward.rollout.server/1");
    }
}

#[test]
fn commands_reach_the_journal_and_an_abort_is_final() {
    let place = Place::new(&CALM);
    place.approve("A. Admin");
    let (mut journal, _lease) = place.begin(&life());
    let ran = place.rollout(&["pause", "--by", "A. Admin", "--after-step"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let status = place.rollout(&["status"]).out;
    assert!(
        status.contains("command: pause-after-step by A. Admin, 2026-11-24T02:00:00Z"),
        "{status}"
    );
    assert_eq!(place.rollout(&["resume", "--by", "B. Lead"]).code, 0);
    let status = place.rollout(&["status"]).out;
    assert!(!status.contains("command: ") && !status.contains("HALTED"), "{status}");
    assert_eq!(place.rollout(&["abort", "--by", "A. Admin"]).code, 0);
    check_refused(&place, &["resume", "--by", "A. Admin"], 2, "aborted already");
    let given = journal.commands(place.id(), 0).unwrap();
    let given: Vec<_> = given.iter().map(|it| (it.command, it.by.as_str())).collect();
    let want = [
        (Command::PauseAfterStep, "A. Admin"),
        (Command::Resume, "B. Lead"),
        (Command::Abort, "A. Admin"),
    ];
    assert_eq!(given, want);
}

#[test]
fn a_rollout_that_has_not_begun_is_named_by_its_file() {
    let place = Place::new(&CALM);
    check_refused(&place, &["status"], 4, "there is no journal of this name");
    check_refused(&place, &["pause", "--by", "A. Admin"], 4, "there is no journal of this name");
    assert!(!place.store.exists(), "looking makes no journal");
    place.approve("A. Admin");
    check_refused(
        &place,
        &["status"],
        2,
        "no rollout from the command line has begun in this journal",
    );
    let ran = place.rollout(&["status", place.file()]);
    assert!(ran.out.ends_with("nothing has begun yet\n"), "{}", ran.out);
    assert_eq!(place.rollout(&["pause", place.file(), "--by", "A. Admin"]).code, 0);
    let other = Place::new(&[]);
    check_refused(&place, &["status", other.file()], 2, "is not in the journal");
}

#[test]
fn what_is_no_journal_is_refused_and_left_alone() {
    let place = Place::new(&CALM);
    fs::write(&place.store, "goal = \"latest\"\n".repeat(100)).unwrap();
    for args in [&["status"][..], &["abort", "--by", "A. Admin"]] {
        check_refused(&place, args, 7, "exward.db cannot be used");
    }
    assert_eq!(place.approve("A. Admin").code, 7);
    assert!(fs::read_to_string(Path::new(&place.store)).unwrap().starts_with("goal"));
}
