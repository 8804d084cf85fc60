//! Maintenance windows and blackouts, in the time zone of the people who sleep meanwhile.
//!
//! # Invariants
//! * **T1 local.** A window is written in local time; midnight and daylight saving are the zone's.
//! * **T2 narrower.** A start that occurs twice is the later one, an end that occurs twice the earlier
//!   one; a start that a clock change leaves out lies after the gap, such an end before it.
//! * **T3 half-open.** A window holds its first instant and not its last.
//! * **T4 all of it.** What may start ends in the same opening, or in openings that follow each other
//!   without a gap, and touches no blackout.

mod start;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

pub use start::{earliest_start, may_run};

/// Hours of some weekdays in which servers may be out of service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Days on which it opens, counted from Monday = 1 to Sunday = 7.
    pub weekdays: BTreeSet<i8>,
    /// When it opens, in local time.
    pub from: Time,
    /// When it closes, in local time; not after `from` means: on the next day.
    pub to: Time,
    /// The time zone.
    pub zone: TimeZone,
}

/// Days without any update, first and last included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blackout {
    /// The first day.
    pub first: Date,
    /// The last day.
    pub last: Date,
    /// The time zone.
    pub zone: TimeZone,
    /// Why, in the admin's words.
    pub reason: std::sync::Arc<str>,
}

/// One occurrence of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// First instant in it.
    pub opens: Timestamp,
    /// First instant after it.
    pub closes: Timestamp,
}

impl Opening {
    /// True if it holds this instant (T3).
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.opens <= at && at < self.closes
    }
}

impl Window {
    /// The occurrence that holds `at`, or else the next one after it; `None` if it never opens.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> Option<Opening> {
        // An occurrence that holds `at` can have begun yesterday. The next one is within eight days, or
        // a week later if a clock change swallows it.
        const DAYS_LOOKED_AT: usize = 17;
        let today = self.zone.to_datetime(at).date();
        let mut day = today.yesterday().ok()?;
        for _ in 0..DAYS_LOOKED_AT {
            if let Some(opening) = self.on(day).filter(|it| at < it.closes) {
                return Some(opening);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    /// The occurrence that opens on this day, if any; one whose local hours vanish in a clock change
    /// does not occur.
    fn on(&self, day: Date) -> Option<Opening> {
        if !self.weekdays.contains(&day.weekday().to_monday_one_offset()) {
            return None;
        }
        let last = if self.to <= self.from { day.tomorrow().ok()? } else { day };
        let opens = instant(&self.zone, day.to_datetime(self.from), Side::Start)?;
        let closes = instant(&self.zone, last.to_datetime(self.to), Side::End)?;
        (opens < closes).then_some(Opening { opens, closes })
    }
}

impl Blackout {
    /// True if it holds at this instant.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.begins().is_none_or(|begins| begins <= at) && self.ends().is_none_or(|ends| at < ends)
    }

    /// First instant of it; `None` beyond the calendar. A midnight that occurs twice is the earlier one,
    /// one that a clock change leaves out is the end of the change.
    #[must_use]
    pub fn begins(&self) -> Option<Timestamp> {
        let midnight = self.first.to_datetime(Time::midnight());
        self.zone.to_ambiguous_timestamp(midnight).compatible().ok()
    }

    /// First instant after it; `None` beyond the calendar. A midnight that occurs twice is the later one.
    #[must_use]
    pub fn ends(&self) -> Option<Timestamp> {
        instant(&self.zone, self.last.tomorrow().ok()?.to_datetime(Time::midnight()), Side::Start)
    }
}

enum Side {
    Start,
    End,
}

/// The instant of a local time, read so that less is allowed (T2).
fn instant(zone: &TimeZone, local: DateTime, side: Side) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match side {
        Side::Start => ambiguous.later().ok(),
        Side::End => ambiguous.earlier().ok(),
    }
}

#[cfg(test)]
mod tests;
