//! Whether a server may leave service, now. Asked until it may, or until patience ends: then it is held,
//! untouched.

use exward_core::blueprint::Action;
use exward_core::policy::{earliest_start, may_run};
use jiff::{SignedDuration, Timestamp};

use super::{DriveError, Executor, Wake};
use crate::clock::Clock;
use crate::effects::{EffectError, Effects};
use crate::gates::may_leave;
use crate::journal::{Entry, Journal};
use crate::state::{End, ServerState};
use crate::watch::{Waiting, Watch};

/// How long a server that may not leave is asked again before it is held.
const PATIENCE: SignedDuration = SignedDuration::from_hours(2);

/// How often.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(10);

/// Why a server does not begin.
enum Kept {
    /// Waiting may help.
    Wait(String),
    /// It will not.
    Hold(String),
}

impl<E: Effects, J: Journal, C: Clock, W: Watch> Executor<'_, E, J, C, W> {
    /// Begins a server: writes down what it is like, if it may leave service.
    pub(super) fn begin(
        &mut self,
        index: usize,
        now: Timestamp,
    ) -> Result<Option<Wake>, DriveError> {
        if self.closed().is_some() {
            return Ok(Some(Wake::Parked));
        }
        match self.window(index, now) {
            Ok(start) if start > now => return Ok(Some(Wake::At(start))),
            Ok(_) => {}
            Err(why) => return self.end(index, End::Held(why)).map(Some),
        }
        let state = match self.ready(index)? {
            Ok(state) => state,
            Err(Kept::Hold(why)) => return self.end(index, End::Held(why)).map(Some),
            Err(Kept::Wait(why)) => return self.keep(index, now, why).map(Some),
        };
        let Some((update, _)) = self.updates.get(index) else { return Ok(Some(Wake::Never)) };
        let entry = Entry::Recorded { server: update.server.clone(), state };
        self.append(&entry, Some(index))?;
        Ok(None)
    }

    /// Asks again later, or holds the server when patience has ended.
    fn keep(&mut self, index: usize, now: Timestamp, why: String) -> Result<Wake, DriveError> {
        let Some(kept) = self.kept_since.get_mut(index) else { return Ok(Wake::Never) };
        let since = *kept.get_or_insert(now);
        if now.duration_since(since) >= PATIENCE {
            return self.end(index, End::Held(why));
        }
        let until = now.saturating_add(ASK_AGAIN).unwrap_or(now);
        if let Some((update, _)) = self.updates.get(index) {
            let server = &update.server;
            let waiting = Waiting { server, what: &why, since, expected_minutes: 0, until };
            self.watch.waits(&waiting);
        }
        Ok(Wake::At(until))
    }

    /// When the server may begin by windows and blackouts; an error if never.
    fn window(&self, index: usize, now: Timestamp) -> Result<Timestamp, String> {
        let blueprint = self.approved.blueprint();
        let Some(&(update, ring)) = self.updates.get(index) else { return Ok(now) };
        if blueprint.windows_ignored {
            return Ok(now);
        }
        // The soak may last beyond the window: the server is back in service by then.
        let steps = blueprint.steps(update).iter();
        let minutes = steps
            .filter(|it| !matches!(it.action, Action::Soak(_)))
            .fold(0_u32, |sum, it| sum.saturating_add(it.expected_minutes));
        let needed = SignedDuration::from_mins(i64::from(minutes));
        let windows = blueprint.rings.get(ring).map_or(&[][..], |it| &it.windows);
        if may_run(windows, &blueprint.blackouts, now, needed) {
            return Ok(now);
        }
        let start = earliest_start(windows, &blueprint.blackouts, now, needed);
        start.ok_or_else(|| format!("no window is {minutes} minutes long outside blackouts"))
    }

    /// What the server is like, if everything that must be true before it leaves is true.
    fn ready(
        &mut self,
        index: usize,
    ) -> Result<Result<std::sync::Arc<ServerState>, Kept>, DriveError> {
        let Some(&(update, ring)) = self.updates.get(index) else {
            return Ok(Err(Kept::Hold("it is in no wave".to_owned())));
        };
        let state = match self.effects.server(&update.server) {
            Ok(state) => state,
            Err(error) => return patient(error).map(Err),
        };
        if let Some(why) = unlike(&state, update.from, update.to) {
            return Ok(Err(Kept::Hold(why)));
        }
        if !state.in_service() {
            return Ok(Err(Kept::Wait("it is out of service, and not by this rollout".to_owned())));
        }
        if let Some(full) = self.full(index, ring) {
            return Ok(Err(Kept::Wait(full)));
        }
        if let Some(dag) = &update.dag {
            let seen = match self.effects.dag(dag) {
                Ok(seen) => seen,
                Err(error) => return patient(error).map(Err),
            };
            if let Err(why) = may_leave(&seen, &update.server, &self.approved.blueprint().gates) {
                return Ok(Err(Kept::Wait(why)));
            }
        }
        Ok(Ok(state))
    }

    /// The limit that would be passed, if any: of the pool, the site or the ring.
    fn full(&self, index: usize, ring: usize) -> Option<String> {
        let blueprint = self.approved.blueprint();
        let (update, _) = self.updates.get(index)?;
        let foreign = |out: Option<&std::collections::BTreeSet<_>>| {
            out.map_or(0, |it| u32::try_from(it.len()).unwrap_or(u32::MAX))
        };
        if let Some(pool) = &update.pool {
            let ours = self.pools_out.get(pool).copied().unwrap_or(0);
            let out = ours.saturating_add(foreign(blueprint.pools_out.get(pool)));
            if out >= blueprint.pools.of(pool) {
                return Some(format!("{out} servers of pool {pool} are out of service"));
            }
        }
        if let Some(site) = &update.site {
            let ours = self.sites_out.get(site).copied().unwrap_or(0);
            let out = ours.saturating_add(foreign(blueprint.sites_out.get(site)));
            if out >= blueprint.sites.of(site) {
                return Some(format!("{out} servers of site {site} are out of service"));
            }
        }
        let rules = blueprint.rings.get(ring)?;
        let out = self.rings.get(ring)?.out;
        let full = rules.unavailable_max.is_some_and(|max| out >= max);
        full.then(|| format!("{out} servers of ring {} are out of service", rules.name))
    }
}

/// Why a server is not the one that the blueprint was made for.
fn unlike(
    state: &ServerState,
    from: exward_core::build::Build,
    to: exward_core::build::Build,
) -> Option<String> {
    match state.build {
        None => Some("its build could not be read".to_owned()),
        Some(build) if build >= to => Some(format!("it is at {build} already")),
        Some(build) if build != from => {
            Some(format!("it is at {build}, and the blueprint was made for {from}"))
        }
        Some(_) => None,
    }
}

/// Waits for who does not answer; everything else ends the run or holds the server.
fn patient(error: EffectError) -> Result<Kept, DriveError> {
    match error {
        EffectError::Unreachable { .. } => Ok(Kept::Wait(error.to_string())),
        EffectError::Refused { .. } => Ok(Kept::Hold(error.to_string())),
        EffectError::Stale { .. } | EffectError::Lost { .. } => Err(DriveError::Effects(error)),
    }
}
