//! Sigma rules: loaded from YAML, compiled once, tested against records.
//!
//! [`load`] reads a file of rules as the Sigma specification v2 means them, or says why not.
//! [`Rule::test`] looks at a record of which a part may be unknown; [`Rule::hit`] also says how far the
//! attack came. [`Rule::needles`] tell the engine which records a rule need not see.
//!
//! # Invariants
//! * **K1 more knowledge never turns an answer**: what holds (or fails) for a part of a record, does for
//!   the whole.
//! * **N1 needles hide nothing**: a record that matches holds one of them.
//!
//! Source: Sigma specification v2.1, <https://sigmahq.io/sigma-specification/>.

mod condition;
mod detection;
mod extension;
mod glob;
mod load;
mod modifier;
mod needle;
mod node;
mod pattern;
mod route;
mod rule;
mod terms;
mod text;
mod time;

pub use load::load;
pub use rule::{Hit, LogSource, Rule, RuleError};
pub use terms::{Alphabet, Tri};
