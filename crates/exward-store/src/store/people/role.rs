//! What people are called, and what they may do.

use std::fmt;
use std::str::FromStr;

use crate::store::StoreError;

/// Longest name of a person, in characters: it stands in tables and in the audit log.
const NAME_LENGTH_MAX: usize = 80;

/// What somebody may do; each role may do everything of those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Looks.
    Viewer,
    /// Starts checks and hunts, plans rollouts.
    Operator,
    /// Approves rollouts, accepts findings.
    Approver,
    /// Says who may do what.
    Admin,
}

/// A text that is no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role; roles are viewer, operator, approver, admin")]
pub struct ParseRoleError(pub String);

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Operator, Self::Approver, Self::Admin];

    /// Its name, in the database and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Approver => "approver",
            Self::Admin => "admin",
        }
    }

    /// The role in a row.
    pub(in crate::store) fn kept(text: &str) -> Result<Self, StoreError> {
        text.parse().map_err(|what: ParseRoleError| StoreError::Damaged { what: what.to_string() })
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, ParseRoleError> {
        let role = Self::ALL.into_iter().find(|it| it.name() == text);
        role.ok_or_else(|| ParseRoleError(text.to_owned()))
    }
}

/// The name of a person, in lower case and without white space around it: `Ana` and `ana ` are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PersonName(String);

/// A text that cannot be the name of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParsePersonNameError {
    /// Nothing but white space.
    #[error("the name is empty")]
    Empty,
    /// Too long.
    #[error("the name is longer than {NAME_LENGTH_MAX} characters")]
    Long,
    /// A character that could make it look like another.
    #[error("a name may have letters, digits, and the characters . - _ @ +")]
    Character,
}

impl PersonName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PersonName {
    type Err = ParsePersonNameError;

    fn from_str(text: &str) -> Result<Self, ParsePersonNameError> {
        let name = text.trim().to_lowercase();
        if name.is_empty() {
            Err(ParsePersonNameError::Empty)
        } else if name.chars().nth(NAME_LENGTH_MAX).is_some() {
            Err(ParsePersonNameError::Long)
        } else if !name.chars().all(|it| it.is_alphanumeric() || ".-_@+".contains(it)) {
            Err(ParsePersonNameError::Character)
        } else {
            Ok(Self(name))
        }
    }
}
