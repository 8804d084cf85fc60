//! The score of a run: every result of `exward check` held against the truth of the estate.
//!
//! # Rules
//! A face is **wrong** if
//! 1. it has no result, or more than one;
//! 2. it is called *possibly* or *unknown* without a reason;
//! 3. it answers nothing that tells (`none`) and is called anything but *unknown*;
//! 4. it is no Exchange server of ours (`not-exchange`, `exchange-online`) and is called anything but
//!    *not-exchange* or *unknown*;
//! 5. it is Exchange and gets an all-clear (*patched*, *mitigated*, *not-exchange*) that is not so;
//! 6. it is called *vulnerable* and is not, or *unsupported* and no fix is missing for ever;
//! 7. another product is named, or builds that leave the true one out: unless a conflict is named and
//!    the verdict is *possibly* or *unknown*;
//! 8. something was missed: the exact build was to be seen and was not found, or the CU was; unless a
//!    conflict is named;
//! 9. the build is known exactly, there is no conflict and no second front end, and the verdict is
//!    undecided all the same.
//!
//! Where several front ends share an address, the truth is the worst one's; the build of any of them
//! may be named.
//!
//! Otherwise it is **right** if the verdict is the true one, or *unsupported* where that is true beside
//! *vulnerable*; and **honest unknown** if it is *possibly* or *unknown* with its reason.
//!
//! # Invariants
//! * **S1 it can fail.** An empty truth is an error, and each rule has a test that breaks it.
//! * **S2 nothing is passed over.** Every face counts once; targets that the truth does not know are
//!   named.

mod judge;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};

use exward_read::lines::{Line, Lines};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::behaviour::{BEHAVIOURS, Behaviour};
use crate::truth::{SCHEMA, Truth};
use judge::{CheckLine, Outcome, judge};

/// Longest line that is read. A report with all its CVEs and evidence stays under 100 KB.
const LINE_BYTES_MAX: usize = 4 << 20;

/// Most faces of a truth: what an estate may have, and then some.
const FACES_MAX: usize = 1_000_000;

/// Wrong faces, and strange targets, that are listed; the rest is counted.
const SHOWN_MAX: usize = 50;

/// Schema of the lines that are scored; others are left alone.
const CHECK_SCHEMA: &str = "exward.check/1";

/// Why a run cannot be scored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// A file cannot be read.
    #[error("cannot read the {file}")]
    Read {
        /// Which file: `truth` or `results`.
        file: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line} of the {file} is not an object of {schema}")]
    Line {
        /// Which file.
        file: &'static str,
        /// Counted from 1.
        line: u64,
        /// What was expected.
        schema: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A line is too long to be what it should be.
    #[error("line {line} of the {file} is longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// Which file.
        file: &'static str,
        /// Counted from 1.
        line: u64,
    },
    /// A truth that this version does not know.
    #[error("line {line} of the truth has the {what} `{value}`, which is not known here")]
    Foreign {
        /// Counted from 1.
        line: u64,
        /// `schema`, `behaviour` or `kind`.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// The same target twice.
    #[error("line {line} of the truth names {target} again")]
    Twice {
        /// Counted from 1.
        line: u64,
        /// The target.
        target: String,
    },
    /// Nothing to score against (S1).
    #[error("the truth is empty: give the file that `exward lab serve --truth` wrote")]
    Empty,
    /// More faces than any estate has.
    #[error("the truth has more than {FACES_MAX} faces")]
    TooMany,
}

/// How many faces of one behaviour came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// The true verdict.
    pub right: u64,
    /// Undecided, with a reason, where the evidence does not decide.
    pub honest_unknown: u64,
    /// Wrong.
    pub wrong: u64,
}

/// One wrong face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Its target.
    pub target: String,
    /// How it behaves.
    pub behaviour: Behaviour,
    /// What is wrong.
    pub why: String,
}

/// The score of a run. Displays as a table by behaviour and the list of what is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// By behaviour; behaviours that do not occur are absent.
    pub counts: BTreeMap<Behaviour, Count>,
    /// Every wrong face, in the order of the truth.
    pub wrong: Vec<Wrong>,
    /// Targets of results that the truth does not know, sorted.
    pub strangers: Vec<String>,
}

impl Score {
    /// True if nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The counts of all behaviours together.
    #[must_use]
    pub fn total(&self) -> Count {
        self.counts.values().fold(Count::default(), |a, b| Count {
            right: a.right.saturating_add(b.right),
            honest_unknown: a.honest_unknown.saturating_add(b.honest_unknown),
            wrong: a.wrong.saturating_add(b.wrong),
        })
    }

    fn add(&mut self, behaviour: Behaviour, target: &str, outcome: Outcome) {
        let count = self.counts.entry(behaviour).or_default();
        let field = match &outcome {
            Outcome::Right => &mut count.right,
            Outcome::HonestUnknown => &mut count.honest_unknown,
            Outcome::Wrong(_) => &mut count.wrong,
        };
        *field = field.saturating_add(1);
        if let Outcome::Wrong(why) = outcome {
            self.wrong.push(Wrong { target: target.to_owned(), behaviour, why });
        }
    }
}

