//! Lines within a block: where they begin and end, their numbers, their times, their decoded forms.

use jiff::Timestamp;
use memchr::{memchr, memchr_iter, memrchr};

use super::fold::{DECODINGS, decode_once};
use crate::reader::LineFormat;

/// One block while it is looked at.
pub(super) struct Place<'b> {
    pub(super) block: &'b [u8],
    /// Everything before this is done.
    pub(super) at: usize,
    /// Lines are counted up to here.
    pub(super) counted: usize,
    /// The line that begins at `counted` has this number.
    pub(super) line: u64,
}

impl Place<'_> {
    /// The line around `at`: where it begins and ends (without its line break), and its number.
    pub(super) fn line_around(&mut self, at: usize) -> (usize, usize, u64) {
        let before = self.block.get(..at).unwrap_or_default();
        let start = memrchr(b'\n', before).map_or(0, |it| it.saturating_add(1));
        let after = self.block.get(at..).unwrap_or_default();
        let end = memchr(b'\n', after).map_or(self.block.len(), |it| at.saturating_add(it));
        let between = self.block.get(self.counted..start).unwrap_or_default();
        self.line = self.line.saturating_add(newlines(between));
        self.counted = self.counted.max(start);
        (start, end, self.line)
    }
}

/// Writes each decoded form of a line into its buffer; gives how many there are.
pub(super) fn decode_all(line: &[u8], forms: &mut [Vec<u8>; DECODINGS]) -> usize {
    let mut current = line.to_vec();
    let mut count = 0_usize;
    for form in forms {
        if !decode_once(&mut current) {
            break;
        }
        form.clear();
        form.extend_from_slice(&current);
        count = count.saturating_add(1);
    }
    count
}

/// The earlier of two times; a known one before none.
pub(super) fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

/// Line breaks in the bytes.
pub(super) fn newlines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}

/// Without a carriage return at its end.
pub(super) fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Lines that are tried for a time at either end of a block.
pub(super) const TIMES_TRIED: usize = 16;

/// The first time that a line at the start of the block tells.
pub(super) fn first_time(format: &dyn LineFormat, block: &[u8]) -> Option<Timestamp> {
    let lines = block.split(|byte| *byte == b'\n').take(TIMES_TRIED);
    lines.filter(|it| it.first() != Some(&b'#')).find_map(|line| format.at(trimmed(line)))
}

/// The last time that a line at the end of the block tells.
pub(super) fn last_time(format: &dyn LineFormat, block: &[u8]) -> Option<Timestamp> {
    let lines = block.rsplit(|byte| *byte == b'\n').take(TIMES_TRIED);
    lines.filter(|it| it.first() != Some(&b'#')).find_map(|line| format.at(trimmed(line)))
}
