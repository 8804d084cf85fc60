//! Bytes of each kind of log to records. A reader never decides.

mod cmdlet;
mod config;
mod decode;
mod events;
mod exchange;
mod oab;
pub(crate) mod skips;
mod time;
mod w3c;
mod web;

use std::ops::Range;

use jiff::Timestamp;

use crate::sigma::Alphabet;
use crate::{Fields, Record, Source};

pub use config::read_config;
pub use events::{JsonLines, read_evtx, read_json_document};
pub use exchange::ExchangeCsv;
pub(crate) use exchange::is_plain_header;
pub use oab::OabText;
pub use w3c::W3c;

/// How to read a log that is made of lines. One value reads one file; what header lines say is its state.
pub trait LineFormat {
    /// Where its records stand; of a log with several kinds (events as JSON lines), the most usual.
    fn source(&self) -> Source;

    /// Which bytes of a value stand in the line as they are.
    fn alphabet(&self) -> Alphabet;

    /// Lower-case beginnings of lines that are no records but say how the following are read, such as
    /// `#fields:`. A line with another `#` at its start is passed over.
    fn header_marks(&self) -> &'static [&'static str];

    /// Takes a header line.
    ///
    /// # Errors
    /// Why the lines that follow cannot be read.
    fn header(&mut self, line: &[u8]) -> Result<(), String>;

    /// The record of a line (without its line break).
    ///
    /// # Errors
    /// Why the line is none: too few columns, no JSON, cut in the middle. Empty if nothing is lost: a blank
    /// line, or a heading that a person wrote between the lines; such a line is not named as skipped.
    fn record<'a>(&'a self, line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String>;

    /// Whether all that a record says stands in its line. If not, no search for words may pass a line over:
    /// a record spells out what its line abbreviates, or says it as another log would.
    fn verbatim(&self) -> bool {
        true
    }

    /// The time of a line, without reading the rest of it.
    fn at(&self, line: &[u8]) -> Option<Timestamp>;

    /// Where in the line the URL's path stands, if the format has one. More lines may follow it, and letters
    /// may be in lower case.
    fn stem(&self, line: &[u8]) -> Option<Range<usize>>;

    /// A record of which nothing but the URL's path is known; everything else is [`crate::Values::Unknown`].
    fn of_stem<'a>(&'a self, stem: &'a [u8]) -> Box<dyn Fields + 'a>;
}
