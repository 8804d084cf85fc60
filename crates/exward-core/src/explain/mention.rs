//! Which disagreements between sources concern what was asked.

use crate::build::Build;
use crate::catalog::{Catalog, Disagreement, Release};

/// True if a text mentions a word: a CVE, a KB article, an update name, or a build.
///
/// Whole words only (`CVE-2021-3447` is not `CVE-2021-34470`), in any case; builds are compared as
/// numbers (`15.02.1258.034` mentions `15.2.1258.34`); a KB article may stand without its prefix.
#[must_use]
pub fn mentions(text: &str, word: &str) -> bool {
    let joins = |it: char| it.is_alphanumeric() || matches!(it, '-' | '.' | '_');
    text.split(|it| !joins(it)).map(|it| it.trim_matches('.')).any(|it| is_same(it, word))
}

fn is_same(found: &str, word: &str) -> bool {
    let without_prefix = |it: &str| it.to_ascii_uppercase().trim_start_matches("KB").to_owned();
    let same_article = || {
        let number = without_prefix(word);
        word.len() > number.len() && without_prefix(found) == number
    };
    let same_build = || match (found.parse::<Build>(), word.parse::<Build>()) {
        (Ok(found), Ok(word)) => found == word,
        _ => false,
    };
    found.eq_ignore_ascii_case(word) || same_build() || same_article()
}

fn anywhere(it: &Disagreement, word: &str) -> bool {
    [&it.what, &it.source_a, &it.source_b].into_iter().any(|text| mentions(text, word))
}

fn those(catalog: &Catalog, concerns: impl Fn(&Disagreement) -> bool) -> Vec<&Disagreement> {
    catalog.facts().disagreements.iter().filter(|it| concerns(it)).collect()
}

/// About the CVE itself: those that name it as their subject.
pub(super) fn about_cve<'c>(catalog: &'c Catalog, id: &str) -> Vec<&'c Disagreement> {
    those(catalog, |it| mentions(&it.what, id))
}

/// About a KB article or an update of any CU.
pub(super) fn about_update<'c>(catalog: &'c Catalog, name: &str) -> Vec<&'c Disagreement> {
    those(catalog, |it| anywhere(it, name))
}

/// About one listed build: by its number, its article, or its update as a whole (not the same
/// update of another CU).
pub(super) fn about_release<'c>(catalog: &'c Catalog, it: &Release) -> Vec<&'c Disagreement> {
    let build = it.build.to_string();
    those(catalog, |other| {
        anywhere(other, &build)
            || it.kb.as_ref().is_some_and(|kb| anywhere(other, kb))
            || it.update.as_ref().is_some_and(|update| other.what == *update)
    })
}

/// About any of several builds, by number.
pub(super) fn about_builds<'c>(catalog: &'c Catalog, builds: &[Build]) -> Vec<&'c Disagreement> {
    let builds: Vec<String> = builds.iter().map(ToString::to_string).collect();
    those(catalog, |it| builds.iter().any(|build| anywhere(it, build)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, word: &str, want: bool) {
        assert_eq!(mentions(text, word), want, "`{word}` in `{text}`");
    }

    #[test]
    fn whole_words_in_any_spelling_are_mentions() {
        check("CVE-2021-34470 2019 CU9", "CVE-2021-34470", true);
        check("CVE-2021-34470 2019 CU9", "cve-2021-34470", true);
        check("CVE-2021-34470 2019 CU9", "CVE-2021-3447", false);
        check("15.02.1258.034 [MSRC record]", "15.2.1258.34", true);
        check("CU base is 15.2.1258.12.", "15.2.1258.12", true);
        check("15.2.1258.23 (Aug23SU) [CSS]", "15.2.1258.2", false);
        check("15.2.1258.23 (Aug23SU) [CSS]", "Aug23SU", true);
        check("2016+2019 KB5012698 [MS docs]", "KB5012698", true);
        check("2529939", "KB2529939", true);
        check("2529939", "KB252993", false);
        check("", "KB2529939", false);
    }
}
