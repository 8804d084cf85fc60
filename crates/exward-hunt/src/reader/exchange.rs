//! CSV logs of Exchange, and exports of them: any columns in any order.
//!
//! * **E1** A row has as many cells as the header names, or it is named with both counts. One exception: of
//!   a column that holds one thing `_or_` another, a row that is one cell short has none.
//!
//! Sources: `#Fields:` lines of Exchange 2013 to 2019 (artefacts.help); exports of Test-ProxyLogon; an ECP log
//! that was cut down for publication.

mod audit;
mod cells;
mod columns;
mod ecp;
mod row;

use std::fmt;
use std::ops::Range;

use jiff::Timestamp;

use self::columns::Columns;
use super::{LineFormat, time};
use crate::sigma::Alphabet;
use crate::{Fields, Record, Source};

/// Columns of an ECP server log, and of one that was cut down to the time and what happened.
const ECP: &str = "TimeStamp,ServerName,EventId,EventData";
const ECP_CUT_DOWN: &str = "TimeStamp,EventData";

/// Reads one CSV log of Exchange.
pub struct ExchangeCsv {
    source: Source,
    columns: Option<Columns>,
    /// The header line of an export, which has no mark.
    plain_header: Option<String>,
    ecp: [Columns; 2],
}

impl fmt::Debug for ExchangeCsv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExchangeCsv").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Whether a line without a mark is the header line of an export: names and no time.
pub(crate) fn is_plain_header(line: &str) -> bool {
    let columns = Columns::new(line);
    let is_name = |name: &String| {
        !name.is_empty()
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || b" -_()@.".contains(&it))
    };
    columns.names().len() > 1 && columns.time.is_some() && columns.names().iter().all(is_name)
}

impl ExchangeCsv {
    /// Reads a log of this source. An export has its header line at the start of the head.
    #[must_use]
    pub fn new(source: Source, head: &str) -> Self {
        let mut lines = head.lines().filter(|it| !it.starts_with('#') && !it.trim().is_empty());
        let plain_header = lines.next().filter(|it| is_plain_header(it)).map(str::to_owned);
        let columns = plain_header.as_deref().map(Columns::new);
        let ecp = [Columns::new(ECP_CUT_DOWN), Columns::new(ECP)];
        Self { source, columns, plain_header, ecp }
    }

    /// The columns of a line. An ECP log that lost its head is known by its cells.
    fn columns(&self, line: &[u8]) -> Option<&Columns> {
        if self.columns.is_some() || self.source != Source::EcpServer {
            return self.columns.as_ref();
        }
        let second = line.splitn(2, |byte| *byte == b',').nth(1).unwrap_or_default();
        let cut_down = second.starts_with(b"S:") || second.starts_with(b"'S:");
        let [two, four] = &self.ecp;
        Some(if cut_down { two } else { four })
    }

    /// Blank lines, the header line itself, and what a person wrote between the lines of an ECP log.
    fn is_heading(&self, line: &[u8]) -> bool {
        let is_header = || self.plain_header.as_ref().is_some_and(|it| it.as_bytes() == line);
        let is_remark =
            || self.columns.is_none() && time::date(line.get(..10).unwrap_or_default()).is_none();
        line.is_empty() || is_header() || (self.source == Source::EcpServer && is_remark())
    }
}

impl LineFormat for ExchangeCsv {
    fn source(&self) -> Source {
        self.source
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Url
    }

    fn header_marks(&self) -> &'static [&'static str] {
        &["#fields:"]
    }

    fn header(&mut self, line: &[u8]) -> Result<(), String> {
        let line = String::from_utf8_lossy(line);
        let names = line.split_once(':').map_or("", |(_, names)| names).trim();
        if names.is_empty() {
            return Err("`#Fields:` names no columns".to_owned());
        }
        self.columns = Some(Columns::new(names));
        Ok(())
    }

    fn record<'a>(&'a self, line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String> {
        let line = line.trim_ascii();
        if self.is_heading(line) {
            return Err(String::new());
        }
        let Some(columns) = self.columns(line) else {
            return Err("no `#Fields:` line before it that names its columns".to_owned());
        };
        Ok(Box::new(row::Row::new(self.source, columns, line, columns.cut(line)?)))
    }

    fn verbatim(&self) -> bool {
        !matches!(
            self.source,
            Source::Cmdlet | Source::EcpServer | Source::EcpActivity | Source::Audit
        )
    }

    fn at(&self, line: &[u8]) -> Option<Timestamp> {
        let place = self.columns(line)?.time?;
        time::stamp(line.get(cells::find(line, place)?)?)
    }

    fn stem(&self, line: &[u8]) -> Option<Range<usize>> {
        cells::find(line, self.columns.as_ref()?.plain_stem()?)
    }

    fn of_stem<'a>(&'a self, stem: &'a [u8]) -> Box<dyn Fields + 'a> {
        Box::new(row::StemOnly::new(self.columns.as_ref(), stem))
    }
}

#[cfg(test)]
mod tests;
