//! D1, and the line of a byte.
#![expect(clippy::string_slice, reason = "the text is ASCII")]

use super::*;

#[test]
fn a_slip_is_recognised_and_a_guess_is_not() {
    let known = ["soak_minutes", "failures_max", "zone"];
    assert_eq!(nearest("soak-minute", known), Some("soak_minutes"), "D1");
    assert_eq!(nearest("zones", known), Some("zone"), "D1");
    assert_eq!(nearest("owner", known), None, "D1");
}

#[test]
fn lines_are_counted_from_one() {
    let text = "a\n".repeat(10_000);
    let notes = Notes::new(&text);
    for at in [0, 1, 2, 4_095, 4_096, 4_097, 12_345, 19_999] {
        let want = text[..at].matches('\n').count() + 1;
        assert_eq!(notes.line(at), want as u64, "byte {at}");
    }
}
