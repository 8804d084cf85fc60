//! The executor: one loop, many servers under way, one step of one server at a time.
//!
//! For each step: look → is it so already? → may it be done? → write the intent → give the order → look
//! until it is proved or late → write the outcome. Whoever dies anywhere in between leaves a journal
//! from which the next executor goes on.
//!
//! [`Executor::run`] takes the lease and replays the journal. Its loop lets time pass until the next
//! server is due ([`crate::clock::Clock`]), obeys what people command, and opens wave after wave.

mod begin;
mod give;
mod turn;
mod waves;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use exward_core::blueprint::ServerUpdate;
use exward_core::fleet::{PoolName, ServerName, SiteName};
use jiff::{SignedDuration, Timestamp};

use crate::approve::Approved;
use crate::clock::{Clock, Waited};
use crate::effects::{Authority, EffectError, Effects};
use crate::journal::{Command, Entry, Journal, JournalError, Lease};
use crate::progress::Progress;
use crate::watch::Watch;

/// A clock may go back so far (it was set right); the journal's times then stand still.
const CLOCK_BACK_MAX: SignedDuration = SignedDuration::from_mins(1);

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// Every wave has ended.
    Finished,
    /// Too many failures, or somebody must look: nothing more begins until a `resume`.
    Halted {
        /// Why.
        why: String,
    },
    /// Somebody paused it.
    Paused,
    /// Somebody aborted it; what had begun has ended.
    Aborted,
    /// The executor was told to stop; the same command goes on.
    Interrupted,
    /// The approval ran out; a new one goes on.
    ApprovalEnded {
        /// When.
        until: Timestamp,
    },
}

/// Why a run stopped. Nothing was begun after it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriveError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Servers obey somebody newer (X9), or cannot be reached at all.
    #[error(transparent)]
    Effects(EffectError),
    /// Times would go backwards.
    #[error("the clock went back: the journal's last entry is from {last}, and now it is {now}")]
    ClockBack {
        /// The last entry.
        last: Timestamp,
        /// The clock.
        now: Timestamp,
    },
    /// The journal holds something that the blueprint does not.
    #[error("the journal does not fit the blueprint: {what}")]
    Mismatch {
        /// What.
        what: String,
    },
}

/// What people have commanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Running,
    Paused,
    PausedAfterStep,
    Aborting,
}

/// When a server is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wake {
    At(Timestamp),
    /// When somebody commands, or never.
    Parked,
    /// It has ended.
    Never,
}

/// Carries one approved blueprint out.
pub struct Executor<'a, E, J, C, W> {
    approved: Approved<'a>,
    effects: E,
    journal: J,
    clock: C,
    watch: W,
    lease: Lease,
    authority: Authority,
    /// Every update with its ring, in the order of the waves.
    updates: Vec<(&'a ServerUpdate, usize)>,
    /// Which of them each wave has.
    waves: Vec<Range<usize>>,
    progress: Vec<Progress>,
    /// Of the order under way: true if it has surely arrived, in the life of this executor.
    sent: Vec<bool>,
    due: Vec<Option<Timestamp>>,
    queue: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// Since when a server could not begin.
    kept_since: Vec<Option<Timestamp>>,
    pools_out: BTreeMap<&'a PoolName, u32>,
    sites_out: BTreeMap<&'a SiteName, u32>,
    rings: Vec<RingState>,
    wave: Option<usize>,
    /// Every server before this one has ended.
    ended_until: usize,
    mode: Mode,
    /// The last halt and its entry.
    halted: Option<(u64, String)>,
    /// Halts and failures up to this entry were answered by a `resume`.
    resumed_after: u64,
    finished: bool,
    commands_seen: u64,
    entries_seen: u64,
    last: Timestamp,
}

/// What counts per ring.
#[derive(Clone, Debug, Default)]
struct RingState {
    /// Servers out of service.
    out: u32,
    /// Entries that say that a server of it has failed.
    failures: Vec<u64>,
}

