//! Which servers a list shows.

use serde_json::Value;

use super::{TAG_LENGTH_MAX, TAGS_MAX};
use crate::store::sql::Sql;
use crate::store::{ImprintId, StoreError};

/// The longest text that is looked for, in characters; what is more is not looked at.
const TEXT_MAX: usize = 200;

/// The most imprints that are looked for at once; those after are not looked for.
pub const IMPRINTS_ASKED_MAX: usize = 20_000;

/// Which servers a list shows: those for which everything holds that is set. By default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerFilter {
    /// With this verdict.
    pub verdict: Option<String>,
    /// With this text in target or name; A–Z are the same as a–z.
    pub text: Option<String>,
    /// With this tag; A–Z are the same as a–z.
    pub tag: Option<String>,
    /// Of this site.
    pub site: Option<String>,
    /// With an open CVE that is known to be exploited.
    pub kev_only: bool,
    /// That stand on one of these, at most [`IMPRINTS_ASKED_MAX`].
    pub imprints: Option<Vec<ImprintId>>,
}

impl ServerFilter {
    /// Adds its conditions.
    pub(super) fn narrow(&self, sql: &mut Sql) {
        if let Some(verdict) = &self.verdict {
            sql.push(" AND verdict = ").bind(without_nul(verdict));
        }
        if let Some(site) = &self.site {
            sql.push(" AND site = ").bind(without_nul(site));
        }
        if self.kev_only {
            sql.push(" AND kev_open > 0");
        }
        if let Some(imprints) = &self.imprints {
            let asked = imprints.iter().take(IMPRINTS_ASKED_MAX).map(|it| it.0);
            // None is looked for: nothing is found. An empty list is no SQL.
            let asked: Vec<i64> = asked.chain(imprints.is_empty().then_some(0)).collect();
            sql.push(" AND imprint IN ").list(asked);
        }
        if let Some(tag) = &self.tag {
            let pattern = pattern(&Value::from(tag.trim()).to_string());
            sql.push(" AND tags LIKE ").bind(pattern).push(" ESCAPE '!'");
        }
        if let Some(text) = self.text.as_deref().filter(|it| !it.is_empty()) {
            let text: String = text.chars().take(TEXT_MAX).collect();
            let pattern = pattern(&text);
            sql.push(" AND (").small("target").push(" LIKE ").bind(pattern.clone());
            sql.push(" ESCAPE '!' OR ").small("name").push(" LIKE ").bind(pattern);
            sql.push(" ESCAPE '!')");
        }
    }
}

/// A pattern for `LIKE` on small letters: this text, wherever it stands.
fn pattern(text: &str) -> String {
    let text = without_nul(text).to_ascii_lowercase();
    let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

/// PostgreSQL keeps no NUL in text, and refuses to look for it.
pub(super) fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Tags as they are kept: small letters, by name, each once; a JSON list.
pub(super) fn tags_text(tags: &[String]) -> Result<String, StoreError> {
    let mut kept: Vec<String> =
        tags.iter().map(|it| without_nul(it.trim()).to_ascii_lowercase()).collect();
    kept.sort();
    kept.dedup();
    if kept.len() > TAGS_MAX || kept.iter().any(|it| it.is_empty() || it.len() > TAG_LENGTH_MAX) {
        let what = format!("a server has at most {TAGS_MAX} tags of 1 to {TAG_LENGTH_MAX} bytes");
        return Err(StoreError::Conflict { what });
    }
    Ok(Value::from(kept).to_string())
}
