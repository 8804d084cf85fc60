//! XML events to the [`Builder`], with the line of everything that is left out.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::build::Builder;
use super::open::Tag;
use super::{ClixmlError, Document, Stop, escape};
use crate::Skipped;
use crate::limits::{CLIXML_NOTES_MAX, CLIXML_OBJECT_DEPTH_MAX};

/// Most characters that a reason quotes of a document: a hostile one must not make it long.
const QUOTED_CHARS_MAX: usize = 100;

/// Why an event ends the reading.
enum End {
    Refused(ClixmlError),
    Stopped(Stop),
    Complete,
}

impl From<Stop> for End {
    fn from(stop: Stop) -> Self {
        Self::Stopped(stop)
    }
}

/// Reads the text of a document.
pub(super) fn read(text: &str) -> Result<Document, ClixmlError> {
    let mut walk = Walk {
        reader: Reader::from_str(text),
        lines: Lines { text, byte: 0, line: 1 },
        builder: Builder::default(),
        skipped: Vec::new(),
        seen_root: false,
    };
    let end = loop {
        if let Err(end) = walk.step() {
            break end;
        }
    };
    let stop = match end {
        End::Refused(error) => return Err(error),
        End::Stopped(stop) => Some(stop),
        End::Complete => (!walk.builder.is_outside()).then_some(Stop::Cut),
    };
    if !walk.seen_root {
        return Err(ClixmlError::NoElement);
    }
    if let Some(stop) = stop {
        let line = walk.line();
        walk.skipped.push(Skipped::line(line, format!("{stop}; the rest is not read")));
    }
    Ok(Document { values: walk.builder.values, skipped: walk.skipped })
}

struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    lines: Lines<'a>,
    builder: Builder,
    skipped: Vec<Skipped>,
    seen_root: bool,
}

impl Walk<'_> {
    fn step(&mut self) -> Result<(), End> {
        match self.reader.read_event() {
            Ok(Event::Start(tag)) => self.start(&tag),
            Ok(Event::Empty(tag)) => {
                self.start(&tag)?;
                self.end()
            }
            Ok(Event::End(_)) => self.end(),
            Ok(Event::Text(text)) => {
                self.builder.text(&text.xml10_content());
                Ok(())
            }
            Ok(Event::CData(text)) => {
                self.builder.text(&text.xml10_content());
                Ok(())
            }
            Ok(Event::GeneralRef(reference)) => self.reference(&reference),
            Ok(Event::DocType(_)) => Err(End::Refused(ClixmlError::Dtd { line: self.line() })),
            Ok(Event::Decl(_) | Event::PI(_) | Event::Comment(_)) => Ok(()),
            Ok(Event::Eof) => Err(End::Complete),
            Err(error) => Err(Stop::Syntax(quoted(&error.to_string())).into()),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), End> {
        let local = tag.local_name();
        if self.builder.is_outside() {
            return self.root(local.as_ref());
        }
        let tag = Tag {
            name: local.as_ref(),
            property: attribute(tag, "N").map(|it| escape::decode(&it).into_owned()),
            id: attribute(tag, "RefId").and_then(|it| it.parse().ok()),
        };
        if !self.builder.start(tag)? {
            self.note(format!("`{}` does not belong there", quoted(local.as_ref())));
        }
        Ok(())
    }

    /// A second root element ends the reading: it belongs to no document.
    fn root(&mut self, name: &str) -> Result<(), End> {
        if self.seen_root {
            let name = quoted(name);
            return Err(Stop::Syntax(format!("a second root element, `{name}`")).into());
        }
        if name != "Objs" {
            return Err(End::Refused(ClixmlError::NotClixml { root: quoted(name) }));
        }
        self.seen_root = true;
        self.builder.root();
        Ok(())
    }

    fn end(&mut self) -> Result<(), End> {
        if !self.builder.end()? {
            self.note(format!("objects nest deeper than {CLIXML_OBJECT_DEPTH_MAX}"));
        }
        Ok(())
    }

    /// Character references and XML's own five entities; everything else is refused (X4).
    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), End> {
        let mut utf8 = [0; 4];
        let text = match reference.resolve_char_ref() {
            Ok(Some(character)) => Some(&*character.encode_utf8(&mut utf8)),
            Ok(None) => resolve_xml_entity(reference),
            Err(error) => return Err(Stop::Syntax(quoted(&error.to_string())).into()),
        };
        let Some(text) = text else {
            let name = quoted(reference);
            return Err(End::Refused(ClixmlError::Entity { line: self.line(), name }));
        };
        self.builder.text(text);
        Ok(())
    }

    fn note(&mut self, why: String) {
        if self.skipped.len() < CLIXML_NOTES_MAX {
            let line = self.line();
            self.skipped.push(Skipped::line(line, why));
        }
    }

    fn line(&mut self) -> u64 {
        self.lines.at(self.reader.buffer_position())
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

/// An attribute that cannot be read counts as absent: the property then has no name.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(name).ok()??;
    attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(|it| it.into_owned())
}

/// Counts lines, each byte once.
struct Lines<'a> {
    text: &'a str,
    byte: usize,
    line: u64,
}

impl Lines<'_> {
    fn at(&mut self, byte: u64) -> u64 {
        let byte = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.byte..byte).unwrap_or_default();
        for _ in passed.iter().filter(|it| **it == b'\n') {
            self.line = self.line.saturating_add(1);
        }
        self.byte = self.byte.max(byte);
        self.line
    }
}
