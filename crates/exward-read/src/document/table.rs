//! A table whose keys are taken one by one; what is left in the end was not expected.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

use std::borrow::Cow;

use jiff::civil::Date;

use super::{Node, Notes, Opened, nearest, quoted};
use crate::limits::{NAME_CHARS_MAX, TEXT_CHARS_MAX};

/// A table whose keys are taken one by one.
pub(crate) struct Table<'d> {
    /// First byte of it.
    pub(crate) at: usize,
    /// What it is about, for messages: `ring pilot`; empty for the whole file.
    pub(crate) of: String,
    entries: Vec<(Cow<'d, str>, Node<'d>)>,
    known: Vec<&'static str>,
}

impl<'d> Table<'d> {
    /// Opens a node that has to be a table. A key that stands twice is a problem, and is not used.
    pub(crate) fn open(
        node: Node<'d>,
        of: impl Into<String>,
        notes: &mut Notes<'_>,
    ) -> Option<Self> {
        let of = of.into();
        match node.open() {
            Opened::Table(entries) => {
                let mut table = Self { at: node.at, of, entries, known: Vec::new() };
                table.drop_doubles(notes);
                Some(table)
            }
            other => {
                notes.add(
                    node.at,
                    format!("{}this is {}, and has to be a table", head(&of), other.kind()),
                );
                None
            }
        }
    }

    fn drop_doubles(&mut self, notes: &mut Notes<'_>) {
        let mut keys: Vec<&str> = self.entries.iter().map(|(key, _)| key.as_ref()).collect();
        keys.sort_unstable();
        let mut doubles: Vec<String> = keys
            .windows(2)
            .filter_map(|it| match it {
                [left, right] if left == right => Some((*left).to_owned()),
                _ => None,
            })
            .collect();
        doubles.dedup();
        for key in doubles {
            let at = self.entries.iter().rfind(|it| it.0 == key).map_or(self.at, |it| it.1.at);
            self.problem(
                at,
                &format!("`{}` stands here twice, and is not used", quoted(&key)),
                notes,
            );
            self.entries.retain(|it| it.0 != key);
        }
    }

    /// Notes a problem of this table.
    pub(crate) fn problem(&self, at: usize, what: &str, notes: &mut Notes<'_>) {
        notes.add(at, format!("{}{what}", head(&self.of)));
    }

