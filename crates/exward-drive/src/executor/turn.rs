//! One server's turn: from where its progress stands to the next thing that must be waited for.

use std::sync::Arc;

use exward_core::blueprint::{Action, ServerUpdate, Step};
use jiff::{SignedDuration, Timestamp};

use super::{DriveError, Executor, Mode, Wake};
use crate::clock::Clock;
use crate::cure::{Cure, Failed, Next, is_harmless, next};
use crate::effects::{EffectError, Effects, Work};
use crate::journal::{Entry, Journal, Outcome, Track};
use crate::progress::OpenOrder;
use crate::prove::{Given, Proof, prove};
use crate::state::{End, ServerState};
use crate::watch::{Waiting, Watch};
use crate::way;

/// How long a cure may take, in minutes.
const CURE_DEADLINE_MINUTES: u32 = 90;

/// How long one mostly takes.
const CURE_EXPECTED_MINUTES: u32 = 10;

/// What was seen of a server: nothing, if it did not answer.
type Seen = Option<Arc<ServerState>>;

impl<'a, E: Effects, J: Journal, C: Clock, W: Watch> Executor<'a, E, J, C, W> {
    /// Brings a server as far as it can go now; says when it is due again.
    pub(super) fn advance(&mut self, index: usize) -> Result<Wake, DriveError> {
        loop {
            let now = self.clock.now().max(self.last);
            let Some(progress) = self.progress.get(index) else { return Ok(Wake::Never) };
            if progress.end.is_some() {
                return Ok(Wake::Never);
            }
            let wake = if progress.began.is_none() {
                self.begin(index, now)?
            } else if progress.open.is_some() {
                self.await_order(index, now)?
            } else {
                self.next_step(index, now)?
            };
            if let Some(wake) = wake {
                return Ok(wake);
            }
        }
    }

    /// Looks whether the order under way has come true. `None`: something was written, go on.
    fn await_order(&mut self, index: usize, now: Timestamp) -> Result<Option<Wake>, DriveError> {
        let Some((update, open)) = self.open(index) else { return Ok(Some(Wake::Never)) };
        let seen = self.look(update)?;
        let given =
            Given { number: open.number, boot: open.boot, ago: now.duration_since(open.at) };
        let proof = self.proof(index, open.work, seen.as_deref(), Some(given));
        match proof {
            Proof::Proved => self.close(index, Outcome::Done)?,
            Proof::Failed(why) => self.fail(index, why, seen.as_deref())?,
            Proof::NotYet(what) => {
                let (expected, deadline) = self.minutes(index, open);
                let late = given.ago >= SignedDuration::from_mins(i64::from(deadline));
                if late {
                    let why = format!("{}: waited {deadline} minutes for {what}", open.work);
                    self.fail(index, why, seen.as_deref())?;
                    return Ok(None);
                }
                if !self.sent.get(index).copied().unwrap_or(true) && seen.is_some() {
                    // The executor before us may have died before it gave the order; its number makes
                    // a second time harmless.
                    if let Some(why) = self.give(index, update, open)? {
                        self.fail(index, why, seen.as_deref())?;
                        return Ok(None);
                    }
                }
                return Ok(Some(self.wait(index, now, open.at, expected, deadline, what)));
            }
        }
        Ok(None)
    }

    /// Takes the next step, or the next cure, or turns. `None`: something was written, go on.
    fn next_step(&mut self, index: usize, now: Timestamp) -> Result<Option<Wake>, DriveError> {
        if let Some(wake) = self.told(index)? {
            return Ok(wake);
        }
        let Some((update, step)) = self.step(index) else {
            return self.arrive(index).map(Some);
        };
        let seen = self.look(update)?;
        if let Some(wake) = self.cure(index, step, seen.as_ref(), now)? {
            return Ok(wake);
        }
        let since = self.progress.get(index).and_then(|it| it.place_since).unwrap_or(now);
        let ago = now.duration_since(since);
        // Who only looks gives no order: the wait itself is the step.
        let watches =
            matches!(step.action, Action::ProveBuild(_) | Action::ProveService | Action::Soak(_));
        let given = watches.then_some(Given { number: 0, boot: 0, ago });
        let waiting = match self.proof(index, Work::Step(step.action), seen.as_deref(), given) {
            Proof::Proved => {
                let outcome = if watches { Outcome::Done } else { Outcome::AlreadyDone };
                self.close(index, outcome)?;
                return Ok(None);
            }
            Proof::Failed(why) => {
                self.fail(index, why, seen.as_deref())?;
                return Ok(None);
            }
            Proof::NotYet(what) => match &seen {
                _ if watches => what.to_owned(),
                None => "an answer of the server".to_owned(),
                Some(state) => match self.may(update, step.action, state)? {
                    Ok(()) => {
                        self.intend(index, update, Work::Step(step.action), false, state)?;
                        return Ok(None);
                    }
                    Err(why) => why,
                },
            },
        };
        if ago >= SignedDuration::from_mins(i64::from(step.deadline_minutes)) {
            let why =
                format!("{}: waited {} minutes for {waiting}", step.action, step.deadline_minutes);
            self.fail(index, why, seen.as_deref())?;
            return Ok(None);
        }
        let (expected, deadline) = (step.expected_minutes, step.deadline_minutes);
        Ok(Some(self.wait(index, now, since, expected, deadline, &waiting)))
    }

