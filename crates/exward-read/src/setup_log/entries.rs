//! The entries of a setup log: a stamp, a depth, a text that may go on over several lines.
//!
//! # Invariants
//! * **E1 every line is in one entry**, or before the first one.
//! * **E2 bounded**: an entry is a piece of the input, cut to [`SETUP_ENTRY_BYTES_MAX`].

use jiff::civil::{Date, DateTime, Time};

use crate::limits::SETUP_ENTRY_BYTES_MAX;

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Line of its stamp, from 1.
    pub(super) line: u64,
    /// When it was written, in the server's own time, to the second.
    pub(super) at: DateTime,
    /// The text behind stamp and depth, following lines included.
    pub(super) text: &'a str,
}

/// Walks over the entries of a text.
pub(super) struct Entries<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Entries<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 0 }
    }

    /// The line that begins here, with its line break.
    fn peek(&self) -> Option<&'a str> {
        self.text.get(self.at..)?.split_inclusive('\n').next()
    }

    fn pass(&mut self, line: &str) {
        self.at = self.at.saturating_add(line.len());
        self.line = self.line.saturating_add(1);
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        loop {
            let head = self.peek()?;
            let begin = self.at;
            self.pass(head);
            let Some((at, offset)) = stamp(head) else { continue };
            let line = self.line;
            while let Some(next) = self.peek()
                && stamp(next).is_none()
            {
                self.pass(next);
            }
            let text = self.text.get(begin.saturating_add(offset)..self.at).unwrap_or_default();
            return Some(Entry { line, at, text: cut(text).trim_end() });
        }
    }
}

/// The beginning of a text, as far as it is looked at (E2).
fn cut(text: &str) -> &str {
    text.get(..text.floor_char_boundary(SETUP_ENTRY_BYTES_MAX)).unwrap_or(text)
}

/// `[MM/dd/yyyy HH:mm:ss.ffff] [depth] `: its time, and where the text begins. The last field of
/// the stamp is passed over: it is milliseconds with a zero in front, not a fraction.
fn stamp(line: &str) -> Option<(DateTime, usize)> {
    let rest = line.strip_prefix('[')?;
    let (stamp, rest) = rest.split_at_checked(rest.get(..32).unwrap_or(rest).find(']')?)?;
    let (date, time) = stamp.split_once(' ')?;
    let [month, day, year] = numbers(date, '/')?;
    let (time, fraction) = time.split_once('.')?;
    let [hour, minute, second] = numbers(time, ':')?;
    let date = Date::new(year, small(month)?, small(day)?).ok()?;
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?;
    let (depth, text) = rest.strip_prefix("] [")?.split_once(']')?;
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !digits(fraction) || !digits(depth) || depth.len() > 3 {
        return None;
    }
    let text = text.strip_prefix(' ').unwrap_or(text);
    Some((DateTime::from_parts(date, time), line.len().saturating_sub(text.len())))
}

fn numbers(text: &str, between: char) -> Option<[i16; 3]> {
    let mut parts = text
        .split(between)
        .map(|it| it.bytes().all(|it| it.is_ascii_digit()).then(|| it.parse().ok()).flatten());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

fn small(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(u64, &str)]) {
        let got: Vec<(u64, &str)> = Entries::new(text).map(|it| (it.line, it.text)).collect();
        assert_eq!(got, want, "{text:?}");
    }

    #[test]
    fn following_lines_belong_to_their_entry() {
        check("", &[]);
        check("no stamp\n", &[]);
        check("x\n[11/24/2026 02:00:00.0001] [0] a\r\n", &[(2, "a")]);
        check(
            "[11/24/2026 02:00:00.0001] [1] a\n  b\n\n[11/24/2026 02:00:01.0001] [2] c",
            &[(1, "a\n  b"), (4, "c")],
        );
        check("[11/24/2026 02:00:00.0001] [0]\n", &[(1, "")]);
        check("[24/11/2026 02:00:00.0001] [0] no such month\n", &[]);
        check("[11/24/2026 02:00:00] [0] no fraction\n", &[]);
        check("[11/24/2026 02:00:00.0001] no depth\n", &[]);
        check("[-1/24/2026 02:00:00.0001] [0] sign\n", &[]);
        check("[\u{e4}11/24/2026 02:00:00.0001] [0] letter\n", &[]);
    }

    #[test]
    fn an_entry_is_cut() {
        let text = format!("[11/24/2026 02:00:00.0001] [0] {}", "\u{e4}".repeat(1 << 20));
        let entry = Entries::new(&text).next().unwrap();
        assert_eq!(entry.text.len(), SETUP_ENTRY_BYTES_MAX, "E2");
    }
}
