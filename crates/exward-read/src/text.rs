//! Whole documents as text: UTF-8 and UTF-16, told apart by byte order mark or by the first
//! character. Inputs of any size go through [`crate::lines`] instead.

use std::borrow::Cow;

/// Decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The text, without byte order mark.
    pub text: Cow<'a, str>,
    /// True if something was no text in the encoding and stands as U+FFFD now.
    pub damaged: bool,
}

/// Decodes XML or JSON text. Without a byte order mark, a zero byte beside the first character
/// tells UTF-16, since both formats start with ASCII.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [_, 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, _, ..] => utf16(bytes, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Decoded<'_> {
    match str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), damaged: false },
        Err(_) => Decoded { text: String::from_utf8_lossy(bytes), damaged: true },
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded<'static> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let mut damaged = !odd.is_empty();
    let characters = char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(|it| {
        it.unwrap_or_else(|_| {
            damaged = true;
            char::REPLACEMENT_CHARACTER
        })
    });
    let text: String = characters.collect();
    Decoded { text: Cow::Owned(text), damaged }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], want: &str, damaged: bool) {
        let got = decode(bytes);
        assert_eq!((got.text.as_ref(), got.damaged), (want, damaged), "{bytes:?}");
    }

    #[test]
    fn encodings_are_told_apart() {
        check(b"<a/>", "<a/>", false);
        check(b"\xEF\xBB\xBF<\xC3\xA4/>", "<\u{e4}/>", false);
        check(b"\xFF\xFE<\0a\0", "<a", false);
        check(b"\xFE\xFF\0<\0a", "<a", false);
        check(b"<\0a\0", "<a", false);
        check(b"\0<\0a", "<a", false);
        check(b"\xFF\xFE\x3D\xD8\x00\xDE", "\u{1f600}", false);
        check(b"\xFF\xFE\x3D\xD8", "\u{fffd}", true); // half a surrogate pair: a cut file
        check(b"\xFF\xFE<\0a", "<", true); // an odd byte at the end
        check(b"a\xC3", "a\u{fffd}", true);
        check(b"", "", false);
    }
}
