//! The catalog's files: read, checked whole, and written.
//!
//! One fact a row, each row with its source, so that a person can review a change in a diff.
//!
//! # Invariants
//! * **K1 checked whole.** Reading reports *every* problem with file and line, not the first.
//! * **K2 nothing is lost**: writing the facts and reading them again gives the same facts.
//! * **K3 all or nothing.** A catalog with a problem is not used.

mod check;
mod cve_record;
mod header;
mod moves;
mod row;
mod rows;
mod write;

use std::fmt;

use exward_core::catalog::Catalog;

pub use cve_record::{
    Affected, Agreed, Change, CveRecord, Import, ReadProductError, ReadRecordError, Refusal,
    Refused, import,
};
pub use write::write;

/// Names of all files that make up a catalog, in reading order.
pub const FILES: [&str; 13] = [
    "catalog.toml",
    "builds.csv",
    "cves.csv",
    "fixes.csv",
    "kev.csv",
    "lifecycle.csv",
    "overrides.csv",
    "defaults.csv",
    "disagreements.csv",
    "moves.csv",
    "conditions.csv",
    "problems.csv",
    "withdrawals.csv",
];

/// The files of the update graph. A catalog may lack them, but only all of them: a graph without its
/// conditions would allow what must not be.
pub const GRAPH_FILES: [&str; 4] =
    ["moves.csv", "conditions.csv", "problems.csv", "withdrawals.csv"];

/// The catalog that is compiled in, in the order of [`FILES`].
const BUILT_IN: [&str; 13] = [
    include_str!("../../../catalog/catalog.toml"),
    include_str!("../../../catalog/builds.csv"),
    include_str!("../../../catalog/cves.csv"),
    include_str!("../../../catalog/fixes.csv"),
    include_str!("../../../catalog/kev.csv"),
    include_str!("../../../catalog/lifecycle.csv"),
    include_str!("../../../catalog/overrides.csv"),
    include_str!("../../../catalog/defaults.csv"),
    include_str!("../../../catalog/disagreements.csv"),
    include_str!("../../../catalog/moves.csv"),
    include_str!("../../../catalog/conditions.csv"),
    include_str!("../../../catalog/problems.csv"),
    include_str!("../../../catalog/withdrawals.csv"),
];

/// Something wrong with a catalog file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Name of the file.
    pub file: String,
    /// Line, counted from 1; 0 if the whole file is meant.
    pub line: u64,
    /// What is wrong, and where it helps, what would be right.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.what),
            line => write!(f, "{}:{line}: {}", self.file, self.what),
        }
    }
}

/// Reads and checks a catalog. `texts` are the contents of [`FILES`], in that order.
///
/// # Errors
/// Every problem found, sorted by file and line (K1).
pub fn read(texts: [&str; 13]) -> Result<Catalog, Vec<Problem>> {
    read_present(texts.map(Some))
}

/// Reads and checks a catalog of which some files may not exist (`None`). Only [`GRAPH_FILES`] may be
/// missing, all of them: that catalog knows no moves.
///
/// # Errors
/// As [`read`].
pub fn read_present(texts: [Option<&str>; 13]) -> Result<Catalog, Vec<Problem>> {
    let missing = missing(texts);
    if !missing.is_empty() {
        return Err(missing);
    }
    let (facts, lines, mut problems) = rows::facts(texts);
    // Where a whole file is missing, every row that refers to it would be called wrong: the cause
    // would drown in its consequences. The header is line 1, an empty file line 0.
    let files_are_whole = problems.iter().all(|it| it.line > 1);
    if let Some(facts) = facts.as_ref().filter(|_| files_are_whole) {
        problems.extend(check::facts(facts, &lines));
    }
    problems.sort();
    match facts {
        Some(facts) if problems.is_empty() => Ok(Catalog::new(facts)),
        _ => Err(problems),
    }
}

/// Files that are not there and must be.
fn missing(texts: [Option<&str>; 13]) -> Vec<Problem> {
    let absent =
        || FILES.iter().zip(texts).filter(|(_, text)| text.is_none()).map(|(name, _)| *name);
    let is_graph = |name: &&str| GRAPH_FILES.contains(name);
    let graph_is_absent = absent().filter(is_graph).count() == GRAPH_FILES.len();
    let needed = absent().filter(|name| !(is_graph(name) && graph_is_absent));
    needed
        .map(|name| {
            let what = if GRAPH_FILES.contains(&name) {
                "missing, while another file of the update graph is there".to_owned()
            } else {
                "missing".to_owned()
            };
            Problem { file: name.to_owned(), line: 0, what }
        })
        .collect()
}

/// Reads the catalog that is compiled in.
///
/// # Errors
/// As [`read`]; a test keeps this from happening in a build that passed.
pub fn built_in() -> Result<Catalog, Vec<Problem>> {
    read(BUILT_IN)
}

/// The texts of the catalog that is compiled in, in the order of [`FILES`].
#[must_use]
pub const fn built_in_texts() -> [&'static str; 13] {
    BUILT_IN
}
