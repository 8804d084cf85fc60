//! Sigma rules: any text is loaded or refused with a reason; what is loaded can be tested, on records of which all or
//! nothing is known, and its needles are of the alphabet.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_hunt::sigma::{Alphabet, Tri, load};
use exward_hunt::{Fields, Values};

/// A record of which nothing is known, or that has nothing.
struct Blank(bool);

impl Fields for Blank {
    fn values(&self, _: &str) -> Values<'_> {
        if self.0 { Values::Unknown } else { Values::Absent }
    }

    fn words(&self) -> Values<'_> {
        self.values("")
    }
}

fuzz_target!(|text: &str| {
    let Ok(rules) = load(text, "rule.yml") else { return };
    for rule in rules {
        let known = rule.test(&Blank(false));
        assert_ne!(known, Tri::Unknown, "everything is known");
        let unknown = rule.test(&Blank(true));
        assert!(unknown == Tri::Unknown || unknown == known, "K1");
        for alphabet in [Alphabet::Url, Alphabet::Json, Alphabet::Plain] {
            for needle in rule.needles(alphabet).into_iter().flatten() {
                assert!(needle.is_ascii() && needle.len() >= 3, "{needle:?}");
                assert_eq!(needle, needle.to_ascii_lowercase());
            }
        }
    }
});
