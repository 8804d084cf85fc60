//! A JSON object or list written piece by piece, on one line: the same input gives the same bytes.

use std::fmt::{self, Write as _};

/// A JSON object being written.
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self("{".to_owned())
    }

    /// A value that is JSON already: a number, `true`, a list.
    pub(crate) fn raw(&mut self, key: &str, value: impl fmt::Display) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push_str(&text(key));
        self.0.push(':');
        // Writing to a `String` cannot fail.
        let _written = write!(self.0, "{value}");
    }

    /// A text.
    pub(crate) fn text(&mut self, key: &str, value: &str) {
        self.raw(key, text(value));
    }

    /// A text, left out if there is none.
    pub(crate) fn text_if(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    /// A list of texts, left out if it is empty.
    pub(crate) fn texts_if<'t>(&mut self, key: &str, values: impl IntoIterator<Item = &'t str>) {
        let values = list(values.into_iter().map(text));
        if values != "[]" {
            self.raw(key, values);
        }
    }

    /// The object as text.
    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A text in quotes.
pub(crate) fn text(value: &str) -> String {
    // A text always has a JSON form.
    serde_json::to_string(value).unwrap_or_default()
}

/// A list on one line.
pub(crate) fn list(values: impl IntoIterator<Item = String>) -> String {
    joined(values, ",")
}

/// A list with each value on a line of its own, so that a difference shows as a line.
pub(crate) fn lines(values: impl IntoIterator<Item = String>) -> String {
    joined(values, ",\n")
}

fn joined(values: impl IntoIterator<Item = String>, between: &str) -> String {
    let mut list = "[".to_owned();
    let open = if between.ends_with('\n') { "\n" } else { "" };
    for (place, value) in values.into_iter().enumerate() {
        list.push_str(if place == 0 { open } else { between });
        list.push_str(&value);
    }
    list.push(']');
    list
}
