//! A rule, ready to be tested.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::extension::{Raise, Saying};
use super::needle::{clauses, needles};
use super::node::Node;
use super::terms::{Alphabet, Tri};
use crate::{Confidence, Fields, RuleFacts, Stage};

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
    body: Body,
}

/// What a rule asks for and says.
#[derive(Debug)]
pub(super) struct Body {
    /// What [`Node::Selection`] counts.
    pub(super) selections: Vec<Node>,
    /// What must hold.
    pub(super) condition: Node,
    /// What is said then.
    pub(super) saying: Saying,
    /// What is said instead, the first that holds.
    pub(super) raises: Vec<Raise>,
}

impl Rule {
    /// A rule of its parts.
    pub(super) fn new(facts: RuleFacts, log_source: LogSource, body: Body) -> Self {
        Self { facts: Arc::new(facts), log_source, body }
    }

    /// Whether the condition holds for a record of which a part may be unknown.
    #[must_use]
    pub fn test(&self, record: &dyn Fields) -> Tri {
        self.body.condition.test(record, &self.body.selections)
    }

    /// The match with its stage, if the condition holds.
    #[must_use]
    pub fn hit(&self, record: &dyn Fields) -> Option<Hit<'_>> {
        if self.test(record) != Tri::True {
            return None;
        }
        let raised = |it: &&Raise| it.when.test(record, &self.body.selections) == Tri::True;
        let raise = self.body.raises.iter().find(raised);
        let saying = raise.map_or(&self.body.saying, |it| &it.saying);
        Some(Hit { stage: saying.stage, confidence: saying.confidence, why: &saying.why })
    }

    /// Lower-case ASCII texts: a record that matches holds at least one of them in its lower-cased bytes
    /// (where ordinary characters are not percent-encoded). `None` if no such texts can be told, so that
    /// the rule must see every record.
    ///
    /// A reader whose [`crate::Values`] hold more than what stands in the log (decoded, `+` or comma
    /// changed) must say [`Alphabet::Url`], which leaves out every character that is so changed.
    #[must_use]
    pub fn needles(&self, alphabet: Alphabet) -> Option<BTreeSet<String>> {
        needles(&self.body.condition, &self.body.selections, alphabet)
    }

    /// Sets of such texts: a record that matches holds one of each set. Empty if none can be told.
    #[must_use]
    pub fn clauses(&self, alphabet: Alphabet) -> Vec<BTreeSet<String>> {
        clauses(&self.body.condition, &self.body.selections, alphabet)
    }
}
