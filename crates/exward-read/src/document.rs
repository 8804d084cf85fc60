//! A TOML or JSON text as tables, lists and values that know their place, read one level at a time.
//!
//! # Invariants
//! * **D1 every word counts.** A key that nobody takes, and a key that stands twice, is a problem with
//!   its line, and with the key that was meant where one is near.
//! * **D2 all at once.** A reader goes on after a problem; a person mends a file in one go.
//! * **D3 one level.** JSON is opened level by level, so that a large file is never held as a tree.

mod lines;
mod near;
mod node;
mod object;
mod table;

use serde_json::value::RawValue;
use toml::Spanned;
use toml::de::DeTable;

use crate::limits::{PROBLEMS_MAX, QUOTED_CHARS_MAX};
use lines::Lines;
pub(crate) use near::nearest;
pub(crate) use node::{Node, Opened};
pub(crate) use object::{Object, lines, list, text};
pub(crate) use table::{Table, plain_day};

/// Something wrong with a file that people write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Line, counted from 1; `None` if the whole file is meant.
    pub line: Option<u64>,
    /// What is wrong, and where it helps, what would be right; one line.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// A text that was parsed as far as its syntax goes.
pub(crate) enum Document<'a> {
    /// JSON: not opened yet.
    Json {
        /// The whole value.
        raw: &'a RawValue,
        /// Where the text begins in memory.
        base: usize,
    },
    /// TOML.
    Toml(Spanned<DeTable<'a>>),
}

impl<'a> Document<'a> {
    /// Parses a text: JSON if it starts with `{`, else TOML. What is wrong with its syntax goes to the
    /// notes; `None` if nothing can be read.
    pub(crate) fn parse(text: &'a str, notes: &mut Notes<'_>) -> Option<Self> {
        if text.trim_start().starts_with('{') {
            return match serde_json::from_str::<&RawValue>(text) {
                Ok(raw) => Some(Self::Json { raw, base: text.as_ptr().addr() }),
                Err(error) => {
                    let what = syntax(&error);
                    notes
                        .push(u64::try_from(error.line()).ok(), format!("this is no JSON: {what}"));
                    None
                }
            };
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let what = error.message().replace('\n', ", ");
            match error.span() {
                Some(span) => notes.add(span.start, format!("this is no TOML: {what}")),
                None => notes.push(None, format!("this is no TOML: {what}")),
            }
        }
        errors.is_empty().then_some(Self::Toml(table))
    }

    /// The whole of it.
    pub(crate) fn root(&self) -> Node<'_> {
        match self {
            Self::Json { raw, base } => Node::json(raw, *base),
            Self::Toml(table) => Node::toml_root(table),
        }
    }
}

/// What the JSON reader says, without the place that it appends.
fn syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(what, _)| what.to_owned())
}

/// Problems as they are found, each with its line.
pub(crate) struct Notes<'a> {
    lines: Lines<'a>,
    problems: Vec<Problem>,
    left_off: usize,
}

impl<'a> Notes<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { lines: Lines::new(text), problems: Vec::new(), left_off: 0 }
    }

    /// How many there are, those left off included: whether something was added shows by it.
    pub(crate) fn count(&self) -> usize {
        self.problems.len().saturating_add(self.left_off)
    }

    /// Notes a problem at this byte.
    pub(crate) fn add(&mut self, at: usize, what: impl Into<String>) {
        let line = self.lines.line(at);
        self.push(Some(line), what);
    }

    /// Notes a problem of the whole file.
    pub(crate) fn add_whole(&mut self, what: impl Into<String>) {
        self.push(None, what);
    }

    /// The line of a byte.
    pub(crate) fn line(&self, at: usize) -> u64 {
        self.lines.line(at)
    }

    fn push(&mut self, line: Option<u64>, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(Problem { line, what: what.into() });
        } else {
            self.left_off = self.left_off.saturating_add(1);
        }
    }

    /// Every problem by line, those of the whole file first; a last one tells how many were left off.
    pub(crate) fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort();
        self.problems.dedup();
        if self.left_off > 0 {
            let what = format!("{} more problems like these are not shown", self.left_off);
            self.problems.push(Problem { line: None, what });
        }
        self.problems
    }
}

/// A value as a message quotes it: short, on one line.
pub(crate) fn quoted(text: &str) -> String {
    let clean = |it: char| if it.is_control() { ' ' } else { it };
    let mut short: String = text.chars().take(QUOTED_CHARS_MAX).map(clean).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
