//! What a text matches, and that it takes no longer than it may.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(pattern: &str, value: &str, want: bool) {
    let texts = Texts::of(vec![Glob::parse(pattern)], false).unwrap();
    assert_eq!(texts.holds(value), want, "pattern `{pattern}` on `{value}`");
}

#[test]
fn a_text_is_found_whatever_its_case() {
    check("/owa/auth/*", "/OWA/Auth/x.aspx", true);
    check("*.aspx", "/x.ASPX", true);
    check("*powershell*", "/PowerShell/", true);
    check("*powershell*", "/PowerShel/", false);
    check("a?c", "abc", true);
    check("a?c", "aéc", true);
    check("a?c", "ac", false);
    check("*a*b*", "xxAyyBzz", true);
    check("a*b", "ab", true);
    check("a*a", "a", false);
    check("", "", true);
    check("", "x", false);
    check("*", "", true);
    check("?*", "", false);
    check("*ÜBER*", "xüberx", true);
    check("k", "\u{212a}", false);
    check("*s?l*", "\u{17f}ql", false);
}

#[test]
fn cased_texts_are_compared_as_they_stand() {
    let texts = Texts::of(vec![Glob::parse("*Ab*")], true).unwrap();
    assert!(texts.holds("xAbx") && !texts.holds("xabx"));
}

/// The definition, without any care for speed.
fn naive(symbols: &[Symbol], value: &[char]) -> bool {
    match symbols.split_first() {
        None => value.is_empty(),
        Some((Symbol::Any, rest)) => (0..=value.len()).any(|at| naive(rest, &value[at..])),
        Some((Symbol::One, rest)) => !value.is_empty() && naive(rest, &value[1..]),
        Some((Symbol::Char(it), rest)) => {
            value.first().is_some_and(|got| fold(*got) == fold(*it)) && naive(rest, &value[1..])
        }
    }
}

proptest! {
    #[test]
    fn every_shape_means_what_the_definition_says(pattern in r"[aAbé*?\\]{0,8}", value in r"[aAbÉé\\]{0,8}") {
        let glob = Glob::parse(&pattern);
        let value_chars: Vec<char> = value.chars().collect();
        let want = naive(glob.symbols(), &value_chars);
        prop_assert_eq!(Texts::of(vec![glob], false).unwrap().holds(&value), want);
    }
}

#[test]
fn t1_a_hostile_pattern_does_not_blow_up() {
    // Backtracking would need far more steps than there are atoms; this ends within the test's patience.
    let pattern = "*a?".repeat(100) + "*b";
    check(&pattern, &"a".repeat(20_000), false);
}
