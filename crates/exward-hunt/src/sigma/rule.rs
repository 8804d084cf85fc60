//! A rule, ready to be tested.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::{Confidence, Fields, RuleFacts, Stage};

/// What can be said of a condition when a part of the record is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// It does not hold, whatever the rest is.
    False,
    /// It depends on what is unknown.
    Unknown,
    /// It holds, whatever the rest is.
    True,
}

/// Which bytes of a value stand in the log as they are: what a log writer may escape cannot be a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Web logs: letters, digits and `-._~`; everything else may be percent-encoded or changed.
    Url,
    /// JSON lines: what JSON never escapes.
    Json,
    /// The text as it is.
    Plain,
}

/// What a rule is written for, as it stands in the rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogSource {
    /// `webserver`, `process_creation`, …
    pub category: Option<String>,
    /// `windows`, `exchange`, …
    pub product: Option<String>,
    /// `msexchange-management`, `httpproxy`, …
    pub service: Option<String>,
}

/// A rule matched: how far, how sure, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit<'r> {
    /// Stage of this match.
    pub stage: Stage,
    /// Confidence of this match.
    pub confidence: Confidence,
    /// Why.
    pub why: &'r str,
}

/// Why a rule cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct RuleError {
    /// The file.
    pub file: String,
    /// What is wrong, and what to do.
    pub what: String,
}

/// A compiled rule.
#[derive(Debug)]
pub struct Rule {
    /// What it says about itself.
    pub facts: Arc<RuleFacts>,
    /// What it is written for.
    pub log_source: LogSource,
}

impl Rule {
    /// Whether the condition holds for a record of which a part may be unknown.
    #[must_use]
    pub fn test(&self, _record: &dyn Fields) -> Tri {
        Tri::False
    }

    /// The match with its stage, if the condition holds.
    #[must_use]
    pub fn hit(&self, _record: &dyn Fields) -> Option<Hit<'_>> {
        None
    }

    /// Lower-case ASCII texts: a record that matches holds at least one of them in its lower-cased bytes.
    /// `None` if no such texts can be told, so that the rule must see every record.
    #[must_use]
    pub fn needles(&self, _alphabet: Alphabet) -> Option<BTreeSet<String>> {
        None
    }
}

/// The rules of a YAML text (one or more documents).
///
/// # Errors
/// The first thing that keeps a rule from being run as it is meant.
pub fn load(_text: &str, _file: &str) -> Result<Vec<Rule>, RuleError> {
    Ok(Vec::new())
}
