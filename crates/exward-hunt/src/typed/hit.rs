//! What a rule says of a record, owned.

use std::sync::Arc;

use crate::sigma::{Hit, Rule};
use crate::{Confidence, RuleFacts, Stage};

/// A rule matched: which, how far, how sure, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypedHit {
    /// The rule.
    pub(crate) rule: Arc<RuleFacts>,
    /// How far the attack came.
    pub(crate) stage: Stage,
    /// How sure this is by itself.
    pub(crate) confidence: Confidence,
    /// Why, as a sentence without its full stop.
    pub(crate) why: String,
}

impl TypedHit {
    /// What a Sigma rule says.
    pub(crate) fn of(rule: &Rule, hit: Hit<'_>) -> Self {
        let Hit { stage, confidence, why } = hit;
        Self { rule: Arc::clone(&rule.facts), stage, confidence, why: why.to_owned() }
    }
}
