//! A run: all targets, in an order that no network sees as a burst, each answer safe before the next word.
//!
//! # Invariants
//! * **R1 nobody waits for the slow.** A slow host keeps one of [`crate::limits::IN_FLIGHT_MAX`] places, and nothing else.
//! * **R2 every target gets an answer in the journal**: what it said, or why it said nothing.
//! * **R3 the rules are asked last.** A resolved address is held against them right before the connection.
//!
//! Cost: about 0.6 ms of one core for each host; memory grows with the journal (8 bytes a target) and with what is in flight.

mod jobs;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::conduct::{Conduct, Crowd};
use crate::connection::Opener;
use crate::dns::Resolver;
use crate::endpoint::Host;
use crate::journal::{Journal, JournalError};
use crate::limits::{LOOKUPS_MAX, Patience, RETRY_AFTER_MAX, RETRY_AFTERS_MAX, RETRY_PAUSE};
use crate::order::{Expansion, Order};
use crate::pace::{Pace, Slot};
use crate::probe::{self, Context, Settled, Wishes};
use crate::tls::{Connector, TlsError};
use crate::visit::{Front, Visit};
use jobs::{Job, Jobs};

/// How often it is looked whether the operator wants to stop, and how often the file is brought to the disk.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Pause before a host that is being asked under another name is looked at again.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// How a run asks.
#[derive(Clone)]
pub struct Manner {
    /// Whom it may ask, and how fast.
    pub conduct: Arc<Conduct>,
    /// What it asks beyond the usual.
    pub wishes: Wishes,
    /// How long it waits.
    pub patience: Patience,
    /// Most hosts at once, at most [`crate::limits::IN_FLIGHT_MAX`].
    pub in_flight_max: usize,
    /// How it introduces itself.
    pub user_agent: String,
    /// Whether the evidence so far is enough.
    pub settled: Arc<Settled>,
    /// The name server to ask; `None` for those of the system.
    pub dns: Option<SocketAddr>,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Targets of this shard.
    pub targets: u64,
    /// Of these, done.
    pub done: u64,
}

