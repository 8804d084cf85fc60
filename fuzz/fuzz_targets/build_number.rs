//! Build numbers: what parses displays and parses again to the same (B2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_core::build::SeenBuild;

fuzz_target!(|text: &str| {
    if let Ok(seen) = text.parse::<SeenBuild>() {
        assert_eq!(seen.to_string().parse(), Ok(seen), "B2");
    }
});
