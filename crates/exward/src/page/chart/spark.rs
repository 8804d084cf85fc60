//! A curve as small as a word, in a row of a table: which way something goes.

use askama::Template;
use jiff::civil::Date;

use super::{Plot, px, real, real_index};
use crate::page::show::{Count, number};

const WIDTH: u32 = 132;
const HEIGHT: u32 = 32;
const PLOT: Plot = Plot { left: 3.0, top: 4.0, right: 126.0, bottom: 29.0 };

/// See the module.
#[derive(Clone, Debug, Template)]
#[template(path = "serve/spark.html")]
pub(crate) struct Spark {
    /// Unlike that of other pictures on the page.
    id: String,
    title: String,
    description: String,
    width: u32,
    height: u32,
    area: Vec<(f64, f64)>,
    line: Vec<(f64, f64)>,
    now: (f64, f64),
    days: Vec<(Date, Count)>,
}

impl askama::filters::HtmlSafe for Spark {}

/// The curve of a count by day, oldest first; None without a day. `whose` and `what` are words of ours or names that
/// the template escapes.
pub(crate) fn spark(
    index: usize,
    (whose, what): (&str, &'static str),
    days: &[(Date, u64)],
) -> Option<Spark> {
    let (first, last) = (days.first()?, days.last()?);
    let end = days.iter().map(|it| it.1).max().unwrap_or_default().max(1);
    let high = real_index(days.len().saturating_sub(1));
    let place = |(index, (_, count)): (usize, &(Date, u64))| {
        (PLOT.x(real_index(index), 0.0, high), PLOT.y(real(*count), 0.0, real(end)))
    };
    let line: Vec<(f64, f64)> = days.iter().enumerate().map(place).collect();
    let (begin, now) = (*line.first()?, *line.last()?);
    let mut area = line.clone();
    area.extend([(now.0, PLOT.bottom), (begin.0, PLOT.bottom)]);
    Some(Spark {
        id: format!("spark-{index}"),
        title: format!("{whose}: {what} by day"),
        description: format!(
            "{} on {}, {} on {}",
            number(first.1),
            first.0,
            number(last.1),
            last.0
        ),
        width: WIDTH,
        height: HEIGHT,
        area,
        line,
        now,
        days: days.iter().map(|(day, count)| (*day, Count(*count))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_stays_inside(counts in proptest::collection::vec(any::<u64>(), 1..40)) {
            let first = date(2026, 6, 9);
            let days = first.series(jiff::Span::new().days(1)).zip(counts);
            let spark = spark(0, ("x", "y"), &days.collect::<Vec<_>>()).unwrap();
            for (x, y) in spark.area.iter().chain(&spark.line).chain([&spark.now]) {
                let inside = (0.0..=f64::from(WIDTH)).contains(x) && (0.0..=f64::from(HEIGHT)).contains(y);
                prop_assert!(inside, "PG6: {x} {y}");
            }
        }
    }

    #[test]
    fn without_a_day_there_is_none() {
        assert!(spark(0, ("x", "y"), &[]).is_none());
    }
}
