//! PG1: whatever others write, it is shown and does nothing.

use super::{markup, sample};
use crate::page::layout::Role;
use crate::page::show::{Shown, number, part, query};

/// A page of samples has so many texts at most; each may unfold to its limit.
const PAGE_BYTES_MAX: usize = 3_000_000;

#[track_caller]
fn check(text: &str, never: &[&str]) {
    let hostile = |_: &str| text.to_owned();
    for (name, html) in sample::pages(&hostile, Role::Admin) {
        markup::check(name, &html);
        for bad in never {
            assert!(!html.contains(bad), "PG1 {name}: {bad:?}");
        }
        assert!(!html.contains(|c: char| c != '\n' && crate::plain::is_unsafe(c)), "PG1 {name}");
        assert!(html.len() < PAGE_BYTES_MAX, "PG1 {name}: {} bytes", html.len());
    }
}

#[test]
fn foreign_text_is_inert_on_every_page() {
    check("<script>alert(1)</script>", &["<script>alert", "</script>alert"]);
    check("\"><img src=x onerror=alert(1)>", &["<img", "\"><img"]);
    check("' onmouseover='alert(1)", &["' onmouseover="]);
    check("</title></style></details></svg><b>", &["<b>"]);
    check("{{ 7 * 7 }} ${7*7} &lt;b&gt;", &["<b>", "&lt;b"]);
    check("javascript:alert(1)", &["href=\"javascript:", "action=\"javascript:"]);
    check("a\u{1b}[31mred\u{7}\r\nSet-Cookie: x", &["\r"]);
    check("EX\u{202e}10\u{2066}\u{200b}\u{feff}", &["\u{202e}"]);
    check("=cmd|' /C calc'!A0", &["|' /C"]);
}

#[test]
fn long_text_does_not_make_a_long_page() {
    check(&"A".repeat(10_000_000), &["A".repeat(4001).as_str()]);
    check(&"<".repeat(100_000), &["<<"]);
    check(&"ü".repeat(100_000), &[]);
}

#[track_caller]
fn check_shown(text: &str, want: &str, want_unfolding: &str) {
    let shown = Shown::of(text);
    assert_eq!(
        (shown.to_string(), shown.unfolding().to_string()),
        (want.into(), want_unfolding.into())
    );
}

#[test]
fn text_is_cut_and_unfolds() {
    check_shown("EX01", "EX01", "EX01");
    check_shown("a<b", "a<b", "a&#60;b");
    let (long, short) = ("x".repeat(200), "x".repeat(160));
    check_shown(
        &long,
        &format!("{short}…"),
        &format!(
            "<details class=\"long\"><summary>{short}…</summary><div>{long}</div>\
             <div class=\"soft\">200 bytes in all</div></details>"
        ),
    );
    assert_eq!(Shown::of("exchange-01.example.org").within(9), "exchange…");
    assert_eq!(Shown::of("EX01").within(4), "EX01");
}

#[test]
fn numbers_and_addresses_are_written_for_their_readers() {
    let numbers = [0, 999, 1000, 123_456, 1_234_567].map(number);
    assert_eq!(numbers, ["0", "999", "1,000", "123,456", "1,234,567"]);
    assert_eq!(part("a/b?c=ü \"<"), "a%2Fb%3Fc%3D%C3%BC%20%22%3C");
    assert_eq!(query("/t/x/", &[("text", "a&b"), ("site", "")]), "/t/x/?text=a%26b");
}
