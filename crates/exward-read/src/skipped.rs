//! What could not be read, where, and why.

use std::fmt;

/// One row, line or file that a reader left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Line in the input, counted from 1; `None` if the whole input is meant.
    pub line: Option<u64>,
    /// Why, as a fragment that can stand after a colon.
    pub why: String,
}

impl Skipped {
    /// A line that was left out.
    #[must_use]
    pub fn line(line: u64, why: impl Into<String>) -> Self {
        Self { line: Some(line), why: why.into() }
    }

    /// An input that was left out whole.
    #[must_use]
    pub fn whole(why: impl Into<String>) -> Self {
        Self { line: None, why: why.into() }
    }
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}
