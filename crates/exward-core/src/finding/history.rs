//! The fold itself: one stretch after the other, each hole with what happened to it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Acceptance, Finding, FindingState, NEW_DAYS, OpenState, Span};
use crate::catalog::Advisory;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// One server's history as far as it was told, oldest first; can be asked and told more at any time (H5).
#[derive(Clone, Debug, Default)]
pub struct History<'c> {
    holes: BTreeMap<&'c str, Hole<'c>>,
    /// The last stretch: it holds until the next one begins.
    last: Option<Span<'c>>,
}

/// What happened to one hole.
#[derive(Clone, Debug)]
struct Hole<'c> {
    advisory: &'c Advisory,
    opened_at: Timestamp,
    reopened_at: Option<Timestamp>,
    /// `None` while it is open.
    fixed_at: Option<Timestamp>,
    reopened: u32,
    /// How long it was open before it was fixed, all openings together.
    fixed_after_ms: i64,
    last_confirmed: Timestamp,
}

/// Up to when a stretch holds.
#[derive(Clone, Copy)]
enum Until {
    /// The next one begins then.
    Next(Timestamp),
    /// That is the moment asked about, itself included.
    Asked(Timestamp),
}

impl Until {
    const fn moment(self) -> Timestamp {
        match self {
            Self::Next(at) | Self::Asked(at) => at,
        }
    }

    fn includes(self, at: Timestamp) -> bool {
        match self {
            Self::Next(end) => at < end,
            Self::Asked(end) => at <= end,
        }
    }
}

impl<'c> History<'c> {
    /// Tells the next stretch. One that begins before the last one replaces it from where that began.
    pub fn add(&mut self, span: &Span<'c>) {
        if let Some(last) = self.last.replace(span.clone())
            && last.from < span.from
        {
            self.settle(&last, Until::Next(span.from));
        }
    }

    /// The findings as of a time, not before the last stretch began; see [`super::fold`].
    #[must_use]
    pub fn findings(&self, acceptances: &[Acceptance], as_of: Timestamp) -> Vec<Finding<'c>> {
        let mut told = self.clone();
        if let Some(last) = told.last.take() {
            told.settle(&last, Until::Asked(as_of));
        }
        let holes = told.holes.into_values();
        let mut findings: Vec<_> = holes.map(|it| it.finding(acceptances, as_of)).collect();
        findings.sort_by(|a, b| a.advisory.urgency().cmp(&b.advisory.urgency()));
        findings
    }

    /// Applies what a stretch shows, from its beginning until then.
    fn settle(&mut self, span: &Span<'c>, until: Until) {
        let seen_last = span.to.min(until.moment());
        for (cve, hole) in &mut self.holes {
            match span.statuses.state(cve) {
                OpenState::Open => hole.confirm(seen_last),
                OpenState::Unknown => {} // H1
                OpenState::Closed => {
                    hole.fix(span.from);
                    hole.confirm(seen_last);
                }
            }
        }
        for advisory in span.statuses.open() {
            let at = published(advisory).map_or(span.from, |it| it.max(span.from)); // H2
            if !until.includes(at) {
                continue;
            }
            match self.holes.get_mut(advisory.id.as_str()) {
                Some(hole) => hole.open(at),
                None => {
                    let hole = Hole::new(advisory, at, seen_last);
                    self.holes.insert(advisory.id.as_str(), hole);
                }
            }
        }
    }
}

/// The first moment of the day on which it was published, in UTC.
fn published(advisory: &Advisory) -> Option<Timestamp> {
    Some(advisory.published.first_day()?.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

impl<'c> Hole<'c> {
    const fn new(advisory: &'c Advisory, at: Timestamp, seen_last: Timestamp) -> Self {
        Self {
            advisory,
            opened_at: at,
            reopened_at: None,
            fixed_at: None,
            reopened: 0,
            fixed_after_ms: 0,
            last_confirmed: seen_last,
        }
    }

    fn confirm(&mut self, at: Timestamp) {
        self.last_confirmed = self.last_confirmed.max(at);
    }

    /// H3: fixed when seen fixed. What is fixed already stays so since then.
    fn fix(&mut self, at: Timestamp) {
        if self.fixed_at.is_none() {
            self.fixed_after_ms = self.open_ms(at);
            self.fixed_at = Some(at);
        }
    }

    fn open(&mut self, at: Timestamp) {
        if self.fixed_at.take().is_some() {
            self.reopened_at = Some(at);
            self.reopened = self.reopened.saturating_add(1);
        }
    }

    /// How long it was open in all.
    fn open_ms(&self, now: Timestamp) -> i64 {
        if self.fixed_at.is_some() {
            return self.fixed_after_ms;
        }
        let since = self.reopened_at.unwrap_or(self.opened_at);
        self.fixed_after_ms.saturating_add(ms_between(since, now))
    }

    fn finding(self, acceptances: &[Acceptance], as_of: Timestamp) -> Finding<'c> {
        let days = self.open_ms(as_of).div_euclid(DAY_MS);
        Finding {
            state: self.state(acceptances, as_of),
            advisory: self.advisory,
            opened_at: self.opened_at,
            reopened_at: self.reopened_at,
            fixed_at: self.fixed_at,
            reopened: self.reopened,
            days_open: u32::try_from(days).unwrap_or(0),
            last_confirmed: self.last_confirmed,
        }
    }

    fn state(&self, acceptances: &[Acceptance], as_of: Timestamp) -> FindingState {
        if self.fixed_at.is_some() {
            return FindingState::Fixed;
        }
        let id = self.advisory.id.as_str();
        let in_force = acceptances.iter().filter(|it| it.is_in_force(as_of) && it.concerns(id));
        // Of several, the one that holds longest; the rest of the key is so that order does not matter.
        if let Some(it) = in_force.max_by_key(|it| (it.until, it.at, &it.by, &it.why)) {
            let (by, why) = (it.by.clone(), it.why.clone());
            return FindingState::Accepted { until: it.until, by, why };
        }
        let is_new = ms_between(self.opened_at, as_of) < NEW_DAYS.saturating_mul(DAY_MS);
        match self.reopened_at {
            Some(_) => FindingState::Reopened,
            None if is_new => FindingState::New,
            None => FindingState::Open,
        }
    }
}

fn ms_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond().saturating_sub(from.as_millisecond())
}
