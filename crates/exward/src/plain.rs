//! Text of others, made safe to show.
//!
//! # Invariants
//! * **X1 no control characters**: escape sequences in feeds, titles and names never reach a
//!   terminal, and never a report.
//! * **X2 no formulas**: a cell that a spreadsheet would calculate is quoted.

use std::borrow::Cow;

/// The text on one line, with every control character shown instead of sent.
pub(crate) fn line(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unsafe) {
        text.chars().map(|c| if is_unsafe(c) { shown(c) } else { c }).collect::<String>().into()
    } else {
        text.into()
    }
}

/// Several lines, each made plain.
pub(crate) fn block(text: &str) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// A cell of a table that spreadsheets may open: a leading `=`, `+`, `-` or `@` is defused (X2).
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    let safe = line(text);
    if safe.starts_with(['=', '+', '-', '@']) { format!("'{safe}").into() } else { safe }
}

/// C0 and C1 controls, the marks that turn the direction of text around, and those that break lines or show nothing.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{202A}'..='\u{202E}'
                | '\u{2066}'..='\u{2069}'
                | '\u{200B}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'
                | '\u{2029}'
                | '\u{061C}'
                | '\u{FEFF}'
        )
}

fn shown(c: char) -> char {
    match u32::from(c) {
        code @ 0..=0x1F => char::from_u32(0x2400_u32.saturating_add(code)).unwrap_or('\u{FFFD}'),
        0x7F => '\u{2421}',
        _ => '\u{FFFD}',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want_line: &str, want_cell: &str) {
        assert_eq!((line(text).as_ref(), cell(text).as_ref()), (want_line, want_cell), "{text:?}");
    }

    #[test]
    fn foreign_text_is_made_plain() {
        check("EX01", "EX01", "EX01");
        check("für", "für", "für");
        check("a\x1b[31mred", "a␛[31mred", "a␛[31mred"); // X1
        check("a\nb\tc", "a␊b␉c", "a␊b␉c");
        check("\u{9b}2J\u{202e}x", "\u{FFFD}2J\u{FFFD}x", "\u{FFFD}2J\u{FFFD}x");
        check(
            "a\u{2028}b\u{200b}\u{feff}",
            "a\u{FFFD}b\u{FFFD}\u{FFFD}",
            "a\u{FFFD}b\u{FFFD}\u{FFFD}",
        );
        check("=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"); // X2
        check("+1", "+1", "'+1");
        check("@x", "@x", "'@x");
    }
}
