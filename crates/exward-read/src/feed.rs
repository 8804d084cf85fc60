//! Exports of scanners and feeds: rows that others have seen become [`Record`]s.
//!
//! # Invariants
//! * **F1 read, never probed.** A row names a target of someone else's scan; it gives evidence and
//!   nothing is ever sent to it.
//! * **F2 a row is one target.** Rows are not merged, guessed at, or dropped in silence: a row that
//!   cannot be read gives the reason.
//! * **F3 others' guesses are not facts.** A build is taken only where the export names Exchange,
//!   and never from a scanner's own table of updates (trap T1 of the fingerprint notes).
//! * **F4 wrong types are reasons**, never panics; fields that nobody here knows are ignored.
//!
//! Sources: the field lists of each format, named in its module.

mod binaryedge;
mod httpx;
mod intelmq;
mod json;
mod kept;
pub(crate) mod layout;
pub mod nmap;
mod nuclei;
mod place;
mod row;
mod shadowserver;
mod shodan;
mod time;
mod whatweb;
mod zgrab2;

#[cfg(test)]
mod tests;

use std::fmt;

use serde_json::Value;

use crate::Record;
use json::Fields;

pub use shadowserver::Shadowserver;

/// Whose JSON records these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JsonKind {
    /// Banners of Shodan.
    Shodan,
    /// Results of zgrab2.
    Zgrab2,
    /// `httpx -json` of ProjectDiscovery.
    Httpx,
    /// `nuclei -jsonl`.
    Nuclei,
    /// `whatweb --log-json`.
    WhatWeb,
    /// BinaryEdge's `exchange-owa` events.
    BinaryEdge,
    /// Events of IntelMQ.
    IntelMq,
}

/// Every kind, in the order in which they are tried.
pub const JSON_KINDS: [JsonKind; 7] = [
    JsonKind::Nuclei,
    JsonKind::WhatWeb,
    JsonKind::Zgrab2,
    JsonKind::BinaryEdge,
    JsonKind::Shodan,
    JsonKind::IntelMq,
    JsonKind::Httpx,
];

impl JsonKind {
    /// Name on the command line and in messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shodan => "shodan",
            Self::Zgrab2 => "zgrab2",
            Self::Httpx => "httpx",
            Self::Nuclei => "nuclei",
            Self::WhatWeb => "whatweb",
            Self::BinaryEdge => "binaryedge",
            Self::IntelMq => "intelmq",
        }
    }

    /// True if the record has the keys that only this kind has together.
    fn fits(self, fields: Fields<'_>) -> bool {
        match self {
            Self::Shodan => shodan::fits(fields),
            Self::Zgrab2 => zgrab2::fits(fields),
            Self::Httpx => httpx::fits(fields),
            Self::Nuclei => nuclei::fits(fields),
            Self::WhatWeb => whatweb::fits(fields),
            Self::BinaryEdge => binaryedge::fits(fields),
            Self::IntelMq => intelmq::fits(fields),
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Whose record this is, by its characteristic keys; `None` if nobody's, or if it is no record at
/// all ([`not_a_feed`]).
#[must_use]
pub fn recognise(value: &Value) -> Option<JsonKind> {
    let fields = Fields::of(value)?;
    if not_a_feed(value).is_some() {
        return None;
    }
    JSON_KINDS.into_iter().find(|kind| kind.fits(fields))
}

/// Reads one record of a known kind.
///
/// # Errors
/// Why the row is skipped, as a fragment that can stand after a colon.
pub fn record(kind: JsonKind, value: &Value, line: Option<u64>) -> Result<Record, String> {
    let fields = Fields::of(value).ok_or("not a JSON object")?;
    let mut record = match kind {
        JsonKind::Shodan => shodan::record(fields),
        JsonKind::Zgrab2 => zgrab2::record(fields),
        JsonKind::Httpx => httpx::record(fields),
        JsonKind::Nuclei => nuclei::record(fields),
        JsonKind::WhatWeb => whatweb::record(fields),
        JsonKind::BinaryEdge => binaryedge::record(fields),
        JsonKind::IntelMq => intelmq::record(fields),
    }?;
    record.line = line;
    Ok(record)
}

/// Why a JSON document that talks about a feed is not one: a schema or a field mapping.
#[must_use]
pub fn not_a_feed(value: &Value) -> Option<String> {
    let fields = Fields::of(value)?;
    let is_mapping = |it: &Value| {
        it.get("required_fields").is_some_and(Value::is_array)
            || it.get("optional_fields").is_some_and(Value::is_array)
    };
    if fields.values().any(is_mapping) {
        return Some("an IntelMQ field mapping, not events".to_owned());
    }
    let is_schema = fields.value("$schema").is_some() || only_type_names(value);
    is_schema.then(|| "a schema, not records".to_owned())
}

/// True if every leaf is the name of a JSON type, and there is at least one.
fn only_type_names(value: &Value) -> bool {
    const TYPE_NAMES: [&str; 8] =
        ["string", "boolean", "integer", "number", "float", "object", "array", "null"];
    if let Some(map) = value.as_object() {
        !map.is_empty() && map.values().all(only_type_names)
    } else if let Some(list) = value.as_array() {
        !list.is_empty() && list.iter().all(only_type_names)
    } else {
        value.as_str().is_some_and(|text| TYPE_NAMES.contains(&text))
    }
}
