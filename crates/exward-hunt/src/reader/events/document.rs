//! JSON documents: an array of events, or events that run over lines, one after the other.

use std::fmt;

use exward_read::{Skipped, text};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::event::Event;
use super::json::{Node, NodeVisitor};
use crate::Record;
use crate::reader::skips::Skips;

/// Reads a document and gives each event with its number from 1.
///
/// Returns how many events were given, and what could not be read. What stands before damage is given.
pub fn read_json_document(
    bytes: &[u8],
    each: &mut dyn FnMut(u64, &dyn Record),
) -> (u64, Vec<Skipped>) {
    let decoded = text::decode(bytes);
    let mut events = Events { each, number: 0, given: 0, skipped: Skips::default() };
    let mut json = serde_json::Deserializer::from_str(&decoded.text);
    while json.end().is_err() {
        if let Err(error) = events.deserialize(&mut json) {
            let line = u64::try_from(error.line()).unwrap_or(u64::MAX);
            events.skipped.add(Skipped::whole(format!("no JSON from line {line} on: {error}")));
            break;
        }
    }
    (events.given, events.skipped.all())
}

/// Gives events while the document is read, so that never more than one is held.
struct Events<'e> {
    each: &'e mut dyn FnMut(u64, &dyn Record),
    number: u64,
    given: u64,
    skipped: Skips,
}

impl Events<'_> {
    fn add(&mut self, node: Node<'_>) {
        self.number = self.number.saturating_add(1);
        match Event::from_node(node) {
            Ok(event) => {
                self.given = self.given.saturating_add(1);
                (self.each)(self.number, &event);
            }
            Err(why) => self.skipped.add(Skipped::line(self.number, why)),
        }
    }
}

impl<'de> DeserializeSeed<'de> for &mut Events<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Events<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event or a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(node) = list.next_element::<Node<'de>>()? {
            self.add(node);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let node = NodeVisitor.visit_map(map)?;
        self.add(node);
        Ok(())
    }
}
