//! JSON that a terminal shows as it stands: what [`plain`](crate::plain) would replace is escaped, and lost nowhere.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use crate::plain::is_unsafe;

/// Serialises like [`serde_json::to_writer`].
pub(super) fn to_writer(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, Escaping)).map_err(io::Error::from)
}

/// Compact, with `\u` for every character that does not show as itself.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        // The usual text is written at once.
        if fragment.bytes().all(|it| it < 0x7F) || !fragment.contains(is_unsafe) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0_u16; 2];
        let mut utf8 = [0_u8; 4];
        for c in fragment.chars() {
            if is_unsafe(c) {
                for unit in c.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            } else {
                writer.write_all(c.encode_utf8(&mut utf8).as_bytes())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::to_writer;

    #[track_caller]
    fn check(text: &str, want: &str) {
        let mut out = Vec::new();
        to_writer(&mut out, &text).unwrap();
        assert_eq!(String::from_utf8(out.clone()).unwrap(), format!("\"{want}\""), "{text:?}");
        let back: String = serde_json::from_slice(&out).unwrap();
        assert_eq!(back, text, "nothing is lost");
    }

    #[test]
    fn what_does_not_show_is_escaped() {
        check("für \"x\"", r#"für \"x\""#);
        check("a\x1b[31m\n", r"a\u001b[31m\n");
        check("\u{9b}2J\u{7f}", r"\u009b2J\u007f");
        check("ü\u{202e}\u{2028}\u{2029}", r"ü\u202e\u2028\u2029");
        check("\u{200b}\u{feff}\u{61c}\u{1F600}", "\\u200b\\ufeff\\u061c\u{1F600}");
    }
}
