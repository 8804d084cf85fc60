//! stub
use super::LineFormat;
use crate::sigma::Alphabet;
use crate::{Fields, Record, Source};
use jiff::Timestamp;
use std::ops::Range;
/// CSV logs of Exchange.
#[derive(Debug)]
pub struct ExchangeCsv {
    source: Source,
}
impl ExchangeCsv {
    /// Reads a log of this source.
    #[must_use]
    pub fn new(source: Source) -> Self {
        Self { source }
    }
}
pub(crate) fn is_plain_header(line: &str) -> bool {
    line.contains(',')
}
impl LineFormat for ExchangeCsv {
    fn source(&self) -> Source {
        self.source
    }
    fn alphabet(&self) -> Alphabet {
        Alphabet::Plain
    }
    fn header_marks(&self) -> &'static [&'static str] {
        &["#fields:"]
    }
    fn header(&mut self, _line: &[u8]) -> Result<(), String> {
        Ok(())
    }
    fn record<'a>(&'a self, _line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String> {
        Err("not read yet".into())
    }
    fn at(&self, _line: &[u8]) -> Option<Timestamp> {
        None
    }
    fn stem(&self, _line: &[u8]) -> Option<Range<usize>> {
        None
    }
    fn of_stem<'a>(&'a self, _stem: &'a [u8]) -> Box<dyn Fields + 'a> {
        Box::new(super::oab::Unknown)
    }
}
