//! Looks for all needles at once, several at a time in the lanes of a vector register.

use std::ops::Range;

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, Span};

/// Needles of one vector search. More would be slower than one more search over bytes that lie in the cache.
const NEEDLES_PER_SEARCH_MAX: usize = 64;

/// Searches over a block before one automaton for all needles is quicker.
const SEARCHES_MAX: usize = 6;

/// Finds needles, none of which holds another: where a longer one stands, the shorter one is found.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// The needles that are looked for, in the order of their numbers.
    needles: Vec<String>,
    searches: Searches,
}

#[derive(Debug)]
enum Searches {
    /// Vector searches, one after the other; each with the number of its first needle.
    Packed(Vec<(usize, Searcher)>),
    /// One automaton.
    Automaton(AhoCorasick),
}

impl Prefilter {
    /// For needles in lower case.
    pub(super) fn new(needles: impl Iterator<Item = String>) -> Self {
        let mut by_len: Vec<String> = needles.collect();
        by_len.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
        let mut least: Vec<String> = Vec::new();
        for needle in by_len {
            if !least.iter().any(|it| needle.contains(it.as_str())) {
                least.push(needle);
            }
        }
        // Needles that begin alike go into one search: fewer places to verify.
        least.sort_unstable_by_key(|it| (!is_short(it), it.clone()));
        let searches = packed(&least).or_else(|| automaton(&least));
        let searches = searches.unwrap_or(Searches::Packed(Vec::new()));
        Self { needles: least, searches }
    }

    /// The numbers of the needles that stand within this text.
    pub(super) fn within<'p>(&'p self, text: &'p str) -> impl Iterator<Item = usize> + 'p {
        let all = self.needles.iter().enumerate();
        all.filter(|(_, needle)| text.contains(needle.as_str())).map(|(number, _)| number)
    }

    /// How many needles are looked for.
    pub(super) fn len(&self) -> usize {
        self.needles.len()
    }

    /// Where a needle stands that begins at `at`.
    pub(super) fn place_of(&self, at: usize, number: usize) -> Range<usize> {
        at..at.saturating_add(self.needles.get(number).map_or(0, String::len))
    }

    /// Whether one of the needles stands in the text.
    pub(super) fn is_in(&self, folded: &[u8]) -> bool {
        self.next(folded, 0, &mut self.cursor()).is_some()
    }

    /// A search that has not begun.
    pub(super) fn cursor(&self) -> Cursor {
        let len = match &self.searches {
            Searches::Packed(searches) => searches.len(),
            Searches::Automaton(_) => 1,
        };
        Cursor(vec![Some((0, 0)); len])
    }

    /// The next needle at or after `from`: where it begins, and its number. `from` never goes back.
    pub(super) fn next(
        &self,
        folded: &[u8],
        from: usize,
        cursor: &mut Cursor,
    ) -> Option<(usize, usize)> {
        let mut first: Option<(usize, usize)> = None;
        for (search, known) in cursor.0.iter_mut().enumerate() {
            // Place 0 also stands for a search that has not begun: looking again is right, and done once.
            if known.is_some_and(|(at, _)| at <= from) {
                *known = self.search(search, folded, from);
            }
            first = match (first, *known) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        }
        first
    }

    /// Every needle in the text: where it stands, and its number.
    pub(super) fn each(&self, folded: &[u8], found: &mut dyn FnMut(Range<usize>, usize)) {
        let mut cursor = self.cursor();
        let mut from = 0_usize;
        while let Some((at, number)) = self.next(folded, from, &mut cursor) {
            found(self.place_of(at, number), number);
            // No needle begins another: at each place begins at most one.
            from = at.saturating_add(1);
        }
    }

    fn search(&self, search: usize, folded: &[u8], from: usize) -> Option<(usize, usize)> {
        let span = Span::from(from..folded.len());
        match &self.searches {
            Searches::Packed(searches) => {
                let (first, searcher) = searches.get(search)?;
                let found = searcher.find_in(folded, span)?;
                Some((found.start(), first.saturating_add(found.pattern().as_usize())))
            }
            Searches::Automaton(automaton) => {
                let found = automaton.find(Input::new(folded).span(span))?;
                Some((found.start(), found.pattern().as_usize()))
            }
        }
    }
}

fn packed(needles: &[String]) -> Option<Searches> {
    let mut searches = Vec::new();
    let mut first = 0_usize;
    // A search is as sharp as its shortest needle.
    for alike in needles.chunk_by(|one, other| is_short(one) == is_short(other)) {
        let count = alike.len().div_ceil(NEEDLES_PER_SEARCH_MAX).max(1);
        for chunk in alike.chunks(alike.len().div_ceil(count)) {
            let config =
                Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(chunk).build();
            searches.push((first, config?));
            first = first.saturating_add(chunk.len());
        }
    }
    (searches.len() <= SEARCHES_MAX).then_some(Searches::Packed(searches))
}

/// Whether it has fewer bytes than a vector search compares at once.
fn is_short(needle: &str) -> bool {
    needle.len() < 4
}

fn automaton(needles: &[String]) -> Option<Searches> {
    let kind = aho_corasick::MatchKind::LeftmostFirst;
    let builder =
        AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).match_kind(kind).build(needles);
    builder.ok().map(Searches::Automaton)
}

/// Where each search stands: the place and number of what it found next.
pub(super) struct Cursor(Vec<Option<(usize, usize)>>);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Each needle that stands in a text is found, or one that it holds; few needles and many.
        #[test]
        fn every_needle_is_found(
            needles in prop::collection::btree_set("[abc]{3,5}", 1..12),
            text in "[abcd]{0,80}",
            more in prop::bool::ANY,
        ) {
            let many = (0..500).map(|it| format!("x{it:04}")).filter(|_| more);
            let prefilter = Prefilter::new(needles.iter().cloned().chain(many));
            let mut found = std::collections::BTreeSet::new();
            prefilter.each(text.as_bytes(), &mut |_, it| found.extend([it]));
            for needle in needles.iter().filter(|it| text.contains(it.as_str())) {
                prop_assert!(prefilter.within(needle).any(|it| found.contains(&it)), "{}", needle);
            }
            let first = prefilter.next(text.as_bytes(), 0, &mut prefilter.cursor()).map(|it| it.0);
            let want = needles.iter().filter_map(|it| text.find(it.as_str())).min();
            // A shorter needle within may begin later.
            prop_assert_eq!(first.is_some(), want.is_some());
        }
    }
}
