//! Modifiers: what stands after `|` in a field's name.
//!
//! Source: Sigma specification v2, appendix "Modifiers".

use super::node::Compare;
use super::time::TimePart;

/// One modifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    /// `all`: each of the values must be found.
    All,
    /// `neq`: turns the answer.
    Not,
    /// `cased`: case matters.
    Cased,
    /// `i`, `m`, `s` after `re`.
    Flag(Flag),
    /// Makes another text of the value.
    Change(Change),
    /// The value is no text at all.
    Is(Kind),
}

/// What a modifier makes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// `contains`
    Contains,
    /// `startswith`
    StartsWith,
    /// `endswith`
    EndsWith,
    /// `expand`
    Expand,
    /// `windash`
    WinDash,
    /// `base64`
    Base64,
    /// `base64offset`
    Base64Offset,
    /// `wide`, `utf16le`, `utf16be`, `utf16`
    Utf16(Utf16),
}

/// What a value is if it is no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `re`
    Regex,
    /// `cidr`
    Cidr,
    /// `lt`, `lte`, `gt`, `gte`
    Compare(Compare),
    /// `exists`
    Exists,
    /// `fieldref`
    FieldRef,
    /// `minute`, `hour`, …
    Time(TimePart),
}

/// How a text is written in two bytes a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Utf16 {
    /// The low byte first.
    Little,
    /// The high byte first.
    Big,
    /// The low byte first, after a byte order mark.
    Marked,
}

/// A flag of a regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// Case does not matter.
    IgnoreCase,
    /// `^` and `$` match at line breaks.
    MultiLine,
    /// `.` matches a line break.
    DotAll,
}

impl Modifier {
    /// The modifier with this name.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "all" => Self::All,
            "neq" => Self::Not,
            "cased" => Self::Cased,
            "i" | "ignorecase" => Self::Flag(Flag::IgnoreCase),
            "m" | "multiline" => Self::Flag(Flag::MultiLine),
            "s" | "dotall" => Self::Flag(Flag::DotAll),
            other => {
                let known = Change::named(other).map(Self::Change);
                let known = known.or_else(|| Kind::named(other).map(Self::Is));
                return known.ok_or_else(|| {
                    format!("`{other}` is no modifier of the Sigma specification 2.1")
                });
            }
        })
    }

    /// Whether it may stand beside a value of this kind (`None`: a text).
    pub(super) fn goes_with(self, kind: Option<Kind>) -> bool {
        match self {
            Self::All | Self::Not => true,
            Self::Cased => matches!(kind, None | Some(Kind::FieldRef)),
            Self::Flag(_) => kind == Some(Kind::Regex),
            Self::Is(it) => kind == Some(it),
            Self::Change(change) => match kind {
                None => true,
                Some(Kind::Regex) => matches!(change, Change::Contains | Change::Expand),
                Some(Kind::FieldRef) => {
                    matches!(change, Change::Contains | Change::StartsWith | Change::EndsWith)
                }
                Some(Kind::Cidr | Kind::Compare(_) | Kind::Exists | Kind::Time(_)) => false,
            },
        }
    }
}

impl Change {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "contains" => Self::Contains,
            "startswith" => Self::StartsWith,
            "endswith" => Self::EndsWith,
            "expand" => Self::Expand,
            "windash" => Self::WinDash,
            "base64" => Self::Base64,
            "base64offset" => Self::Base64Offset,
            "wide" | "utf16le" => Self::Utf16(Utf16::Little),
            "utf16be" => Self::Utf16(Utf16::Big),
            "utf16" => Self::Utf16(Utf16::Marked),
            _ => return None,
        })
    }
}

impl Kind {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "re" => Self::Regex,
            "cidr" => Self::Cidr,
            "lt" => Self::Compare(Compare::Less),
            "lte" => Self::Compare(Compare::LessOrSame),
            "gt" => Self::Compare(Compare::Greater),
            "gte" => Self::Compare(Compare::GreaterOrSame),
            "exists" => Self::Exists,
            "fieldref" => Self::FieldRef,
            other => Self::Time(TimePart::named(other)?),
        })
    }
}
