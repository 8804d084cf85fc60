//! Waves as columns and their servers as boxes: who leaves when, and how it went.

use super::{Picture, Shape, real_index};
use crate::page::badge::Badge;
use crate::page::show::{Count, Shown};

const BOX_WIDTH: f64 = 148.0;
const BOX_HEIGHT: f64 = 44.0;
const COLUMN: f64 = 176.0;
const HEAD: f64 = 30.0;
const ROW: f64 = 54.0;

/// What one picture draws; the table names the others.
const WAVES_MAX: usize = 12;
const SEATS_MAX: usize = 12;

/// Characters that fit in a box.
const NAME_MAX: usize = 18;

/// Servers that may leave at the same time.
pub(crate) struct Wave {
    pub(crate) seats: Vec<Seat>,
}

/// A server in its wave.
pub(crate) struct Seat {
    pub(crate) name: Shown,
    pub(crate) state: Badge,
    /// What it waits for; may be empty.
    pub(crate) waits_for: Shown,
}

/// The waves, from left to right.
pub(crate) fn waves(id: &'static str, waves: &[Wave]) -> Picture {
    let drawn = waves.get(..WAVES_MAX).unwrap_or(waves);
    let most = drawn.iter().map(|it| it.seats.len().min(SEATS_MAX.saturating_add(1))).max();
    let height = HEAD + ROW * real_index(most.unwrap_or_default()) + 4.0;
    let mut shapes = Vec::new();
    for (index, wave) in drawn.iter().enumerate() {
        let x = COLUMN * real_index(index) + 4.0;
        column(index, wave, x, &mut shapes);
        if index > 0 {
            let y = HEAD - 14.0;
            shapes.push(Shape::Line { class: "arrow", x1: x - 24.0, y1: y, x2: x - 8.0, y2: y });
            let tip = vec![(x - 12.0, y - 4.0), (x - 6.0, y), (x - 12.0, y + 4.0)];
            shapes.push(Shape::Path { class: "tip", points: tip });
        }
    }
    let servers: usize = waves.iter().map(|it| it.seats.len()).sum();
    let mut picture = Picture {
        id,
        title: "Waves of the rollout".to_owned(),
        description: format!(
            "{} in {}, one after the other from left to right.",
            Count(servers as u64).of("server", "servers"),
            Count(waves.len() as u64).of("wave", "waves"),
        ),
        width: whole((COLUMN * real_index(drawn.len())).max(COLUMN)),
        height: whole(height),
        shapes,
        legend: vec![],
        headings: vec![],
        rows: vec![],
        more: 0,
    };
    let rows = (1_u64..).zip(waves).flat_map(|(number, wave)| {
        wave.seats.iter().map(move |seat| {
            let number = Shown::of(&number.to_string());
            vec![number, seat.name.clone(), seat.state.words.into(), seat.waits_for.clone()]
        })
    });
    picture.table(vec!["Wave", "Server", "State", "Waits for"], rows.collect());
    picture
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "few waves of few servers"
)]
fn whole(size: f64) -> u32 {
    size.ceil() as u32
}

fn column(index: usize, wave: &Wave, x: f64, shapes: &mut Vec<Shape>) {
    let text = format!("Wave {}", index.saturating_add(1));
    shapes.push(Shape::Text { class: "head", x, y: HEAD - 10.0, text });
    for (row, seat) in wave.seats.iter().take(SEATS_MAX).enumerate() {
        let y = HEAD + ROW * real_index(row);
        let waits = if seat.waits_for.is_empty() { "" } else { "; waits for " };
        let title = format!("{}: {}{waits}{}", seat.name, seat.state.words, seat.waits_for);
        let class = seat.state.tone.class();
        let (width, height) = (BOX_WIDTH, BOX_HEIGHT);
        shapes.push(Shape::Rect { class: "box", x, y, width, height, title });
        shapes.push(Shape::Rect { class, x, y, width: 5.0, height, title: String::new() });
        let text = seat.name.within(NAME_MAX);
        shapes.push(Shape::Text { class: "name", x: x + 14.0, y: y + 18.0, text });
        let text = seat.state.words.to_owned();
        shapes.push(Shape::Text { class: "state", x: x + 14.0, y: y + 35.0, text });
    }
    let more = wave.seats.len().saturating_sub(SEATS_MAX);
    if more > 0 {
        let y = HEAD + ROW * real_index(SEATS_MAX) + 20.0;
        shapes.push(Shape::Text { class: "state", x, y, text: format!("and {more} more") });
    }
}
