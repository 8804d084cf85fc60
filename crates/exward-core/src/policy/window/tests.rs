//! T1 to T4, against a reference that walks minute by minute and knows nothing of openings.
#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows fails by panicking")]

use jiff::civil::{date, time};
use jiff::tz::TimeZoneDatabase;
use jiff::{SignedDuration, ToSpan as _};
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 6] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Africa/Casablanca",
];

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn window(days: &[i8], from: (i8, i8), to: (i8, i8), name: &str) -> Window {
    Window {
        weekdays: days.iter().copied().collect(),
        from: time(from.0, from.1, 0, 0),
        to: time(to.0, to.1, 0, 0),
        zone: zone(name),
    }
}

fn holds(window: &Window, at: Timestamp) -> bool {
    window.next(at).is_some_and(|it| it.holds(at))
}

/// Whether the local clock shows hours that the window is written with: the reference for T1 and T3.
fn written(window: &Window, at: Timestamp) -> bool {
    let local = window.zone.to_datetime(at);
    let opens_on = |day: Date| window.weekdays.contains(&day.weekday().to_monday_one_offset());
    let (today, yesterday) = (local.date(), local.date().yesterday().unwrap());
    if window.from < window.to {
        opens_on(today) && window.from <= local.time() && local.time() < window.to
    } else {
        (opens_on(today) && window.from <= local.time())
            || (opens_on(yesterday) && local.time() < window.to)
    }
}

/// Whether the zone changes its clock on this day or the next one or the one before.
fn clock_changes_near(zone: &TimeZone, at: Timestamp) -> bool {
    let day = SignedDuration::from_hours(24);
    let offset = |at| zone.to_offset(at);
    let here = offset(at);
    [day * -2, -day, day, day * 2].iter().any(|it| offset(at + *it) != here)
}

