//! Windows events: from EVTX files and from what others export them to.
//!
//! All come to one shape, [`event::Event`]: names and texts, with the names that Sigma rules use. Shapes read:
//! winlogbeat (flat and nested), `evtx_dump` and Windows event forwarding (`Event.System`, `Event.EventData`),
//! chainsaw, hayabusa, and any of them within a `result` or `_source`.
//!
//! * **V1** One event that cannot be read does not hide the next.

mod document;
mod event;
mod evtx;
mod flatten;
mod json;
mod names;

use std::ops::Range;

use jiff::Timestamp;

use super::LineFormat;
use super::oab::Unknown;
use crate::sigma::Alphabet;
use crate::{Channel, Fields, Record, Source};

pub use document::read_json_document;
pub use evtx::read_evtx;

/// Reads events, one JSON object a line.
#[derive(Clone, Copy, Debug, Default)]
pub struct JsonLines;

impl LineFormat for JsonLines {
    fn source(&self) -> Source {
        Source::Events(Channel::Other)
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Json
    }

    fn header_marks(&self) -> &'static [&'static str] {
        &[]
    }

    fn header(&mut self, _line: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn record<'a>(&'a self, line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String> {
        let line = line.trim_ascii();
        // A document that was cut into lines has its brackets on lines of their own.
        if matches!(line, b"" | b"[" | b"]") {
            return Err(String::new());
        }
        let line = line.strip_suffix(b",").unwrap_or(line);
        Ok(Box::new(event::Event::from_line(line)?))
    }

    fn verbatim(&self) -> bool {
        false
    }

    fn at(&self, line: &[u8]) -> Option<Timestamp> {
        names::time_in(line)
    }

    fn stem(&self, _line: &[u8]) -> Option<Range<usize>> {
        None
    }

    fn of_stem<'a>(&'a self, _stem: &'a [u8]) -> Box<dyn Fields + 'a> {
        Box::new(Unknown)
    }
}

#[cfg(test)]
mod tests;
