//! One line of a log, one event, or one file, as rules see it.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::Source;

/// What a record says of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values<'a> {
    /// The record has no such field.
    Absent,
    /// Not looked at yet: only a part of the record is known. A condition on it may still hold.
    Unknown,
    /// What a condition is compared with; it holds if it holds for one of them. The value as it stands
    /// comes first; then, where the log changed it, the forms an attacker may have sent:
    /// percent-decoded once and twice, `+` for a blank, a blank for a comma. Never empty.
    These(Vec<Cow<'a, str>>),
}

impl<'a> Values<'a> {
    /// One value, as it stands.
    #[must_use]
    pub fn one(value: &'a str) -> Self {
        Self::These(vec![Cow::Borrowed(value)])
    }

    /// The value as it stands, if there is one.
    #[must_use]
    pub fn raw(&self) -> Option<&str> {
        match self {
            Self::These(all) => all.first().map(AsRef::as_ref),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// Fields by the names that Sigma rules use, and the text that keywords are looked for in.
pub trait Fields {
    /// The values of a field. Names are compared without regard to case.
    fn values(&self, field: &str) -> Values<'_>;

    /// What a rule's keywords may stand in: the whole line, or each value of an event and its message.
    fn words(&self) -> Values<'_>;
}

/// A record with what a sighting says about it.
pub trait Record: Fields {
    /// Where it stood.
    fn source(&self) -> Source;

    /// When it happened, UTC; `None` if the record does not say.
    fn at(&self) -> Option<Timestamp>;

    /// The address that acted: the client's, not a proxy's of this server.
    fn actor(&self) -> Option<Cow<'_, str>>;

    /// The account that acted, as logged.
    fn user(&self) -> Option<Cow<'_, str>>;

    /// The name of the server it happened on, as logged.
    fn server(&self) -> Option<Cow<'_, str>>;

    /// The file it is about, by its path as logged (`/owa/auth/x.aspx`, `C:\…\x.aspx`,
    /// `…\x.aspx.f5dba9b9.compiled`): joins requests, events, leftovers and files on disk.
    fn path(&self) -> Option<Cow<'_, str>>;

    /// The Exchange cmdlet that ran, if it is about one.
    fn cmdlet(&self) -> Option<Cow<'_, str>>;

    /// The whole record on one line, for an excerpt. Not masked, not cut.
    fn text(&self) -> Cow<'_, str>;
}
