//! One value of a document, not yet opened.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

/// One value of a document, with its place.
#[derive(Clone, Copy)]
pub(crate) struct Node<'d> {
    /// First byte of it.
    pub(crate) at: usize,
    raw: Raw<'d>,
}

#[derive(Clone, Copy)]
enum Raw<'d> {
    Json { raw: &'d RawValue, base: usize },
    Toml(&'d DeValue<'d>),
    TomlTable(&'d DeTable<'d>),
}

/// A value, opened one level deep.
pub(crate) enum Opened<'d> {
    /// Keys and values in the order of the file.
    Table(Vec<(Cow<'d, str>, Node<'d>)>),
    /// Values in order.
    List(Vec<Node<'d>>),
    /// A text.
    Text(Cow<'d, str>),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Flag(bool),
    /// A day or time written without quotes, as TOML can.
    Time(String),
    /// JSON's `null`: the same as absent.
    Null,
    /// A number with a fraction, or beyond 64 bits.
    Other,
}

impl Opened<'_> {
    /// What it is, for a message.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::List(_) => "a list",
            Self::Text(_) => "a text",
            Self::Number(_) => "a number",
            Self::Flag(_) => "true or false",
            Self::Time(_) => "a date or time",
            Self::Null => "nothing",
            Self::Other => "no whole number",
        }
    }
}

impl<'d> Node<'d> {
    pub(super) fn json(raw: &'d RawValue, base: usize) -> Self {
        let at = raw.get().as_ptr().addr().saturating_sub(base);
        Self { at, raw: Raw::Json { raw, base } }
    }

    pub(super) fn toml_root(table: &'d Spanned<DeTable<'d>>) -> Self {
        Self { at: table.span().start, raw: Raw::TomlTable(table.get_ref()) }
    }

    fn toml(value: &'d Spanned<DeValue<'d>>) -> Self {
        Self { at: value.span().start, raw: Raw::Toml(value.get_ref()) }
    }

    /// True for JSON's `null`.
    pub(crate) fn is_null(self) -> bool {
        matches!(self.raw, Raw::Json { raw, .. } if raw.get() == "null")
    }

    /// Opens it one level deep.
    pub(crate) fn open(self) -> Opened<'d> {
        match self.raw {
            Raw::Json { raw, base } => open_json(raw, base),
            Raw::TomlTable(table) => open_table(table),
            Raw::Toml(value) => match value {
                DeValue::String(text) => Opened::Text(Cow::Borrowed(text)),
                DeValue::Integer(number) => integer(number).map_or(Opened::Other, Opened::Number),
                DeValue::Float(_) => Opened::Other,
                DeValue::Boolean(flag) => Opened::Flag(*flag),
                DeValue::Datetime(time) => Opened::Time(time.to_string()),
                DeValue::Array(list) => Opened::List(list.iter().map(Self::toml).collect()),
                DeValue::Table(table) => open_table(table),
            },
        }
    }
}

fn open_table<'d>(table: &'d DeTable<'d>) -> Opened<'d> {
    let entry = |(key, value): (&'d Spanned<Cow<'d, str>>, &'d Spanned<DeValue<'d>>)| {
        // A table of its own begins at its key, and a list of tables at its first.
        let value = Node::toml(value);
        let at = if value.at == 0 { key.span().start } else { value.at };
        (Cow::Borrowed(key.get_ref().as_ref()), Node { at, ..value })
    };
    Opened::Table(table.iter().map(entry).collect())
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

fn open_json(raw: &RawValue, base: usize) -> Opened<'_> {
    let text = raw.get();
    let opened = match text.as_bytes().first() {
        Some(b'{') => {
            let mut reader = serde_json::Deserializer::from_str(text);
            reader.deserialize_map(Entries { base }).ok().map(Opened::Table)
        }
        Some(b'[') => serde_json::from_str::<Vec<&RawValue>>(text)
            .ok()
            .map(|list| Opened::List(list.into_iter().map(|it| Node::json(it, base)).collect())),
        Some(b'"') => serde_json::from_str(text).ok().map(|it| Opened::Text(Cow::Owned(it))),
        Some(b't') => Some(Opened::Flag(true)),
        Some(b'f') => Some(Opened::Flag(false)),
        Some(b'n') => Some(Opened::Null),
        _ => text.parse().ok().map(Opened::Number),
    };
    opened.unwrap_or(Opened::Other)
}

/// Keeps every entry of an object, in order, also those that stand there twice.
struct Entries {
    base: usize,
}

impl<'d> Visitor<'d> for Entries {
    type Value = Vec<(Cow<'d, str>, Node<'d>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((key, raw)) = map.next_entry::<String, &'d RawValue>()? {
            entries.push((Cow::Owned(key), Node::json(raw, self.base)));
        }
        Ok(entries)
    }
}
