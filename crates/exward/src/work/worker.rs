//! Claims jobs, one at a time, and sees each to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use exward_store::StoreError;
use exward_store::store::{Claim, HeldJob};
use jiff::SignedDuration;
use tokio::time::{Duration, Instant, sleep};

use super::{CHECK, HEARTBEAT, HOLD, IDLE, IMPORT, REASSESS, TOLD, Workshop};
use crate::error::CommandError;

/// How often a job is tried before it is given up.
const ATTEMPTS_MAX: i64 = 5;

/// How long the first new try waits; each further one twice as long.
const AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);

/// What a job looks at while it works, and where it says how far it is.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) claim: Claim,
    stop: Arc<AtomicBool>,
    done: Arc<AtomicU64>,
    total: Arc<AtomicU64>,
}

impl Held {
    /// True if the job is to stop: the server ends, or somebody else has the job.
    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Says how far the job is.
    pub(super) fn is_at(&self, done: u64, total: Option<u64>) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How far it is, and of how much, where that is known.
    pub(super) fn counts(&self) -> (i64, Option<i64>) {
        let done = i64::try_from(self.done.load(Ordering::Relaxed)).unwrap_or(i64::MAX);
        (done, i64::try_from(self.total.load(Ordering::Relaxed)).ok())
    }
}

/// How work on a job ended.
pub(super) enum Ended {
    /// With everything written, the end of the job included (WK1).
    Written,
    /// With everything written but the end of the job.
    Done,
    /// Early, because it was told to stop.
    Stopped,
}

/// Why a job was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
    /// Trying again may help.
    #[error("{0}")]
    Again(String),
    /// It never can be.
    #[error("{0}")]
    Never(String),
    /// The store failed: the job waits with everything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<CommandError> for JobError {
    fn from(error: CommandError) -> Self {
        let told = super::told(&error);
        if let CommandError::Memory { source, .. } = error {
            return Self::Store(source);
        }
        let is_final = matches!(error, CommandError::Usage { .. } | CommandError::Refused { .. });
        if is_final { Self::Never(told) } else { Self::Again(told) }
    }
}

impl Workshop {
    /// Claims a job and works on it; gives how long to wait before the next.
    pub(super) async fn work(&self) -> Result<Duration, StoreError> {
        let kinds = [CHECK, IMPORT, REASSESS];
        let claimed = self.store.claim_job(&self.owner, &kinds, self.now(), HOLD).await?;
        let Some(job) = claimed else { return Ok(IDLE) };
        let held = Held {
            claim: job.claim,
            stop: Arc::new(AtomicBool::new(false)),
            done: Arc::new(AtomicU64::new(0)),
            total: Arc::new(AtomicU64::new(u64::MAX)),
        };
        let ended = self.hold(&job, &held).await;
        match self.end(&job, &held, ended).await {
            // Somebody else has it by now: whatever they come to counts (K2 of the store).
            Err(StoreError::Conflict { .. }) | Ok(()) => Ok(Duration::ZERO),
            Err(error) => Err(error),
        }
    }

    /// Works on a job, and says meanwhile that its holder lives.
    async fn hold(&self, job: &HeldJob, held: &Held) -> Result<Ended, JobError> {
        let mut ending = self.ending.clone();
        let work = self.begin(job, held.clone());
        tokio::pin!(work);
        let (mut told_at, mut last) = (Instant::now(), held.counts());
        loop {
            tokio::select! {
                ended = &mut work => return ended,
                () = sleep(TOLD) => {
                    let (done, total) = held.counts();
                    if (done, total) == last && told_at.elapsed() < HEARTBEAT {
                        continue;
                    }
                    (told_at, last) = (Instant::now(), (done, total));
                    let told = self.store.progress_job(held.claim, done, total, self.now(), HOLD);
                    // Without word from the store for as long as the hold, somebody else may have it.
                    if let Err(StoreError::Conflict { .. }) = told.await {
                        held.stop.store(true, Ordering::Relaxed);
                    }
                }
                () = super::ended(&mut ending), if !held.is_stopped() => {
                    held.stop.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    async fn begin(&self, job: &HeldJob, held: Held) -> Result<Ended, JobError> {
        match job.kind.as_str() {
            CHECK => self.check(job, held).await,
            IMPORT => self.import(job, held).await,
            REASSESS => self.reassess(held).await,
            other => Err(JobError::Never(format!("this exward knows no work `{other}`"))),
        }
    }

    async fn end(
        &self,
        job: &HeldJob,
        held: &Held,
        ended: Result<Ended, JobError>,
    ) -> Result<(), StoreError> {
        let (claim, now) = (held.claim, self.now());
        match ended {
            Ok(Ended::Written) => Ok(()),
            Ok(Ended::Done) => {
                let (done, total) = held.counts();
                self.store.progress_job(claim, done, total.or(Some(done)), now, HOLD).await?;
                self.store.finish_job(claim, now).await
            }
            Ok(Ended::Stopped) => self.store.give_job_back(claim).await,
            Err(JobError::Store(error)) if error.is_passing() => {
                // It will fail, too, if the store is still away: then the hold runs out.
                drop(self.store.give_job_back(claim).await);
                Err(error)
            }
            Err(JobError::Store(error)) => {
                self.store.fail_job(claim, &super::told(&error), None, now).await
            }
            Err(JobError::Never(why)) => self.store.fail_job(claim, &why, None, now).await,
            Err(JobError::Again(why)) => {
                let again = again(job.attempts).and_then(|after| now.checked_add(after).ok());
                self.store.fail_job(claim, &why, again, now).await
            }
        }
    }
}

/// How long to wait before the next try; `None`: it was the last.
fn again(attempts: i64) -> Option<SignedDuration> {
    if attempts >= ATTEMPTS_MAX {
        return None;
    }
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    AGAIN_AFTER.checked_mul(2_i32.checked_pow(doublings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_get_rarer_and_end() {
        let waits: Vec<_> = (1..7).map(|it| again(it).map(|it| it.as_secs())).collect();
        assert_eq!(waits, [Some(30), Some(60), Some(120), Some(240), None, None]);
    }
}
