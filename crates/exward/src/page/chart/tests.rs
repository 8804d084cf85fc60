//! PG6 over anything that may come in, and the small cases by hand.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::curve::{Curve, burn_down};
use super::stacked::{Layer, stacked};
use super::timeline::{Bar, Lane, Mark, timeline};
use super::waves::{Seat, Wave, waves};
use super::*;
use crate::page::badge::{Badge, Tone};

/// PG6: finite and inside.
#[track_caller]
fn check_inside(picture: &Picture) {
    let (width, height) = (f64::from(picture.width), f64::from(picture.height));
    assert!(width > 0.0 && height > 0.0);
    let inside = |x: f64, y: f64| {
        x.is_finite() && y.is_finite() && (0.0..=width).contains(&x) && (0.0..=height).contains(&y)
    };
    for shape in &picture.shapes {
        let is_inside = match shape {
            Shape::Line { x1, y1, x2, y2, .. } => inside(*x1, *y1) && inside(*x2, *y2),
            Shape::Path { points, .. } => points.iter().all(|(x, y)| inside(*x, *y)),
            Shape::Rect { x, y, width, height, .. } => {
                *width >= 0.0 && *height >= 0.0 && inside(*x, *y) && inside(x + width, y + height)
            }
            Shape::Dot { x, y, radius, .. } => {
                inside(x - radius, y - radius) && inside(x + radius, y + radius)
            }
            Shape::Text { x, y, .. } => inside(*x, *y),
        };
        assert!(is_inside, "PG6: {shape:?} in {width} × {height}");
    }
    let html = picture.render().unwrap();
    assert!(!html.contains("NaN") && !html.contains("inf"), "PG6: {html}");
}

fn days(count: usize) -> Vec<Date> {
    date(2026, 1, 1).series(jiff::Span::new().days(1)).take(count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn curves_stay_inside(open in prop::collection::vec(any::<u64>(), 1..500)) {
        let open: Vec<_> = days(open.len()).into_iter().zip(open).collect();
        check_inside(&burn_down(&Curve { id: "c", about: "x", open: &open }).unwrap());
    }

    #[test]
    fn bars_stay_inside(
        count in 1_usize..400,
        layers in prop::collection::vec(prop::collection::vec(any::<u64>(), 0..400), 0..6),
    ) {
        let badge = Badge::verdict("patched");
        let layers: Vec<_> = layers.into_iter().map(|counts| Layer { badge, counts }).collect();
        check_inside(&stacked("s", &days(count), &layers).unwrap());
    }

    #[test]
    fn lanes_stay_inside(
        lanes in prop::collection::vec(
            prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>()), 1..20), 1..60),
    ) {
        let at = |second: i64| Timestamp::from_second(second % 253_402_207_200).unwrap();
        let badge = Badge::stage("scan");
        let lane = |moments: Vec<(i64, i64, i64)>| Lane {
            name: "EX".into(),
            bars: moments.iter().map(|(from, to, _)| Bar { from: at(*from), to: at(*to), badge: None, what: "".into() }).collect(),
            marks: moments.iter().map(|it| Mark { at: at(it.2), badge, what: "".into() }).collect(),
        };
        let lanes: Vec<_> = lanes.into_iter().map(lane).collect();
        check_inside(&timeline("t", "x", &lanes).unwrap());
    }

    #[test]
    fn columns_stay_inside(sizes in prop::collection::vec(0_usize..40, 0..30)) {
        let state = Badge::new("waiting", Tone::Soft);
        let seat = || Seat { name: "EX".into(), state, waits_for: "".into() };
        let list: Vec<_> = sizes
            .iter()
            .map(|size| Wave { seats: std::iter::repeat_with(seat).take(*size).collect() })
            .collect();
        check_inside(&waves("w", &list));
    }
}

#[test]
fn nothing_is_no_picture_and_one_point_is_one() {
    assert!(burn_down(&Curve { id: "c", about: "x", open: &[] }).is_none());
    assert!(stacked("s", &[], &[]).is_none());
    assert!(timeline("t", "x", &[]).is_none());
    let one = burn_down(&Curve { id: "c", about: "x", open: &[(date(2026, 1, 1), 1)] }).unwrap();
    check_inside(&one);
    assert_eq!(one.description, "1 server open on 2026-01-01, 1 on 2026-01-01.");
    let still = Timestamp::UNIX_EPOCH;
    let bar = Bar { from: still, to: still, badge: None, what: "".into() };
    check_inside(
        &timeline("t", "x", &[Lane { name: "EX".into(), bars: vec![bar], marks: vec![] }]).unwrap(),
    );
}

#[test]
fn scales_end_at_round_numbers() {
    let ends: Vec<_> = [0, 1, 2, 3, 9, 11, 412, u64::MAX].map(round_up).into();
    assert_eq!(ends, [1, 1, 2, 5, 10, 20, 500, u64::MAX]);
}
