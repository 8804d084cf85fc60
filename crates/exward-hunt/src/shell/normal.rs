//! A page as it would run: server code apart from markup, in one spelling.
//!
//! Shells are written so that no word stands as it is: escapes, comments within words, texts put
//! together from pieces. All of that is undone once, so that one pass over the result is enough.
//!
//! # Invariants
//! * **N1 nothing is lost**: text taken out as a comment stands at the end of the code, because what is
//!   a comment in one language is none in another.
//! * **N2 linear**: one pass, no recursion; the result is at most twice as long as the
//!   input and a byte.
//!
//! Sources: ECMA-334 (C#) 6.4.3 for escapes and format characters in names; VBScript language
//! reference for `Chr`, `_` and `&`; ASP.NET page syntax (Microsoft Learn) for where code stands.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::parts::Parts;

/// Joins that are kept; more do not say more.
const JOINS_MAX: usize = 4096;
/// `chrw(&h0041)` and the like: how far back the call may begin.
const CHR_BYTES_MAX: usize = 16;

/// The normalised page.
#[derive(Debug, Default)]
pub(super) struct Normal {
    /// Server code in lower case, without needless blanks, escapes and joins; then the comments.
    pub(super) code: Vec<u8>,
    /// Everything else, in lower case.
    pub(super) markup: Vec<u8>,
    /// Where in the code texts were joined.
    pub(super) joins: Vec<usize>,
    /// Letters that stood as numbers (`chr(101)`, `\u0065`).
    pub(super) spelled: usize,
    /// Where the code ends and the comments begin.
    pub(super) comments_at: usize,
}

/// Normalises a page. `all_code` says that everything is code (a handler, a Razor page).
pub(super) fn normalise(bytes: &[u8], all_code: bool) -> Normal {
    Fold::run(&narrow(bytes), all_code, usize::MAX).0
}

/// The line, from 1, from which the byte at `offset` of [`Normal::code`] came.
pub(super) fn line_of(bytes: &[u8], all_code: bool, offset: usize) -> Option<u64> {
    Fold::run(&narrow(bytes), all_code, offset).1
}

/// UTF-16 as UTF-8; everything else as it stands.
fn narrow(bytes: &[u8]) -> Cow<'_, [u8]> {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
            Cow::Owned(exward_read::text::decode(bytes).text.into_owned().into_bytes())
        }
        _ => Cow::Borrowed(bytes),
    }
}

/// What stood between two bytes of code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Blank,
    Line,
}

struct Fold {
    normal: Normal,
    comments: Vec<u8>,
    gap: Gap,
    line: u64,
    /// The offset whose line is asked for, and the answer.
    wanted: usize,
    found: Option<u64>,
}

impl Fold {
    fn run(bytes: &[u8], all_code: bool, wanted: usize) -> (Normal, Option<u64>) {
        let mut fold = Self {
            normal: Normal::default(),
            comments: Vec::new(),
            gap: Gap::None,
            line: 1,
            wanted,
            found: None,
        };
        for (is_code, text) in Parts::of(bytes, all_code) {
            if is_code {
                fold.code(text);
            } else {
                fold.markup(text);
            }
            if fold.found.is_some() {
                break;
            }
        }
        let Self { mut normal, comments, found, .. } = fold;
        normal.comments_at = normal.code.len();
        normal.code.extend_from_slice(&comments);
        (normal, found)
    }

    fn markup(&mut self, text: &[u8]) {
        self.line = self.line.saturating_add(lines_in(text));
        self.normal.markup.extend(text.iter().map(u8::to_ascii_lowercase));
    }