    /// The value of a key; `None` if it is not there, or `null`.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<Node<'d>> {
        self.known.push(key);
        let at = self.entries.iter().position(|it| it.0 == key)?;
        let (_, node) = self.entries.remove(at);
        (!node.is_null()).then_some(node)
    }

    /// The value of a key that has to be there.
    pub(crate) fn need(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<Node<'d>> {
        let node = self.take(key);
        if node.is_none() {
            self.problem(self.at, &format!("`{key}` is missing"), notes);
        }
        node
    }

    /// Every key with its value: a table whose keys are names.
    pub(crate) fn rest(&mut self) -> Vec<(Cow<'d, str>, Node<'d>)> {
        std::mem::take(&mut self.entries)
    }

    /// Says what nobody took (D1).
    pub(crate) fn finish(&mut self, notes: &mut Notes<'_>) {
        for (key, node) in self.rest() {
            let meant = nearest(&key, self.known.iter().copied());
            let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
            self.problem(
                node.at,
                &format!("there is no key `{}` here{meant}", quoted(&key)),
                notes,
            );
        }
    }

    /// A name, blanks around it left out: not empty, and not long.
    pub(crate) fn name(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<String> {
        let node = self.take(key)?;
        self.name_of(key, node, notes)
    }

    /// The name in this node.
    pub(crate) fn name_of(
        &self,
        key: &str,
        node: Node<'d>,
        notes: &mut Notes<'_>,
    ) -> Option<String> {
        self.text_of(key, node, NAME_CHARS_MAX, notes)
    }

    fn text_of(
        &self,
        key: &str,
        node: Node<'d>,
        chars_max: usize,
        notes: &mut Notes<'_>,
    ) -> Option<String> {
        let opened = node.open();
        let Opened::Text(text) = opened else {
            self.wrong(key, node, &opened, "a text in quotes", notes);
            return None;
        };
        let text = text.trim();
        if text.is_empty() {
            self.problem(node.at, &format!("`{key}` is empty"), notes);
            return None;
        }
        if text.chars().count() > chars_max || text.chars().any(char::is_control) {
            let what = format!("`{key}` is no line of at most {chars_max} letters");
            self.problem(node.at, &what, notes);
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that has to be there.
    pub(crate) fn need_text(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<String> {
        let node = self.need(key, notes)?;
        self.text_of(key, node, TEXT_CHARS_MAX, notes)
    }

    /// A name that has to be there.
    pub(crate) fn need_name(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<String> {
        let node = self.need(key, notes)?;
        self.name_of(key, node, notes)
    }

    /// A whole number that a `T` holds.
    pub(crate) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &'static str,
        notes: &mut Notes<'_>,
    ) -> Option<T> {
        let node = self.take(key)?;
        self.number_of(key, node, notes)
    }

    /// The whole number in this node.
    pub(crate) fn number_of<T: TryFrom<i64>>(
        &self,
        key: &str,
        node: Node<'d>,
        notes: &mut Notes<'_>,
    ) -> Option<T> {
        let opened = node.open();
        let Opened::Number(number) = opened else {
            self.wrong(key, node, &opened, "a whole number", notes);
            return None;
        };
        let fits = T::try_from(number).ok();
        if fits.is_none() {
            let why = if number < 0 { "below 0" } else { "too large" };
            self.problem(node.at, &format!("`{key}` is {number}, which is {why}"), notes);
        }
        fits
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<bool> {
        let node = self.take(key)?;
        self.flag_of(key, node, notes)
    }

    /// The `true` or `false` in this node.
    pub(crate) fn flag_of(&self, key: &str, node: Node<'d>, notes: &mut Notes<'_>) -> Option<bool> {
        let opened = node.open();
        let Opened::Flag(flag) = opened else {
            self.wrong(key, node, &opened, "true or false", notes);
            return None;
        };
        Some(flag)
    }

    /// A day that has to be there, with or without quotes.
    pub(crate) fn need_day(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Option<Date> {
        let node = self.need(key, notes)?;
        let text = match node.open() {
            Opened::Text(text) => text,
            Opened::Time(text) => Cow::Owned(text),
            other => {
                self.wrong(key, node, &other, "a day as 2026-12-24", notes);
                return None;
            }
        };
        let day = plain_day(&text);
        if day.is_none() {
            let what =
                format!("`{key}` is `{}`, which is no day; write one as 2026-12-24", quoted(&text));
            self.problem(node.at, &what, notes);
        }
        day
    }

    /// The values of a list; none if the key is not there.
    pub(crate) fn list(&mut self, key: &'static str, notes: &mut Notes<'_>) -> Vec<Node<'d>> {
        let Some(node) = self.take(key) else { return Vec::new() };
        match node.open() {
            Opened::List(list) => list,
            other => {
                self.wrong(key, node, &other, "a list in brackets", notes);
                Vec::new()
            }
        }
    }

    /// A list of names, each with its place.
    pub(crate) fn names(
        &mut self,
        key: &'static str,
        notes: &mut Notes<'_>,
    ) -> Vec<(usize, String)> {
        let nodes = self.list(key, notes);
        let name = |node: Node<'d>| Some((node.at, self.name_of(key, node, notes)?));
        nodes.into_iter().filter_map(name).collect()
    }

    /// Notes that a value is of another kind.
    pub(crate) fn wrong(
        &self,
        key: &str,
        node: Node<'d>,
        is: &Opened<'_>,
        has_to: &str,
        notes: &mut Notes<'_>,
    ) {
        let what = format!("`{key}` is {}, and has to be {has_to}", is.kind());
        self.problem(node.at, &what, notes);
    }
}

/// The day in `2026-12-24`, and in nothing longer: a time beside it would be dropped unseen.
pub(crate) fn plain_day(text: &str) -> Option<Date> {
    const DAY_CHARS: usize = 10;
    if text.len() == DAY_CHARS { text.parse().ok() } else { None }
}

fn head(of: &str) -> String {
    if of.is_empty() { String::new() } else { format!("{of}: ") }
}
