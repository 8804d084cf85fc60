//! What every journal has to hold; run on the one in memory, and on the one in SQLite and in PostgreSQL.
//!
//! The simulator proves the executor on the journal in memory. That says something about the real one only
//! because both pass this, and answer the same to the same calls.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::sync::Arc;

use exward_core::blueprint::{Action, BlueprintId};
use exward_core::fleet::ServerName;
use exward_drive::effects::{Repair, Work};
use exward_drive::journal::{
    Approval, Command, Entry, Journal, JournalError, Lease, Line, MemoryJournal, Outcome, Track,
};
use exward_drive::state::{
    Activation, ActivationPolicy, ComponentState, ComponentValue, End, Installer, LogClaim,
    NodeState, Requester, ServerState, Service, StartType,
};
use exward_store::{StoreJournal, StoreUrl};
use jiff::Timestamp;
use tempfile::TempDir;

mod database;

use database::Database;

/// Where executors share one journal.
trait Place {
    type Journal: Journal;

    fn new() -> Self;

    /// Another executor's way to the journal.
    fn journal(&self) -> Self::Journal;

    /// An executor dies.
    fn dies(&self, journal: Self::Journal);
}

impl Place for MemoryJournal {
    type Journal = Self;

    fn new() -> Self {
        Self::default()
    }

    fn journal(&self) -> Self {
        self.clone()
    }

    fn dies(&self, _journal: Self) {
        self.owner_died();
    }
}

struct InFile {
    _directory: TempDir,
    url: StoreUrl,
}

impl Place for InFile {
    type Journal = StoreJournal;

    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = StoreUrl::Sqlite(directory.path().join("fleet.db"));
        Self { _directory: directory, url }
    }

    fn journal(&self) -> StoreJournal {
        StoreJournal::open(&self.url).unwrap()
    }

    fn dies(&self, journal: StoreJournal) {
        drop(journal);
    }
}

impl Place for Database {
    type Journal = StoreJournal;

    fn new() -> Self {
        Self::fresh()
    }

    fn journal(&self) -> StoreJournal {
        StoreJournal::open(&self.url).unwrap()
    }

