//! When something that takes a while may start (T4).

use jiff::{SignedDuration, Timestamp};

use super::{Blackout, Opening, Window};

/// How far a start is looked for: windows repeat each week, and no blackout that anybody plans is longer.
const LOOKED_AHEAD: SignedDuration = SignedDuration::from_hours(366 * 24);

/// The first instant from `at` on at which something that takes `needed` may start; a negative duration
/// counts as none. Without windows that is any time outside blackouts. `None` if there is no such instant
/// within a year.
///
/// Costs some microseconds a window where a start is near, and up to a millisecond a window where there
/// is none: ask once for all servers that need the same.
#[must_use]
pub fn earliest_start(
    windows: &[Window],
    blackouts: &[Blackout],
    at: Timestamp,
    needed: SignedDuration,
) -> Option<Timestamp> {
    let needed = needed.max(SignedDuration::ZERO);
    let last = at.checked_add(LOOKED_AHEAD).ok()?;
    let mut start = at;
    while start <= last {
        match try_start(windows, blackouts, start, needed) {
            Try::Fits => return Some(start),
            Try::NotBefore(later) => start = later,
            Try::Never => return None,
        }
    }
    None
}

/// True if something that takes `needed` may start at this instant: then [`earliest_start`] is `at`.
#[must_use]
pub fn may_run(
    windows: &[Window],
    blackouts: &[Blackout],
    at: Timestamp,
    needed: SignedDuration,
) -> bool {
    let needed = needed.max(SignedDuration::ZERO);
    matches!(try_start(windows, blackouts, at, needed), Try::Fits)
}

/// What is known of a start after looking at it.
enum Try {
    /// It may be.
    Fits,
    /// It may not, nor any start before this later instant.
    NotBefore(Timestamp),
    /// Neither it nor a later one.
    Never,
}

fn try_start(
    windows: &[Window],
    blackouts: &[Blackout],
    start: Timestamp,
    needed: SignedDuration,
) -> Try {
    let Ok(end) = start.checked_add(needed) else { return Try::Never };
    for blackout in blackouts {
        // Work that takes no time still takes the instant of its start.
        let is_before_it = blackout.begins().is_some_and(|it| end <= it && start < it);
        let ends = blackout.ends();
        let is_after_it = ends.is_some_and(|it| it <= start);
        if !is_before_it && !is_after_it {
            return ends.map_or(Try::Never, Try::NotBefore);
        }
    }
    if windows.is_empty() {
        return Try::Fits;
    }
    let Some(opening) = first_opening(windows, start) else { return Try::Never };
    if start < opening.opens {
        return Try::NotBefore(opening.opens);
    }
    let closes = closes_by(windows, opening.closes, end);
    if end <= closes { Try::Fits } else { Try::NotBefore(closes) }
}

/// The opening that holds `at` and closes last, or else the one that opens first after it.
fn first_opening(windows: &[Window], at: Timestamp) -> Option<Opening> {
    let openings = windows.iter().filter_map(|window| window.next(at));
    openings.reduce(|left, right| match (left.holds(at), right.holds(at)) {
        (true, true) if left.closes < right.closes => right,
        (true, _) => left,
        (false, true) => right,
        (false, false) if right.opens < left.opens => right,
        (false, false) => left,
    })
}

/// When openings that follow each other without a gap close, walked only until `end` lies in them.
fn closes_by(windows: &[Window], mut closes: Timestamp, end: Timestamp) -> Timestamp {
    while closes < end {
        match first_opening(windows, closes) {
            Some(next) if next.holds(closes) => closes = next.closes,
            _ => break,
        }
    }
    closes
}
