//! Comma-separated tables, one physical line a row.
//!
//! # Invariants
//! * **T1 a bad row never hides the next.** A quote left open ends with its line, so that one broken
//!   row of a feed cannot swallow the rest; no feed that exward reads has line breaks in a field.
//! * **T2 columns by name, not position**: feeds add and move columns.

use csv_core::{ReadRecordResult, Reader};

use crate::limits::COLUMNS_MAX;

/// The cells of one row. Reused from row to row.
#[derive(Clone, Debug)]
pub struct Cells {
    /// Kept from row to row: to make one costs ten times what a row of a feed does.
    reader: Reader,
    buffer: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
}

/// Why a line is not a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The number of quotes is odd.
    #[error("a quote is left open")]
    OpenQuote,
    /// More cells than [`COLUMNS_MAX`].
    #[error("more than {COLUMNS_MAX} columns")]
    TooManyColumns,
}

impl Default for Cells {
    fn default() -> Self {
        // Not `Reader::default()`, which has empty tables and finds no cell.
        Self { reader: Reader::new(), buffer: Vec::new(), ends: Vec::new(), count: 0 }
    }
}

impl Cells {
    /// Splits one line without its line break. An empty line has one empty cell.
    ///
    /// # Errors
    /// [`RowError`], with the cells left empty.
    pub fn split(&mut self, line: &str) -> Result<(), RowError> {
        self.count = 0;
        if line.bytes().filter(|byte| *byte == b'"').count() % 2 == 1 {
            return Err(RowError::OpenQuote);
        }
        self.buffer.resize(line.len().max(1), 0);
        self.ends.resize(COLUMNS_MAX, 0);
        self.reader.reset();
        let (mut input, mut written, mut ended) = (line.as_bytes(), 0, 0);
        loop {
            let (result, read, wrote, ends) = self.reader.read_record(
                input,
                self.buffer.get_mut(written..).unwrap_or_default(),
                self.ends.get_mut(ended..).unwrap_or_default(),
            );
            input = input.get(read..).unwrap_or_default();
            written = written.saturating_add(wrote);
            ended = ended.saturating_add(ends);
            match result {
                ReadRecordResult::InputEmpty if input.is_empty() => {}
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputEndsFull => return Err(RowError::TooManyColumns),
                // Unquoting never makes a line longer, so the buffer cannot fill up.
                ReadRecordResult::OutputFull | ReadRecordResult::InputEmpty => break,
            }
        }
        self.count = ended;
        Ok(())
    }

    /// How many cells the row has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// True if the row has no cell at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The cell at a position, trimmed; empty if the row is shorter.
    #[must_use]
    pub fn get(&self, at: usize) -> &str {
        if at >= self.count {
            return "";
        }
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        let cell = self.buffer.get(start..end).unwrap_or_default();
        std::str::from_utf8(cell).unwrap_or_default().trim()
    }
}

/// The names of a table's columns, in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns(Vec<String>);

impl Columns {
    /// Takes the names from the row that holds them.
    #[must_use]
    pub fn of(cells: &Cells) -> Self {
        Self((0..cells.len()).map(|at| cells.get(at).to_ascii_lowercase()).collect())
    }

    /// How many columns there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// True if there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The position of the column with this name.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|it| it == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, want: Result<&[&str], RowError>) {
        let mut cells = Cells::default();
        let got = cells.split(line).map(|()| (0..cells.len()).map(|at| cells.get(at)).collect());
        assert_eq!(got, want.map(<[&str]>::to_vec), "line `{line}`");
    }

    #[test]
    fn rows_split() {
        check("a,b", Ok(&["a", "b"]));
        check("a,,", Ok(&["a", "", ""]));
        check(r#""a, b","say ""hi""",c"#, Ok(&["a, b", r#"say "hi""#, "c"]));
        check("x", Ok(&["x"]));
        check(" a , b ", Ok(&["a", "b"]));
        check(r#"a,"b"#, Err(RowError::OpenQuote)); // T1
        check(&",".repeat(COLUMNS_MAX), Err(RowError::TooManyColumns));
    }

    #[test]
    fn cells_beyond_the_row_are_empty() {
        let mut cells = Cells::default();
        cells.split("a").unwrap();
        assert_eq!((cells.get(0), cells.get(1), cells.get(999)), ("a", "", ""));
    }

    proptest::proptest! {
        /// Any line splits or is refused; never a panic.
        #[test]
        fn any_line_is_split_or_refused(line in "\\PC{0,200}") {
            let mut cells = Cells::default();
            if cells.split(&line).is_ok() {
                for at in 0..cells.len() {
                    let _cell = cells.get(at);
                }
            }
        }
    }
}
