//! Which server is due, which wave is open, and what keeps the next one closed.

use std::cmp::Reverse;

use exward_core::blueprint::ServerUpdate;
use jiff::Timestamp;

use super::{DriveError, Executor, Mode, RingState, RunEnd, Wake};
use crate::clock::Clock;
use crate::effects::Effects;
use crate::journal::{Entry, Journal};
use crate::state::End;
use crate::watch::Watch;

impl<'a, E: Effects, J: Journal, C: Clock, W: Watch> Executor<'a, E, J, C, W> {
    /// Opens the next wave when every server of this one has ended; the last one finishes the rollout.
    pub(super) fn open_wave(&mut self) -> Result<(), DriveError> {
        let next = self.wave.map_or(0, |it| it.saturating_add(1));
        // Waves lie one after the other, so that who has ended is looked at once, not at every turn.
        while self.progress.get(self.ended_until).is_some_and(|it| it.end.is_some()) {
            self.ended_until = self.ended_until.saturating_add(1);
        }
        let under_way = self.wave.and_then(|it| self.waves.get(it));
        let over = under_way.is_none_or(|range| self.ended_until >= range.end);
        if !over {
            return Ok(());
        }
        if next >= self.waves.len() {
            return self.append(&Entry::Finished, None);
        }
        if self.closed().is_some() {
            return Ok(());
        }
        let wave = u32::try_from(next).unwrap_or(u32::MAX);
        self.append(&Entry::WaveBegan { wave }, None)?;
        self.wake_all();
        Ok(())
    }

    /// Why no further server may begin, if that is so.
    pub(super) fn closed(&self) -> Option<RunEnd> {
        // An abort is final, whatever else keeps it closed.
        if self.mode == Mode::Aborting {
            return Some(RunEnd::Aborted);
        }
        if let Some((entry, why)) = &self.halted
            && *entry > self.resumed_after
        {
            return Some(RunEnd::Halted { why: why.clone() });
        }
        let until = self.approved.until();
        match self.mode {
            Mode::Aborting => Some(RunEnd::Aborted),
            Mode::Paused | Mode::PausedAfterStep => Some(RunEnd::Paused),
            Mode::Running if until <= self.clock.now() => Some(RunEnd::ApprovalEnded { until }),
            Mode::Running => None,
        }
    }

    /// Nobody is due: the run ends, as whatever keeps it closed says. An abort is final.
    pub(super) fn nothing_due(&mut self) -> Result<Option<RunEnd>, DriveError> {
        let closed = self.closed();
        if closed == Some(RunEnd::Aborted) {
            self.append(&Entry::Finished, None)?;
            return Ok(None);
        }
        if closed.is_none() {
            // Whoever was parked may go on: what had kept it is gone.
            self.wake_all();
        }
        Ok(closed)
    }

    /// The next server that is due, and when.
    pub(super) fn next_due(&mut self) -> Option<(Timestamp, usize)> {
        while let Some(Reverse((at, index))) = self.queue.pop() {
            let due = self.due.get_mut(index)?;
            // An older entry of a server that was woken since.
            if *due == Some(at) {
                *due = None;
                return Some((at, index));
            }
        }
        None
    }

    pub(super) fn wake(&mut self, index: usize, wake: Wake) {
        let at = match wake {
            Wake::At(at) => Some(at),
            Wake::Parked | Wake::Never => None,
        };
        if let Some(due) = self.due.get_mut(index) {
            *due = at;
        }
        if let Some(at) = at {
            self.queue.push(Reverse((at, index)));
        }
    }

    /// Looks at every server of the open wave that has not ended.
    pub(super) fn wake_all(&mut self) {
        let Some(range) = self.wave.and_then(|it| self.waves.get(it).cloned()) else { return };
        let now = self.clock.now();
        for index in range {
            if self.progress.get(index).is_some_and(|it| it.end.is_none()) {
                self.wake(index, Wake::At(now));
            }
        }
    }

    /// Counts who is out of service, and who has failed.
    pub(super) fn count(&mut self, index: usize, entry: &Entry) {
        let Some(&(update, ring)) = self.updates.get(index) else { return };
        match entry {
            Entry::Recorded { .. } => self.out(update, ring, 1),
            Entry::Ended { end, .. } => {
                let failed = matches!(end, End::Restored(_) | End::Quarantined(_));
                if failed && let Some(ring) = self.rings.get_mut(ring) {
                    ring.failures.push(self.entries_seen);
                }
                // Who is quarantined stays out.
                if matches!(end, End::Current | End::Restored(_)) {
                    self.out(update, ring, -1);
                }
            }
            Entry::Began { .. }
            | Entry::WaveBegan { .. }
            | Entry::Intent { .. }
            | Entry::Outcome { .. }
            | Entry::Turned { .. }
            | Entry::Halted { .. }
            | Entry::Finished => {}
        }
    }

    fn out(&mut self, update: &'a ServerUpdate, ring: usize, by: i32) {
        let pool = update.pool.as_ref().map(|it| self.pools_out.entry(it).or_default());
        let site = update.site.as_ref().map(|it| self.sites_out.entry(it).or_default());
        let ring = self.rings.get_mut(ring).map(|it| &mut it.out);
        for out in [pool, site, ring].into_iter().flatten() {
            *out = out.saturating_add_signed(by);
        }
    }

    /// Writes how a server's update ended, and halts if its ring allows no more failures (X10).
    pub(super) fn end(&mut self, index: usize, end: End) -> Result<Wake, DriveError> {
        let Some(&(update, ring)) = self.updates.get(index) else { return Ok(Wake::Never) };
        let state = match end {
            End::Held(_) => None,
            End::Current | End::Restored(_) | End::Quarantined(_) => {
                self.effects.server(&update.server).ok()
            }
        };
        let entry = Entry::Ended { server: update.server.clone(), end, state };
        self.append(&entry, Some(index))?;
        self.halt_if_needed(ring)?;
        Ok(Wake::Never)
    }

    fn halt_if_needed(&mut self, ring: usize) -> Result<(), DriveError> {
        let allowed = self.approved.blueprint().rings.get(ring).map_or(0, |it| it.failures_max);
        let unanswered =
            |it: &RingState| it.failures.iter().filter(|it| **it > self.resumed_after).count();
        let failures = self.rings.get(ring).map_or(0, unanswered);
        // Who comes back because of an abort has not failed.
        if self.mode == Mode::Aborting {
            return Ok(());
        }
        let halted = self.halted.as_ref().is_some_and(|(entry, _)| *entry > self.resumed_after);
        if halted || failures <= usize::try_from(allowed).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let rules = self.approved.blueprint().rings.get(ring);
        let name = rules.map_or_else(String::new, |it| it.name.to_string());
        let servers = if failures == 1 { "one server has" } else { "servers have" };
        let many = if failures == 1 { String::new() } else { format!("{failures} ") };
        let why = format!("{many}{servers} failed in ring {name}, which allows {allowed}");
        self.append(&Entry::Halted { why }, None)
    }
}