    fn dies(&self, journal: StoreJournal) {
        drop(journal);
    }
}

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod memory { $(#[test] fn $name() { super::$name::<super::MemoryJournal>(); })+ }
        mod sqlite { $(#[test] fn $name() { super::$name::<super::InFile>(); })+ }
        mod postgres {
            $(#[test] #[ignore = "needs PostgreSQL"] fn $name() {
                super::$name::<super::Database>();
            })+
        }
    };
}

contract!(
    entries_come_back_as_they_were_written,
    entries_are_numbered_without_gaps_per_blueprint,
    another_executor_reads_what_was_appended,
    a_lease_is_refused_while_its_holder_lives,
    only_the_newest_lease_appends,
    only_a_child_of_the_current_blueprint_becomes_current,
    what_is_not_kept_is_refused,
    approvals_come_back_oldest_first,
    commands_know_the_entries_before_them,
    each_line_has_its_own_current_blueprint,
    each_line_has_its_own_lease,
);

const ACME: Line = Line::Tenant(1);
const OTHER: Line = Line::Tenant(2);

const A: BlueprintId = BlueprintId([0xaa; 32]);
const B: BlueprintId = BlueprintId([0xbb; 32]);
const C: BlueprintId = BlueprintId([0xcc; 32]);

/// A time that is only itself if no digit of it gets lost.
fn at(second: i64) -> Timestamp {
    Timestamp::new(1_790_000_000 + second, 123_456_789).unwrap()
}

fn ready<P: Place>(place: &P) -> (P::Journal, Lease) {
    let mut journal = place.journal();
    journal.keep(Line::Unowned, A, None, b"a").unwrap();
    let lease = journal.lease(A, "one:1").unwrap();
    (journal, lease)
}

fn server() -> ServerName {
    ServerName::new("ex01.corp.example")
}

fn state(installer: Installer) -> Arc<ServerState> {
    let component = |requester, value| ComponentState {
        component: Arc::from("HubTransport"),
        requester,
        value,
    };
    let service = |name, start, running| Service { name: Arc::from(name), start, running };
    Arc::new(ServerState {
        build: Some("15.2.2562.56".parse().unwrap()),
        boot: 7,
        pending_reboot: Some(true),
        components: vec![
            component(Requester::Maintenance, ComponentValue::Draining),
            component(Requester::Sidelined, ComponentValue::Inactive),
        ],
        services: vec![
            service("MSExchangeTransport", StartType::Automatic, true),
            service("MSExchangePop3", StartType::Disabled, false),
        ],
        node: Some(NodeState::Paused),
        activation: Some(Activation {
            policy: ActivationPolicy::IntrasiteOnly,
            disabled_and_move_now: true,
        }),
        active_copies: 3,
        primary_active_manager: true,
        queued_messages: 11,
        installer,
        prerequisites: BTreeSet::from([Arc::from("net-48")]),
        mitigations: BTreeSet::from([Arc::from("M2")]),
        copies_healthy: None,
        probes_pass: Some(false),
    })
}

/// Entries with every variant, and every variant of what is in them.
fn every_entry() -> Vec<Entry> {
    let install = Work::Step(Action::InstallSu("15.2.2562.56".parse().unwrap()));
    let log = LogClaim::Failed(Some(Arc::from("disk-full")));
    let installers = [
        Installer::Idle,
        Installer::Running { since: at(1), order: None },
        Installer::Running { since: at(1), order: Some(2) },
        Installer::Ended { order: 2, code: -1, log: LogClaim::Completed },
        Installer::Ended { order: 2, code: 1603, log },
    ];
    let outcomes = [
        Outcome::Done,
        Outcome::AlreadyDone,
        Outcome::Failed { why: "\"quoted\"\u{0}\nÜ \u{1f980}".to_owned(), harmless: true },
    ];
    let tracks =
        [Track::Forward, Track::Back("late".to_owned()), Track::Isolate("unknown".to_owned())];
    let why = || "why".to_owned();
    let ends = [End::Current, End::Restored(why()), End::Quarantined(why()), End::Held(why())];
    let mut all = vec![Entry::Began { owner: "one:1".to_owned() }, Entry::WaveBegan { wave: 0 }];
    all.extend(installers.map(|it| Entry::Recorded { server: server(), state: state(it) }));
    for (work, cure) in [(install, false), (Work::Repair(Repair::InstallerCache), true)] {
        all.push(Entry::Intent { server: server(), number: 1, step: 4, work, cure, boot: 7 });
    }
    let outcome = |outcome| Entry::Outcome { server: server(), number: None, step: 4, outcome };
    all.extend(outcomes.map(outcome));
    all.extend(tracks.map(|track| Entry::Turned { server: server(), track }));
    all.extend(ends.map(|end| Entry::Ended { server: server(), end, state: None }));
    let state = Some(state(Installer::Idle));
    all.push(Entry::Ended { server: server(), end: End::Current, state });
    all.extend([Entry::Halted { why: why() }, Entry::Finished]);
    all
}

fn entries_come_back_as_they_were_written<P: Place>() {
    let place = P::new();
    let (mut journal, lease) = ready(&place);
    for (second, entry) in (0..).zip(every_entry()) {
        journal.append(lease, A, at(second), &entry).unwrap();
    }
    let read = journal.entries(A).unwrap();
    let written: Vec<_> = (0..).zip(every_entry()).map(|(second, it)| (at(second), it)).collect();
    let read: Vec<_> = read.into_iter().map(|it| (it.at, it.entry)).collect();
    assert_eq!(read, written, "J1");
}

fn entries_are_numbered_without_gaps_per_blueprint<P: Place>() {
    let place = P::new();
    let (mut journal, lease) = ready(&place);
    journal.keep(Line::Unowned, B, Some(A), b"b").unwrap();
    assert_eq!(journal.entries(A).unwrap(), [], "J1: before the first entry");
    for due in 1..=3 {
        assert_eq!(journal.append(lease, A, at(0), &Entry::Finished).unwrap(), due, "J1");
        assert_eq!(journal.append(lease, B, at(0), &Entry::Finished).unwrap(), due, "J1");
    }
    let numbers: Vec<_> = journal.entries(B).unwrap().iter().map(|it| it.sequence).collect();
    assert_eq!(numbers, [1, 2, 3], "J1");
}

fn another_executor_reads_what_was_appended<P: Place>() {
    let place = P::new();
    let (mut journal, lease) = ready(&place);
    let mut other = place.journal();
    journal.append(lease, A, at(0), &Entry::Finished).unwrap();
    assert_eq!(other.entries(A).unwrap().len(), 1, "J2: while the first one lives");
    place.dies(journal);
    drop(other);
    let read = place.journal().entries(A).unwrap();
    assert_eq!(read.iter().map(|it| &it.entry).collect::<Vec<_>>(), [&Entry::Finished], "J2");
}

fn a_lease_is_refused_while_its_holder_lives<P: Place>() {
    let place = P::new();
    let (mut journal, first) = ready(&place);
    for owner in [&mut place.journal(), &mut journal] {
        let refused = owner.lease(A, "two:2").unwrap_err();
        assert!(
            matches!(&refused, JournalError::Held { owner } if owner == "one:1"),
            "J3: {refused}"
        );
    }
    journal.append(first, A, at(0), &Entry::Finished).unwrap();
    place.dies(journal);
    let second = place.journal().lease(A, "two:2").unwrap();
    assert!(second > first, "J3: {second:?} after {first:?}");
}

fn only_the_newest_lease_appends<P: Place>() {
    let place = P::new();
    let (journal, first) = ready(&place);
    place.dies(journal);
    let mut journal = place.journal();
    let second = journal.lease(A, "two:2").unwrap();
    let mut late = place.journal();
    let never = Lease { epoch: second.epoch + 1 };
    for (lease, ours) in [(first, 1), (never, 3)] {
        let refused = late.append(lease, A, at(0), &Entry::Finished).unwrap_err();
        assert!(
            matches!(refused, JournalError::LeaseLost { newest: 2, ours: it } if it == ours),
            "J3: {refused}"
        );
    }
    assert_eq!(journal.entries(A).unwrap(), [], "J3: a stale entry was written");
    assert_eq!(journal.append(second, A, at(0), &Entry::Finished).unwrap(), 1, "J3");
}

fn only_a_child_of_the_current_blueprint_becomes_current<P: Place>() {
    let place = P::new();
    let mut journal = place.journal();
    journal.keep(Line::Unowned, A, None, b"a").unwrap();
    journal.keep(Line::Unowned, B, Some(A), b"b").unwrap();
    journal.keep(Line::Unowned, C, Some(A), b"c").unwrap();
    assert_eq!(journal.current(Line::Unowned).unwrap(), None);
    // Each is tried in turn; what is current afterwards.
    let turns = [
        (B, Some((Some(A), None)), None),
        (A, None, Some(A)),
        (A, None, Some(A)),
        (B, None, Some(B)),
        (C, Some((Some(A), Some(B))), Some(B)),
        (A, Some((None, Some(B))), Some(B)),
    ];
    for (id, refused, current) in turns {
        let made = match journal.make_current(id) {
            Ok(()) => None,
            Err(JournalError::NotAChild { parent, current }) => Some((parent, current)),
            Err(other) => panic!("J4: {other}"),
        };
        assert_eq!(made, refused, "J4: {id}");
        assert_eq!(journal.current(Line::Unowned).unwrap(), current, "J4: after {id}");
    }
}

fn each_line_has_its_own_current_blueprint<P: Place>() {
    let place = P::new();
    let mut journal = place.journal();
    journal.keep(ACME, A, None, b"a").unwrap();
    journal.keep(OTHER, B, None, b"b").unwrap();
    journal.keep(OTHER, C, Some(A), b"c").unwrap();
    // Twice is once, in whichever line.
    journal.keep(OTHER, A, None, b"a").unwrap();
    assert_eq!([A, B, C].map(|id| journal.line(id).unwrap()), [ACME, OTHER, OTHER].map(Some));
    let lines = [Line::Unowned, ACME, OTHER];
    let mut check = |id: BlueprintId, refused, current: [Option<BlueprintId>; 3]| {
        let made = journal.make_current(id);
        let no_child = matches!(made, Err(JournalError::NotAChild { .. }));
        assert_eq!((made.is_err(), no_child), (refused, refused), "J4: {id}: {made:?}");
        let found = lines.map(|line| journal.current(line).unwrap());
        assert_eq!(found, current, "J4: after {id}");
    };
    check(A, false, [None, Some(A), None]);
    // A child of what is current, but in another line.
    check(C, true, [None, Some(A), None]);
    check(B, false, [None, Some(A), Some(B)]);
    check(C, true, [None, Some(A), Some(B)]);
}

fn each_line_has_its_own_lease<P: Place>() {
    let place = P::new();
    let (mut acme, mut other) = (place.journal(), place.journal());
    acme.keep(ACME, A, None, b"a").unwrap();
    other.keep(OTHER, B, None, b"b").unwrap();
    other.keep(Line::Unowned, C, None, b"c").unwrap();
    let first = acme.lease(A, "one:1").unwrap();
    let second = other.lease(B, "two:2").unwrap();
    assert_eq!((first.epoch, second.epoch), (1, 2), "J3: of all lines together");
    for (id, who) in [(A, "one:1"), (B, "two:2")] {
        let refused = place.journal().lease(id, "three:3").unwrap_err();
        assert!(
            matches!(&refused, JournalError::Held { owner } if owner == who),
            "J3: {id}: {refused}"
        );
    }
    // Both write, and neither in the line of the other.
    assert_eq!(acme.append(first, A, at(0), &Entry::Finished).unwrap(), 1, "J3");
    assert_eq!(other.append(second, B, at(0), &Entry::Finished).unwrap(), 1, "J3");
    for (lease, id, newest) in [(first, B, 2), (second, A, 1), (first, C, 0), (second, C, 0)] {
        let refused = acme.append(lease, id, at(0), &Entry::Finished).unwrap_err();
        assert!(
            matches!(refused, JournalError::LeaseLost { newest: it, ours } if it == newest && ours == lease.epoch),
            "J3: {id}: {refused}"
        );
    }
    // Whoever takes over one line leaves the other as it is.
    place.dies(acme);
    let mut next = place.journal();
    let third = next.lease(A, "three:3").unwrap();
    assert_eq!(third.epoch, 3, "J3");
    let stale = place.journal().append(first, A, at(0), &Entry::Finished).unwrap_err();
    assert!(matches!(stale, JournalError::LeaseLost { newest: 3, ours: 1 }), "J3: {stale}");
    assert_eq!(other.append(second, B, at(0), &Entry::Finished).unwrap(), 2, "J3");
    assert_eq!(next.append(third, A, at(0), &Entry::Finished).unwrap(), 2, "J3");
}

fn what_is_not_kept_is_refused<P: Place>() {
    let place = P::new();
    let (mut journal, lease) = ready(&place);
    let approval = Approval { by: "ann".to_owned(), at: at(0), until: at(1) };
    let refusals = [
        journal.append(lease, B, at(0), &Entry::Finished).map(drop),
        journal.approve(B, &approval),
        journal.command(B, at(0), "ann", Command::Pause),
        journal.make_current(B),
    ];
    for refusal in refusals {
        let refusal = refusal.unwrap_err().to_string();
        assert_eq!(refusal, format!("the journal is damaged: blueprint {B} is not kept in it"));
    }
    assert_eq!(journal.entries(B).unwrap(), []);
    assert_eq!(journal.approvals(B).unwrap(), []);
    assert_eq!(journal.commands(B, 0).unwrap(), []);
}

fn approvals_come_back_oldest_first<P: Place>() {
    let place = P::new();
    let (mut journal, _) = ready(&place);
    let approval = |by: &str| Approval { by: by.to_owned(), at: at(0), until: at(3600) };
    let given = [approval("zoe"), approval("ann"), approval("zoe")];
    for one in &given {
        journal.approve(A, one).unwrap();
    }
    // Keeping the same blueprint again changes nothing.
    journal.keep(Line::Unowned, A, Some(C), b"other").unwrap();
    assert_eq!(journal.approvals(A).unwrap(), given);
    journal.make_current(A).unwrap();
}

fn commands_know_the_entries_before_them<P: Place>() {
    let place = P::new();
    let (mut journal, lease) = ready(&place);
    let mut person = place.journal();
    person.command(A, at(0), "ann", Command::Pause).unwrap();
    journal.append(lease, A, at(1), &Entry::Finished).unwrap();
    journal.append(lease, A, at(2), &Entry::Finished).unwrap();
    person.command(A, at(3), "bob", Command::Resume).unwrap();
    person.command(A, at(4), "bob", Command::PauseAfterStep).unwrap();
    person.command(A, at(5), "bob", Command::Abort).unwrap();
    let read = journal.commands(A, 0).unwrap();
    let short: Vec<_> = read
        .iter()
        .map(|it| (it.sequence, it.after_entry, it.at, it.by.as_str(), it.command))
        .collect();
    let want = [
        (1, 0, at(0), "ann", Command::Pause),
        (2, 2, at(3), "bob", Command::Resume),
        (3, 2, at(4), "bob", Command::PauseAfterStep),
        (4, 2, at(5), "bob", Command::Abort),
    ];
    assert_eq!(short, want);
    assert_eq!(journal.commands(A, 3).unwrap(), read[3..]);
    assert_eq!(journal.commands(A, 4).unwrap(), []);
    assert_eq!(journal.commands(A, u64::MAX).unwrap(), []);
}

#[test]
fn a_file_answers_as_the_memory_does() {
    check_same_answers::<InFile>();
}

#[test]
#[ignore = "needs PostgreSQL"]
fn postgres_answers_as_the_memory_does() {
    check_same_answers::<Database>();
}

/// Gives both journals the same calls in an order that nobody thought of.
fn check_same_answers<P: Place>() {
    let (memory, place) = (<MemoryJournal as Place>::new(), P::new());
    let (mut memory, mut stored) = (memory.journal(), place.journal());
    let mut seed = 1_u64;
    let mut draw = |below: u64| {
        // The generator of Knuth's MMIX; its upper bits are good enough.
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let ids = [A, B, C];
    let mut refused = 0;
    for call in 0..600 {
        let (kind, epoch, after) = (draw(9), draw(3), draw(5));
        let id = ids[usize::try_from(draw(3)).unwrap()];
        let parent = [None, Some(A), Some(B)][usize::try_from(draw(3)).unwrap()];
        let line = [Line::Unowned, ACME][usize::try_from(draw(2)).unwrap()];
        let answers = [&mut memory as &mut dyn Journal, &mut stored]
            .map(|journal| answer(journal, kind, (line, id), parent, Lease { epoch }, after));
        assert_eq!(answers[0], answers[1], "J1, J3, J4: call {call} of kind {kind}");
        refused += u32::from(answers[0].starts_with("Err"));
    }
    assert!((50..550).contains(&refused), "{refused} calls of 600 were refused");
}

fn answer(
    journal: &mut dyn Journal,
    kind: u64,
    (line, id): (Line, BlueprintId),
    parent: Option<BlueprintId>,
    lease: Lease,
    after: u64,
) -> String {
    let approval = Approval { by: "ann".to_owned(), at: at(0), until: at(1) };
    match kind {
        0 => format!("{:?}", journal.keep(line, id, parent, b"bytes")),
        1 => format!("{:?}", journal.approve(id, &approval)),
        2 => format!("{:?}", journal.make_current(id)),
        3 => format!("{:?}", journal.lease(id, "one:1")),
        4 => format!("{:?}", journal.append(lease, id, at(0), &Entry::Finished)),
        5 => format!("{:?}", journal.command(id, at(0), "ann", Command::Pause)),
        6 => format!("{:?}", journal.commands(id, after)),
        7 => format!("{:?} {:?}", journal.entries(id), journal.approvals(id)),
        _ => format!("{:?} {:?}", journal.current(line), journal.line(id)),
    }
}
