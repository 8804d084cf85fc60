//! Lines of an input of any size, in constant memory.
//!
//! # Invariants
//! * **L1 bounded.** A line longer than the limit is named and passed over; it is never held whole.
//! * **L2 any encoding an operator has**: UTF-8 with or without BOM, UTF-16 with BOM (PowerShell's
//!   redirection), and bytes that are neither, which become replacement characters.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};

/// Bytes read at once.
const BLOCK_BYTES: usize = 256 << 10;

/// A line, or the news that one was too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Number from 1, and the text without its line break.
    Text(u64, Cow<'a, str>),
    /// Number of a line longer than the limit.
    TooLong(u64),
}

/// Reads lines up to a limit from a source of bytes that the caller opened.
pub struct Lines<R> {
    input: BufReader<DecodeReaderBytes<R, Vec<u8>>>,
    buffer: Vec<u8>,
    bytes_max: usize,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Lines of `input`, each at most `bytes_max` long.
    pub fn new(input: R, bytes_max: usize) -> Self {
        let decoded = DecodeReaderBytesBuilder::new().strip_bom(true).build(input);
        let input = BufReader::with_capacity(BLOCK_BYTES, decoded);
        Self { input, buffer: Vec::new(), bytes_max, number: 0 }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What the source of bytes says.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let limit = u64::try_from(self.bytes_max).unwrap_or(u64::MAX).saturating_add(2);
        let read = self.input.by_ref().take(limit).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        let ended = self.buffer.pop_if(|byte| *byte == b'\n').is_some();
        self.buffer.pop_if(|byte| *byte == b'\r');
        if self.buffer.len() > self.bytes_max {
            if !ended {
                self.pass_over()?;
            }
            return Ok(Some(Line::TooLong(self.number)));
        }
        Ok(Some(Line::Text(self.number, String::from_utf8_lossy(&self.buffer))))
    }

    /// Reads to the end of the line without keeping it (L1).
    fn pass_over(&mut self) -> io::Result<()> {
        loop {
            let block = self.input.fill_buf()?;
            if block.is_empty() {
                return Ok(());
            }
            let end = block.iter().position(|byte| *byte == b'\n');
            let (len, done) = match end {
                Some(at) => (at.saturating_add(1), true),
                None => (block.len(), false),
            };
            self.input.consume(len);
            if done {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], want: &[&str]) {
        let mut lines = Lines::new(input, 8);
        let mut got = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            got.push(match line {
                Line::Text(number, text) => format!("{number} {text}"),
                Line::TooLong(number) => format!("{number} too long"),
            });
        }
        assert_eq!(got, want, "{input:?}");
    }

    #[test]
    fn lines_are_cut_and_decoded() {
        check(b"", &[]);
        check(b"a\r\nb\n\nc", &["1 a", "2 b", "3 ", "4 c"]);
        check(b"\xEF\xBB\xBFa\nb", &["1 a", "2 b"]);
        check(b"\xFF\xFEa\0\r\0\n\0b\0", &["1 a", "2 b"]); // UTF-16LE, as PowerShell writes it
        check(b"\xFE\xFF\0a\0\n\0b", &["1 a", "2 b"]);
        check(b"12345678\n123456789\nx", &["1 12345678", "2 too long", "3 x"]);
        check(b"f\xFCr\n", &["1 f\u{FFFD}r"]);
    }

    #[test]
    fn a_huge_line_is_passed_over_in_constant_memory() {
        let huge = io::repeat(b'x').take(64 << 20).chain(&b"\nnext\n"[..]);
        let mut lines = Lines::new(huge, 1024);
        assert_eq!(lines.next_line().unwrap(), Some(Line::TooLong(1)));
        assert_eq!(lines.next_line().unwrap(), Some(Line::Text(2, "next".into())));
        assert!(lines.buffer.capacity() < 1 << 20, "L1");
    }
}
