//! Lines: together they are the input, none is longer than the limit (L1), and any bytes in any
//! encoding are read, from a file as from a pipe (L2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::Pieces;
use exward_read::lines::{Line, Lines};

const BYTES_MAX: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let got = collect(bytes, usize::MAX);
    assert_eq!(collect(bytes, 1), got, "L2");
    assert!((1..).zip(&got).all(|(number, (it, _))| *it == number));
    if let Ok(text) = str::from_utf8(bytes) {
        together_are_the_input(text, &got);
    }
});

/// Number and text of each line; no text for one that is too long.
fn collect(bytes: &[u8], most: usize) -> Vec<(u64, Option<String>)> {
    let mut lines = Lines::new(Pieces { bytes, most }, BYTES_MAX);
    let mut got = Vec::new();
    while let Some(line) = lines.next_line().expect("memory does not fail") {
        got.push(match line {
            // A byte that is no text becomes a character of three.
            Line::Text(number, text) => {
                assert!(text.len() <= 3 * BYTES_MAX, "L1");
                (number, Some(text.into_owned()))
            }
            Line::TooLong(number) => (number, None),
        });
    }
    got
}

fn together_are_the_input(text: &str, got: &[(u64, Option<String>)]) {
    // A byte order mark in front is no text. The decoder takes a second one as well, which loses
    // nothing: it has no width and means nothing there.
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    // A line break at the end starts no line.
    let mut whole: Vec<&str> = text.split('\n').collect();
    whole.pop_if(|last| last.is_empty());
    assert_eq!(whole.len(), got.len(), "L1");
    for (whole, (_, got)) in whole.into_iter().zip(got) {
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        match got {
            Some(got) => assert_eq!(got, whole, "L1"),
            None => assert!(whole.len() > BYTES_MAX, "L1"),
        }
    }
}