    fn code(&mut self, text: &[u8]) {
        self.gap = Gap::None;
        self.keep(b'\n');
        let mut comments_end = true; // false once no `*/` follows any more
        let mut rest = text;
        while let [byte, tail @ ..] = rest {
            if self.is_answered() {
                return;
            }
            rest = tail;
            match *byte {
                b'\n' => {
                    self.line = self.line.saturating_add(1);
                    self.gap = Gap::Line;
                }
                b'\r' => self.gap = Gap::Line,
                0 | b' ' | b'\t' | 0x0B | 0x0C if self.gap == Gap::None => self.gap = Gap::Blank,
                0 | b' ' | b'\t' | 0x0B | 0x0C => {}
                b'/' if comments_end && tail.first() == Some(&b'*') => {
                    match tail.get(1..).and_then(|text| memmem::find(text, b"*/")) {
                        Some(end) => rest = self.comment(tail, end.saturating_add(1)),
                        None => {
                            comments_end = false;
                            self.push(b'/');
                        }
                    }
                }
                b'\\' => match escape(tail) {
                    Some((Some(letter), length)) => {
                        self.normal.spelled = self.normal.spelled.saturating_add(1);
                        self.push(letter);
                        rest = tail.get(length..).unwrap_or_default();
                    }
                    Some((None, length)) => rest = tail.get(length..).unwrap_or_default(),
                    None => self.push(b'\\'),
                },
                b'@' if self.normal.code.last() == Some(&b'.') => {}
                b'_' if self.gap != Gap::None && continues(tail) => {
                    let end = memchr(b'\n', tail).map_or(0, |at| at.saturating_add(1));
                    self.line = self.line.saturating_add(u64::from(end > 0));
                    rest = tail.get(end..).unwrap_or_default();
                    self.gap = Gap::Blank;
                }
                0xE2 | 0xEF if is_format_character(*byte, tail) => {
                    rest = tail.get(2..).unwrap_or_default();
                }
                other => {
                    self.push(other);
                    let run = tail.iter().position(|it| !is_plain(*it)).unwrap_or(tail.len());
                    let (plain, after) = tail.split_at_checked(run).unwrap_or((&[], tail));
                    self.keep_all(plain);
                    rest = after;
                }
            }
        }
    }

    /// Takes a comment out; `tail` begins with its `*`. Gives what follows.
    fn comment<'a>(&mut self, tail: &'a [u8], end: usize) -> &'a [u8] {
        let inside = tail.get(1..end).unwrap_or_default();
        self.line = self.line.saturating_add(lines_in(inside));
        self.comments.push(b'\n');
        self.comments.extend(inside.iter().map(u8::to_ascii_lowercase));
        if self.gap == Gap::None {
            self.gap = Gap::Blank;
        }
        tail.get(end.saturating_add(2)..).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        let byte = byte.to_ascii_lowercase();
        if self.gap != Gap::None {
            self.fill(byte);
        }
        if matches!(byte, b'"' | b'\'') && self.join(byte) {
            return;
        }
        self.keep(byte);
        if byte == b')' {
            self.spell();
        }
    }

    fn keep(&mut self, byte: u8) {
        self.normal.code.push(byte);
        if self.found.is_none() && self.normal.code.len() > self.wanted {
            self.found = Some(self.line);
        }
    }

    /// Whether the line is known and nothing can take it back: no cut reaches further than a `chr(…)`.
    fn is_answered(&self) -> bool {
        self.found.is_some()
            && self.normal.code.len() > self.wanted.saturating_add(2 * CHR_BYTES_MAX)
    }

    fn keep_all(&mut self, plain: &[u8]) {
        self.normal.code.extend(plain.iter().map(u8::to_ascii_lowercase));
        if self.found.is_none() && self.normal.code.len() > self.wanted {
            self.found = Some(self.line);
        }
    }

    fn cut(&mut self, length: usize) {
        self.normal.code.truncate(length);
        if length <= self.wanted {
            self.found = None;
        }
    }

    /// Puts in what is needed of a gap: words stay apart, and so do statements.
    fn fill(&mut self, next: u8) {
        let gap = std::mem::replace(&mut self.gap, Gap::None);
        let last = self.normal.code.last().copied().unwrap_or(b'\n');
        let words = is_word(last) && is_word(next);
        let goes_on = matches!(last, b'.' | b'(' | b'[' | b',' | b'&' | b'+' | b'=' | b'\n')
            || matches!(next, b'.' | b'(' | b'[' | b')' | b']' | b',' | b'&' | b'+');
        match gap {
            Gap::Line if !goes_on => self.keep(b'\n'),
            Gap::Blank if words => self.keep(b' '),
            Gap::Line | Gap::Blank | Gap::None => {}
        }
    }

    /// `"a"&"b"` is `"ab"`: a quote behind a quote and `&` or `+` opens nothing.
    fn join(&mut self, quote: u8) -> bool {
        let length = self.normal.code.len();
        let [.., before, sign] = self.normal.code.as_slice() else { return false };
        if *before != quote || !matches!(sign, b'&' | b'+') {
            return false;
        }
        let length = length.saturating_sub(2);
        self.cut(length);
        if self.normal.joins.len() < JOINS_MAX {
            self.normal.joins.push(length);
        }
        true
    }

    /// `chr(101)` is `"e"`; called when a `)` was kept.
    fn spell(&mut self) {
        let code = &self.normal.code;
        let from = code.len().saturating_sub(CHR_BYTES_MAX);
        let Some(tail) = code.get(from..) else { return };
        let Some((start, letter)) = spelled(tail) else { return };
        self.cut(from.saturating_add(start));
        self.normal.spelled = self.normal.spelled.saturating_add(1);
        if !self.join(b'"') {
            self.keep(b'"');
        }
        self.keep(letter.to_ascii_lowercase());
        self.keep(b'"');
    }
}

