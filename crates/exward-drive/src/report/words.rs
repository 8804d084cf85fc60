//! A rollout in words, for people and for machines.

use super::State;
use crate::journal::{Entry, Outcome, Track};
use crate::state::End;

impl State {
    /// One word: `waiting`, `under-way`, `current`, `restored`, `quarantined`, `held`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::UnderWay(_) => "under-way",
            Self::Ended(End::Current) => "current",
            Self::Ended(End::Restored(_)) => "restored",
            Self::Ended(End::Quarantined(_)) => "quarantined",
            Self::Ended(End::Held(_)) => "held",
        }
    }

    /// Why it is so: of an end other than current, and of a server that no longer goes forward.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Waiting | Self::Ended(End::Current) => None,
            Self::UnderWay(place) => match &place.track {
                Track::Forward => None,
                Track::Back(why) | Track::Isolate(why) => Some(why),
            },
            Self::Ended(End::Restored(why) | End::Quarantined(why) | End::Held(why)) => Some(why),
        }
    }
}

/// What an entry says, for people: `EX01: install-su 15.2.2562.56 begins`.
#[must_use]
pub fn sentence(entry: &Entry) -> String {
    match entry {
        Entry::Began { owner } => format!("{owner} has taken over"),
        Entry::WaveBegan { wave } => format!("wave {} begins", u64::from(*wave).saturating_add(1)),
        Entry::Recorded { server, .. } => format!("{server}: recorded as it was"),
        Entry::Intent { server, work, cure, .. } => {
            let cure = if *cure { ", to cure a failure" } else { "" };
            format!("{server}: {work} begins{cure}")
        }
        Entry::Outcome { server, step, outcome, .. } => {
            let step = u64::from(*step).saturating_add(1);
            match outcome {
                Outcome::Done => format!("{server}: step {step} is done"),
                Outcome::AlreadyDone => format!("{server}: step {step} was done already"),
                Outcome::Failed { why, .. } => format!("{server}: step {step} has failed: {why}"),
            }
        }
        Entry::Turned { server, track } => match track {
            Track::Forward => format!("{server}: goes forward"),
            Track::Back(why) => format!("{server}: goes back: {why}"),
            Track::Isolate(why) => format!("{server}: is taken out of service: {why}"),
        },
        Entry::Ended { server, end, .. } => format!("{server}: {end}"),
        Entry::Halted { why } => format!("halted: {why}"),
        Entry::Finished => "every wave has ended".to_owned(),
    }
}
