//! The timeline as a picture: a lane a stage, a dot a sighting, a bar a source; what is not covered is blank.

use std::collections::BTreeMap;

use exward_hunt::{Confidence, HuntSummary, Sighting, Source, Stage};
use jiff::{Timestamp, tz};

use super::time;
use crate::plain;

/// Units of the drawing; it scales with the page.
const WIDTH: i64 = 960;
const LEFT: i64 = 220;
const RIGHT: i64 = 20;
const LANE: i64 = 26;
const BAR: i64 = 20;
const TOP: i64 = 24;

/// Marks on the axis, besides the first.
const TICKS: i64 = 4;

/// Lanes from the worst down.
const LANES: [Stage; 5] =
    [Stage::Post, Stage::WebShell, Stage::Success, Stage::Attempt, Stage::Scan];

/// A drawing, ready for the template.
pub(super) struct Picture {
    pub(super) width: i64,
    pub(super) height: i64,
    pub(super) lanes: Vec<Lane>,
    pub(super) dots: Vec<Dot>,
    pub(super) bars: Vec<Bar>,
    pub(super) ticks: Vec<Tick>,
    /// What it shows, in words.
    pub(super) description: String,
}

pub(super) struct Lane {
    pub(super) y: i64,
    pub(super) text_y: i64,
    pub(super) name: String,
}

pub(super) struct Dot {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) radius: i64,
    pub(super) class: &'static str,
    pub(super) title: String,
}

pub(super) struct Bar {
    pub(super) text_y: i64,
    pub(super) name: String,
    pub(super) pieces: Vec<Piece>,
}

pub(super) struct Piece {
    pub(super) x: i64,
    pub(super) y: i64,
    pub(super) width: i64,
    pub(super) title: String,
}

pub(super) struct Tick {
    pub(super) x: i64,
    pub(super) text: String,
}

/// The span of time that is drawn.
struct Scale {
    from: Timestamp,
    to: Timestamp,
}

impl Scale {
    /// From the first to the last of everything that has a time.
    fn of(it: &HuntSummary) -> Option<Self> {
        let mut times: Vec<Timestamp> = it.sightings.iter().filter_map(|it| it.at).collect();
        for (source, spans) in &it.spans {
            if is_log(*source) {
                spans.each(|from, to| times.extend([from, to]));
            }
        }
        let (from, to) = (*times.iter().min()?, *times.iter().max()?);
        Some(Self { from, to })
    }

    fn x(&self, at: Timestamp) -> i64 {
        let whole = self.to.as_second().saturating_sub(self.from.as_second()).max(1);
        let part = at.as_second().saturating_sub(self.from.as_second());
        let room = WIDTH.saturating_sub(LEFT).saturating_sub(RIGHT);
        LEFT.saturating_add(part.saturating_mul(room).checked_div(whole).unwrap_or(0))
    }
}

/// When a web file was written says nothing of what is covered.
fn is_log(source: Source) -> bool {
    !matches!(source, Source::WebFolder | Source::Config)
}

/// The picture; `None` if nothing has a time.
pub(super) fn draw(it: &HuntSummary) -> Option<Picture> {
    let scale = Scale::of(it)?;
    let lanes = LANES.iter().zip(0..).map(|(stage, at)| Lane {
        y: lane_y(at),
        text_y: lane_y(at).saturating_add(5),
        name: stage.name().to_owned(),
    });
    let bars = bars(it, &scale);
    let rows = i64::try_from(bars.len()).unwrap_or(0);
    let height = bar_y(rows).saturating_add(28);
    Some(Picture {
        width: WIDTH,
        height,
        lanes: lanes.collect(),
        dots: dots(&it.sightings, &scale),
        bars,
        ticks: ticks(&scale),
        description: description(it, &scale),
    })
}

fn lane_y(at: i64) -> i64 {
    TOP.saturating_add(at.saturating_mul(LANE)).saturating_add(LANE / 2)
}

fn bar_y(at: i64) -> i64 {
    lane_y(5).saturating_add(6).saturating_add(at.saturating_mul(BAR))
}

/// One dot for all sightings of one confidence at one place.
fn dots(sightings: &[Sighting], scale: &Scale) -> Vec<Dot> {
    let mut places: BTreeMap<(i64, Confidence, i64), (u64, &Sighting)> = BTreeMap::new();
    for it in sightings {
        let lane = (0..).zip(LANES).find(|(_, stage)| *stage == it.stage);
        if let (Some(at), Some((lane, _))) = (it.at, lane) {
            let entry = places.entry((lane, it.confidence, scale.x(at))).or_insert((0, it));
            entry.0 = entry.0.saturating_add(1);
        }
    }
    let dot = |((lane, confidence, x), (count, it)): ((i64, Confidence, i64), (u64, &Sighting))| {
        let (radius, class) = match confidence {
            Confidence::High => (6, "high"),
            Confidence::Medium => (5, "medium"),
            Confidence::Low => (4, "low"),
        };
        let at = time(it.at);
        let more = if count > 1 {
            format!(" and {} more", count.saturating_sub(1))
        } else {
            String::new()
        };
        let title = plain::line(&format!("{at} {}{more}", it.rule.title)).into_owned();
        Dot { x, y: lane_y(lane), radius, class, title }
    };
    places.into_iter().map(dot).collect()
}

fn bars(it: &HuntSummary, scale: &Scale) -> Vec<Bar> {
    let logs = it.spans.iter().filter(|(source, _)| is_log(**source));
    let mut bars = Vec::new();
    for ((source, spans), at) in logs.zip(0..) {
        let mut pieces = Vec::new();
        spans.each(|from, to| {
            let x = scale.x(from);
            let width = scale.x(to).saturating_sub(x).max(2);
            let title = format!("{source}: {} to {}", time(Some(from)), time(Some(to)));
            pieces.push(Piece { x, y: bar_y(at), width, title });
        });
        if !pieces.is_empty() {
            bars.push(Bar {
                text_y: bar_y(at).saturating_add(10),
                name: source.to_string(),
                pieces,
            });
        }
    }
    bars
}

fn ticks(scale: &Scale) -> Vec<Tick> {
    let whole = scale.to.as_second().saturating_sub(scale.from.as_second());
    let is_short = whole < 2 * 24 * 3600;
    let tick = |at: i64| {
        let second = scale.from.as_second().saturating_add(whole.saturating_mul(at) / TICKS);
        let time = Timestamp::from_second(second).ok()?;
        let time_utc = tz::Offset::UTC.to_datetime(time);
        let format = if is_short { "%m-%d %H:%M" } else { "%Y-%m-%d" };
        Some(Tick { x: scale.x(time), text: time_utc.strftime(format).to_string() })
    };
    (0..=TICKS).filter_map(tick).collect()
}

fn description(it: &HuntSummary, scale: &Scale) -> String {
    let without = it.sightings.iter().filter(|it| it.at.is_none()).count();
    let rest = match without {
        0 => String::new(),
        some => format!("; {some} without a time stand in the table only"),
    };
    format!(
        "{} sightings by stage, and the span of each log, from {} to {}{rest}. The table below holds the same.",
        it.sightings.len(),
        time(Some(scale.from)),
        time(Some(scale.to))
    )
}
