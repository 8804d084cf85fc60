//! H1 to H7 over random histories.
#![expect(clippy::arithmetic_side_effects, reason = "hours of a few weeks are small")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::{SignedDuration, ToSpan as _};
use proptest::prelude::*;

use super::*;

/// Two CVEs from before all history, one known exploited, and two published in the middle of it.
static CVES: LazyLock<[Advisory; 4]> = LazyLock::new(|| {
    [
        advisory("CVE-1", "2025-06-10", 98, true),
        advisory("CVE-2", "2025-06", 50, false),
        advisory("CVE-3", "2026-01-10", 98, false),
        advisory("CVE-4", "2026-01-20", 88, true),
    ]
});

const STATES: [OpenState; 3] = [OpenState::Open, OpenState::Unknown, OpenState::Closed];

fn hours(count: i64) -> Timestamp {
    day("1").checked_add(count.hours()).unwrap()
}

fn any_known() -> impl Strategy<Value = Arc<Known<'static>>> {
    let state = || prop::sample::select(STATES.to_vec());
    (prop::array::uniform4(state()), prop::bool::weighted(0.2)).prop_map(|(states, nothing)| {
        let known = CVES.iter().zip(states);
        Arc::new(if nothing { Known::nothing() } else { Known::new(known, OpenState::Closed) })
    })
}

/// Up to eight stretches, one after the other, in January 2026.
fn any_history() -> impl Strategy<Value = Vec<Span<'static>>> {
    let one = (0_i64..60, 0_i64..90, any_known());
    prop::collection::vec(one, 0..9).prop_map(|parts| {
        let mut begins = 0;
        let spans = parts.into_iter().map(|(gap, long, statuses)| {
            let from = begins + gap;
            begins = from + long + 1;
            Span { from: hours(from), to: hours(from + long), statuses }
        });
        spans.collect()
    })
}

fn any_acceptance() -> impl Strategy<Value = Acceptance> {
    let cve = prop::option::of(prop::sample::select(vec!["CVE-1", "CVE-3", "CVE-9"]));
    let revoked = prop::option::of(0_i64..900);
    (cve, 0_i64..900, 0_i64..400, revoked).prop_map(|(cve, at, long, revoked)| Acceptance {
        cve: cve.map(str::to_owned),
        until: hours(at + long),
        by: "kim".to_owned(),
        why: "why".to_owned(),
        at: hours(at),
        revoked_at: revoked.map(hours),
    })
}

