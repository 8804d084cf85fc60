//! Build numbers: numbers, not text (B1), and padding is not meaning (B2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_core::build::{Build, SeenBuild};

fuzz_target!(|text: &str| {
    let mut words = text.split_ascii_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if let Ok(seen) = text.parse::<SeenBuild>() {
        assert_eq!(seen.to_string().parse(), Ok(seen), "B2");
        assert_eq!(text.parse::<Build>().is_ok(), matches!(seen, SeenBuild::Full(_)), "B2");
    }
    if let (Ok(a), Ok(b)) = (first.parse::<Build>(), second.parse::<Build>()) {
        let numbers = |it: Build| (it.major, it.minor, it.third, it.fourth);
        assert_eq!(a.cmp(&b), numbers(a).cmp(&numbers(b)), "B1");
    }
});
