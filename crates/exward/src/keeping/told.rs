//! What became of everything that was given to a keeper.

use exward_store::store::Observed;

use crate::output;

/// What became of everything that was given to a [`Keeper`](super::Keeper).
#[derive(Debug, Default)]
pub(crate) struct Told {
    pub(crate) new: u64,
    pub(crate) changed: u64,
    pub(crate) unchanged: u64,
    past: u64,
    /// Not kept: something else was seen at that time already.
    pub(crate) late: u64,
    /// Not kept: longer than anything that a server is called, or shows.
    pub(crate) too_long: u64,
    pub(super) place: String,
}

impl Told {
    pub(super) fn add(&mut self, observed: Observed) {
        let Observed { new, changed, unchanged, past, late } = observed;
        let sums = [
            (&mut self.new, new),
            (&mut self.changed, changed),
            (&mut self.unchanged, unchanged),
            (&mut self.past, past),
            (&mut self.late, u64::try_from(late.len()).unwrap_or(u64::MAX)),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }

    /// One line for the operator.
    pub(crate) fn tell(&self) {
        let Self { new, changed, unchanged, past, late, too_long, place } = self;
        let mut line =
            format!("kept in {place}: {new} new, {changed} changed, {unchanged} as before");
        if *past > 0 {
            line.push_str(&format!(", {past} of the past"));
        }
        if *late > 0 {
            line.push_str(&format!(
                ", {late} not kept: something else was seen at that time already"
            ));
        }
        if *too_long > 0 {
            line.push_str(&format!(", {too_long} not kept: their names or evidence are too long"));
        }
        output::warn(&line);
    }
}
