//! Lines: together they are the input, and none is longer than the limit (L1).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::lines::{Line, Lines};

fuzz_target!(|text: &str| {
    const BYTES_MAX: usize = 16;
    let mut lines = Lines::new(text.as_bytes(), BYTES_MAX);
    let mut wanted = text.strip_prefix('\u{FEFF}').unwrap_or(text).split('\n');
    let mut before = 0;
    while let Some(line) = lines.next_line().expect("memory does not fail") {
        let whole = wanted.next().expect("no more lines than line breaks");
        let whole = whole.strip_suffix('\r').unwrap_or(whole);
        let number = match line {
            Line::Text(number, text) => {
                assert!(text.len() <= BYTES_MAX, "L1");
                assert_eq!(text, whole);
                number
            }
            Line::TooLong(number) => {
                assert!(whole.len() > BYTES_MAX, "L1");
                number
            }
        };
        assert_eq!(number, before + 1);
        before = number;
    }
});