/// What was seen up to a time, and nothing after it.
fn cut(spans: &[Span<'static>], at: Timestamp) -> Vec<Span<'static>> {
    let seen = spans.iter().filter(|it| it.from <= at);
    seen.map(|it| Span { to: it.to.min(at), ..it.clone() }).collect()
}

/// The state of a hole, hour by hour and by definition: the slow way to H1 to H3.
fn by_hours(spans: &[Span<'static>], cve: &Advisory, as_of: i64) -> (Vec<bool>, u32) {
    let published = cve.published.first_day().unwrap().to_zoned(TimeZone::UTC).unwrap();
    let (mut is_open, mut reopened, mut ever) = (false, 0, false);
    let mut states = Vec::new();
    for hour in 0..=as_of {
        let now = hours(hour);
        let holds = spans.iter().filter(|it| it.from <= now).max_by_key(|it| it.from);
        match holds.map(|it| it.statuses.state(&cve.id)) {
            Some(OpenState::Open) if now >= published.timestamp() => {
                reopened += u32::from(ever && !is_open);
                (is_open, ever) = (true, true);
            }
            Some(OpenState::Closed) => is_open = false,
            Some(OpenState::Open | OpenState::Unknown) | None => {}
        }
        states.push(is_open);
    }
    (states, reopened)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    /// The fold says what looking at every hour says.
    #[test]
    fn a_fold_is_what_every_hour_says(spans in any_history(), as_of in 0_i64..900) {
        let findings = fold(&spans, &[], hours(as_of));
        for cve in CVES.iter() {
            let (states, reopened) = by_hours(&spans, cve, as_of);
            let Some(finding) = findings.iter().find(|it| it.cve() == cve.id) else {
                prop_assert!(!states.contains(&true), "H3 {}", cve.id);
                continue;
            };
            let first = states.iter().position(|it| *it).map(|it| hours(i64::try_from(it).unwrap()));
            prop_assert_eq!(Some(finding.opened_at), first, "H2 {}", cve.id);
            prop_assert_eq!(finding.state.is_open(), *states.last().unwrap(), "H1, H3 {}", cve.id);
            prop_assert_eq!(finding.fixed_at.is_none(), finding.state.is_open(), "H3");
            prop_assert_eq!(finding.reopened, reopened, "H3 {}", cve.id);
            // The hour that has begun does not count yet.
            let open_hours = states.split_last().unwrap().1.iter().filter(|it| **it).count();
            prop_assert_eq!(finding.days_open, u32::try_from(open_hours / 24).unwrap(), "H6");
            let is_new = hours(as_of).duration_since(finding.opened_at)
                < SignedDuration::from_hours(24 * NEW_DAYS);
            let want = match (finding.state.is_open(), reopened) {
                (false, _) => FindingState::Fixed,
                (true, 1..) => FindingState::Reopened,
                (true, 0) if is_new => FindingState::New,
                (true, 0) => FindingState::Open,
            };
            prop_assert_eq!(&finding.state, &want);
        }
    }

    #[test]
    fn what_is_said_as_of_a_time_depends_on_nothing_later(
        spans in any_history(),
        acceptances in prop::collection::vec(any_acceptance(), 0..4),
        as_of in 0_i64..900,
    ) {
        let now = hours(as_of);
        let want = fold(&cut(&spans, now), &acceptances, now);
        prop_assert_eq!(fold(&spans, &acceptances, now), want, "H4");
    }

    /// Asked in between, told in parts, and with any stretch cut in two, it is the same history.
    #[test]
    fn a_history_in_parts_is_the_same(
        spans in any_history(),
        at in 0_usize..9,
        asked in 0_i64..900,
        cut_at in 0_i64..900,
    ) {
        let end = hours(1_200);
        let want = fold(&spans, &[], end);
        let mut history = History::default();
        for (number, span) in spans.iter().enumerate() {
            if number == at {
                let _asked = history.findings(&[], hours(asked));
            }
            history.add(span);
        }
        prop_assert_eq!(&history.findings(&[], end), &want, "H5");

        let at = hours(cut_at);
        let mut halves = Vec::new();
        for span in &spans {
            if span.from < at && at < span.to {
                halves.push(Span { to: at, ..span.clone() });
                halves.push(Span { from: at, ..span.clone() });
            } else {
                halves.push(span.clone());
            }
        }
        prop_assert_eq!(fold(&halves, &[], end), want, "H5");
    }

    #[test]
    fn a_stretch_of_unknown_changes_nothing(
        spans in any_history(),
        from in 0_i64..900,
        long in 0_i64..90,
    ) {
        // Put where nothing else is, after all that a CVE's publication may still decide.
        let begins = spans.iter().map(|it| it.to).max().unwrap_or(hours(0)).max(hours(600));
        let from = begins.checked_add((from + 1).hours()).unwrap();
        let to = from.checked_add(long.hours()).unwrap();
        let mut with = spans.clone();
        with.push(Span { from, to, statuses: Arc::new(Known::nothing()) });
        let end = hours(3_000);
        prop_assert_eq!(fold(&with, &[], end), fold(&spans, &[], end), "H1");
    }

    #[test]
    fn an_acceptance_hides_the_state_and_nothing_else_ever(
        spans in any_history(),
        acceptances in prop::collection::vec(any_acceptance(), 0..4),
        as_of in 0_i64..900,
    ) {
        let now = hours(as_of);
        let (bare, with) = (fold(&spans, &[], now), fold(&spans, &acceptances, now));
        prop_assert_eq!(bare.len(), with.len(), "H6");
        for (bare, with) in bare.into_iter().zip(with) {
            let accepts = |it: &Acceptance| {
                it.at <= now && now < it.until
                    && it.revoked_at.is_none_or(|at| at > now)
                    && it.cve.as_deref().is_none_or(|cve| cve == bare.cve())
            };
            let hidden = bare.state.is_open() && acceptances.iter().any(accepts);
            let is_accepted = matches!(with.state, FindingState::Accepted { .. });
            prop_assert_eq!(is_accepted, hidden, "H6");
            let state = if hidden { with.state.clone() } else { bare.state.clone() };
            prop_assert_eq!(with, Finding { state, ..bare }, "H6");
        }
    }

    /// Servers turn from imprint to imprint; the last point is what counting them gives.
    #[test]
    fn the_last_point_is_what_counting_gives(
        moves in prop::collection::vec((0_u8..20, 0_usize..12, 0_i8..31), 0..60),
    ) {
        let state = |imprint: u8| STATES[usize::from(imprint) % 3];
        let mut moves = moves;
        moves.sort_by_key(|(.., day)| *day);
        let mut stands: BTreeMap<usize, u8> = BTreeMap::new();
        let mut turns = Vec::new();
        for (imprint, server, day) in &moves {
            let day = jiff::civil::date(2026, 1, day + 1);
            if let Some(before) = stands.insert(*server, *imprint) {
                turns.push(Turn { day, imprint: before, delta: -1 });
            }
            turns.push(Turn { day, imprint: *imprint, delta: 1 });
        }
        let points = burn_down(&turns, state);
        prop_assert!(points.is_sorted_by(|a, b| a.day < b.day), "H7");
        let count = |want| {
            stands.values().filter(|it| state(**it) == want).count() as u64
        };
        match points.last() {
            None => prop_assert!(moves.is_empty(), "H7"),
            Some(last) => {
                let got = (last.open, last.unknown, last.closed);
                prop_assert_eq!(got, (
                    count(OpenState::Open),
                    count(OpenState::Unknown),
                    count(OpenState::Closed),
                ), "H7");
            }
        }
    }
}