    /// What people have told: stop here, or come back. The outer `None`: nothing.
    fn told(&mut self, index: usize) -> Result<Option<Option<Wake>>, DriveError> {
        let Some(progress) = self.progress.get(index) else { return Ok(None) };
        match self.mode {
            Mode::PausedAfterStep => Ok(Some(Some(Wake::Parked))),
            Mode::Aborting if progress.turned.is_none() && !progress.past_return => {
                self.turn(index, Track::Back("the rollout was aborted".to_owned()))?;
                Ok(Some(None))
            }
            Mode::Aborting | Mode::Running | Mode::Paused => Ok(None),
        }
    }

    /// What a failure of this step leads to. The outer `None`: there is none, or the step is tried again.
    fn cure(
        &mut self,
        index: usize,
        step: Step,
        seen: Option<&Arc<ServerState>>,
        now: Timestamp,
    ) -> Result<Option<Option<Wake>>, DriveError> {
        let Some((&(update, _), progress)) = self.updates.get(index).zip(self.progress.get(index))
        else {
            return Ok(None);
        };
        let Some((at, mut why)) = progress.failed.clone() else { return Ok(None) };
        let failed = Failed {
            action: step.action,
            times: usize::try_from(progress.failures_here).unwrap_or(usize::MAX),
            past_return: progress.past_return,
            harmed: progress.harmed,
            from: update.from,
            state: seen.map(|it| &**it),
        };
        let next = match progress.turned {
            None => next(&failed),
            Some(Track::Forward | Track::Back(_)) => {
                why = format!("{}; and the way back failed: {why}", self.reason(index));
                Next::Isolate
            }
            Some(Track::Isolate(_)) => {
                let why = format!("{}; and it could not be isolated: {why}", self.reason(index));
                return self.end(index, End::Quarantined(why)).map(|it| Some(Some(it)));
            }
        };
        match (next, seen) {
            (Next::Back, _) => self.turn(index, Track::Back(why))?,
            (Next::Isolate, _) => self.turn(index, Track::Isolate(why))?,
            (Next::Cure(Cure::Wait(minutes)), _) => {
                let until = at.saturating_add(SignedDuration::from_mins(minutes)).unwrap_or(at);
                return Ok((now < until).then_some(Some(Wake::At(until))));
            }
            (Next::Cure(Cure::Do(work)), Some(state)) => match self.may_cure(update, work)? {
                Ok(()) => self.intend(index, update, work, true, state)?,
                Err(_) if now < self.patience(at) => {
                    let until = now.saturating_add(SignedDuration::from_mins(15)).unwrap_or(now);
                    return Ok(Some(Some(Wake::At(until))));
                }
                Err(blocked) => {
                    let why = format!("{why}; and {work} is not safe: {blocked}");
                    self.turn(index, Track::Isolate(why))?;
                }
            },
            (Next::Cure(Cure::Do(_)), None) => {
                // Nothing can be done to a server that does not answer; it may come back.
                if now < self.patience(at) {
                    let until = now.saturating_add(SignedDuration::from_mins(10)).unwrap_or(now);
                    return Ok(Some(Some(Wake::At(until))));
                }
                self.turn(index, Track::Isolate(format!("{why}; and it does not answer")))?;
            }
        }
        Ok(Some(None))
    }

    /// Until when a cure that is not safe now is waited for.
    fn patience(&self, failed_at: Timestamp) -> Timestamp {
        let patience = SignedDuration::from_mins(i64::from(CURE_DEADLINE_MINUTES));
        failed_at.saturating_add(patience).unwrap_or(failed_at)
    }

    /// The end of a way.
    fn arrive(&mut self, index: usize) -> Result<Wake, DriveError> {
        let end = match self.progress.get(index).and_then(|it| it.turned.clone()) {
            None | Some(Track::Forward) => End::Current,
            Some(Track::Back(why)) => End::Restored(why),
            Some(Track::Isolate(why)) => End::Quarantined(why),
        };
        self.end(index, end)
    }

