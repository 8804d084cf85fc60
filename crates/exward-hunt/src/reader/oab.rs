//! Text log of the OAB generator, one message a line.
//!
//! Source: `Logging\OABGeneratorLog\*.log` as Test-ProxyLogon reads it.

use std::borrow::Cow;
use std::ops::Range;

use jiff::Timestamp;

use super::{LineFormat, time};
use crate::sigma::Alphabet;
use crate::{Fields, Record, Source, Values};

/// Reads the text log of the OAB generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OabText;

impl LineFormat for OabText {
    fn source(&self) -> Source {
        Source::OabGenerator
    }

    fn alphabet(&self) -> Alphabet {
        Alphabet::Plain
    }

    fn header_marks(&self) -> &'static [&'static str] {
        &[]
    }

    fn header(&mut self, _line: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn record<'a>(&'a self, line: &'a [u8]) -> Result<Box<dyn Record + 'a>, String> {
        let text = String::from_utf8_lossy(line.trim_ascii());
        if text.is_empty() {
            return Err(String::new());
        }
        Ok(Box::new(Message { text }))
    }

    fn at(&self, line: &[u8]) -> Option<Timestamp> {
        moment(line)
    }

    fn stem(&self, _line: &[u8]) -> Option<Range<usize>> {
        None
    }

    fn of_stem<'a>(&'a self, _stem: &'a [u8]) -> Box<dyn Fields + 'a> {
        Box::new(Unknown)
    }
}

/// A record of which nothing is known, for logs without URLs.
pub(super) struct Unknown;

impl Fields for Unknown {
    fn values(&self, _field: &str) -> Values<'_> {
        Values::Unknown
    }

    fn words(&self) -> Values<'_> {
        Values::Unknown
    }
}

struct Message<'a> {
    text: Cow<'a, str>,
}

/// The time at the start of a line, up to the first comma, bracket or tab.
fn moment(line: &[u8]) -> Option<Timestamp> {
    let line = line.trim_ascii_start();
    let line = line.strip_prefix(b"[").unwrap_or(line);
    let end = line.iter().position(|byte| matches!(byte, b',' | b']' | b'\t' | b'|'));
    let cell = line.get(..end.unwrap_or(line.len()))?;
    let words = || cell.get(..cell.iter().position(|byte| *byte == b' ')?);
    time::stamp(cell).or_else(|| time::stamp(cell.get(..19)?)).or_else(|| time::stamp(words()?))
}

impl Message<'_> {
    /// The file that the generator could not fetch whole.
    fn file(&self) -> Option<&str> {
        let (_, after) = self.text.split_once("temporary file '")?;
        after.split_once('\'').map(|(file, _)| file)
    }
}

impl Fields for Message<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        match () {
            () if field.eq_ignore_ascii_case("Message") => Values::one(&self.text),
            () if field.eq_ignore_ascii_case("File") => {
                self.file().map_or(Values::Absent, Values::one)
            }
            () => Values::Absent,
        }
    }

    fn words(&self) -> Values<'_> {
        Values::one(&self.text)
    }
}

impl Record for Message<'_> {
    fn source(&self) -> Source {
        Source::OabGenerator
    }

    fn at(&self) -> Option<Timestamp> {
        moment(self.text.as_bytes())
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        self.file().map(Cow::Borrowed)
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_failed_download_is_known() {
        let line = b"2021-03-03T06:49:42.162Z,OABGen,Download failed and temporary file 'C:\\inetpub\\wwwroot\\\
                     aspnet_client\\x.aspx' needs to be removed";
        let record = OabText.record(line).unwrap();
        assert_eq!(record.path().as_deref(), Some("C:\\inetpub\\wwwroot\\aspnet_client\\x.aspx"));
        assert_eq!(record.values("file").raw(), record.path().as_deref());
        assert_eq!(record.at().unwrap().to_string(), "2021-03-03T06:49:42.162Z");
        assert_eq!(
            OabText.at(b"[2021-03-03 06:49:42] x").unwrap().to_string(),
            "2021-03-03T06:49:42Z"
        );
        assert_eq!(OabText.record(b" \r").map(|_| ()).unwrap_err(), "");
    }
}
