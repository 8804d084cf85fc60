//! The memory of a rollout: append-only entries, written before and after every effect.
//!
//! Whoever implements [`Journal`] has made an entry safe when [`Journal::append`] returns; one contract
//! test suite holds for all of them.
//!
//! # Invariants
//! * **J1 append-only.** Entries are numbered without gaps and never change.
//! * **J2 safe first.** When `append` has returned, the entry survives a crash of machine and process.
//! * **J3 one writer of a line.** Only the holder of the newest lease of a blueprint's [`Line`] appends to it;
//!   taking a lease that somebody alive holds is refused. No two leases have one epoch, of whichever lines.
//! * **J4 lines of blueprints.** In a line, only a child of its current blueprint becomes current (A5), and no
//!   line changes what is current in another. That it is approved is held before: the executor takes nothing
//!   but [`crate::approve::Approved`] (A4).

mod line;
mod memory;

use std::sync::Arc;

use exward_core::blueprint::BlueprintId;
use exward_core::fleet::ServerName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use line::Line;
pub use memory::MemoryJournal;

use crate::effects::Work;
use crate::state::{End, ServerState, text};

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Proved.
    Done,
    /// It was so already; no order was given.
    AlreadyDone,
    /// Not proved.
    Failed {
        /// Why.
        why: String,
        /// True if it has surely changed nothing: an installer that refused before it began.
        harmless: bool,
    },
}

/// Where a server's update goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Track {
    /// Through its recipe.
    Forward,
    /// Back into service as it was; why.
    Back(String),
    /// Out of service, to stay there; why.
    Isolate(String),
}

/// One entry about a rollout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "entry")]
pub enum Entry {
    /// An executor has taken over.
    Began {
        /// Who: `host:process`.
        owner: String,
    },
    /// A wave begins.
    WaveBegan {
        /// Its place, from 0.
        wave: u32,
    },
    /// What a server is like before it is touched.
    Recorded {
        /// The server.
        #[serde(with = "name")]
        server: ServerName,
        /// What it is like.
        state: Arc<ServerState>,
    },
    /// An order is about to be given.
    Intent {
        /// To whom.
        #[serde(with = "name")]
        server: ServerName,
        /// Number of the order.
        number: u32,
        /// Place of the step in the recipe, or in the way back.
        step: u32,
        /// What.
        #[serde(with = "text")]
        work: Work,
        /// True if it is to cure a failure of the step, and is not the step.
        cure: bool,
        /// Starts of Windows until now: a restart is proved by one more.
        boot: u32,
    },
    /// How a step ended.
    Outcome {
        /// Of whom.
        #[serde(with = "name")]
        server: ServerName,
        /// Number of the order; `None`: none was given.
        number: Option<u32>,
        /// Place of the step.
        step: u32,
        /// How.
        outcome: Outcome,
    },
    /// A server's update goes another way from here.
    Turned {
        /// Of whom.
        #[serde(with = "name")]
        server: ServerName,
        /// Which way.
        track: Track,
    },
    /// A server's update has ended.
    Ended {
        /// Of whom.
        #[serde(with = "name")]
        server: ServerName,
        /// How.
        end: End,
        /// What it is like now; `None`: could not be seen, or was never touched.
        state: Option<Arc<ServerState>>,
    },
    /// No further server leaves service until somebody resumes.
    Halted {
        /// Why.
        why: String,
    },
    /// Every wave has ended.
    Finished,
}

/// An entry with its place and time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its number, from 1.
    pub sequence: u64,
    /// When it was written, by the executor's clock.
    pub at: Timestamp,
    /// What.
    pub entry: Entry,
}

/// What a person tells a running rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// Begin no further server; finish those that have begun.
    Pause,
    /// Begin nothing, not even the next step.
    PauseAfterStep,
    /// Go on, after a pause or a halt.
    Resume,
    /// Begin no further server; bring back those that can be, finish the others; then end.
    Abort,
}

/// A command with its place, who gave it, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commanded {
    /// Its number, from 1.
    pub sequence: u64,
    /// Entries that the journal held when it was given: a `Resume` answers the halts among them.
    pub after_entry: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// What.
    pub command: Command,
}

/// One person's approval of a blueprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When.
    #[serde(with = "text")]
    pub at: Timestamp,
    /// Until when it may begin further servers.
    #[serde(with = "text")]
    pub until: Timestamp,
}

/// The right to append to the blueprints of a line; only the newest one of that line has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lease {
    /// Counts up, over all lines together.
    pub epoch: u64,
}