/// Scores results (`exward.check/1`, one a line) against the truth (`exward.lab.truth/1`).
///
/// Lines of other schemas among the results, such as `exward.skipped/1`, are left alone.
///
/// # Errors
/// If either cannot be read, or the truth is empty or foreign.
pub fn score(truth: impl Read, results: impl Read) -> Result<Score, ScoreError> {
    let faces = read_truth(truth)?;
    let mut by_target: BTreeMap<&str, Vec<CheckLine>> = BTreeMap::new();
    let known: BTreeMap<&str, ()> = faces.iter().map(|(it, _)| (it.target.as_str(), ())).collect();
    let mut score = Score::default();
    each(results, "results", CHECK_SCHEMA, |_, head: Head, text| {
        if head.schema != CHECK_SCHEMA {
            return Ok(());
        }
        let result: CheckLine = serde_json::from_str(text).map_err(Refused::Json)?;
        match known.get_key_value(result.target.as_str()) {
            Some((target, ())) => by_target.entry(target).or_default().push(result),
            None => score.strangers.push(result.target),
        }
        Ok(())
    })?;
    score.strangers.sort();
    for (face, behaviour) in &faces {
        let outcome = match by_target.get(face.target.as_str()).map(Vec::as_slice) {
            None | Some([]) => Outcome::Wrong("no result".to_owned()),
            Some([result]) => judge(face, result),
            Some(many) => Outcome::Wrong(format!("{} results for one target", many.len())),
        };
        score.add(*behaviour, &face.target, outcome);
    }
    Ok(score)
}

/// What every line of the project's JSON has.
#[derive(Deserialize)]
struct Head {
    schema: String,
}

/// Why one line is refused.
enum Refused {
    Json(serde_json::Error),
    Score(ScoreError),
}

fn read_truth(input: impl Read) -> Result<Vec<(Truth, Behaviour)>, ScoreError> {
    let mut faces: Vec<(Truth, Behaviour)> = Vec::new();
    let mut targets: BTreeMap<String, ()> = BTreeMap::new();
    each(input, "truth", SCHEMA, |line, truth: Truth, _| {
        let foreign = |what, value: &str| {
            Refused::Score(ScoreError::Foreign { line, what, value: value.to_owned() })
        };
        if truth.schema != SCHEMA {
            return Err(foreign("schema", &truth.schema));
        }
        let behaviour = Behaviour::named(&truth.behaviour);
        let behaviour = behaviour.ok_or_else(|| foreign("behaviour", &truth.behaviour))?;
        if truth.kind != behaviour.kind().name() {
            return Err(foreign("kind", &truth.kind));
        }
        if targets.insert(truth.target.clone(), ()).is_some() {
            return Err(Refused::Score(ScoreError::Twice { line, target: truth.target }));
        }
        if faces.len() >= FACES_MAX {
            return Err(Refused::Score(ScoreError::TooMany));
        }
        faces.push((truth, behaviour));
        Ok(())
    })?;
    if faces.is_empty() { Err(ScoreError::Empty) } else { Ok(faces) }
}

/// Reads every line that is not empty as a `T` and hands it on.
fn each<T: DeserializeOwned>(
    input: impl Read,
    file: &'static str,
    schema: &'static str,
    mut take: impl FnMut(u64, T, &str) -> Result<(), Refused>,
) -> Result<(), ScoreError> {
    let mut lines = Lines::new(input, LINE_BYTES_MAX);
    while let Some(line) = lines.next_line().map_err(|source| ScoreError::Read { file, source })? {
        let (line, text) = match line {
            Line::Text(_, text) if text.trim().is_empty() => continue,
            Line::Text(line, text) => (line, text),
            Line::TooLong(line) => return Err(ScoreError::TooLong { file, line }),
        };
        let value = serde_json::from_str(&text).map_err(Refused::Json);
        value.and_then(|it| take(line, it, &text)).map_err(|refused| match refused {
            Refused::Json(source) => ScoreError::Line { file, line, schema, source },
            Refused::Score(error) => error,
        })?;
    }
    Ok(())
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = |f: &mut fmt::Formatter<'_>, name: &str, it: Count| {
            let Count { right, honest_unknown, wrong } = it;
            writeln!(f, "{name:<18}{right:>8}{honest_unknown:>17}{wrong:>8}")
        };
        writeln!(f, "Score against a simulated estate")?;
        writeln!(f, "{:<18}{:>8}{:>17}{:>8}", "behaviour", "right", "honest-unknown", "wrong")?;
        for behaviour in BEHAVIOURS {
            if let Some(count) = self.counts.get(&behaviour) {
                row(f, behaviour.name(), *count)?;
            }
        }
        row(f, "all", self.total())?;
        for it in self.wrong.iter().take(SHOWN_MAX) {
            writeln!(f, "wrong: {} ({}): {}", it.target, it.behaviour, it.why)?;
        }
        more(f, self.wrong.len(), "wrong")?;
        for it in self.strangers.iter().take(SHOWN_MAX) {
            writeln!(f, "not in the truth: {it}")?;
        }
        more(f, self.strangers.len(), "not in the truth")
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize, what: &str) -> fmt::Result {
    match count.checked_sub(SHOWN_MAX) {
        None | Some(0) => Ok(()),
        Some(rest) => writeln!(f, "{what}: {rest} more"),
    }
}

#[cfg(test)]
mod tests;
