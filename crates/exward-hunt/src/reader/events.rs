//! stub
use super::LineFormat;
use crate::sigma::Alphabet;
use crate::{Channel, Fields, Record, Source};
use jiff::Timestamp;
use std::ops::Range;
/// Events as JSON lines.
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
