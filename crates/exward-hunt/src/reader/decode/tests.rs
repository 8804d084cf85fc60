//! The forms of a value.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(value: &str, blanks: Blanks, want: &[&str]) {
    let mut forms = Vec::new();
    add(&mut forms, Cow::Borrowed(value), blanks);
    assert_eq!(forms, want, "{value}");
}

/// Trap 11.
#[test]
fn encodings_are_seen_through() {
    check("/owa/", Blanks::AsTheyAre, &["/owa/"]);
    check(
        "autodiscover.json%3F@x",
        Blanks::AsTheyAre,
        &["autodiscover.json%3F@x", "autodiscover.json?@x"],
    );
    check("%2540", Blanks::AsTheyAre, &["%2540", "%40", "@"]);
    check("%c0%af", Blanks::AsTheyAre, &["%c0%af", "/"]);
    check("%c1%a1%e0%80%af", Blanks::AsTheyAre, &["%c1%a1%e0%80%af", "a\u{fffd}\u{fffd}\u{fffd}"]);
    check("%u002f%uFF0e", Blanks::AsTheyAre, &["%u002f%uFF0e", "/."]);
    check("%C3%A4%ff", Blanks::AsTheyAre, &["%C3%A4%ff", "\u{e4}\u{fffd}"]);
    check("100%", Blanks::AsTheyAre, &["100%"]);
    check("%u12", Blanks::AsTheyAre, &["%u12"]);
}

/// Trap 2.
#[test]
fn blanks_are_seen_through() {
    check(
        "Microsoft+WinRM+Client",
        Blanks::Plus,
        &["Microsoft+WinRM+Client", "Microsoft WinRM Client"],
    );
    check("a%2Bb+c", Blanks::Plus, &["a%2Bb+c", "a+b+c", "a%2Bb c", "a+b c"]);
    check(
        "(KHTML  like Gecko)",
        Blanks::ForCommas,
        &["(KHTML  like Gecko)", "(KHTML, like Gecko)"],
    );
}

proptest! {
    #[test]
    fn the_value_as_it_stands_comes_first(value in "[%0-9a-fu+ ./\u{e4}]{0,24}") {
        for blanks in [Blanks::AsTheyAre, Blanks::Plus, Blanks::ForCommas] {
            let mut forms = Vec::new();
            add(&mut forms, Cow::Borrowed(value.as_str()), blanks);
            prop_assert_eq!(forms.first().map(AsRef::as_ref), Some(value.as_str()), "D1");
            let mut sorted = forms.clone();
            sorted.sort();
            sorted.dedup();
            prop_assert_eq!(sorted.len(), forms.len(), "D1");
        }
    }
}
