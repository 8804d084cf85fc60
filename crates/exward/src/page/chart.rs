//! Pictures: made of few shapes, described in words, with a table behind each.

use super::show::Shown;

/// A picture. Everything in it lies inside `width` × `height` (PG6).
#[derive(Clone, Debug)]
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
