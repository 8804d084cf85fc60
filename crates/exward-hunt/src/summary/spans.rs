//! Where in time the records of a source lie, so that gaps between them are seen.

use jiff::{SignedDuration, Timestamp};

use crate::limits::SPANS_MAX;

/// Logs are written by the day or by the hour; a space of less than a day says nothing.
const JOINED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Spans of time in order, never touching.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spans(Vec<(Timestamp, Timestamp)>);

impl Spans {
    /// Adds a span; what lies less than a day apart becomes one.
    pub fn add(&mut self, from: Timestamp, to: Timestamp) {
        let (mut from, mut to) = (from.min(to), from.max(to));
        let near = |end: Timestamp, start: Timestamp| start.duration_since(end) < JOINED_WITHIN;
        let first = self.0.partition_point(|(_, end)| !near(*end, from));
        let last = self.0.partition_point(|(start, _)| near(to, *start));
        if let Some(joined) = self.0.get(first..last) {
            for (start, end) in joined {
                (from, to) = (from.min(*start), to.max(*end));
            }
        }
        self.0.splice(first..last.max(first), [(from, to)]);
        // Beyond the limit the two newest become one: a gap is then not seen, and nothing is invented.
        if self.0.len() > SPANS_MAX
            && let (Some((_, end)), Some(before)) = (self.0.pop(), self.0.last_mut())
        {
            before.1 = before.1.max(end);
        }
    }

    /// Gives every span, oldest first.
    pub fn each(&self, mut take: impl FnMut(Timestamp, Timestamp)) {
        self.0.iter().for_each(|(from, to)| take(*from, *to));
    }

    /// The spaces between, oldest first: from the last record before to the first after.
    pub fn gaps(&self) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        self.0.iter().zip(self.0.iter().skip(1)).map(|((_, end), (start, _))| (*end, *start))
    }
}

#[cfg(test)]
mod tests {
    use super::Spans;

    #[track_caller]
    fn check(days: &[(i8, i8)], want: &str) {
        let at = |day: i8| jiff::civil::date(2026, 11, day).in_tz("UTC").unwrap().timestamp();
        for turned in [false, true] {
            let mut spans = Spans::default();
            let mut days = days.to_vec();
            if turned {
                days.reverse();
            }
            days.iter().for_each(|(from, to)| spans.add(at(*from), at(*to)));
            let mut got = Vec::new();
            spans.each(|from, to| {
                got.push(format!("{}-{}", from.strftime("%d"), to.strftime("%d")))
            });
            assert_eq!(got.join(" "), want, "{days:?}");
        }
    }

    #[test]
    fn gaps_stay_and_neighbours_join() {
        check(&[], "");
        check(&[(1, 3), (3, 4)], "01-04");
        check(&[(1, 3), (5, 6)], "01-03 05-06");
        check(&[(1, 1), (5, 6), (3, 3), (1, 6)], "01-06");
        check(&[(5, 6), (1, 2), (9, 9), (6, 7)], "01-02 05-07 09-09");
    }
}
