//! How many servers have a hole, day by day.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::OpenState;

/// So many servers turned to an imprint on a day, or away from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn<I> {
    /// The day.
    pub day: Date,
    /// What decides about those servers.
    pub imprint: I,
    /// How many more stand on it at the end of the day; negative: how many fewer.
    pub delta: i64,
}

/// How many servers there are at the end of a day, by whether they have the hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The day.
    pub day: Date,
    /// They have it.
    pub open: u64,
    /// Nobody can tell.
    pub unknown: u64,
    /// They do not.
    pub closed: u64,
}

/// The curve of one hole, or of any other question that an imprint answers: one point for each day on which
/// something turned. Between two points nothing changes. No turns give no points.
///
/// Turns may come in any order. `open` is asked once for each imprint.
pub fn burn_down<I: Copy + Ord>(
    turns: &[Turn<I>],
    mut open: impl FnMut(I) -> OpenState,
) -> Vec<Point> {
    let mut answers: BTreeMap<I, OpenState> = BTreeMap::new();
    let mut days: BTreeMap<Date, [i64; 3]> = BTreeMap::new();
    for turn in turns {
        let state = *answers.entry(turn.imprint).or_insert_with(|| open(turn.imprint));
        let [of_open, of_unknown, of_closed] = days.entry(turn.day).or_default();
        let count = match state {
            OpenState::Open => of_open,
            OpenState::Unknown => of_unknown,
            OpenState::Closed => of_closed,
        };
        *count = count.saturating_add(turn.delta);
    }
    let mut standing = [0_i64; 3];
    let points = days.into_iter().map(|(day, deltas)| {
        for (count, delta) in standing.iter_mut().zip(deltas) {
            *count = count.saturating_add(delta);
        }
        let [open, unknown, closed] = standing.map(|it| u64::try_from(it).unwrap_or(0));
        Point { day, open, unknown, closed }
    });
    points.collect()
}
