//! The line of a byte, without walking the text from its beginning each time.

/// Bytes between two places whose line is remembered.
const BLOCK_BYTES: usize = 4 << 10;

/// Knows how many lines begin before each block of a text.
pub(super) struct Lines<'a> {
    text: &'a [u8],
    /// Line breaks before each block.
    breaks: Vec<u64>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let text = text.as_bytes();
        let mut breaks = vec![0];
        let mut sum = 0_u64;
        for block in text.chunks(BLOCK_BYTES) {
            sum = sum.saturating_add(count(block));
            breaks.push(sum);
        }
        Self { text, breaks }
    }

    /// The line of this byte, counted from 1.
    pub(super) fn line(&self, at: usize) -> u64 {
        let block = at.checked_div(BLOCK_BYTES).unwrap_or_default();
        let begin = block.saturating_mul(BLOCK_BYTES);
        let before = self.breaks.get(block).or(self.breaks.last()).copied().unwrap_or_default();
        let inside = self.text.get(begin..at).map_or(0, count);
        before.saturating_add(inside).saturating_add(1)
    }
}

fn count(block: &[u8]) -> u64 {
    let breaks = block.iter().filter(|it| **it == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX)
}