/// Why the journal cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// Somebody else works on the same line (J3).
    #[error("another executor works on it: {owner}")]
    Held {
        /// Who.
        owner: String,
    },
    /// Somebody has taken over (J3).
    #[error("another executor has taken over (lease {newest}, ours is {ours})")]
    LeaseLost {
        /// The newest lease of the line; 0: it never had one.
        newest: u64,
        /// Ours.
        ours: u64,
    },
    /// Not a child of the current blueprint (J4).
    #[error("the blueprint follows {}, but {} is current", parent.map_or_else(|| "none".to_owned(), |it| it.to_string()), current.map_or_else(|| "none".to_owned(), |it| it.to_string()))]
    NotAChild {
        /// What it follows.
        parent: Option<BlueprintId>,
        /// What is current in its line.
        current: Option<BlueprintId>,
    },
    /// Entries are damaged or missing.
    #[error("the journal is damaged: {what}")]
    Damaged {
        /// What is wrong, and where.
        what: String,
    },
    /// It cannot be read or written.
    #[error("the journal cannot be {doing}")]
    Storage {
        /// `read`, `written`, `opened`.
        doing: &'static str,
        /// What the storage said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// The memory of rollouts. All methods are about one blueprint at a time, named by its id.
pub trait Journal {
    /// Keeps a blueprint's bytes in a line, so that a journal can be read without the file. Keeping the same one
    /// again changes nothing, not even its line.
    ///
    /// # Errors
    /// [`JournalError`].
    fn keep(
        &mut self,
        line: Line,
        id: BlueprintId,
        parent: Option<BlueprintId>,
        bytes: &[u8],
    ) -> Result<(), JournalError>;

    /// Adds an approval to a blueprint that is kept.
    ///
    /// # Errors
    /// [`JournalError`].
    fn approve(&mut self, id: BlueprintId, approval: &Approval) -> Result<(), JournalError>;

    /// The approvals of a blueprint, oldest first; empty if there are none.
    ///
    /// # Errors
    /// [`JournalError`].
    fn approvals(&mut self, id: BlueprintId) -> Result<Vec<Approval>, JournalError>;

    /// The line of a blueprint; `None`: it is not kept.
    ///
    /// # Errors
    /// [`JournalError`].
    fn line(&mut self, id: BlueprintId) -> Result<Option<Line>, JournalError>;

    /// Makes a kept blueprint current in its line: the first one, or a child of the current one (J4). Making
    /// the current one current again changes nothing.
    ///
    /// # Errors
    /// [`JournalError::NotAChild`], or another one.
    fn make_current(&mut self, id: BlueprintId) -> Result<(), JournalError>;

    /// The current blueprint of a line; `None` if there never was one.
    ///
    /// # Errors
    /// [`JournalError`].
    fn current(&mut self, line: Line) -> Result<Option<BlueprintId>, JournalError>;

    /// Takes the lease of a kept blueprint's line, if nobody alive holds it (J3).
    ///
    /// # Errors
    /// [`JournalError::Held`], or another one.
    fn lease(&mut self, id: BlueprintId, owner: &str) -> Result<Lease, JournalError>;

    /// Appends an entry and makes it safe (J2); gives its number.
    ///
    /// # Errors
    /// [`JournalError::LeaseLost`], or another one; then the entry may or may not have been written.
    fn append(
        &mut self,
        lease: Lease,
        id: BlueprintId,
        at: Timestamp,
        entry: &Entry,
    ) -> Result<u64, JournalError>;

    /// Every entry of a blueprint, in order.
    ///
    /// # Errors
    /// [`JournalError`].
    fn entries(&mut self, id: BlueprintId) -> Result<Vec<Written>, JournalError>;

    /// Gives a command to whoever carries a blueprint out. Needs no lease.
    ///
    /// # Errors
    /// [`JournalError`].
    fn command(
        &mut self,
        id: BlueprintId,
        at: Timestamp,
        by: &str,
        command: Command,
    ) -> Result<(), JournalError>;

    /// Commands of a blueprint after this number, in order. Called often: cheap if there is nothing new.
    ///
    /// # Errors
    /// [`JournalError`].
    fn commands(&mut self, id: BlueprintId, after: u64) -> Result<Vec<Commanded>, JournalError>;
}

/// A server's name is written as its text.
mod name {
    use exward_core::fleet::ServerName;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(it: &ServerName, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(it.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ServerName, D::Error> {
        String::deserialize(from).map(|it| ServerName::new(&it))
    }
}
