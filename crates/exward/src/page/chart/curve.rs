//! Lines over days: how fast something goes to zero.

use jiff::civil::Date;

use super::{Picture, Plot, Shape, days_below, real, real_index, round_up, scale, thinned};
use crate::page::show::{Count, Shown, number};

const WIDTH: u32 = 760;
const HEIGHT: u32 = 240;
const PLOT: Plot = Plot { left: 56.0, top: 16.0, right: 748.0, bottom: 206.0 };

/// Points of the line. More than pixels help nobody.
const POINTS_MAX: usize = 360;

/// What is left over time.
pub(crate) struct Curve<'a> {
    /// Unlike that of other pictures on the page.
    pub(crate) id: &'static str,
    /// What it is about, for example `CVE-2026-42897`.
    pub(crate) about: &'a str,
    /// Servers that were open at the end of each day, oldest first.
    pub(crate) open: &'a [(Date, u64)],
}

/// The burn-down curve; None without a day.
pub(crate) fn burn_down(curve: &Curve<'_>) -> Option<Picture> {
    let (first, last) = (curve.open.first()?, curve.open.last()?);
    let points = thinned(curve.open, POINTS_MAX);
    let end = round_up(points.iter().map(|(_, open)| *open).max().unwrap_or_default());
    let days: Vec<Date> = points.iter().map(|(day, _)| *day).collect();
    let mut shapes = Vec::new();
    scale(PLOT, end, &mut shapes);
    days_below(PLOT, &days, &mut shapes);
    let high = real_index(points.len().saturating_sub(1));
    let place = |index: usize, open: u64| {
        (PLOT.x(real_index(index), 0.0, high), PLOT.y(real(open), 0.0, real(end)))
    };
    let line: Vec<(f64, f64)> =
        points.iter().enumerate().map(|(index, (_, open))| place(index, *open)).collect();
    if let (Some(begin), Some(stop)) = (line.first(), line.last()) {
        let mut area = line.clone();
        area.extend([(stop.0, PLOT.bottom), (begin.0, PLOT.bottom)]);
        shapes.push(Shape::Path { class: "area", points: area });
        let title = format!("{}: {} open", last.0, number(last.1));
        let (x, y) = *stop;
        shapes.push(Shape::Path { class: "curve", points: line.clone() });
        shapes.push(Shape::Dot { class: "now", x, y, radius: 4.0, title });
    }
    let about = Shown::of(curve.about);
    let mut picture = Picture {
        id: curve.id,
        title: format!("Servers open to {} by day", about.within(60)),
        description: format!(
            "{} on {}, {} on {}.",
            Count(first.1).of("server open", "servers open"),
            first.0,
            number(last.1),
            last.0
        ),
        width: WIDTH,
        height: HEIGHT,
        shapes,
        legend: vec![],
        headings: vec![],
        rows: vec![],
        more: 0,
    };
    let rows = curve
        .open
        .iter()
        .map(|(day, open)| vec![Shown::of(&day.to_string()), Shown::of(&number(*open))]);
    picture.table(vec!["Day", "Servers open"], rows.collect());
    Some(picture)
}
