//! What `exward serve` does by itself: asks targets when their time has come, reads files that are dropped,
//! tells webhooks, judges everything again when the catalog is another one.
//!
//! Every piece of it is a job in the store, so that many servers on one PostgreSQL share it, a server that
//! dies leaves nothing undone, and everybody sees what is under way and why something failed.
//!
//! # Invariants
//! * **WK1 once.** A job has one holder; what it writes and its end are one transaction where the work is
//!   small (a check), and writing it again changes nothing where it is large (a file, judging again).
//! * **WK2 within the rules.** A host is asked only as the options of the server allow (scope, contact, rate), and one
//!   check runs at a time, so that the rate is that of the whole server.
//! * **WK3 goes on.** A store that is away stops the work, and it goes on when the store is back; a job that
//!   fails is tried again a few times, then stands there with its reason.

mod catalog;
mod check;
mod folder;
mod hooks;
mod import;
mod reassess;
mod worker;

use std::path::PathBuf;
use std::sync::Arc;

use exward_reach::outbound::Outbound;
use exward_store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::{Duration, sleep};

pub(crate) use catalog::Current;

use crate::cli::Clock;
use crate::output;
use crate::probing::ProbingArgs;

/// How long a job is held without a sign of life: so long it takes until what a dead server held goes on.
const HOLD: SignedDuration = SignedDuration::from_secs(30);

/// How often the holder of a job says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// How often it is looked whether a job has come further, which is told at once, so that whoever looks on sees it.
const TOLD: Duration = Duration::from_secs(1);

/// How long the worker waits where there is nothing to do.
const IDLE: Duration = Duration::from_secs(1);

/// How often schedules and the folder are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Longest wait for a store that is away.
const AWAY_MAX: Duration = Duration::from_secs(30);

/// The kinds of jobs.
pub(crate) const CHECK: &str = "check";
pub(crate) const IMPORT: &str = "import";
pub(crate) const REASSESS: &str = "reassess";

/// Everything that the work needs. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Workshop {
    pub(crate) store: Store,
    pub(crate) catalog: Current,
    pub(crate) clock: Clock,
    /// How hosts may be asked.
    pub(crate) probing: Arc<ProbingArgs>,
    /// Where files are dropped; `None`: nowhere.
    pub(crate) folder: Option<PathBuf>,
    /// The way to webhooks; `None`: there is none, and messages wait.
    pub(crate) outbound: Option<Outbound>,
    /// Who this server is among those that share the store.
    pub(crate) owner: Arc<str>,
    /// True once the server stops.
    pub(crate) ending: watch::Receiver<bool>,
}

/// What is done again and again, each beside the others. A step gives how long to wait before the next.
#[derive(Clone, Copy)]
enum Step {
    Work,
    Catalog,
    Look,
    Send,
}

impl Step {
    const fn what(self) -> &'static str {
        match self {
            Self::Work => "work on jobs",
            Self::Catalog => "look at the catalog",
            Self::Look => "look for what is due",
            Self::Send => "tell webhooks",
        }
    }
}

impl Workshop {
    /// Works until the server stops.
    pub(crate) async fn run(self) {
        let worker = tokio::spawn(self.clone().forever(Step::Work));
        let catalog = tokio::spawn(self.clone().forever(Step::Catalog));
        let send: Vec<_> =
            (0..hooks::SENDERS).map(|_| tokio::spawn(self.clone().forever(Step::Send))).collect();
        let look = tokio::spawn(self.forever(Step::Look));
        // A task ends only when the server stops, or by a mistake of ours that it has told of itself.
        let _ended = tokio::join!(worker, catalog, look);
        for sender in send {
            let _ended = sender.await;
        }
    }

    /// Does a step again and again. A step that fails is told, and tried again after a while that grows.
    async fn forever(mut self, step: Step) {
        let mut away = IDLE;
        while !*self.ending.borrow() {
            let stepped = match step {
                Step::Work => self.work().await,
                Step::Catalog => self.look_at_catalog().await,
                Step::Look => self.look().await,
                Step::Send => self.send_one().await,
            };
            let pause = match stepped {
                Ok(pause) => {
                    away = IDLE;
                    pause
                }
                Err(error) => {
                    output::warn(&format!("cannot {} now: {}", step.what(), told(&error)));
                    away = away.saturating_mul(2).min(AWAY_MAX);
                    away
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = ended(&mut self.ending) => {}
            }
        }
    }

    /// Turns schedules that are due and files that were dropped into jobs.
    async fn look(&self) -> Result<Duration, StoreError> {
        /// Schedules of one look. More are taken by the next.
        const SCHEDULES_MAX: u32 = 1_000;
        self.store.due_schedules(CHECK, self.now(), SCHEDULES_MAX).await?;
        self.look_at_folder().await?;
        self.store.tell_halts(self.now()).await?;
        Ok(LOOK)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Waits until the server stops.
async fn ended(ending: &mut watch::Receiver<bool>) {
    // An error means that nobody can tell any more: time to stop as well.
    drop(ending.wait_for(|it| *it).await.map(|_| ()));
}

/// An error with its causes, in one line.
fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(it) = cause {
        text.push_str(": ");
        text.push_str(&it.to_string());
        cause = it.source();
    }
    crate::plain::line(&text).into_owned()
}