/// Why a run could not be made or had to end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The machine gave no threads or timers.
    #[error("the run could not be started")]
    Start(#[source] std::io::Error),
    /// OpenSSL could not be set up.
    #[error("TLS could not be set up")]
    Tls(#[from] TlsError),
    /// An answer could not be kept.
    #[error("an answer could not be kept")]
    Journal(#[from] JournalError),
    /// The system's name servers are not known.
    #[error("names cannot be looked up")]
    Dns(#[from] crate::dns::DnsError),
}

/// Who watches a run.
pub trait Watch {
    /// Called often.
    fn progress(&mut self, progress: Progress);
    /// True once the operator wants to stop: what is in flight is finished, nothing new is begun.
    fn wants_stop(&self) -> bool;
}

/// Asks every target of a shard that is not done yet. True if all are done in the end, false if it was stopped.
///
/// # Errors
/// [`RunError`]. What the journal has until then stays there.
pub fn run(
    targets: &Expansion,
    order: Order,
    manner: &Manner,
    journal: &mut Journal,
    watch: &mut dyn Watch,
) -> Result<bool, RunError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(RunError::Start)?.block_on(async {
        let mut run = Run::new(targets, order, manner, journal)?;
        run.go_on(watch).await
    })
}

/// What a task gives back.
enum Done {
    Resolved(Job),
    Asked(Job, Box<Front>),
}

/// What tasks share.
struct Shared {
    manner: Manner,
    opener: Opener,
    resolver: Option<Resolver>,
}

struct Run<'a> {
    jobs: Jobs<'a>,
    journal: &'a mut Journal,
    pace: Pace,
    shared: Arc<Shared>,
    tasks: JoinSet<Done>,
    began: Instant,
    targets: u64,
    synced: Instant,
    /// Names that are being looked up.
    looking_up: usize,
    crowd: Crowd,
}

impl<'a> Run<'a> {
    fn new(
        targets: &'a Expansion,
        order: Order,
        manner: &Manner,
        journal: &'a mut Journal,
    ) -> Result<Self, RunError> {
        let resolver = match manner.dns {
            _ if !has_names(targets) => None,
            Some(server) => Some(Resolver::at(server)?),
            None => Some(Resolver::system()?),
        };
        let opener = Opener::new(Connector::new()?, manner.patience);
        let began = Instant::now();
        let count = order.left();
        Ok(Self {
            jobs: Jobs::new(targets, order, due_again(journal)?),
            pace: Pace::new(manner.conduct.rate, Duration::ZERO),
            shared: Arc::new(Shared { manner: manner.clone(), opener, resolver }),
            tasks: JoinSet::new(),
            journal,
            began,
            targets: count,
            synced: began,
            looking_up: 0,
            crowd: Crowd::default(),
        })
    }

    async fn go_on(&mut self, watch: &mut dyn Watch) -> Result<bool, RunError> {
        let mut stopping = false;
        loop {
            stopping |= watch.wants_stop();
            let ready = if stopping { None } else { self.fill()? };
            let has_more = !stopping && !self.jobs.is_empty();
            if self.tasks.is_empty() && !has_more {
                break;
            }
            let look = later(Instant::now(), LOOK_EVERY);
            let wake = ready.map_or(look, |it| later(self.began, it).min(look));
            tokio::select! {
                Some(done) = self.tasks.join_next() => self.took(done)?,
                () = sleep_until(wake) => {}
            }
            // What else has come meanwhile needs no look at the clock.
            while let Some(done) = self.tasks.try_join_next() {
                self.took(done)?;
            }
            self.bring_to_disk().await;
            watch.progress(Progress { targets: self.targets, done: self.journal.done() });
        }
        let file = self.journal.handle().map_err(JournalError::from)?;
        file.sync_data().map_err(JournalError::from)?;
        Ok(!stopping || self.jobs.is_empty())
    }

    /// Starts as many jobs as have a place and a turn. Gives the time, counted from the beginning, at which the next
    /// one has its turn.
    fn fill(&mut self) -> Result<Option<Duration>, RunError> {
        loop {
            if self.tasks.len() >= self.shared.manner.in_flight_max
                || self.looking_up >= LOOKUPS_MAX
            {
                // Whoever waits now waits for a place, and that comes with the end of a task.
                return Ok(None);
            }
            let now = self.began.elapsed();
            let nobody_before = self.pace.nobody_before();
            if nobody_before > now {
                return Ok(Some(nobody_before));
            }
            let Some(job) = self.jobs.next(now, |target| self.journal.has(target)) else { break };
            self.start(job, now)?;
        }
        Ok(self.jobs.next_turn())
    }

    fn start(&mut self, job: Job, now: Duration) -> Result<(), RunError> {
        let Some(address) = job.next_address() else {
            if job.is_resolved() {
                return self.finish(job);
            }
            self.looking_up = self.looking_up.saturating_add(1);
            let shared = Arc::clone(&self.shared);
            self.tasks.spawn(async move { Done::Resolved(resolved(&shared, job).await) });
            return Ok(());
        };
        let conduct = &self.shared.manner.conduct;
        let refusal = conduct
            .refuse_address(job.name(), address)
            .or_else(|| self.crowd.refuse(conduct, address));
        if let Some(refusal) = refusal {
            return self.go_on_with(job.refused(address, &refusal.to_string()));
        }
        match self.pace.earliest(address, now) {
            Slot::Now => {
                let shared = Arc::clone(&self.shared);
                let at = SocketAddr::new(address, job.port());
                self.tasks.spawn(async move {
                    let front = asked(&shared, &job, at).await;
                    Done::Asked(job, Box::new(front))
                });
            }
            Slot::At(at) => self.jobs.wait(job, at),
            Slot::Busy => self.jobs.wait(job, now.saturating_add(BUSY_PAUSE)),
        }
        Ok(())
    }

    fn took(&mut self, done: Result<Done, tokio::task::JoinError>) -> Result<(), RunError> {
        let job = match done {
            Ok(Done::Resolved(job)) => {
                self.looking_up = self.looking_up.saturating_sub(1);
                job
            }
            Ok(Done::Asked(mut job, front)) => {
                self.pace.done(front.address);
                job.add(*front);
                job
            }
            // A task never panics by itself; if one does, its host must not look done.
            Err(error) => return Err(RunError::Start(std::io::Error::other(error))),
        };
        self.go_on_with(job)
    }

    /// The next address of a job, or its end.
    fn go_on_with(&mut self, job: Job) -> Result<(), RunError> {
        if job.next_address().is_none() {
            return self.finish(job);
        }
        let now = self.began.elapsed();
        self.jobs.wait(job, now);
        Ok(())
    }

    /// Keeps what a job brought, and gives it a later turn if that may bring more.
    fn finish(&mut self, job: Job) -> Result<(), RunError> {
        let (target, attempt, visit) = job.into_visit();
        let later = self.later_turn(attempt, &visit);
        let visit = match self.journal.visit(target)? {
            Some(before) => visit.with_the_better_of(before),
            None => visit,
        };
        self.journal.append(target, later.is_some(), &visit)?;
        if let Some(pause) = later {
            let at = self.began.elapsed().saturating_add(pause);
            self.jobs.again(target, at, attempt.saturating_add(1));
        }
        Ok(())
    }

    /// The pause before a later turn; `None` if there is none. Silence gets one; a server that asks to be left alone for
    /// a while gets as many as it asks for, up to a limit.
    fn later_turn(&self, attempt: u8, visit: &Visit) -> Option<Duration> {
        match visit.retry_after_s().map(Duration::from_secs) {
            Some(pause) => {
                (attempt < RETRY_AFTERS_MAX && pause <= RETRY_AFTER_MAX).then_some(pause)
            }
            None if attempt > 0 || !visit.deserves_retry() => None,
            None if self.shared.manner.conduct.rate == 0 => Some(Duration::ZERO),
            None => Some(RETRY_PAUSE),
        }
    }

    /// Once a second, in the background: a crash of the machine then costs a second, and no answer waits for the disk.
    async fn bring_to_disk(&mut self) {
        if self.synced.elapsed() < Duration::from_secs(1) {
            return;
        }
        self.synced = Instant::now();
        if let Ok(file) = self.journal.handle() {
            tokio::task::spawn_blocking(move || drop(file.sync_data()));
        }
    }
}

/// Targets that are due a later turn, with the time that is left of the pause that they asked for.
fn due_again(journal: &mut Journal) -> Result<Vec<(Duration, u64)>, JournalError> {
    let targets: Vec<u64> = journal.due_again().collect();
    let mut due = Vec::with_capacity(targets.len());
    for target in targets {
        let visit = journal.visit(target)?;
        let pause = visit
            .as_ref()
            .and_then(Visit::retry_after_s)
            .map_or(Duration::ZERO, Duration::from_secs);
        let since = visit.map_or(Duration::ZERO, |it| now().duration_since(it.at).unsigned_abs());
        due.push((pause.saturating_sub(since), target));
    }
    Ok(due)
}

fn has_names(targets: &Expansion) -> bool {
    targets.endpoints().iter().any(|it| matches!(it.host, Host::Name(_)))
}

fn later(from: Instant, by: Duration) -> Instant {
    from.checked_add(by).unwrap_or(from)
}

async fn resolved(shared: &Shared, job: Job) -> Job {
    match (&shared.resolver, job.name()) {
        (Some(resolver), Some(name)) => {
            let found = resolver.addresses(name).await;
            job.with_addresses(found.map_err(|error| (error.is_passing(), error.to_string())))
        }
        _ => job.with_addresses(Err((false, "names cannot be looked up here".to_owned()))),
    }
}

async fn asked(shared: &Shared, job: &Job, at: SocketAddr) -> Front {
    let manner = &shared.manner;
    let may_name = |name: &str| manner.conduct.refuse_address(Some(name), at.ip()).is_none();
    let context = Context {
        opener: &shared.opener,
        at,
        service: job.service(),
        name: job.name(),
        wishes: manner.wishes,
        user_agent: &manner.user_agent,
        settled: manner.settled.as_ref(),
        may_name: &may_name,
    };
    probe::ask(&context).await
}

/// The moment at which a visit counts as made, in whole seconds.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
