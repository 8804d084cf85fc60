//! Lanes over time: what something was or what its logs cover (bars), and what happened (marks).

use jiff::Timestamp;

use super::{Picture, Plot, Shape, real, real_index};
use crate::page::badge::{Badge, Tone};
use crate::page::show::{Count, Shown, When};

const WIDTH: u32 = 760;
const LANE_HEIGHT: f64 = 30.0;
const HEAD: f64 = 28.0;
const LEFT: f64 = 156.0;
const RIGHT: f64 = 744.0;

/// Lanes of one picture, and what each can hold.
const LANES_MAX: usize = 40;
const BARS_MAX: usize = 200;
const MARKS_MAX: usize = 400;

/// Characters of the name of a lane that fit beside it.
const NAME_MAX: usize = 20;

/// A line of its own, for example a server.
pub(crate) struct Lane {
    pub(crate) name: Shown,
    pub(crate) bars: Vec<Bar>,
    pub(crate) marks: Vec<Mark>,
}

/// Something that lasted.
pub(crate) struct Bar {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// None: what logs cover.
    pub(crate) badge: Option<Badge>,
    pub(crate) what: Shown,
}

/// Something that happened.
pub(crate) struct Mark {
    pub(crate) at: Timestamp,
    pub(crate) badge: Badge,
    pub(crate) what: Shown,
}

/// The lanes, one below the other; None where nothing lasted and nothing happened.
pub(crate) fn timeline(id: &'static str, title: &str, lanes: &[Lane]) -> Option<Picture> {
    let moments = || {
        lanes.iter().flat_map(|lane| {
            let bars = lane.bars.iter().flat_map(|it| [it.from, it.to]);
            bars.chain(lane.marks.iter().map(|it| it.at))
        })
    };
    let (first, last) = (moments().min()?, moments().max()?);
    let drawn = lanes.get(..LANES_MAX).unwrap_or(lanes);
    let bottom = HEAD + LANE_HEIGHT * real_index(drawn.len()) + 6.0;
    let plot = Plot { left: LEFT, top: HEAD, right: RIGHT, bottom };
    let at = |moment: Timestamp| plot.x(seconds(moment), seconds(first), seconds(last));
    let mut shapes = Vec::new();
    ticks(plot, first, last, &mut shapes);
    for (index, lane) in drawn.iter().enumerate() {
        let top = HEAD + LANE_HEIGHT * real_index(index);
        let text = lane.name.within(NAME_MAX);
        shapes.push(Shape::Text { class: "lane", x: 0.0, y: top + 20.0, text });
        shapes.push(Shape::Line { class: "grid", x1: 0.0, y1: top, x2: RIGHT, y2: top });
        for bar in lane.bars.iter().take(BARS_MAX) {
            shapes.push(bar_shape(bar, at(bar.from), at(bar.to), top + 8.0));
        }
        for mark in lane.marks.iter().take(MARKS_MAX) {
            let words = mark.badge.words;
            let title = format!("{} {words}: {}", When(mark.at).text(), mark.what);
            let class = mark.badge.tone.class();
            let (x, y) = (at(mark.at), top + 15.0);
            shapes.push(Shape::Dot { class, x, y, radius: radius(mark.badge.tone), title });
        }
    }
    let marks: usize = lanes.iter().map(|it| it.marks.len()).sum();
    let mut picture = Picture {
        id,
        title: title.to_owned(),
        description: format!(
            "{} from {} to {}, {}. Times are UTC.",
            Count(lanes.len() as u64).of("line", "lines"),
            When(first).text(),
            When(last).text(),
            Count(marks as u64).of("mark", "marks")
        ),
        width: WIDTH,
        height: whole(bottom),
        shapes,
        legend: legend(lanes),
        headings: vec![],
        rows: vec![],
        more: 0,
    };
    picture.table(vec!["What", "From", "To", "State", "Detail"], rows(lanes));
    Some(picture)
}

fn seconds(moment: Timestamp) -> f64 {
    let seconds = moment.as_second();
    let size = real(seconds.unsigned_abs());
    if seconds < 0 { -size } else { size }
}

/// A height in whole pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most LANES_MAX lanes high"
)]
fn whole(height: f64) -> u32 {
    height.ceil() as u32
}

/// The more urgent, the bigger: a colour alone says nothing (PG4).
const fn radius(tone: Tone) -> f64 {
    match tone {
        Tone::Act => 7.0,
        Tone::Look => 5.5,
        Tone::Fine | Tone::Soft => 4.0,
    }
}

fn bar_shape(bar: &Bar, from: f64, to: f64, y: f64) -> Shape {
    let (left, right) = (from.min(to), from.max(to));
    // A moment is seen as well, and stays inside.
    let width = (right - left).max(3.0);
    let x = left.min(RIGHT - width);
    let state = bar.badge.map_or("covered", |it| it.words);
    let (from, to) = (When(bar.from).text(), When(bar.to).text());
    Shape::Rect {
        class: bar.badge.map_or("covered", |it| it.tone.class()),
        x,
        y,
        width,
        height: 14.0,
        title: format!("{from} to {to}: {state} {}", bar.what),
    }
}

fn ticks(plot: Plot, first: Timestamp, last: Timestamp, shapes: &mut Vec<Shape>) {
    let span = last.as_second().saturating_sub(first.as_second());
    let is_short = span < 3 * 86_400;
    let text = |at: Timestamp| if is_short { When(at).text() } else { When(at).day() };
    let middle = first.as_second().saturating_add(span.checked_div(2).unwrap_or_default());
    let mut marks = vec![(plot.left, "tick", first), (plot.right, "tick end", last)];
    if let Ok(middle) = Timestamp::from_second(middle) {
        marks.push((plot.left.midpoint(plot.right), "tick middle", middle));
    }
    if span == 0 {
        marks.truncate(1);
    }
    for (x, class, at) in marks {
        shapes.push(Shape::Text { class, x, y: 14.0, text: text(at) });
        shapes.push(Shape::Line { class: "grid", x1: x, y1: 20.0, x2: x, y2: plot.bottom });
    }
}

fn legend(lanes: &[Lane]) -> Vec<(&'static str, &'static str)> {
    let mut seen: Vec<(Tone, &'static str)> = lanes
        .iter()
        .flat_map(|it| {
            it.marks.iter().map(|it| it.badge).chain(it.bars.iter().filter_map(|it| it.badge))
        })
        .map(|it| (it.tone, it.words))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let mut legend: Vec<_> = seen.into_iter().map(|(tone, words)| (tone.class(), words)).collect();
    if lanes.iter().flat_map(|it| &it.bars).any(|it| it.badge.is_none()) {
        legend.push(("covered", "logs reach; elsewhere nothing can be seen"));
    }
    legend
}

fn rows(lanes: &[Lane]) -> Vec<Vec<Shown>> {
    let mut rows = Vec::new();
    for lane in lanes {
        for bar in lane.bars.iter().take(BARS_MAX) {
            rows.push(vec![
                lane.name.clone(),
                When(bar.from).text().into(),
                When(bar.to).text().into(),
                bar.badge.map_or("covered", |it| it.words).into(),
                bar.what.clone(),
            ]);
        }
        for mark in lane.marks.iter().take(MARKS_MAX) {
            let at = Shown::of(&When(mark.at).text());
            let state = mark.badge.words.into();
            rows.push(vec![lane.name.clone(), at, Shown::default(), state, mark.what.clone()]);
        }
    }
    rows
}
