//! Looks for all needles at once, several at a time in the lanes of a vector register.

use aho_corasick::packed::{Config, MatchKind, Searcher};
use aho_corasick::{AhoCorasick, AhoCorasickKind, Span};

/// Needles of one vector search. More would be slower than one more search over bytes that lie in the cache.
const NEEDLES_PER_SEARCH_MAX: usize = 64;

/// Searches over a block before one automaton for all needles is quicker.
const SEARCHES_MAX: usize = 6;

/// Finds where the next needle stands. Which one it is does not matter here.
#[derive(Debug)]
pub(super) enum Prefilter {
    /// No needle: nothing is ever found.
    Empty,
    /// Vector searches, one after the other.
    Packed(Vec<Searcher>),
    /// One automaton.
    Automaton(AhoCorasick),
}

impl Prefilter {
    /// For needles in lower case. Those that hold another one are left out: where they stand, it stands.
    pub(super) fn new(needles: &[String]) -> Self {
        let mut least: Vec<&str> = Vec::new();
        let mut by_len: Vec<&str> = needles.iter().map(String::as_str).collect();
        by_len.sort_by_key(|it| (it.len(), *it));
        for needle in by_len {
            if !least.iter().any(|it| needle.contains(it)) {
                least.push(needle);
            }
        }
        if least.is_empty() {
            return Self::Empty;
        }
        Self::packed(&mut least).or_else(|| Self::automaton(&least)).unwrap_or(Self::Empty)
    }

    /// Needles that begin alike go into one search: fewer places to verify.
    fn packed(needles: &mut [&str]) -> Option<Self> {
        let searches = needles.len().div_ceil(NEEDLES_PER_SEARCH_MAX);
        if searches > SEARCHES_MAX {
            return None;
        }
        needles.sort_unstable();
        let size = needles.len().div_ceil(searches);
        let built = needles.chunks(size).map(|chunk| {
            Config::new().match_kind(MatchKind::LeftmostFirst).builder().extend(chunk).build()
        });
        built.collect::<Option<Vec<_>>>().map(Self::Packed)
    }

    fn automaton(needles: &[&str]) -> Option<Self> {
        let dfa = Some(AhoCorasickKind::DFA);
        AhoCorasick::builder().kind(dfa).build(needles).ok().map(Self::Automaton)
    }

    /// How many cursors a search needs; see [`Cursor`].
    pub(super) fn cursor(&self) -> Cursor {
        let len = match self {
            Self::Empty => 0,
            Self::Packed(searches) => searches.len(),
            Self::Automaton(_) => 1,
        };
        Cursor(vec![Some(0); len])
    }

    /// Where the next needle at or after `from` begins. `from` never goes back within a block.
    pub(super) fn next(&self, folded: &[u8], from: usize, cursor: &mut Cursor) -> Option<usize> {
        let mut first = None;
        for (number, known) in cursor.0.iter_mut().enumerate() {
            // `Some(0)` also stands for a search that has not begun: looking again is right, and done once.
            if known.is_some_and(|at| at <= from) {
                *known = self.search(number, folded, from);
            }
            first = match (first, *known) {
                (Some(one), Some(other)) => Some(std::cmp::min(one, other)),
                (one, other) => one.or(other),
            };
        }
        first
    }

    fn search(&self, number: usize, folded: &[u8], from: usize) -> Option<usize> {
        let span = Span::from(from..folded.len());
        match self {
            Self::Empty => None,
            Self::Packed(searches) => {
                searches.get(number)?.find_in(folded, span).map(|found| found.start())
            }
            Self::Automaton(automaton) => {
                let input = aho_corasick::Input::new(folded).span(span);
                automaton.find(input).map(|found| found.start())
            }
        }
    }
}

/// Where each search stands within a block.
pub(super) struct Cursor(Vec<Option<usize>>);
