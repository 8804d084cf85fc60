//! Elements that hold one plain value.

use super::Value;

/// What an element of one plain value holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Nil,
    Bool,
    Signed,
    Unsigned,
    Float,
    Char,
    DateTime,
    Guid,
    Version,
    Bytes,
    Xml,
    Secret,
    /// Text, and what is exact only as text: decimals, durations, addresses, script blocks.
    Text,
}

impl Scalar {
    /// Source: \[MS-PSRP\] §2.2.5.1 (primitive types).
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        Some(match tag {
            "Nil" => Self::Nil,
            "B" => Self::Bool,
            "I16" | "I32" | "I64" | "SB" => Self::Signed,
            "U16" | "U32" | "U64" | "By" => Self::Unsigned,
            "Db" | "Sg" => Self::Float,
            "C" => Self::Char,
            "DT" => Self::DateTime,
            "G" => Self::Guid,
            "Version" => Self::Version,
            "BA" => Self::Bytes,
            "XD" => Self::Xml,
            "SS" => Self::Secret,
            "S" | "D" | "TS" | "URI" | "SBK" => Self::Text,
            _ => return None,
        })
    }

    /// The value of such an element. A number that is none stays as the text that stood there.
    pub(super) fn value(self, text: String) -> Value {
        let word = text.trim();
        match self {
            Self::Nil => Some(Value::Nil),
            Self::Secret => Some(Value::Secret),
            Self::Bool if word.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
            Self::Bool if word.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
            Self::Bool => None,
            Self::Signed => word.parse().ok().map(Value::Int),
            Self::Unsigned => word.parse().ok().map(Value::UInt),
            Self::Float => word.parse().ok().map(Value::Double),
            // A character stands as its code.
            Self::Char => word
                .parse()
                .ok()
                .and_then(char::from_u32)
                .map(|character| Value::Text(character.to_string())),
            Self::DateTime => Some(Value::DateTime(word.to_owned())),
            Self::Guid => Some(Value::Guid(word.to_owned())),
            Self::Version => Some(Value::Version(word.to_owned())),
            Self::Bytes => Some(Value::Bytes(base64_len(word))),
            Self::Xml => Some(Value::Xml(text.clone())),
            Self::Text => Some(Value::Text(text.clone())),
        }
        .unwrap_or(Value::Text(text))
    }
}

/// Bytes that a base64 text stands for: three for every four digits, padding not counted.
fn base64_len(text: &str) -> usize {
    let is_digit = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'+' | b'/');
    text.bytes().filter(is_digit).count().saturating_mul(3) / 4
}
