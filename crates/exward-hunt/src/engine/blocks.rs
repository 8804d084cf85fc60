//! Blocks of whole lines from a source of bytes of any size.

use std::io::{self, Read};

use memchr::memrchr;

use crate::limits::LINE_BYTES_MAX;

/// Bytes read at once. With its lower-cased copy it stays in a core's own cache.
const BLOCK_BYTES: usize = 128 << 10;

/// What comes next.
pub(super) enum Next<'b> {
    /// Whole lines with their line breaks; the last line of the source may have none.
    Lines(&'b [u8]),
    /// A line longer than [`LINE_BYTES_MAX`] was passed over.
    TooLong,
    /// The source has ended.
    End,
}

/// Cuts a source of bytes into blocks of whole lines, in constant memory.
pub(super) struct Blocks<'r> {
    input: &'r mut dyn Read,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that are filled.
    filled: usize,
    /// Bytes at the start of `buffer` that were given out.
    given: usize,
    ended: bool,
    /// Within a line that is being passed over.
    passing: bool,
    /// Bytes read so far.
    pub(super) bytes: u64,
}

impl<'r> Blocks<'r> {
    pub(super) fn new(input: &'r mut dyn Read) -> Self {
        let buffer = vec![0; BLOCK_BYTES];
        Self { input, buffer, filled: 0, given: 0, ended: false, passing: false, bytes: 0 }
    }

    /// The next block.
    pub(super) fn next(&mut self) -> io::Result<Next<'_>> {
        self.take_given();
        loop {
            let known = self.filled;
            if !self.ended {
                self.fill()?;
            }
            let fresh = self.buffer.get(known..self.filled).unwrap_or_default();
            let newline =
                memrchr(b'\n', fresh).map(|at| known.saturating_add(at).saturating_add(1));
            if self.passing {
                if let Some(news) = self.pass_over() {
                    return Ok(news);
                }
                continue;
            }
            let end = match newline {
                Some(end) => end,
                None if self.ended => self.filled,
                None if self.filled > LINE_BYTES_MAX => {
                    self.passing = true;
                    self.filled = 0;
                    continue;
                }
                None => continue,
            };
            if end == 0 {
                return Ok(Next::End);
            }
            self.given = end;
            return Ok(Next::Lines(self.buffer.get(..end).unwrap_or_default()));
        }
    }

    /// Moves what was not given out to the front.
    fn take_given(&mut self) {
        self.buffer.copy_within(self.given..self.filled, 0);
        self.filled = self.filled.saturating_sub(self.given);
        self.given = 0;
    }

    /// Reads once, behind what is there.
    fn fill(&mut self) -> io::Result<()> {
        let needed = self.filled.saturating_add(BLOCK_BYTES / 2);
        if self.buffer.len() < needed {
            self.buffer.resize(needed.next_multiple_of(BLOCK_BYTES), 0);
        }
        let room = self.buffer.get_mut(self.filled..).unwrap_or_default();
        let read = loop {
            match self.input.read(room) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.ended = read == 0;
        self.filled = self.filled.saturating_add(read);
        self.bytes = self.bytes.saturating_add(u64::try_from(read).unwrap_or(0));
        Ok(())
    }

    /// Drops bytes up to the end of the line that is too long; says so when it has ended.
    fn pass_over(&mut self) -> Option<Next<'static>> {
        let held = self.buffer.get(..self.filled).unwrap_or_default();
        match memchr::memchr(b'\n', held) {
            Some(at) => {
                self.passing = false;
                self.given = at.saturating_add(1);
                Some(Next::TooLong)
            }
            None if self.ended => {
                self.passing = false;
                self.filled = 0;
                Some(Next::TooLong)
            }
            None => {
                self.filled = 0;
                None
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "a test counts a few things")]
mod tests {
    use super::*;

    /// Gives at most `step` bytes at a time, as a slow disk or a pipe does.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let len = room.len().min(self.1).min(self.0.len());
            room[..len].copy_from_slice(&self.0[..len]);
            self.0 = &self.0[len..];
            Ok(len)
        }
    }

    fn all(bytes: &[u8], step: usize) -> (Vec<u8>, usize, usize) {
        let mut slow = Slow(bytes, step);
        let mut blocks = Blocks::new(&mut slow);
        let (mut joined, mut too_long, mut count) = (Vec::new(), 0, 0);
        loop {
            match blocks.next().unwrap() {
                Next::Lines(lines) => {
                    joined.extend_from_slice(lines);
                    count += 1;
                }
                Next::TooLong => too_long += 1,
                Next::End => return (joined, too_long, count),
            }
        }
    }

    #[test]
    fn every_byte_comes_once_and_lines_stay_whole() {
        let text = "one\r\ntwo\n\nlast without an end".repeat(20_000);
        for step in [1 << 20, 65_536, 4099] {
            assert_eq!(all(text.as_bytes(), step).0, text.as_bytes(), "{step}");
        }
        assert_eq!(all(b"", 10), (Vec::new(), 0, 0));
        assert_eq!(all(b"a", 10), (b"a".to_vec(), 0, 1));
    }

    #[test]
    fn a_huge_line_is_passed_over_and_the_next_is_read() {
        let mut text = b"before\n".to_vec();
        text.extend(std::iter::repeat_n(b'x', 100 << 20));
        text.extend(b"\nafter\n");
        assert_eq!(all(&text, 1 << 20).0, b"before\nafter\n");
        assert_eq!(all(&text, 1 << 20).1, 1);
        text.truncate(50 << 20);
        assert_eq!(all(&text, 1 << 20), (b"before\n".to_vec(), 1, 1), "cut within it");
    }
}
