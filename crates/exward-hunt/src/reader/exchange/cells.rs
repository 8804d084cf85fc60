//! The cells of one line of CSV.
//!
//! `csv-core` is not used: a clone of its reader reads wrongly (0.1.13 copies only a part of its tables), and one
//! reader for all lines keeps state of a line that was given up.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memchr2};

/// Cells of one line; more are not a log.
const CELLS_MAX: usize = 1024;

/// The cells of one line, without their quotes.
#[derive(Debug)]
pub(super) struct Cells<'a>(Vec<Cow<'a, [u8]>>);

impl<'a> Cells<'a> {
    /// Cuts a line of so many columns, if it has them. The last may be free text, commas and all.
    pub(super) fn of(line: &'a [u8], expected: usize, free_text_last: bool) -> Self {
        let mut cells = Vec::with_capacity(expected.saturating_add(1));
        let mut rest = line;
        while cells.len() < CELLS_MAX {
            let quoted = if rest.first() == Some(&b'"') { quoted_end(rest) } else { None };
            let from = rest.get(quoted.unwrap_or(0)..).unwrap_or_default();
            let is_last = free_text_last && cells.len().saturating_add(1) == expected;
            if is_last && !from.is_empty() {
                cells.push(Cow::Borrowed(rest));
                break;
            }
            let end = memchr(b',', from).unwrap_or(from.len());
            let bare = from.get(..end).unwrap_or_default();
            cells.push(match quoted.and_then(|close| rest.get(1..close.saturating_sub(1))) {
                Some(inner) => unquoted(inner, bare),
                // A quote that never closes is a letter.
                None => Cow::Borrowed(bare),
            });
            match from.get(end.saturating_add(1)..) {
                Some(next) if end < from.len() => rest = next,
                Some(_) | None => break,
            }
        }
        Self(cells)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn text(&self, place: usize) -> Option<Cow<'_, str>> {
        self.0.get(place).map(|it| String::from_utf8_lossy(it))
    }

    /// Drops cells behind the last column that hold nothing.
    pub(super) fn drop_empty_after(&mut self, wanted: usize) {
        while self.0.len() > wanted && self.0.last().is_some_and(|it| it.is_empty()) {
            self.0.pop();
        }
    }

    /// A cell that holds nothing, before the one that stands there.
    pub(super) fn insert_empty(&mut self, place: usize) {
        if place <= self.0.len() {
            self.0.insert(place, Cow::Borrowed(b""));
        }
    }
}

/// Without the doubled quotes; with what stands behind the closing one.
fn unquoted<'a>(inner: &'a [u8], behind: &[u8]) -> Cow<'a, [u8]> {
    if behind.is_empty() && memchr(b'"', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut bytes = Vec::with_capacity(inner.len());
    let mut after_quote = false;
    for byte in inner {
        after_quote = *byte == b'"' && !after_quote;
        if !after_quote {
            bytes.push(*byte);
        }
    }
    bytes.extend_from_slice(behind);
    Cow::Owned(bytes)
}

/// Where one cell of a line stands, without its quotes; `None` if quotes stand within it. More lines may
/// follow.
pub(super) fn find(text: &[u8], wanted: usize) -> Option<Range<usize>> {
    let mut start = 0_usize;
    for place in 0..CELLS_MAX {
        let rest = text.get(start..)?;
        let quoted = rest.first() == Some(&b'"');
        let end = if quoted { quoted_end(rest)? } else { bare_end(rest) };
        let end = start.saturating_add(end);
        if place == wanted {
            let inner = start.saturating_add(1)..end.saturating_sub(1);
            let cell = if quoted { inner } else { start..end };
            // What stands behind a closing quote belongs to the cell as well.
            let behind = text.get(end..).unwrap_or_default();
            if quoted && !matches!(behind, [] | [b',' | b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..]) {
                return None;
            }
            return (!text.get(cell.clone())?.contains(&b'"')).then_some(cell);
        }
        if text.get(end) != Some(&b',') {
            return None;
        }
        start = end.saturating_add(1);
    }
    None
}

fn bare_end(cell: &[u8]) -> usize {
    let end = memchr2(b',', b'\n', cell).unwrap_or(cell.len());
    match cell.get(..end) {
        Some([.., b'\r']) if cell.get(end) != Some(&b',') => end.saturating_sub(1),
        Some(_) | None => end,
    }
}

/// Behind the closing quote.
fn quoted_end(cell: &[u8]) -> Option<usize> {
    let mut at = 1_usize;
    loop {
        let found = memchr(b'"', cell.get(at..)?)?;
        at = at.saturating_add(found).saturating_add(1);
        if cell.get(at) != Some(&b'"') {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}