impl<'a, E: Effects, J: Journal, C: Clock, W: Watch> Executor<'a, E, J, C, W> {
    /// Takes the lease, makes the blueprint current and reads what was done until now.
    ///
    /// # Errors
    /// [`DriveError`]; then nothing was changed.
    pub fn new(
        approved: Approved<'a>,
        owner: &str,
        effects: E,
        mut journal: J,
        clock: C,
        watch: W,
    ) -> Result<Self, DriveError> {
        let id = approved.id();
        let lease = journal.lease(id, owner)?;
        journal.make_current(id)?;
        let blueprint = approved.blueprint();
        let ring_of = |wave: &'a exward_core::blueprint::Wave| {
            wave.updates.iter().map(|update| (update, wave.ring))
        };
        let updates: Vec<_> = blueprint.waves.iter().flat_map(ring_of).collect();
        let mut end = 0_usize;
        let mut range = |wave: &exward_core::blueprint::Wave| {
            let start = end;
            end = end.saturating_add(wave.updates.len());
            start..end
        };
        let waves = blueprint.waves.iter().map(&mut range).collect();
        let count = updates.len();
        let generation = blueprint.generation;
        let mut it = Self {
            approved,
            effects,
            journal,
            clock,
            watch,
            lease,
            authority: Authority { generation, epoch: lease.epoch },
            progress: vec![Progress::default(); count],
            sent: vec![false; count],
            due: vec![None; count],
            queue: BinaryHeap::new(),
            kept_since: vec![None; count],
            pools_out: BTreeMap::new(),
            sites_out: BTreeMap::new(),
            rings: vec![RingState::default(); blueprint.rings.len()],
            updates,
            waves,
            wave: None,
            ended_until: 0,
            mode: Mode::Running,
            halted: None,
            resumed_after: 0,
            finished: false,
            commands_seen: 0,
            entries_seen: 0,
            last: Timestamp::MIN,
        };
        it.replay()?;
        it.append(&Entry::Began { owner: owner.to_owned() }, None)?;
        it.wake_all();
        Ok(it)
    }

    /// Runs until the end, a halt, a pause, an abort, or an interruption.
    ///
    /// # Errors
    /// [`DriveError`]; what was under way is in the journal, and a new executor goes on.
    pub fn run(&mut self) -> Result<RunEnd, DriveError> {
        loop {
            self.obey()?;
            if self.finished {
                let aborted = self.mode == Mode::Aborting;
                return Ok(if aborted { RunEnd::Aborted } else { RunEnd::Finished });
            }
            self.open_wave()?;
            let Some((at, index)) = self.next_due() else {
                match self.nothing_due()? {
                    Some(end) => return Ok(end),
                    None => continue,
                }
            };
            if at > self.clock.now() && self.clock.wait_until(at) == Waited::Interrupted {
                self.wake(index, Wake::At(at));
                return Ok(RunEnd::Interrupted);
            }
            let wake = self.advance(index)?;
            self.wake(index, wake);
        }
    }

    /// Where every server's update stands, by name.
    pub fn progress(&self) -> impl Iterator<Item = (&ServerName, &Progress)> {
        self.updates.iter().zip(&self.progress).map(|((update, _), it)| (&update.server, it))
    }

    /// The doors, back.
    pub fn into_parts(self) -> (E, J, C, W) {
        (self.effects, self.journal, self.clock, self.watch)
    }

    /// Reads the journal into progress.
    fn replay(&mut self) -> Result<(), DriveError> {
        let places: BTreeMap<&ServerName, usize> =
            self.updates.iter().enumerate().map(|(at, (update, _))| (&update.server, at)).collect();
        for written in self.journal.entries(self.approved.id())? {
            self.entries_seen = written.sequence;
            self.last = self.last.max(written.at);
            let index = match server_of(&written.entry) {
                None => None,
                Some(server) => Some(*places.get(server).ok_or_else(|| DriveError::Mismatch {
                    what: format!("entry {} is about {server}", written.sequence),
                })?),
            };
            self.apply(written.at, &written.entry, index);
        }
        Ok(())
    }

    /// Writes an entry, and applies it.
    fn append(&mut self, entry: &Entry, index: Option<usize>) -> Result<(), DriveError> {
        let now = self.clock.now();
        if now < self.last.saturating_sub(CLOCK_BACK_MAX).unwrap_or(self.last) {
            return Err(DriveError::ClockBack { last: self.last, now });
        }
        let at = now.max(self.last);
        self.entries_seen = self.journal.append(self.lease, self.approved.id(), at, entry)?;
        self.last = at;
        self.apply(at, entry, index);
        self.watch.wrote(at, entry);
        Ok(())
    }

    fn apply(&mut self, at: Timestamp, entry: &Entry, index: Option<usize>) {
        match entry {
            Entry::WaveBegan { wave } => self.wave = usize::try_from(*wave).ok(),
            Entry::Halted { why } => self.halted = Some((self.entries_seen, why.clone())),
            Entry::Finished => self.finished = true,
            Entry::Began { .. }
            | Entry::Recorded { .. }
            | Entry::Intent { .. }
            | Entry::Outcome { .. }
            | Entry::Turned { .. }
            | Entry::Ended { .. } => {}
        }
        let Some(index) = index else { return };
        if let Some(progress) = self.progress.get_mut(index) {
            progress.apply(at, entry);
        }
        self.count(index, entry);
    }

    /// Obeys what people have commanded since the last look.
    fn obey(&mut self) -> Result<(), DriveError> {
        let commands = self.journal.commands(self.approved.id(), self.commands_seen)?;
        if commands.is_empty() {
            return Ok(());
        }
        for it in commands {
            self.commands_seen = it.sequence;
            self.mode = match (self.mode, it.command) {
                // An abort is final.
                (Mode::Aborting, _) | (_, Command::Abort) => Mode::Aborting,
                (_, Command::Pause) => Mode::Paused,
                (_, Command::PauseAfterStep) => Mode::PausedAfterStep,
                (_, Command::Resume) => {
                    self.resumed_after = it.after_entry;
                    Mode::Running
                }
            };
        }
        self.wake_all();
        Ok(())
    }
}

/// The server that an entry is about.
fn server_of(entry: &Entry) -> Option<&ServerName> {
    match entry {
        Entry::Recorded { server, .. }
        | Entry::Intent { server, .. }
        | Entry::Outcome { server, .. }
        | Entry::Turned { server, .. }
        | Entry::Ended { server, .. } => Some(server),
        Entry::Began { .. } | Entry::WaveBegan { .. } | Entry::Halted { .. } | Entry::Finished => {
            None
        }
    }
}