/// Every instant at which the zone's clock changes in the years 2026 to 2028.
fn changes(zone: &TimeZone) -> Vec<Timestamp> {
    let (from, to) = (at("2026-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
    zone.following(from).map(|it| it.timestamp()).take_while(|it| *it < to).collect()
}

prop_compose! {
    fn any_window()(
        days in proptest::collection::btree_set(1_i8..=7, 1..=7),
        from in (0_i8..24, 0_i8..4),
        to in (0_i8..24, 0_i8..4),
        zone in 0..ZONES.len(),
    ) -> Window {
        let days: Vec<i8> = days.into_iter().collect();
        window(&days, (from.0, from.1 * 15), (to.0, to.1 * 15), ZONES[zone])
    }
}

prop_compose! {
    fn any_instant()(minutes in 0_i64..3 * 366 * 24 * 60) -> Timestamp {
        at("2026-01-01T00:00:00Z") + SignedDuration::from_mins(minutes)
    }
}

/// An instant near a change of the zone's clock, where there is one.
fn near_a_change(zone: &TimeZone, which: usize, minutes: i64) -> Option<Timestamp> {
    let changes = changes(zone);
    let change = changes.get(which.checked_rem(changes.len())?)?;
    Some(*change + SignedDuration::from_mins(minutes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn an_opening_holds_what_is_written(window in any_window(), at in any_instant()) {
        let held = holds(&window, at);
        if clock_changes_near(&window.zone, at) {
            prop_assert!(!held || written(&window, at), "T2: more than is written");
        } else {
            prop_assert_eq!(held, written(&window, at), "T1, T3");
        }
    }

    #[test]
    fn a_clock_change_never_adds(
        window in any_window(), which in 0_usize..64, minutes in -1_500_i64..1_500,
    ) {
        if let Some(at) = near_a_change(&window.zone, which, minutes) {
            prop_assert!(!holds(&window, at) || written(&window, at), "T2: more than is written");
        }
    }

    #[test]
    fn the_next_opening_is_next(
        window in any_window(), at in any_instant(), later in 0_i64..20_000,
    ) {
        let next = window.next(at).unwrap();
        prop_assert!(at < next.closes && next.opens < next.closes, "T3");
        prop_assert!(!next.holds(next.closes) && next.holds(next.opens), "T3");
        let after = window.next(at + SignedDuration::from_mins(later)).unwrap();
        prop_assert!(next.opens <= after.opens, "monotone");
        let weekday = window.zone.to_datetime(next.opens).date().weekday().to_monday_one_offset();
        prop_assert!(window.weekdays.contains(&weekday), "T1: opens on a day that is not written");
        // What lies between is closed.
        if at < next.opens {
            let half = next.opens.duration_since(at) / 2;
            prop_assert!(!holds(&window, at + half), "an opening was left out");
        }
    }
}

#[track_caller]
fn check(window: &Window, after: &str, want: Option<(&str, &str)>) {
    let shown = window.next(at(after)).map(|it| (it.opens.to_string(), it.closes.to_string()));
    let want = want.map(|(opens, closes)| (opens.to_owned(), closes.to_owned()));
    assert_eq!(shown, want, "after {after}");
}

#[test]
fn openings_on_days_of_a_clock_change() {
    const BERLIN: &str = "Europe/Berlin";
    // 2026-03-29: 02:00 to 03:00 is left out. 2026-10-25: 02:00 to 03:00 occurs twice.
    let spring = "2026-03-28T23:00:00Z";
    let night = window(&[7], (1, 0), (5, 0), BERLIN);
    check(&night, spring, Some(("2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z")));
    let from_the_gap = window(&[7], (2, 30), (5, 0), BERLIN);
    check(&from_the_gap, spring, Some(("2026-03-29T01:30:00Z", "2026-03-29T03:00:00Z")));
    let into_the_gap = window(&[7], (0, 0), (2, 30), BERLIN);
    check(&into_the_gap, spring, Some(("2026-03-28T23:00:00Z", "2026-03-29T00:30:00Z")));
    // It vanishes with the hour, and is back a week later, also when asked six days before.
    let swallowed = window(&[7], (2, 0), (3, 0), BERLIN);
    let next = Some(("2026-04-05T00:00:00Z", "2026-04-05T01:00:00Z"));
    check(&swallowed, spring, next);
    check(&swallowed, "2026-03-23T12:00:00Z", next);

    let autumn = "2026-10-24T22:00:00Z";
    check(&night, autumn, Some(("2026-10-24T23:00:00Z", "2026-10-25T04:00:00Z")));
    check(&from_the_gap, autumn, Some(("2026-10-25T01:30:00Z", "2026-10-25T04:00:00Z")));
    check(&into_the_gap, autumn, Some(("2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z")));
    check(&window(&[], (1, 0), (2, 0), BERLIN), autumn, None);
}

/// The reference for T4: every minute of the work lies in some window, and in no blackout.
fn all_written(windows: &[Window], blackouts: &[Blackout], start: Timestamp, minutes: i64) -> bool {
    (0..minutes.max(1)).all(|minute| {
        let at = start + SignedDuration::from_mins(minute);
        let in_blackout = blackouts.iter().any(|it| {
            let day = it.zone.to_datetime(at).date();
            it.first <= day && day <= it.last
        });
        !in_blackout && (windows.is_empty() || windows.iter().any(|it| holds(it, at)))
    })
}

prop_compose! {
    fn any_blackout()(
        first in 0_i32..20, days in 0_i32..3, zone in 0..ZONES.len(),
    ) -> Blackout {
        let first = date(2026, 3, 20).checked_add(first.days()).unwrap();
        let last = first.checked_add(days.days()).unwrap();
        Blackout { first, last, zone: zone_of(zone), reason: "closing".into() }
    }
}

fn zone_of(at: usize) -> TimeZone {
    zone(ZONES[at])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn the_earliest_start_is_the_first_that_fits(
        windows in proptest::collection::vec(any_window(), 0..4),
        blackouts in proptest::collection::vec(any_blackout(), 0..3),
        quarters in 0_i64..20 * 24 * 4,
        needed in 0_i64..20,
    ) {
        let at = at("2026-03-20T00:00:00Z") + SignedDuration::from_mins(quarters * 15);
        let minutes = needed * 45;
        let needed = SignedDuration::from_mins(minutes);
        let found = earliest_start(&windows, &blackouts, at, needed);
        prop_assert_eq!(found == Some(at), may_run(&windows, &blackouts, at, needed), "T4");
        if let Some(start) = found {
            prop_assert!(all_written(&windows, &blackouts, start, minutes), "T4: {start}");
            prop_assert!(may_run(&windows, &blackouts, start, needed), "T4: {start}");
        }
        // Every window begins and ends on a quarter, and every change of a clock does.
        let end = found.unwrap_or(at + SignedDuration::from_hours(14 * 24)).min(at + SignedDuration::from_hours(14 * 24));
        let mut before = at;
        while before < end {
            prop_assert!(!all_written(&windows, &blackouts, before, minutes), "T4: {before} would do");
            prop_assert!(!may_run(&windows, &blackouts, before, needed), "T4: {before}");
            before += SignedDuration::from_mins(15);
        }
    }
}

#[test]
fn what_never_fits_is_told() {
    const KOLKATA: &str = "Asia/Kolkata";
    let now = at("2026-11-24T00:00:00Z");
    let nights = [window(&[1, 2, 3, 4, 5, 6, 7], (22, 0), (2, 0), KOLKATA)];
    let hours = SignedDuration::from_hours;
    assert_eq!(earliest_start(&nights, &[], now, hours(5)), None, "T4: longer than any window");
    assert_eq!(earliest_start(&[], &[], now, hours(5)), Some(now), "T4: no windows");
    let days = |first, last| Blackout { first, last, zone: zone(KOLKATA), reason: "".into() };
    let long = [days(date(2026, 11, 1), date(2028, 1, 1))];
    assert_eq!(earliest_start(&[], &long, now, hours(1)), None, "T4: a year of blackout");
    assert_eq!(earliest_start(&[], &[], now, SignedDuration::MAX), None, "T4: beyond the calendar");
    // Two windows that meet count as one; a minute between them does not.
    let evening = window(&[2], (18, 0), (22, 0), KOLKATA);
    let met = [evening.clone(), nights[0].clone()];
    assert_eq!(earliest_start(&met, &[], now, hours(8)), Some(at("2026-11-24T12:30:00Z")), "T4");
    let apart = [Window { to: time(21, 59, 0, 0), ..evening }, nights[0].clone()];
    assert_eq!(earliest_start(&apart, &[], now, hours(8)), None, "T4");
}
