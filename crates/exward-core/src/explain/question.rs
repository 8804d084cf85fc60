//! What is asked: a text in one of the accepted forms, spelt as people spell them.

use super::ExplainError;
use crate::build::SeenBuild;
use crate::catalog::{Advisory, Catalog, Release};

/// Longest question quoted in an error.
const QUOTED_CHARS_MAX: usize = 60;

/// Digits of a KB article: six until 2007, seven since.
const KB_DIGITS: [usize; 2] = [6, 7];

pub(super) enum Question<'c> {
    Build(SeenBuild),
    Cve(&'c Advisory),
    /// The name as the catalog writes it, and every build that has it.
    Update(String, Vec<&'c Release>),
}

impl<'c> Question<'c> {
    pub(super) fn of(catalog: &'c Catalog, what: &str) -> Result<Self, ExplainError> {
        let text = what.trim();
        let as_of = catalog.as_of();
        if text.contains('.') && text.chars().all(|it| it == '.' || it.is_ascii_digit()) {
            let seen = text.parse().map_err(|source| ExplainError::Build { source })?;
            return Ok(Self::Build(seen));
        }
        let asked = compact(text);
        if let Some(it) = catalog.advisories().iter().find(|it| compact(&it.id) == asked) {
            return Ok(Self::Cve(it));
        }
        if let Some(id) = cve_id(text).or_else(|| advisory_id(&asked)) {
            let unknown = || ExplainError::UnknownCve { id: id.clone(), as_of };
            return catalog.advisory(&id).map(Self::Cve).ok_or_else(unknown);
        }
        if let Some(kb) = kb(&asked) {
            let releases = with(catalog, |it| it.kb.as_deref() == Some(kb.as_str()));
            return Self::update(kb, releases, as_of);
        }
        let releases =
            with(catalog, |it| it.update.as_ref().is_some_and(|it| compact(it) == asked));
        let name =
            releases.first().and_then(|it| it.update.clone()).or_else(|| update_name(&asked));
        let shortened = || text.chars().take(QUOTED_CHARS_MAX).collect();
        let name = name.ok_or_else(|| ExplainError::Unrecognised { text: shortened() })?;
        Self::update(name, releases, as_of)
    }

    fn update(
        name: String,
        releases: Vec<&'c Release>,
        as_of: jiff::civil::Date,
    ) -> Result<Self, ExplainError> {
        if releases.is_empty() {
            return Err(ExplainError::UnknownUpdate { name, as_of });
        }
        Ok(Self::Update(name, releases))
    }
}

fn with(catalog: &Catalog, fits: impl Fn(&Release) -> bool) -> Vec<&Release> {
    catalog.releases().iter().filter(|it| fits(it)).collect()
}

/// Upper case, letters and digits only: `cve_2021 34473` and `CVE-2021-34473` are the same.
fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|it| it.to_ascii_uppercase()).collect()
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit())
}

/// The id that a CVE-shaped text means. Without `CVE` in front, year and number must be apart.
fn cve_id(text: &str) -> Option<String> {
    let asked = compact(text);
    let apart = !are_digits(text);
    let digits = asked.strip_prefix("CVE").or_else(|| apart.then_some(asked.as_str()))?;
    let (year, number) = digits.split_at_checked(4)?;
    let is_year = year.starts_with("19") || year.starts_with("20");
    (is_year && are_digits(digits) && number.len() >= 4).then(|| format!("CVE-{year}-{number}"))
}

/// `ADV190018`: six digits or more.
fn advisory_id(asked: &str) -> Option<String> {
    let digits = asked.strip_prefix("ADV")?;
    (are_digits(digits) && digits.len() >= 6).then(|| asked.to_owned())
}

/// The article that a text means, with its prefix.
fn kb(asked: &str) -> Option<String> {
    let digits = asked.strip_prefix("KB").unwrap_or(asked);
    (are_digits(digits) && KB_DIGITS.contains(&digits.len())).then(|| format!("KB{digits}"))
}

/// A name shaped like `Nov24SUv2`, as the catalog would write it.
fn update_name(asked: &str) -> Option<String> {
    let (month, rest) = asked.split_at_checked(3)?;
    let (year, kind) = rest.split_at_checked(2)?;
    let (kind, version) = kind.split_at_checked(2)?;
    let is_month = month.bytes().all(|it| it.is_ascii_alphabetic());
    let is_version = version.is_empty() || version.strip_prefix('V').is_some_and(are_digits);
    if !is_month || !are_digits(year) || !matches!(kind, "SU" | "HU") || !is_version {
        return None;
    }
    let (first, others) = month.split_at_checked(1)?;
    let (others, version) = (others.to_ascii_lowercase(), version.to_ascii_lowercase());
    Some(format!("{first}{others}{year}{kind}{version}"))
}
