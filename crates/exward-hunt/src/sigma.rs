//! Sigma rules: loaded from YAML, compiled once, tested against records.

mod rule;

pub use rule::{Alphabet, Hit, LogSource, Rule, RuleError, Tri, load};
