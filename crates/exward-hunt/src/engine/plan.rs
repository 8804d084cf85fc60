//! Which rules look at a kind of log, and by which needles each is found.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

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
    /// Finds every needle of one line, overlapping ones too. `None` if there is no needle.
    needles: Option<AhoCorasick>,
    /// Whose needle it is, in the order of the automaton.
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
        let mut owners: BTreeMap<String, Vec<Watcher>> = BTreeMap::new();
        let needles_of = |rule: &Rule| verbatim.then(|| rule.needles(alphabet)).flatten();
        let wants = rules.map(|(at, rule)| (Watcher::Rule(at), needles_of(rule)));
        let others =
            others.iter().map(|(watcher, needles)| (*watcher, verbatim.then(|| needles.clone())));
        for (watcher, needles) in wants.chain(others) {
            match needles {
                None => always.push(watcher),
                Some(needles) => {
                    for needle in needles {
                        owners.entry(needle).or_default().push(watcher);
                    }
                }
            }
        }
        let (texts, owners): (Vec<String>, Vec<_>) = owners.into_iter().unzip();
        let needles = AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&texts).ok();
        Self { always, prefilter: Prefilter::new(&texts), needles, owners }
    }

    /// Adds the watchers whose needles stand in the lower-case text.
    pub(super) fn watchers_of(&self, folded: &[u8], found: &mut Vec<Watcher>) {
        let Some(automaton) = &self.needles else { return };
        for hit in automaton.find_overlapping_iter(folded) {
            let owners = self.owners.get(hit.pattern().as_usize());
            found.extend(owners.into_iter().flatten());
        }
    }
}
