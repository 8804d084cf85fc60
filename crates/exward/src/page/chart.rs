//! Pictures: made of few shapes, described in words, with a table behind each.

pub(crate) mod curve;
pub(crate) mod spark;
pub(crate) mod stacked;
pub(crate) mod timeline;
pub(crate) mod waves;

use askama::Template;
use jiff::civil::Date;

use super::show::{Shown, number};

/// A picture. Everything in it lies inside `width` × `height` (PG6).
#[derive(Clone, Debug, Template)]
#[template(path = "serve/picture.html")]
pub(crate) struct Picture {
    /// Unlike that of other pictures on the page; letters and `-`.
    id: &'static str,
    title: String,
    /// What it shows, in a sentence.
    description: String,
    width: u32,
    height: u32,
    shapes: Vec<Shape>,
    /// What the marks and colours mean.
    legend: Vec<(&'static str, &'static str)>,
    headings: Vec<&'static str>,
    rows: Vec<Vec<Shown>>,
    /// Rows left out.
    more: usize,
}

/// What a picture is made of. Coordinates are pixels from the top left.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Line { class: &'static str, x1: f64, y1: f64, x2: f64, y2: f64 },
    Path { class: &'static str, points: Vec<(f64, f64)> },
    Rect { class: &'static str, x: f64, y: f64, width: f64, height: f64, title: String },
    Dot { class: &'static str, x: f64, y: f64, radius: f64, title: String },
    Text { class: &'static str, x: f64, y: f64, text: String },
}

impl askama::filters::HtmlSafe for Picture {}

/// A frame for the plot inside a picture: where values become places.
#[derive(Clone, Copy)]
struct Plot {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Plot {
    /// The place of `value` between `low` and `high`, from left to right; the middle where both are one.
    fn x(self, value: f64, low: f64, high: f64) -> f64 {
        self.left + (self.right - self.left) * share(value, low, high)
    }

    /// The same from bottom to top.
    fn y(self, value: f64, low: f64, high: f64) -> f64 {
        self.bottom - (self.bottom - self.top) * share(value, low, high)
    }
}

/// How far `value` lies between `low` and `high`: always from 0 to 1, whatever comes in (PG6).
fn share(value: f64, low: f64, high: f64) -> f64 {
    let share = (value - low) / (high - low);
    if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.5 }
}

/// A count as a coordinate. Exact up to 2^53, and a picture shows far less.
#[expect(clippy::cast_precision_loss, reason = "a pixel stands for more than what is lost")]
fn real(count: u64) -> f64 {
    count as f64
}

/// An index or a length as a coordinate.
fn real_index(index: usize) -> f64 {
    real(u64::try_from(index).unwrap_or(u64::MAX))
}

/// The next number of the form 1, 2 or 5 times a power of ten that is not below `highest`, and at least 1: where a
/// scale ends.
fn round_up(highest: u64) -> u64 {
    let mut power: u64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let end = power.saturating_mul(factor);
            if end >= highest || end == u64::MAX {
                return end;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// Lines across with their numbers on the left: 0, the half, the end of the scale.
fn scale(plot: Plot, end: u64, shapes: &mut Vec<Shape>) {
    let half = end.checked_div(2).filter(|half| half.saturating_mul(2) == end && end > 1);
    for value in [Some(0), half, Some(end)].into_iter().flatten() {
        let y = plot.y(real(value), 0.0, real(end));
        shapes.push(Shape::Line { class: "grid", x1: plot.left, y1: y, x2: plot.right, y2: y });
        let text = number(value);
        shapes.push(Shape::Text { class: "tick end", x: plot.left - 8.0, y: y + 4.0, text });
    }
}

/// The first and the last day below the plot, and the middle where there is one.
fn days_below(plot: Plot, days: &[Date], shapes: &mut Vec<Shape>) {
    let middle = days.len().checked_div(2).filter(|_| days.len() > 4);
    let last = days.len().checked_sub(1).filter(|last| *last > 0);
    let marks = [(Some(0), "tick"), (middle, "tick middle"), (last, "tick end")];
    for (index, class) in marks {
        let Some((index, day)) = index.and_then(|it| days.get(it).map(|day| (it, day))) else {
            continue;
        };
        let x = match class {
            "tick" => plot.left,
            "tick end" => plot.right,
            _ => plot.x(real_index(index), 0.0, real_index(days.len().saturating_sub(1))),
        };
        shapes.push(Shape::Text { class, x, y: plot.bottom + 18.0, text: day.to_string() });
    }
}

/// Days with what they count, so many that a line can show them: the last of each stretch.
fn thinned<T: Copy>(all: &[T], most: usize) -> Vec<T> {
    let stride = all.len().div_ceil(most.max(1)).max(1);
    let mut kept: Vec<T> = all.iter().rev().step_by(stride).copied().collect();
    kept.reverse();
    kept
}

impl Picture {
    /// Of the table behind it.
    fn table(&mut self, headings: Vec<&'static str>, rows: Vec<Vec<Shown>>) {
        self.more = rows.len().saturating_sub(TABLE_ROWS_MAX);
        // The newest rows are the last ones, and tell most.
        self.rows = rows.into_iter().skip(self.more).collect();
        self.headings = headings;
    }
}

/// A coordinate to the tenth of a pixel.
fn px(value: &f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Rows in the table behind a picture.
const TABLE_ROWS_MAX: usize = 400;

#[cfg(test)]
mod tests;
