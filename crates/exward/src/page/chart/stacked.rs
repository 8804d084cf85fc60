//! Bars over days, one part on the other: how an estate gets better.

use jiff::civil::Date;

use super::{Picture, Plot, Shape, days_below, real, real_index, round_up, scale, thinned};
use crate::page::badge::{Badge, Tone};
use crate::page::show::{Shown, number};

const WIDTH: u32 = 760;
const HEIGHT: u32 = 240;
const PLOT: Plot = Plot { left: 56.0, top: 16.0, right: 748.0, bottom: 206.0 };

/// Bars side by side.
const BARS_MAX: usize = 92;

/// One part of every bar, from the bottom up.
pub(crate) struct Layer {
    pub(crate) badge: Badge,
    /// A number a day. Missing ones are none.
    pub(crate) counts: Vec<u64>,
}

/// Servers by verdict and day; None without a day.
pub(crate) fn stacked(id: &'static str, days: &[Date], layers: &[Layer]) -> Option<Picture> {
    let (first, last) = (days.first()?, days.last()?);
    let count = |layer: &Layer, day: usize| layer.counts.get(day).copied().unwrap_or_default();
    let total =
        |day: usize| layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(count(layer, day)));
    let all: Vec<(usize, Date)> = days.iter().copied().enumerate().collect();
    let shown = thinned(&all, BARS_MAX);
    let end = round_up(shown.iter().map(|(day, _)| total(*day)).max().unwrap_or_default());
    let mut shapes = Vec::new();
    scale(PLOT, end, &mut shapes);
    let step = (PLOT.right - PLOT.left) / real_index(shown.len().max(1));
    let width = (step * 0.8).min(48.0);
    for (index, (day, date)) in shown.iter().enumerate() {
        let x = PLOT.left + step * real_index(index) + (step - width) / 2.0;
        let mut below = 0_u64;
        for (layer, class) in layers.iter().zip(classes(layers)) {
            let servers = count(layer, *day);
            let above = below.saturating_add(servers);
            let (y, foot) =
                (PLOT.y(real(above), 0.0, real(end)), PLOT.y(real(below), 0.0, real(end)));
            if servers > 0 {
                let title = format!("{date}: {} {}", number(servers), layer.badge.words);
                shapes.push(Shape::Rect { class, x, y, width, height: (foot - y).max(0.0), title });
            }
            below = above;
        }
    }
    let dates: Vec<Date> = shown.iter().map(|(_, date)| *date).collect();
    days_below(PLOT, &dates, &mut shapes);
    let newest = days.len().saturating_sub(1);
    let now: Vec<String> = layers
        .iter()
        .filter(|layer| count(layer, newest) > 0)
        .map(|layer| format!("{} {}", number(count(layer, newest)), layer.badge.words))
        .collect();
    let mut picture = Picture {
        id,
        title: "Servers by verdict and day".to_owned(),
        description: format!("From {first} to {last}; on the last day {}.", now.join(", ")),
        width: WIDTH,
        height: HEIGHT,
        shapes,
        legend: classes(layers)
            .into_iter()
            .zip(layers)
            .map(|(it, layer)| (it, layer.badge.words))
            .collect(),
        headings: vec![],
        rows: vec![],
        more: 0,
    };
    let mut headings = vec!["Day"];
    headings.extend(layers.iter().map(|it| it.badge.words));
    let rows = all.iter().map(|(day, date)| {
        let mut row = vec![Shown::of(&date.to_string())];
        row.extend(layers.iter().map(|layer| Shown::of(&number(count(layer, *day)))));
        row
    });
    picture.table(headings, rows.collect());
    Some(picture)
}

/// A class each, unlike that of the layer below: two of one tone differ.
fn classes(layers: &[Layer]) -> Vec<&'static str> {
    let mut before = None;
    let mut is_second = false;
    let class = |layer: &Layer| {
        let tone = layer.badge.tone;
        is_second = before == Some(tone) && !is_second;
        before = Some(tone);
        match (tone, is_second) {
            (_, false) => tone.class(),
            (Tone::Act, true) => "act second",
            (Tone::Look, true) => "look second",
            (Tone::Fine, true) => "fine second",
            (Tone::Soft, true) => "soft second",
        }
    };
    layers.iter().map(class).collect()
}
