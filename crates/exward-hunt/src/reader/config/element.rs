//! One element of a configuration file.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::{Fields, Record, Source, Values};

/// An element with its attributes as fields, what it is as `Element`, and where it stands as `Site`, `App` and
/// `Location`.
pub(super) struct Element {
    fields: Vec<(String, String)>,
    text: String,
}

/// Other names that rules use, in lower case.
const OTHER_NAMES: [(&str, &str); 1] = [("factory", "classfactory")];

/// Attributes that name a file which the server loads, in lower case.
const FILES: [&str; 4] = ["image", "assemblypath", "scriptprocessor", "path"];

impl Element {
    pub(super) fn new(fields: Vec<(String, String)>, text: &str) -> Self {
        Self { fields, text: text.replace(['\r', '\n', '\t'], " ") }
    }

    fn value(&self, field: &str) -> Option<&str> {
        let own =
            |wanted: &str| self.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let other = || OTHER_NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        own(field).or_else(|| own(other()?.1)).map(|(_, value)| value.as_str())
    }
}

impl Fields for Element {
    fn values(&self, field: &str) -> Values<'_> {
        self.value(field).map_or(Values::Absent, Values::one)
    }

    fn words(&self) -> Values<'_> {
        let values = self.fields.iter().map(|(_, value)| Cow::Borrowed(value.as_str()));
        Values::These(std::iter::once(Cow::Borrowed(self.text.as_str())).chain(values).collect())
    }
}

impl Record for Element {
    fn source(&self) -> Source {
        Source::Config
    }

    fn at(&self) -> Option<Timestamp> {
        None
    }

    fn actor(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn user(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn server(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn path(&self) -> Option<Cow<'_, str>> {
        let is_file = |it: &&str| it.contains('.') && !it.contains('*');
        FILES.iter().find_map(|name| self.value(name).filter(is_file)).map(Cow::Borrowed)
    }

    fn cmdlet(&self) -> Option<Cow<'_, str>> {
        None
    }

    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.text)
    }
}
