//! Which rules look at a kind of log, and by which needles each is found.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

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
    /// What else a line must hold for a rule, by the rule's index.
    clauses: BTreeMap<usize, Vec<Prefilter>>,
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
        let rules: Vec<_> = rules.collect();
        let clauses_of = |rule: &Rule| {
            rule.clauses(alphabet).into_iter().map(|it| Prefilter::new(it.into_iter())).collect()
        };
        let clauses = rules.iter().filter(|_| verbatim).map(|(at, rule)| (*at, clauses_of(rule)));
        let clauses = clauses.collect();
        let rules = rules.iter().map(|(at, rule)| (Watcher::Rule(*at), rule.needles(alphabet)));
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
        Self { always, prefilter, owners, clauses }
    }

    /// Adds the watchers of whose needles one stands in the lower-case text, or a part of one; not for what stands
    /// within `but`.
    pub(super) fn watchers_of(
        &self,
        folded: &[u8],
        but: Option<&Range<usize>>,
        found: &mut Vec<Watcher>,
    ) {
        self.prefilter.each(folded, &mut |place, number| {
            if but.is_none_or(|but| place.start < but.start || place.end > but.end) {
                found.extend(self.owners.get(number).into_iter().flatten());
            }
        });
    }

    /// Whether a record of which these are the (lower-case) forms holds all that the watcher needs.
    pub(super) fn may_match(&self, watcher: Watcher, forms: &[&[u8]]) -> bool {
        let Watcher::Rule(rule) = watcher else { return true };
        let clauses = self.clauses.get(&rule).map_or(&[][..], Vec::as_slice);
        clauses.iter().all(|clause| forms.iter().any(|form| clause.is_in(form)))
    }
}
