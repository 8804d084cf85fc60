//! W3C logs of IIS: columns between blanks, named by `#Fields:`, which may change within a file.
//!
//! * **W1** A line has as many columns as `#Fields:` names, or it is named with both counts.
//! * **W2** Of a stem alone a record says nothing that the whole line would not say.
//!
//! Sources: W3C extended log file format; "W3C Logging", Microsoft Learn; lines of IIS 4 to 10.

mod request;

use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use memchr::{memchr, memchr_iter, memchr2_iter};

use super::{LineFormat, time};
use crate::sigma::Alphabet;
use crate::{Fields, Record, Source};

/// What IIS 10 writes unless it is told otherwise.
const DEFAULT_NAMES: &str = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip \
                             cs(user-agent) cs(referer) sc-status sc-substatus sc-win32-status time-taken";

/// Columns of one line; more are not a log.
const COLUMNS_MAX: usize = 256;

/// Reads a W3C log. Before the first `#Fields:`, lines are read if they have the columns of IIS 10.
#[derive(Debug)]
pub struct W3c {
    columns: Columns,
    /// Of the last `#Date:`, for logs without a date column.
    day: Option<Date>,
}

/// The columns that lines have from here on.
#[derive(Debug)]
struct Columns {
    /// In lower case.
    names: Vec<String>,
    /// False before the first `#Fields:`.
    named: bool,
    date: Option<usize>,
    time: Option<usize>,
    stem: Option<usize>,
}

impl Columns {
    fn new(names: &str, named: bool) -> Self {
        let names: Vec<String> =
            names.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let (date, time, stem) = (place("date"), place("time"), place("cs-uri-stem"));
        Self { date, time, stem, names, named }
    }

    fn place(&self, wanted: &str) -> Option<usize> {
        self.names.iter().position(|name| name.eq_ignore_ascii_case(wanted))
    }

    /// Where the columns of a line stand. An empty value may leave two blanks; so two blanks are an empty
    /// column if the count fits then, and one separator if not.
    fn cut(&self, line: &[u8]) -> Result<Vec<Range<usize>>, String> {
        let mut cells = Vec::with_capacity(self.names.len().saturating_add(1));
        let mut start = 0;
        for end in memchr_iter(b' ', line).chain([line.len()]).take(COLUMNS_MAX) {
            cells.push(start..end);
            start = end.saturating_add(1);
        }
        if cells.len() == self.names.len() {
            return Ok(cells);
        }
        cells.retain(|cell| !cell.is_empty());
        if cells.len() == self.names.len() { Ok(cells) } else { Err(self.misfit(cells.len())) }
    }

    fn misfit(&self, count: usize) -> String {
        let wanted = self.names.len();
        match self.named {
            false => format!("{count} columns and no `#Fields:` line before it that names them"),
            true if count < wanted => {
                format!("{count} columns where `#Fields:` names {wanted}: a line cut off")
            }
            true => format!("{count} columns where `#Fields:` names {wanted}"),
        }
    }

    /// Where one column stands, without cutting the rest. `text` may go on with more lines.
    fn find(&self, text: &[u8], wanted: Option<usize>) -> Option<Range<usize>> {
        let wanted = wanted?;
        let mut start = 0;
        let ends = memchr2_iter(b' ', b'\n', text).chain([text.len()]);
        for (index, end) in ends.enumerate().take(COLUMNS_MAX) {
            let is_last = text.get(end) != Some(&b' ');
            if start == end && !is_last {
                return self.cut(first_line(text)).ok()?.get(wanted).cloned();
            }
            if index == wanted {
                return Some(start..end);
            }
            if is_last {
                return None;
            }
            start = end.saturating_add(1);
        }
        None
    }
}

/// Up to the line break, without it.
fn first_line(text: &[u8]) -> &[u8] {
    let line = memchr(b'\n', text).and_then(|end| text.get(..end)).unwrap_or(text);
    line.strip_suffix(b"\r").unwrap_or(line)
}

impl Default for W3c {
    fn default() -> Self {
        Self { columns: Columns::new(DEFAULT_NAMES, false), day: None }
    }
}

impl W3c {
    fn moment(&self, date: Option<&[u8]>, clock: Option<&[u8]>) -> Option<Timestamp> {
        let day = if self.columns.date.is_some() { time::date(date?) } else { self.day };
        time::utc(day?, time::time(clock?)?)
    }
}

impl LineFormat for W3c {
    fn source(&self) -> Source {
        Source::Iis
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Url
    }

    fn header_marks(&self) -> &'static [&'static str] {
        &["#fields:", "#date:"]
    }

    fn header(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let Some((mark, value)) = line.split_once(':') else {
            return Err(format!("`{line}` says nothing"));
        };
        if mark.eq_ignore_ascii_case("#date") {
            self.day = value.trim().get(..10).and_then(|day| time::date(day.as_bytes()));
            return Ok(());
        }
        let columns = Columns::new(value, true);
        if columns.names.is_empty() || columns.names.len() > COLUMNS_MAX {
            return Err(format!("`#Fields:` names {} columns", columns.names.len()));
        }
        self.columns = columns;
        Ok(())
    }

    fn record<'a>(&'a self, line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Err(String::new());
        }
        let cells = self.columns.cut(line)?;
        Ok(Box::new(request::Request::new(self, line, cells)))
    }

    fn at(&self, line: &[u8]) -> Option<Timestamp> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let cell = |place| self.columns.find(line, place).and_then(|range| line.get(range));
        self.moment(cell(self.columns.date), cell(self.columns.time))
    }

    fn stem(&self, line: &[u8]) -> Option<Range<usize>> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.columns.find(line, self.columns.stem)
    }

    fn of_stem<'a>(&'a self, stem: &'a [u8]) -> Box<dyn Fields + 'a> {
        Box::new(request::StemOnly::new(&self.columns, stem))
    }
}

#[cfg(test)]
mod tests;
