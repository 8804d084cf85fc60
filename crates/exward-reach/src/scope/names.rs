//! A set of host names, with and without everything below them.

use std::collections::BTreeSet;

/// Lower-case names: some alone, some for everything below them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    alone: BTreeSet<String>,
    below: BTreeSet<String>,
}

impl Names {
    /// Adds one name alone.
    pub(super) fn add(&mut self, name: String) {
        self.alone.insert(name);
    }

    /// Adds everything below a name, without the name.
    pub(super) fn add_below(&mut self, name: String) {
        self.below.insert(name);
    }

    /// Whether nothing was added.
    pub(super) fn is_empty(&self) -> bool {
        self.alone.is_empty() && self.below.is_empty()
    }

    /// Whether a lower-case name was added, or lies below one that was.
    pub(super) fn holds(&self, name: &str) -> bool {
        let mut parents =
            std::iter::successors(name.split_once('.'), |(_, rest)| rest.split_once('.'));
        self.alone.contains(name) || parents.any(|(_, parent)| self.below.contains(parent))
    }
}
