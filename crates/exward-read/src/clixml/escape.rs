//! `_x000D_`: how CLIXML writes UTF-16 code units that XML cannot carry, and `_x005F_` for a `_`
//! that would otherwise look like one.
//!
//! Source: \[MS-PSRP\] §2.2.5.3.2.

use std::borrow::Cow;

/// Bytes of one escape: `_xHHHH_`.
const ESCAPE_BYTES: usize = 7;

/// Replaces every escape. Two halves of a surrogate pair become one character; a half alone
/// becomes U+FFFD.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains("_x") {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some((unit, after)) = escape(rest) {
            units.push(unit);
            rest = after;
        } else {
            flush(&mut units, &mut decoded);
            decoded.push(character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    flush(&mut units, &mut decoded);
    Cow::Owned(decoded)
}

/// The escape at the start of the text, and what follows it.
fn escape(text: &str) -> Option<(u16, &str)> {
    let (escape, rest) = text.split_at_checked(ESCAPE_BYTES)?;
    let digits = escape.strip_prefix("_x")?.strip_suffix('_')?;
    let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
    let unit = u16::from_str_radix(digits, 16).ok().filter(|_| is_hex)?;
    Some((unit, rest))
}

fn flush(units: &mut Vec<u16>, decoded: &mut String) {
    let characters = char::decode_utf16(units.drain(..));
    decoded.extend(characters.map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, want: &str) {
        assert_eq!(decode(text), want, "input `{text}`");
    }

    #[test]
    fn escapes_are_code_units() {
        check("plain_text", "plain_text");
        check("a_x000D__x000A_b", "a\r\nb");
        check("_x005F_x000D_", "_x000D_"); // an escaped underscore, then plain text
        check("_xD83D__xDE00_", "\u{1f600}");
        check("_xD83D_ _xDE00_", "\u{fffd} \u{fffd}");
        check("_x00e4_", "\u{e4}");
        check("_x+00D_", "_x+00D_");
        check("_x000D", "_x000D");
        check("_x00\u{e4}_", "_x00\u{e4}_");
        check("__x000A_", "_\n");
    }

    /// What Export-Clixml does: everything doubtful is escaped.
    fn encode(text: &str) -> String {
        let unit = |it: u16| match u8::try_from(it) {
            Ok(byte) if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("_x{it:04X}_"),
        };
        text.encode_utf16().map(unit).collect()
    }

    proptest! {
        #[test]
        fn any_text_survives(text in any::<String>()) {
            prop_assert_eq!(decode(&encode(&text)).into_owned(), text);
        }

        #[test]
        fn underscores_survive(text in "[_xX0-9a-fD]{0,24}") {
            let written = text.replace('_', "_x005F_");
            prop_assert_eq!(decode(&written).into_owned(), text);
        }
    }
}
