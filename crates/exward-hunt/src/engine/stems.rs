//! A memo of the URL paths seen: most requests of a server are for a few dozen of them.

use std::collections::BTreeMap;

/// Paths that are kept; then the memo starts anew. A scanner that asks thousands of paths costs no more than
/// not remembering.
const STEMS_MAX: usize = 50_000;

/// Longest path that is kept.
const STEM_BYTES_MAX: usize = 512;

/// Whether a line may matter by its path alone.
#[derive(Debug, Default)]
pub(super) struct Stems {
    known: BTreeMap<Box<[u8]>, bool>,
}

impl Stems {
    /// The remembered answer for a path, or that of `ask`.
    pub(super) fn matters(&mut self, stem: &[u8], ask: impl FnOnce() -> bool) -> bool {
        if let Some(known) = self.known.get(stem) {
            return *known;
        }
        let answer = ask();
        if stem.len() <= STEM_BYTES_MAX {
            if self.known.len() >= STEMS_MAX {
                self.known.clear();
            }
            self.known.insert(stem.into(), answer);
        }
        answer
    }
}
