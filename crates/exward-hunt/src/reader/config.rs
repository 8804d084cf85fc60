//! Configuration of IIS and Exchange: what intruders add to it, element by element.
//!
//! Read are the elements that make the server run or serve something, or write no log: virtual directories,
//! modules, handlers, filters, transport agents, logging.
//!
//! Sources: `applicationHost.config` and `web.config` ("IIS configuration reference", Microsoft Learn);
//! `agents.config` of Exchange transport.

mod element;

use exward_read::{Skipped, text};
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use self::element::Element;
use crate::Record;
use crate::limits::{CONFIG_ATTRIBUTES_MAX, CONFIG_DEPTH_MAX};

/// Elements that are read, in lower case: the element around them (empty for any), their own name, and what
/// `Element` calls them.
const WANTED: [(&str, &str, &str); 18] = [
    ("", "virtualdirectory", "virtualDirectory"),
    ("", "logfile", "logFile"),
    ("", "centralw3clogfile", "logFile"),
    ("", "httplogging", "httpLogging"),
    ("globalmodules", "add", "globalModule"),
    ("modules", "add", "module"),
    ("modules", "remove", "removedModule"),
    ("httpmodules", "add", "module"),
    ("handlers", "add", "handler"),
    ("httphandlers", "add", "handler"),
    ("isapifilters", "filter", "isapiFilter"),
    ("isapicgirestriction", "add", "isapiCgiRestriction"),
    ("buildproviders", "add", "buildProvider"),
    ("assemblies", "add", "assembly"),
    ("", "compilation", "compilation"),
    ("applicationpools", "add", "applicationPool"),
    ("agentlist", "agent", "agent"),
    ("", "agent", "agent"),
];

/// Reads a configuration file and gives each element of note with its line.
///
/// Returns how many were given, and where and why reading ended early; what stands before that is given.
pub fn read_config(bytes: &[u8], each: &mut dyn FnMut(u64, &dyn Record)) -> (u64, Vec<Skipped>) {
    let decoded = text::decode(bytes);
    let mut walk = Walk::new(&decoded.text);
    let mut count = 0_u64;
    loop {
        match walk.next() {
            Ok(Some((line, element))) => {
                count = count.saturating_add(1);
                each(line, &element);
            }
            Ok(None) => return (count, Vec::new()),
            Err(skipped) => return (count, vec![skipped]),
        }
    }
}

/// The way through a document.
struct Walk<'x> {
    xml: &'x str,
    reader: Reader<&'x [u8]>,
    /// Open elements by name, in lower case, with the `name` or `path` that they have.
    open: Vec<(String, Option<String>)>,
    /// Line of the last position that was asked for, and that position.
    line: (u64, usize),
}

impl<'x> Walk<'x> {
    fn new(xml: &'x str) -> Self {
        Self { xml, reader: Reader::from_str(xml), open: Vec::new(), line: (1, 0) }
    }

    /// The next element of note; an error ends the document.
    fn next(&mut self) -> Result<Option<(u64, Element)>, Skipped> {
        loop {
            let start = self.position();
            let event =
                self.reader.read_event().map_err(|error| self.malformed(&error.to_string()))?;
            match event {
                Event::Start(tag) => {
                    let found = self.element(&tag, start)?;
                    self.enter(&tag)?;
                    if let Some(element) = found {
                        return Ok(Some((self.line_of(start), element)));
                    }
                }
                Event::Empty(tag) => {
                    if let Some(element) = self.element(&tag, start)? {
                        return Ok(Some((self.line_of(start), element)));
                    }
                }
                Event::End(_) => drop(self.open.pop()),
                Event::DocType(_) => {
                    return Err(self.stop("a document type, which no configuration has"));
                }
                Event::Eof if !self.open.is_empty() => {
                    return Err(self.stop("breaks off inside an element"));
                }
                Event::Eof => return Ok(None),
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }

    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), Skipped> {
        if self.open.len() >= CONFIG_DEPTH_MAX {
            return Err(self.stop(&format!("nested deeper than {CONFIG_DEPTH_MAX}")));
        }
        let name = tag.name().as_ref().to_ascii_lowercase();
        let attributes = self.attributes(tag)?;
        let named = attributes.into_iter().find(|(own, _)| matches!(own.as_str(), "name" | "path"));
        self.open.push((name, named.map(|(_, value)| value)));
        Ok(())
    }

    /// The element, if it is one of note.
    fn element(&mut self, tag: &BytesStart<'_>, start: usize) -> Result<Option<Element>, Skipped> {
        let name = tag.name().as_ref().to_ascii_lowercase();
        let around = self.open.last().map_or("", |(name, _)| name.as_str());
        let is_this =
            |it: &&(&str, &str, &str)| it.1 == name && (it.0.is_empty() || it.0 == around);
        let Some((_, _, called)) = WANTED.iter().find(is_this) else { return Ok(None) };
        let mut fields = vec![("Element".to_owned(), (*called).to_owned())];
        fields.extend(self.attributes(tag)?);
        for (around, called) in [("site", "Site"), ("application", "App"), ("location", "Location")]
        {
            let open = self.open.iter().rev().find(|(name, _)| name == around);
            if let Some((_, Some(value))) = open {
                fields.push((called.to_owned(), value.clone()));
            }
        }
        let text = self.xml.get(start..self.position()).unwrap_or_default();
        Ok(Some(Element::new(fields, text.trim())))
    }

    fn attributes(&mut self, tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, Skipped> {
        let mut all = Vec::new();
        // The check for repeated names compares each with each.
        for attribute in tag.attributes().with_checks(false).take(CONFIG_ATTRIBUTES_MAX) {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.malformed(&error.to_string()))?.into_owned();
            all.push((attribute.key.as_ref().to_owned(), value));
        }
        Ok(all)
    }

    fn malformed(&mut self, why: &str) -> Skipped {
        // The reader quotes what it found; a hostile document must not make the reason long.
        let why: String = why.chars().take(100).collect();
        self.stop(&format!("not well-formed XML: {why}; what comes after it was not looked at"))
    }

    fn stop(&mut self, why: &str) -> Skipped {
        let here = self.position();
        Skipped::line(self.line_of(here), why)
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    /// The line of a position. Counts on from where it was last asked.
    fn line_of(&mut self, position: usize) -> u64 {
        let (line, from) = self.line;
        let to = position.max(from);
        let passed = self.xml.as_bytes().get(from..to).unwrap_or_default();
        let breaks = u64::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(0);
        self.line = (line.saturating_add(breaks), to);
        self.line.0
    }
}

#[cfg(test)]
mod tests;