fn lines_in(text: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', text).count()).unwrap_or(u64::MAX)
}

/// Whether a byte stands for itself wherever it stands.
fn is_plain(byte: u8) -> bool {
    PLAIN.get(usize::from(byte)) == Some(&true)
}

/// A table, because it is asked for each byte and the compiler's jumps take twice as long.
#[expect(clippy::indexing_slicing, reason = "a constant is checked when it is compiled")]
const PLAIN: [bool; 256] = {
    let special = b"\0\t\n\x0B\x0C\r \"')/@\\\xE2\xEF";
    let (mut plain, mut rest) = ([true; 256], special.as_slice());
    while let [byte, tail @ ..] = rest {
        plain[*byte as usize] = false;
        rest = tail;
    }
    plain
};

/// Letters, digits and whatever else may stand in a name.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// An escape behind its backslash: the letter that it stands for, or none for a format character,
/// and how long it is. `None` if it is no escape of an ASCII letter or format character.
fn escape(text: &[u8]) -> Option<(Option<u8>, usize)> {
    let (digits, length) = match text.first()? {
        b'u' => (text.get(1..5)?, 5),
        b'U' => (text.get(1..9)?, 9),
        b'x' => (text.get(1..3)?, 3),
        _ => return None,
    };
    let digits = str::from_utf8(digits).ok()?;
    if !digits.bytes().all(|it| it.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    match value {
        0x20..0x7F => Some((u8::try_from(value).ok(), length)),
        0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0xFEFF => Some((None, length)),
        _ => None,
    }
}

/// Characters without shape, which C# passes over within a name: U+200B…, U+202A…, U+2060…, U+FEFF.
fn is_format_character(first: u8, tail: &[u8]) -> bool {
    matches!(
        (first, tail),
        (0xE2, [0x80, 0x8B..=0x8F | 0xAA..=0xAE, ..] | [0x81, 0xA0..=0xA4, ..])
            | (0xEF, [0xBB, 0xBF, ..])
    )
}

/// Whether nothing but blanks stands up to the end of the line (VBScript's `_`).
fn continues(tail: &[u8]) -> bool {
    let end = tail.iter().take(CHR_BYTES_MAX).position(|it| !matches!(it, b' ' | b'\t' | b'\r'));
    end.and_then(|at| tail.get(at)) == Some(&b'\n')
}

/// Where in `tail`, which ends with `)`, the call `chr(…)` begins, and its letter.
fn spelled(tail: &[u8]) -> Option<(usize, u8)> {
    let open = memchr::memrchr(b'(', tail)?;
    let number = tail.get(open.saturating_add(1)..tail.len().saturating_sub(1))?;
    let number = str::from_utf8(number).ok()?;
    let value = match number.strip_prefix("&h") {
        Some(hex) => u8::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let name = tail.get(..open)?;
    let start = [b"chr".as_slice(), b"chrw", b"chr$"]
        .into_iter()
        .find_map(|call| name.strip_suffix(call).map(<[u8]>::len))?;
    let stands_alone =
        start.checked_sub(1).and_then(|at| name.get(at)).is_none_or(|it| !is_word(*it));
    ((0x20..0x7F).contains(&value) && value != b'"' && stands_alone).then_some((start, value))
}
