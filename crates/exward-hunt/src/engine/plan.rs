//! Which rules look at a kind of log, and by which needles each is found.

use std::collections::{BTreeMap, BTreeSet};

use super::prefilter::Prefilter;
use crate::sigma::{Alphabet, Rule};

/// Who wants to see a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Watcher {
    /// The rule with this index.
    Rule(usize),
    /// The rules that are written in Rust, all of them.
    Typed,
    /// What recognises harmless traffic, such as exward's own probes.
    Known,
}

/// The watchers of one kind of log.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Those that can name no needle and must see every record.
    pub(crate) always: Vec<Watcher>,
    pub(super) prefilter: Prefilter,
    /// Who wants the lines that hold a needle, by the needle's number.
    owners: Vec<Vec<Watcher>>,
}

impl Plan {
    /// For the rules given by index, and for other watchers with their needles (lower case). Where a record says
    /// more than its line (`verbatim` is false), everybody must see every record.
    pub(crate) fn new<'r>(
        rules: impl Iterator<Item = (usize, &'r Rule)>,
        others: &[(Watcher, BTreeSet<String>)],
        alphabet: Alphabet,
        verbatim: bool,
    ) -> Self {
        let mut always = Vec::new();
        let mut wanted: BTreeMap<String, Vec<Watcher>> = BTreeMap::new();
        let rules = rules.map(|(at, rule)| (Watcher::Rule(at), rule.needles(alphabet)));
        let others = others.iter().map(|(watcher, needles)| (*watcher, Some(needles.clone())));
        for (watcher, needles) in rules.chain(others) {
            match needles.filter(|_| verbatim) {
                None => always.push(watcher),
                Some(needles) => {
                    needles.into_iter().for_each(|it| wanted.entry(it).or_default().push(watcher));
                }
            }
        }
        let prefilter = Prefilter::new(wanted.keys().cloned());
        let mut owners = vec![Vec::new(); prefilter.len()];
        for (needle, watchers) in &wanted {
            for number in prefilter.within(needle) {
                owners.get_mut(number).into_iter().for_each(|it: &mut Vec<_>| it.extend(watchers));
            }
        }
        Self { always, prefilter, owners }
    }

    /// Adds the watchers of whose needles one stands in the lower-case text, or a part of one.
    pub(super) fn watchers_of(&self, folded: &[u8], found: &mut Vec<Watcher>) {
        self.prefilter.each(folded, &mut |number| {
            found.extend(self.owners.get(number).into_iter().flatten());
        });
    }
}
