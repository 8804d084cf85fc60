//! One row of a catalog file under its column names, and the walk over all rows of a file.

use std::str::FromStr;

use super::{Problem, header};
use crate::table::{Cells, Columns};

/// One row under its column names.
pub(super) struct Row<'a> {
    file: &'static str,
    pub(super) line: u64,
    columns: &'a Columns,
    cells: &'a Cells,
    problems: &'a mut Vec<Problem>,
}

impl Row<'_> {
    pub(super) fn problem(&mut self, what: String) {
        self.problems.push(Problem { file: self.file.to_owned(), line: self.line, what });
    }

    pub(super) fn text(&self, column: &str) -> String {
        self.columns.position(column).map_or("", |at| self.cells.get(at)).to_owned()
    }

    /// The parsed cell; `None` if it is empty; a problem and `None` if it does not parse.
    pub(super) fn optional<T: FromStr<Err: ToString>>(&mut self, column: &str) -> Option<T> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(format!("column {column}: {}", error.to_string()));
                None
            }
        }
    }

    /// The parsed cell; a problem and `None` if it is empty or does not parse.
    pub(super) fn required<T: FromStr<Err: ToString>>(&mut self, column: &str) -> Option<T> {
        if self.text(column).is_empty() {
            self.problem(format!("column {column} is empty"));
            return None;
        }
        self.optional(column)
    }

    /// One of the named values; a problem and `None` for any other.
    pub(super) fn one_of<T: Copy>(&mut self, column: &str, values: &[(&str, T)]) -> Option<T> {
        let text = self.text(column);
        let found = values.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        if found.is_none() {
            let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
            self.problem(format!("column {column}: `{text}` is none of {}", names.join(", ")));
        }
        found
    }

    pub(super) fn source(&mut self) -> Option<String> {
        self.required("source") // A10
    }
}

/// Gives every readable row of a file to `take`; the others become problems.
pub(super) fn each_row(
    file: &'static str,
    text: &str,
    problems: &mut Vec<Problem>,
    mut take: impl FnMut(&mut Row<'_>),
) {
    let mut columns = Columns::default();
    let mut cells = Cells::default();
    for (line, row) in (1..).zip(text.lines()) {
        let split = cells.split(row);
        let problem = match split {
            Err(error) => Some(error.to_string()),
            Ok(()) if columns.is_empty() => {
                columns = Columns::of(&cells);
                match header::problem(file, &columns) {
                    None => continue,
                    // Without its columns no row means anything: one problem, not one a row.
                    Some(what) => {
                        problems.push(Problem { file: file.to_owned(), line, what });
                        return;
                    }
                }
            }
            Ok(()) if cells.len() != columns.len() => {
                Some(format!("{} cells under {} columns", cells.len(), columns.len()))
            }
            Ok(()) => None,
        };
        match problem {
            Some(what) => problems.push(Problem { file: file.to_owned(), line, what }),
            None => take(&mut Row { file, line, columns: &columns, cells: &cells, problems }),
        }
    }
    if columns.is_empty() {
        let what = format!("empty: the first line must be `{}`", header::of(file));
        problems.push(Problem { file: file.to_owned(), line: 0, what });
    }
}

/// The facts of a file, and in `lines` where each stands. What `read` refuses, it has named itself.
pub(super) fn all<T>(
    file: &'static str,
    text: &str,
    problems: &mut Vec<Problem>,
    lines: &mut Vec<u64>,
    read: fn(&mut Row<'_>) -> Option<T>,
) -> Vec<T> {
    let mut facts = Vec::new();
    each_row(file, text, problems, |row| {
        if let Some(it) = read(row) {
            facts.push(it);
            lines.push(row.line);
        }
    });
    facts
}