    fn look(&mut self, update: &ServerUpdate) -> Result<Seen, DriveError> {
        match self.effects.server(&update.server) {
            Ok(state) => Ok(Some(state)),
            Err(error) => unreachable(error).map(|()| None),
        }
    }

    fn proof(
        &self,
        index: usize,
        work: Work,
        seen: Option<&ServerState>,
        given: Option<Given>,
    ) -> Proof {
        let recorded = self.progress.get(index).and_then(|it| it.recorded.as_deref());
        seen.map_or(Proof::NotYet("an answer of the server"), |it| prove(work, it, recorded, given))
    }

    /// Writes the outcome of the step or order at hand.
    fn close(&mut self, index: usize, outcome: Outcome) -> Result<(), DriveError> {
        let Some((&(update, _), progress)) = self.updates.get(index).zip(self.progress.get(index))
        else {
            return Ok(());
        };
        let number = progress.open.map(|it| it.number);
        let (server, step) = (update.server.clone(), progress.place);
        self.append(&Entry::Outcome { server, number, step, outcome }, Some(index))?;
        if let Some(sent) = self.sent.get_mut(index) {
            *sent = false;
        }
        Ok(())
    }

    pub(super) fn fail(
        &mut self,
        index: usize,
        why: String,
        seen: Option<&ServerState>,
    ) -> Result<(), DriveError> {
        let from = self.updates.get(index).map(|(update, _)| update.from);
        let refused = why.starts_with("refused: ");
        let harmless = refused || seen.zip(from).is_some_and(|(it, from)| is_harmless(it, from));
        self.close(index, Outcome::Failed { why, harmless })
    }

    fn turn(&mut self, index: usize, track: Track) -> Result<(), DriveError> {
        let Some((update, _)) = self.updates.get(index) else { return Ok(()) };
        let server = update.server.clone();
        self.append(&Entry::Turned { server, track }, Some(index))
    }

    /// Why a server goes the way it goes.
    fn reason(&self, index: usize) -> String {
        match self.progress.get(index).and_then(|it| it.turned.as_ref()) {
            Some(Track::Back(why) | Track::Isolate(why)) => why.clone(),
            None | Some(Track::Forward) => String::new(),
        }
    }

    /// The order under way, and whose it is.
    pub(super) fn open(&self, index: usize) -> Option<(&'a ServerUpdate, OpenOrder)> {
        let &(update, _) = self.updates.get(index)?;
        Some((update, self.progress.get(index)?.open?))
    }

    /// The next step of the way that the server goes; `None` at its end.
    fn step(&self, index: usize) -> Option<(&'a ServerUpdate, Step)> {
        let &(update, _) = self.updates.get(index)?;
        let progress = self.progress.get(index)?;
        let steps = match progress.turned {
            None | Some(Track::Forward) => self.approved.blueprint().steps(update),
            Some(Track::Back(_)) => way::back(update),
            Some(Track::Isolate(_)) => way::isolate(update),
        };
        Some((update, *steps.get(usize::try_from(progress.place).ok()?)?))
    }

    /// Minutes that the order under way mostly takes, and may take.
    fn minutes(&self, index: usize, open: OpenOrder) -> (u32, u32) {
        match self.step(index) {
            Some((_, step)) if !open.cure => (step.expected_minutes, step.deadline_minutes),
            _ => (CURE_EXPECTED_MINUTES, CURE_DEADLINE_MINUTES),
        }
    }

    fn wait(
        &mut self,
        index: usize,
        now: Timestamp,
        since: Timestamp,
        expected_minutes: u32,
        deadline_minutes: u32,
        what: &str,
    ) -> Wake {
        // A few looks within the time it mostly takes, and one when it is late.
        let pause = (expected_minutes / 4).clamp(1, 10);
        let minutes = |it: u32| SignedDuration::from_mins(i64::from(it));
        let next = now.saturating_add(minutes(pause)).unwrap_or(now);
        let late = since.saturating_add(minutes(deadline_minutes)).unwrap_or(next);
        let until = if late > now { next.min(late) } else { next };
        if let Some((update, _)) = self.updates.get(index) {
            let server = &update.server;
            self.watch.waits(&Waiting { server, what, since, expected_minutes, until });
        }
        Wake::At(until)
    }
}

/// A server that does not answer is waited for; everything else ends the run.
pub(super) fn unreachable(error: EffectError) -> Result<(), DriveError> {
    match error {
        EffectError::Unreachable { .. } => Ok(()),
        EffectError::Refused { .. } | EffectError::Stale { .. } | EffectError::Lost { .. } => {
            Err(DriveError::Effects(error))
        }
    }
}
