//! What a rollout has come to, read from its journal alone: for people who look on, and as the report at
//! its end.
//!
//! # Invariants
//! * **R1 same fold.** A server stands where [`Progress::apply`] says, as for the executor.
//! * **R2 all accounted.** Every server of the blueprint is in exactly one state; the counts add up.

mod words;

use std::collections::BTreeMap;

use exward_core::blueprint::{Blueprint, ServerUpdate, Step};
use exward_core::build::Build;
use exward_core::fleet::ServerName;
use jiff::Timestamp;

pub use words::sentence;

use crate::journal::{Command, Commanded, Entry, Track, Written};
use crate::progress::Progress;
use crate::prove::differences;
use crate::state::{End, ServerState};
use crate::way;

/// Where a rollout stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overview {
    /// When each wave began, first to last; `None`: not yet.
    pub waves: Vec<Option<Timestamp>>,
    /// Every server of the blueprint, in its order.
    pub servers: Vec<ServerOverview>,
    /// Servers by state.
    pub counts: Counts,
    /// Who carried it out last; `None`: nobody has begun.
    pub executor: Option<String>,
    /// The newest halt; see [`Overview::halt`] for whether it still holds.
    pub halted: Option<Halt>,
    /// When every wave had ended; `None`: not yet.
    pub finished: Option<Timestamp>,
    /// The newest entry; `None`: nobody has begun.
    pub last: Option<Written>,
}

/// Why no further server left service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// Number of its entry.
    pub entry: u64,
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub why: String,
}

/// Servers by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not touched yet.
    pub waiting: usize,
    /// Begun and not ended.
    pub under_way: usize,
    /// In service at the new build.
    pub current: usize,
    /// In service at the old build.
    pub restored: usize,
    /// Out of service, for a person to look at.
    pub quarantined: usize,
    /// Never touched, and not to be.
    pub held: usize,
}

/// Where the update of one server stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come.
    Waiting,
    /// It has begun.
    UnderWay(Place),
    /// It has ended.
    Ended(End),
}

/// A step that a server is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which way it goes.
    pub track: Track,
    /// The step, or the repair that is to cure its failure: `install-su 15.2.2562.56`; empty if all steps
    /// are done and only the end is missing.
    pub step: String,
    /// Its place on that way, from 1.
    pub number: usize,
    /// Steps of that way.
    pub of: usize,
    /// Since when.
    pub since: Timestamp,
}

/// The update of one server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOverview {
    /// The server.
    pub server: ServerName,
    /// Place of its wave, from 0.
    pub wave: usize,
    /// Its build in the blueprint.
    pub from: Build,
    /// Its goal.
    pub to: Build,
    /// Where it stands.
    pub state: State,
    /// When it was first touched.
    pub began: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Orders given.
    pub orders: u32,
    /// Repairs and restarts among them that were to cure a failure.
    pub cures: u32,
    /// Failures in all.
    pub failures: u32,
    /// Why the step under way failed last, if it did.
    pub failed: Option<String>,
    /// Its build when it ended; `None`: not ended, or not seen then.
    pub build: Option<Build>,
    /// What is not as it was recorded, the build left out: component states, services, activation, cluster
    /// node, mitigations lost; and services that are new. Empty until it has ended.
    pub changes: Vec<String>,
}

/// Reads where a rollout stands. Entries about servers that the blueprint does not have are left out.
#[must_use]
pub fn overview(blueprint: &Blueprint, entries: &[Written]) -> Overview {
    let mut progress: BTreeMap<&ServerName, Progress> = BTreeMap::new();
    let mut waves = vec![None; blueprint.waves.len()];
    let (mut executor, mut halted, mut finished) = (None, None, None);
    for Written { sequence, at, entry } in entries {
        match entry {
            Entry::Began { owner } => executor = Some(owner.clone()),
            Entry::WaveBegan { wave } => {
                let place = usize::try_from(*wave).unwrap_or(usize::MAX);
                if let Some(began) = waves.get_mut(place) {
                    began.get_or_insert(*at);
                }
            }
            Entry::Halted { why } => {
                halted = Some(Halt { entry: *sequence, at: *at, why: why.clone() });
            }
            Entry::Finished => finished = Some(*at),
            Entry::Recorded { server, .. }
            | Entry::Intent { server, .. }
            | Entry::Outcome { server, .. }
            | Entry::Turned { server, .. }
            | Entry::Ended { server, .. } => progress.entry(server).or_default().apply(*at, entry),
        }
    }
    let untouched = Progress::default();
    let mut servers = Vec::new();
    let mut counts = Counts::default();
    for (wave, it) in blueprint.waves.iter().enumerate() {
        for update in &it.updates {
            let progress = progress.get(&update.server).unwrap_or(&untouched);
            let server = server(blueprint, wave, update, progress);
            counts.add(&server.state);
            servers.push(server);
        }
    }
    Overview { waves, servers, counts, executor, halted, finished, last: entries.last().cloned() }
}

