//! A rollout's journal, read entry by entry.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use exward_core::blueprint::{Action, Recipe, RingRules, Wave};
use exward_core::fleet::RingName;
use exward_core::policy::{Approvals, Gates, Limits};

use super::*;
use crate::effects::Work;
use crate::journal::Outcome;
use crate::state::{Installer, Service, StartType};

const OLD: Build = Build::new(15, 2, 2562, 37);
const NEW: Build = Build::new(15, 2, 2562, 56);

fn step(action: Action) -> Step {
    Step { action, expected_minutes: 5, deadline_minutes: 60 }
}

/// Two waves of two servers in no DAG.
fn blueprint() -> Blueprint {
    let update = |server: &str| ServerUpdate {
        server: ServerName::new(server),
        dag: None,
        pool: None,
        site: None,
        from: OLD,
        to: NEW,
        redirect_to: None,
        recipe: 0,
    };
    let wave = |servers: [&str; 2]| Wave {
        ring: 0,
        canary: false,
        expected_start: at(0),
        updates: servers.map(update).to_vec(),
    };
    let rules = RingRules {
        name: RingName::new("all"),
        unavailable_max: None,
        soak_minutes: 60,
        failures_max: 1,
        windows: Vec::new(),
    };
    let actions =
        [Action::RecordState, Action::GoOffline, Action::InstallSu(NEW), Action::GoOnline];
    Blueprint {
        generation: 1,
        parent: None,
        created_at: at(0),
        catalog_as_of: jiff::civil::date(2026, 10, 15),
        windows_ignored: false,
        approvals: Approvals::default(),
        gates: Gates::default(),
        blackouts: Vec::new(),
        pools: Limits { default_max: 9, max: BTreeMap::new() },
        sites: Limits { default_max: 9, max: BTreeMap::new() },
        pools_out: BTreeMap::new(),
        sites_out: BTreeMap::new(),
        dags: BTreeMap::new(),
        rings: vec![rules],
        recipes: vec![Recipe(actions.map(step).to_vec())],
        waves: vec![wave(["A", "B"]), wave(["C", "D"])],
    }
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000_i64.saturating_add(minute.saturating_mul(60))).unwrap()
}

fn seen(build: Build, services: &[&str]) -> Arc<ServerState> {
    let service = |name: &&str| Service {
        name: (*name).into(),
        start: StartType::Automatic,
        running: *name != "MSExchangeIS",
    };
    Arc::new(ServerState {
        build: Some(build),
        boot: 1,
        pending_reboot: Some(false),
        components: Vec::new(),
        services: services.iter().map(service).collect(),
        node: None,
        activation: None,
        active_copies: 0,
        primary_active_manager: false,
        queued_messages: 0,
        installer: Installer::Idle,
        prerequisites: BTreeSet::new(),
        mitigations: BTreeSet::new(),
        copies_healthy: None,
        probes_pass: Some(true),
    })
}

fn name(server: &str) -> ServerName {
    ServerName::new(server)
}

fn recorded(server: &str) -> Entry {
    Entry::Recorded { server: name(server), state: seen(OLD, &["W3SVC", "MSExchangeIS"]) }
}

fn intent(server: &str, number: u32, step: u32, action: Action) -> Entry {
    let work = Work::Step(action);
    Entry::Intent { server: name(server), number, step, work, cure: false, boot: 1 }
}

fn outcome(server: &str, step: u32, outcome: Outcome) -> Entry {
    Entry::Outcome { server: name(server), number: Some(1), step, outcome }
}

/// A rollout that meets everything: one current, one quarantined, one under way, one held.
fn life() -> Vec<Written> {
    let failed = Outcome::Failed { why: "exit code 1603".to_owned(), harmless: false };
    let end = |server, end, state| Entry::Ended { server: name(server), end, state };
    let entries = [
        Entry::Began { owner: "host:7".to_owned() },
        Entry::WaveBegan { wave: 0 },
        recorded("A"),
        intent("A", 1, 1, Action::GoOffline),
        outcome("A", 1, Outcome::Done),
        intent("A", 2, 2, Action::InstallSu(NEW)),
        outcome("A", 2, Outcome::Done),
        outcome("A", 3, Outcome::AlreadyDone),
        end("A", End::Current, Some(seen(NEW, &["W3SVC", "MSExchangeIS", "MSExchangeNew"]))),
        recorded("B"),
        intent("B", 1, 1, Action::GoOffline),
        outcome("B", 1, failed),
        Entry::Turned { server: name("B"), track: Track::Isolate("exit code 1603".to_owned()) },
        end("B", End::Quarantined("exit code 1603".to_owned()), Some(seen(OLD, &["MSExchangeIS"]))),
        Entry::Halted { why: "1 failed servers in ring all, which allows 0".to_owned() },
        Entry::WaveBegan { wave: 1 },
        recorded("C"),
        intent("C", 1, 1, Action::GoOffline),
        end("D", End::Held("it is not healthy".to_owned()), None),
    ];
    let numbered = entries.into_iter().zip(1_u8..);
    let written = |(entry, number): (Entry, u8)| Written {
        sequence: number.into(),
        at: at(number.into()),
        entry,
    };
    numbered.map(written).collect()
}

