//! Which of a server's hunts speaks for it.
//!
//! # Invariants
//! * **AL1 an alarm stands until somebody settles it.** A later hunt that finds less takes nothing away: logs are
//!   rotated, and intruders tidy up.
//! * **AL2 as of a moment.** What came later, hunt or settlement, is not known yet.

use std::cmp::Reverse;

use jiff::Timestamp;

/// A hunt, as far as this asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When it was.
    pub at: Timestamp,
    /// How loudly it asks to act: 0 not at all.
    pub alarm: u8,
    /// When its alarm was settled; `None`: it was not.
    pub settled_at: Option<Timestamp>,
}

impl Heard {
    /// How loudly it asks to act at a moment.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> u8 {
        if self.is_settled(now) { 0 } else { self.alarm }
    }

    /// Whether its alarm is settled at a moment.
    #[must_use]
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.settled_at.is_some_and(|it| it <= now)
    }
}

/// The place of the hunt that speaks at a moment, in a list that has the newest first: the loudest alarm that stands,
/// the newest of several; or else the newest. `None`: nobody had hunted yet.
#[must_use]
pub fn speaking(newest_first: &[Heard], now: Timestamp) -> Option<usize> {
    let known = newest_first.iter().enumerate().filter(|(_, it)| it.at <= now);
    known.min_by_key(|(place, it)| (Reverse(it.stands(now)), *place)).map(|(place, _)| place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn heard(second: i64, alarm: u8, settled: Option<i64>) -> Heard {
        Heard { at: at(second), alarm, settled_at: settled.map(at) }
    }

    /// Who speaks at a moment, by the second of the hunt.
    #[track_caller]
    fn check(hunts: &[Heard], now: i64, want: Option<i64>) {
        let got = speaking(hunts, at(now)).map(|it| hunts[it].at.as_second());
        assert_eq!(got, want);
    }

    #[test]
    fn the_loudest_that_stands_speaks_or_else_the_newest() {
        check(&[], 9, None);
        check(&[heard(5, 0, None)], 4, None);
        check(&[heard(5, 0, None), heard(3, 0, None)], 9, Some(5));
        // A later hunt that finds nothing takes no alarm away (AL1).
        check(&[heard(5, 0, None), heard(3, 2, None)], 9, Some(3));
        check(&[heard(5, 1, None), heard(3, 2, None)], 9, Some(3));
        check(&[heard(5, 2, None), heard(3, 2, None)], 9, Some(5));
        check(&[heard(5, 0, None), heard(3, 2, Some(7))], 9, Some(5));
        check(&[heard(5, 1, None), heard(3, 2, Some(7))], 9, Some(5));
        // Nobody had settled it then (AL2).
        check(&[heard(5, 0, None), heard(3, 2, Some(7))], 6, Some(3));
        check(&[heard(5, 0, None), heard(3, 2, Some(7))], 7, Some(5));
    }

    proptest! {
        #[test]
        fn whoever_speaks_is_known_and_nobody_known_is_louder(
            hunts in prop::collection::vec((0_i64..9, 0_u8..3, prop::option::of(0_i64..9)), 0..8),
            now in 0_i64..9,
        ) {
            let mut hunts: Vec<_> = hunts.into_iter().map(|(a, b, c)| heard(a, b, c)).collect();
            hunts.sort_by_key(|it| Reverse(it.at));
            let now = at(now);
            let known: Vec<_> = hunts.iter().filter(|it| it.at <= now).collect();
            match speaking(&hunts, now) {
                None => prop_assert!(known.is_empty(), "AL2"),
                Some(place) => {
                    let it = hunts[place];
                    prop_assert!(it.at <= now, "AL2");
                    prop_assert!(known.iter().all(|other| other.stands(now) <= it.stands(now)), "AL1");
                }
            }
        }
    }
}