fn server(
    blueprint: &Blueprint,
    wave: usize,
    update: &ServerUpdate,
    progress: &Progress,
) -> ServerOverview {
    let state = match (&progress.end, progress.began.or(progress.place_since)) {
        (Some(end), _) => State::Ended(end.clone()),
        (None, Some(began)) => {
            State::UnderWay(place(blueprint.steps(update), update, progress, began))
        }
        (None, None) => State::Waiting,
    };
    let last = progress.last.as_deref();
    let changes = match (last, progress.recorded.as_deref()) {
        (Some(last), Some(recorded)) => changes(last, recorded),
        _ => Vec::new(),
    };
    ServerOverview {
        server: update.server.clone(),
        wave,
        from: update.from,
        to: update.to,
        state,
        began: progress.began,
        ended: progress.ended,
        orders: progress.orders,
        cures: progress.cures,
        failures: progress.failures,
        failed: progress.failed.as_ref().map(|(_, why)| why.clone()),
        build: last.and_then(|it| it.build),
        changes,
    }
}

fn place(forward: &[Step], update: &ServerUpdate, progress: &Progress, began: Timestamp) -> Place {
    let track = progress.turned.clone().unwrap_or(Track::Forward);
    let steps = match track {
        Track::Forward => forward,
        Track::Back(_) => way::back(update),
        Track::Isolate(_) => way::isolate(update),
    };
    let at = usize::try_from(progress.place).unwrap_or(usize::MAX);
    let step = match progress.open {
        Some(order) => order.work.to_string(),
        None => steps.get(at).map_or_else(String::new, |it| it.action.to_string()),
    };
    let since = progress.open.map(|it| it.at).or(progress.place_since).unwrap_or(began);
    let of = steps.len();
    Place { track, step, number: at.saturating_add(1).min(of), of, since }
}

fn changes(last: &ServerState, recorded: &ServerState) -> Vec<String> {
    let mut found = differences(last, recorded);
    for now in &last.services {
        if recorded.services.iter().all(|was| was.name != now.name) {
            found.push(format!("service {}: new", now.name));
        }
    }
    found
}

impl Counts {
    fn add(&mut self, state: &State) {
        let count = match state {
            State::Waiting => &mut self.waiting,
            State::UnderWay(_) => &mut self.under_way,
            State::Ended(End::Current) => &mut self.current,
            State::Ended(End::Restored(_)) => &mut self.restored,
            State::Ended(End::Quarantined(_)) => &mut self.quarantined,
            State::Ended(End::Held(_)) => &mut self.held,
        };
        *count = count.saturating_add(1);
    }

    /// Every state with its count, in the order of an update's life.
    #[must_use]
    pub const fn all(&self) -> [(&'static str, usize); 6] {
        [
            ("waiting", self.waiting),
            ("under way", self.under_way),
            ("current", self.current),
            ("restored", self.restored),
            ("quarantined", self.quarantined),
            ("held", self.held),
        ]
    }
}

impl Overview {
    /// The halt that still holds: no later command has said to resume.
    #[must_use]
    pub fn halt(&self, commands: &[Commanded]) -> Option<&Halt> {
        let resumes = commands.iter().filter(|it| it.command == Command::Resume);
        let answered = resumes.map(|it| it.after_entry).max().unwrap_or(0);
        self.halted.as_ref().filter(|it| it.entry > answered)
    }
}

/// The command that holds at the end of these: an abort is final, and a resume leaves none.
#[must_use]
pub fn standing(commands: &[Commanded]) -> Option<&Commanded> {
    commands.iter().fold(None, |standing, it| match (standing, it.command) {
        (Some(abort @ Commanded { command: Command::Abort, .. }), _) => Some(abort),
        (_, Command::Resume) => None,
        (_, Command::Pause | Command::PauseAfterStep | Command::Abort) => Some(it),
    })
}

#[cfg(test)]
mod tests;
