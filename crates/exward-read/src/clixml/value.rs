//! The values of a document, and how to ask them.

use std::sync::Arc;

use crate::limits::CLIXML_VALUE_WEIGHT;

/// One value.
///
/// Objects are shared: a document may refer to one of them many times. A walk over *everything* can
/// therefore take time exponential in the size of the file; ask for what you need by name, or ask
/// [`super::Document::unfolds`] first.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `$null`.
    Nil,
    /// A truth value.
    Bool(bool),
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    UInt(u64),
    /// A floating-point number.
    Double(f64),
    /// Text, and what is exact only as text: decimals, durations, addresses.
    Text(String),
    /// A time, as it stood there.
    DateTime(String),
    /// A GUID.
    Guid(String),
    /// A version number, as it stood there.
    Version(String),
    /// Binary data, of which only the length is kept.
    Bytes(usize),
    /// An XML document.
    Xml(String),
    /// A secure string, whose content is not kept.
    Secret,
    /// An object.
    Object(Arc<Object>),
    /// A reference to an object that encloses it, or that is not there.
    Unresolved,
}

/// One object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// Its types, the most special first; empty if the document does not say.
    pub type_names: Arc<[String]>,
    /// Its own text form.
    pub to_string: Option<String>,
    /// Its properties, adapted and extended alike.
    pub props: Vec<(String, Value)>,
    /// What it holds besides properties.
    pub payload: Payload,
    /// Objects inside each other below it, references followed.
    pub(super) depth: usize,
    /// What a walk over it meets, references followed (X2).
    pub(super) weight: usize,
}

/// What an object holds besides properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Payload {
    /// Nothing.
    #[default]
    None,
    /// A list, queue, stack or other sequence.
    List(Vec<Value>),
    /// A dictionary.
    Dict(Vec<(Value, Value)>),
    /// One plain value: the number of an enumeration, or a text with properties.
    Scalar(Box<Value>),
}

impl Object {
    /// Takes note of a value inside.
    pub(super) fn takes(&mut self, value: &Value) {
        if let Value::Object(object) = value {
            self.depth = self.depth.max(object.depth.saturating_add(1));
        }
        self.weight = self.weight.saturating_add(value.weight());
    }

    /// The property with this name, letter case aside as in PowerShell; else the entry with this
    /// key.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let has_name = |text: &str| text.eq_ignore_ascii_case(name);
        let property = self.props.iter().find(|(it, _)| has_name(it)).map(|(_, value)| value);
        property.or_else(|| {
            let Payload::Dict(entries) = &self.payload else { return None };
            let found = entries.iter().find(|(key, _)| key.text().is_some_and(has_name));
            found.map(|(_, value)| value)
        })
    }
}

impl Value {
    /// What a walk over it meets: bytes of text, and a little for each value (X2).
    pub(super) fn weight(&self) -> usize {
        let content = match self {
            Self::Text(text)
            | Self::DateTime(text)
            | Self::Guid(text)
            | Self::Version(text)
            | Self::Xml(text) => text.len(),
            Self::Object(object) => {
                object.weight.saturating_add(object.to_string.as_ref().map_or(0, String::len))
            }
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::UInt(_)
            | Self::Double(_)
            | Self::Bytes(_)
            | Self::Secret
            | Self::Unresolved => 0,
        };
        content.saturating_add(CLIXML_VALUE_WEIGHT)
    }

    /// The object, if it is one.
    #[must_use]
    pub fn object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The property or dictionary entry with this name. `$null` counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.object()?.get(name).filter(|it| **it != Self::Nil)
    }

    /// The value at the end of a path of names.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |value, name| value.get(name))
    }

    /// Its text: of an enumeration the name, of another object its own text form. Numbers, truth
    /// values, lists and the empty text have none.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = match self {
            Self::Text(text)
            | Self::DateTime(text)
            | Self::Guid(text)
            | Self::Version(text)
            | Self::Xml(text) => text,
            Self::Object(object) => match (&object.to_string, &object.payload) {
                (Some(text), _) => text,
                (None, Payload::Scalar(value)) => return value.text(),
                (None, _) => return None,
            },
            Self::Nil
            | Self::Bool(_)
            | Self::Int(_)
            | Self::UInt(_)
            | Self::Double(_)
            | Self::Bytes(_)
            | Self::Secret
            | Self::Unresolved => return None,
        };
        Some(text.as_str()).filter(|it| !it.is_empty())
    }

    /// The truth value. Below the depth of an export it stands as text.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        if let Self::Bool(truth) = self {
            return Some(*truth);
        }
        let text = self.text()?;
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        is("true").then_some(true).or_else(|| is("false").then_some(false))
    }

    /// The whole number, also of an enumeration and of digits as text.
    #[must_use]
    pub fn int(&self) -> Option<i64> {
        if let Self::Int(number) = self {
            return Some(*number);
        }
        if let Self::UInt(number) = self {
            return i64::try_from(*number).ok();
        }
        if let Some(Payload::Scalar(value)) = self.object().map(|it| &it.payload) {
            return value.int();
        }
        self.text()?.trim().parse().ok()
    }

    /// The items as PowerShell enumerates them: of a list its items, of `$null` none, of anything
    /// else the value itself, since a list of one is often unrolled.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        if let Some(Payload::List(items)) = self.object().map(|it| &it.payload) {
            return items;
        }
        if matches!(self, Self::Nil | Self::Unresolved) { &[] } else { std::slice::from_ref(self) }
    }

    /// The entries of a dictionary; none of anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        match self.object().map(|it| &it.payload) {
            Some(Payload::Dict(entries)) => entries,
            _ => &[],
        }
    }

    /// True if its most special type is this one, exported directly or after a remote session.
    #[must_use]
    pub fn is_a(&self, type_name: &str) -> bool {
        let first = self.object().and_then(|it| it.type_names.first());
        first.is_some_and(|it| it.strip_prefix("Deserialized.").unwrap_or(it) == type_name)
    }
}
