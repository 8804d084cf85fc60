//! A document read element by element: every `<host>` becomes a small tree and is then forgotten,
//! so that a scan of a whole country needs the memory of one host.

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use crate::Skipped;
use crate::limits::{NMAP_HOST_ELEMENTS_MAX, XML_DEPTH_MAX};

/// Most attributes of an element that are kept. nmap's `service` has up to 16.
const ATTRIBUTES_MAX: usize = 64;

/// One element with everything in it.
#[derive(Debug, Default)]
pub(super) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    /// The text directly in it, pieces joined.
    pub(super) text: String,
}

impl Element {
    /// The elements directly in it that have this name.
    pub(super) fn children(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// The value of an attribute; `None` if it is absent or empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let (_, value) = self.attributes.iter().find(|(it, _)| it == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }
}

/// The elements of one name, wherever they stand in a document.
pub(super) struct Elements<'x> {
    xml: &'x str,
    reader: Reader<&'x [u8]>,
    name: &'static str,
    root: String,
    depth: usize,
    /// Line of the last position that was asked for, and that position.
    line: (u64, usize),
}

impl<'x> Elements<'x> {
    /// All elements with this name.
    pub(super) fn new(xml: &'x str, name: &'static str) -> Self {
        let reader = Reader::from_str(xml);
        Self { xml, reader, name, root: String::new(), depth: 0, line: (1, 0) }
    }

    /// True if the outermost element has this name.
    pub(super) fn has_root(&self, name: &str) -> bool {
        self.root == name
    }

    /// The next element with the line where it begins; an error ends the document.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Element)>, Skipped> {
        loop {
            match self.event()? {
                Event::Start(tag) if self.wants(&tag) => {
                    let line = self.line();
                    let element = self.opened(&tag)?;
                    return Ok(Some((line, self.tree(element)?)));
                }
                Event::Empty(tag) if self.wants(&tag) => {
                    return Ok(Some((self.line(), self.opened(&tag)?)));
                }
                Event::Start(tag) => {
                    self.note_root(&tag);
                    self.depth = self.depth.saturating_add(1);
                    if self.depth > XML_DEPTH_MAX {
                        return Err(self.too_deep());
                    }
                }
                Event::Empty(tag) => self.note_root(&tag),
                Event::End(_) => self.depth = self.depth.saturating_sub(1),
                Event::DocType(text) if text.contains('[') || text.contains("ENTITY") => {
                    return Err(self.stop("a document type with declarations of its own"));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(self.stop("breaks off inside an element"));
                }
                Event::Eof => return Ok(None),
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }

    fn wants(&self, tag: &BytesStart<'_>) -> bool {
        tag.name().as_ref() == self.name
    }

    fn note_root(&mut self, tag: &BytesStart<'_>) {
        if self.root.is_empty() {
            self.root = tag.name().as_ref().to_owned();
        }
    }

    /// Reads up to the end of an element. The open elements are a list, not a recursion (depth).
    fn tree(&mut self, outermost: Element) -> Result<Element, Skipped> {
        let mut current = outermost;
        let mut above: Vec<Element> = Vec::new();
        let mut count = 0_usize;
        loop {
            match self.event()? {
                Event::Start(tag) => {
                    let inner = self.opened(&tag)?;
                    above.push(std::mem::replace(&mut current, inner));
                    if above.len() > XML_DEPTH_MAX {
                        return Err(self.too_deep());
                    }
                }
                Event::Empty(tag) => current.children.push(self.opened(&tag)?),
                Event::End(_) => {
                    let Some(mut parent) = above.pop() else { return Ok(current) };
                    parent.children.push(current);
                    current = parent;
                }
                Event::Text(text) => current.text.push_str(&text),
                Event::CData(text) => current.text.push_str(&text.into_inner()),
                Event::GeneralRef(reference) => {
                    let mut utf8 = [0; 4];
                    let text = match reference.resolve_char_ref() {
                        Ok(Some(character)) => Some(&*character.encode_utf8(&mut utf8)),
                        Ok(None) => resolve_xml_entity(&reference),
                        Err(_) => None,
                    };
                    let Some(text) = text else {
                        let entity = reference.into_inner();
                        return Err(self.malformed(&format!("unrecognized entity `{entity}`")));
                    };
                    current.text.push_str(text);
                }
                Event::Eof => return Err(self.stop("breaks off inside an element")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
            count = count.saturating_add(1);
            if count > NMAP_HOST_ELEMENTS_MAX {
                return Err(self.stop("a host with too many elements"));
            }
        }
    }

    fn event(&mut self) -> Result<Event<'x>, Skipped> {
        self.reader.read_event().map_err(|error| {
            let why = error.to_string();
            self.malformed(&why)
        })
    }

    fn opened(&mut self, tag: &BytesStart<'_>) -> Result<Element, Skipped> {
        let mut element = Element { name: tag.name().as_ref().to_owned(), ..Element::default() };
        // The check for repeated names compares each with each; the first one counts here.
        for attribute in tag.attributes().with_checks(false).take(ATTRIBUTES_MAX) {
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|error| self.malformed(&error.to_string()))?.into_owned();
            element.attributes.push((attribute.key.as_ref().to_owned(), value));
        }
        Ok(element)
    }

    fn malformed(&mut self, why: &str) -> Skipped {
        // The reader quotes what it found; a hostile document must not make the reason long.
        let why: String = why.chars().take(100).collect();
        self.stop(&format!("not well-formed XML: {why}"))
    }

    fn too_deep(&mut self) -> Skipped {
        self.stop(&format!("nested deeper than {XML_DEPTH_MAX}"))
    }

    fn stop(&mut self, why: &str) -> Skipped {
        Skipped::line(self.line(), why)
    }

    /// The line at which the reader stands. Counts on from where it was last asked.
    fn line(&mut self) -> u64 {
        let (mut line, from) = self.line;
        let to = usize::try_from(self.reader.buffer_position()).unwrap_or(from).max(from);
        let passed = self.xml.as_bytes().get(from..to).unwrap_or_default();
        for _ in passed.iter().filter(|byte| **byte == b'\n') {
            line = line.saturating_add(1);
        }
        self.line = (line, to);
        line
    }
}
