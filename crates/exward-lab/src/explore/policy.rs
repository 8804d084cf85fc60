//! Policies as different owners would write them, drawn from a seed.

use std::collections::BTreeSet;

use exward_core::fleet::{RingName, SiteName};
use exward_core::policy::{Policy, Selector, Window};
use jiff::civil::time;
use jiff::tz::TimeZone;

use crate::seed::Dice;

/// A policy like this one, with other rings, limits, soaks, windows and gates. One that lets nothing be
/// updated can come of it, too.
#[must_use]
pub fn varied(policy: &Policy, seed: u64) -> Policy {
    let mut dice = Dice::for_item(seed, 1 << 48);
    let mut varied = policy.clone();
    varied.pools.default_max = *dice.pick(&[1, 2, 4, 100]).unwrap_or(&1);
    varied.gates.healthy_copies_min = *dice.pick(&[1, 1, 1, 2]).unwrap_or(&1);
    // A ring of one site before the others, or all in one.
    if dice.chance(0.5)
        && let Some(mut first) = varied.rings.first().cloned()
    {
        first.name = RingName::new("pilot");
        let sites = BTreeSet::from([SiteName::new("Berlin")]);
        first.select = Selector { sites, ..Selector::default() };
        varied.rings.insert(0, first);
    }
    for ring in &mut varied.rings {
        ring.canaries = *dice.pick(&[0, 1, 2]).unwrap_or(&0);
        ring.soak_minutes = *dice.pick(&[0, 30, 240]).unwrap_or(&0);
        ring.failures_max = *dice.pick(&[0, 0, 1, 3]).unwrap_or(&0);
        ring.unavailable_max = *dice.pick(&[None, Some(1), Some(3)]).unwrap_or(&None);
        if dice.chance(0.3) {
            // Every night, long enough for a CU, an SU and what they need.
            ring.windows = vec![Window {
                weekdays: (1..=7).collect(),
                from: time(19, 0, 0, 0),
                to: time(7, 0, 0, 0),
                zone: TimeZone::UTC,
            }];
        }
    }
    varied
}