/// One line a server: what a person wants to know.
fn told(overview: &Overview) -> String {
    let line = |it: &ServerOverview| {
        let place = match &it.state {
            State::UnderWay(place) => format!(" at {} ({}/{})", place.step, place.number, place.of),
            State::Waiting | State::Ended(_) => String::new(),
        };
        let build = it.build.map_or_else(String::new, |it| format!(", now {it}"));
        let why = it.state.why().unwrap_or("-");
        format!(
            "{} wave {} {}{place}: {why}{build}; {} orders, {} failures; [{}]\n",
            it.server,
            it.wave,
            it.state.name(),
            it.orders,
            it.failures,
            it.changes.join(", ")
        )
    };
    overview.servers.iter().map(line).collect()
}

#[test]
fn every_server_is_told_where_it_stands() {
    let overview = overview(&blueprint(), &life());
    insta::assert_snapshot!(told(&overview), @r"
    A wave 0 current: -, now 15.2.2562.56; 2 orders, 0 failures; [service MSExchangeNew: new]
    B wave 0 quarantined: exit code 1603, now 15.2.2562.37; 1 orders, 1 failures; [service W3SVC: gone]
    C wave 1 under-way at go-offline (2/4): -; 1 orders, 0 failures; []
    D wave 1 held: it is not healthy; 0 orders, 0 failures; []
    ");
    assert_eq!(overview.executor.as_deref(), Some("host:7"));
    assert_eq!(overview.waves, [Some(at(2)), Some(at(16))]);
    assert_eq!(overview.finished, None);
}

#[test]
fn nobody_is_lost_at_any_moment() {
    let (blueprint, life) = (blueprint(), life());
    for entries in 0..=life.len() {
        let overview = overview(&blueprint, &life[..entries]);
        let counts: Vec<usize> = overview.counts.all().iter().map(|(_, count)| *count).collect();
        assert_eq!(counts.iter().sum::<usize>(), 4, "R2 after {entries} entries");
        for (word, count) in overview.counts.all() {
            let so = |it: &&ServerOverview| it.state.name().replace('-', " ") == word;
            assert_eq!(overview.servers.iter().filter(so).count(), count, "R2: {word}");
        }
    }
}

#[test]
fn entries_read_as_sentences() {
    let lines: Vec<String> = life().iter().map(|it| sentence(&it.entry)).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    host:7 has taken over
    wave 1 begins
    A: recorded as it was
    A: go-offline begins
    A: step 2 is done
    A: install-su 15.2.2562.56 begins
    A: step 3 is done
    A: step 4 was done already
    A: current
    B: recorded as it was
    B: go-offline begins
    B: step 2 has failed: exit code 1603
    B: is taken out of service: exit code 1603
    B: quarantined: exit code 1603
    halted: 1 failed servers in ring all, which allows 0
    wave 2 begins
    C: recorded as it was
    C: go-offline begins
    D: held: it is not healthy
    ");
}

#[track_caller]
fn check_standing(commands: &[Command], want: Option<Command>) {
    let commanded = |(command, number): (&Command, u8)| Commanded {
        sequence: number.into(),
        after_entry: 0,
        at: at(number.into()),
        by: "A. Admin".to_owned(),
        command: *command,
    };
    let all: Vec<Commanded> = commands.iter().zip(1_u8..).map(commanded).collect();
    assert_eq!(standing(&all).map(|it| it.command), want, "{commands:?}");
}

#[test]
fn the_command_that_holds_is_the_executors() {
    use Command::{Abort, Pause, PauseAfterStep, Resume};
    check_standing(&[], None);
    check_standing(&[Pause], Some(Pause));
    check_standing(&[Pause, PauseAfterStep], Some(PauseAfterStep));
    check_standing(&[Pause, Resume], None);
    check_standing(&[Pause, Abort, Resume, Pause], Some(Abort));
}

#[test]
fn a_halt_holds_until_somebody_resumes_after_it() {
    let overview = overview(&blueprint(), &life());
    let resume = |after_entry| Commanded {
        sequence: 1,
        after_entry,
        at: at(99),
        by: "A. Admin".to_owned(),
        command: Command::Resume,
    };
    assert!(overview.halt(&[]).is_some());
    assert!(overview.halt(&[resume(14)]).is_some(), "it was given before the halt");
    assert!(overview.halt(&[resume(15)]).is_none());
}
