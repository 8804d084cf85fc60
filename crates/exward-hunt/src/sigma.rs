//! Sigma rules: loaded from YAML, compiled once, tested against records.

mod route;
mod rule;

pub use rule::{Alphabet, Hit, LogSource, Rule, RuleError, Tri, load};
