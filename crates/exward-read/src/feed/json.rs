//! Typed access to the fields of one JSON object: absent and `null` are the same, and a wrong type
//! is an error that names the field (F4).

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::time;

/// The fields of one JSON object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'v>(&'v Map<String, Value>);

impl<'v> Fields<'v> {
    /// The fields of a value, if it is an object.
    pub(super) fn of(value: &'v Value) -> Option<Self> {
        value.as_object().map(Self)
    }

    /// Every value, in the order of the names.
    pub(super) fn values(self) -> impl Iterator<Item = &'v Value> {
        self.0.values()
    }

    /// Every name with its value, in the order of the names.
    pub(super) fn iter(self) -> impl Iterator<Item = (&'v str, &'v Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The field as it stands; `None` if absent or `null`.
    pub(super) fn value(self, name: &str) -> Option<&'v Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// True if the field is there and not `null`.
    pub(super) fn has(self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text, trimmed; `None` if absent or empty.
    pub(super) fn text(self, name: &str) -> Result<Option<&'v str>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let text = value.as_str().ok_or_else(|| format!("`{name}` is not a text"))?.trim();
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// A number from 0 to 65535, as a number or as its digits.
    pub(super) fn number(self, name: &str) -> Result<Option<u16>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let number = match value.as_str() {
            Some("") => return Ok(None),
            Some(digits) => digits.parse().ok(),
            None => value.as_u64().and_then(|number| number.try_into().ok()),
        };
        number.map(Some).ok_or_else(|| format!("`{name}` is not a number from 0 to 65535"))
    }

    /// True or false; `None` if absent.
    pub(super) fn flag(self, name: &str) -> Result<Option<bool>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| format!("`{name}` is neither true nor false"))
    }

    /// An object.
    pub(super) fn object(self, name: &str) -> Result<Option<Self>, String> {
        let Some(value) = self.value(name) else { return Ok(None) };
        Self::of(value).map(Some).ok_or_else(|| format!("`{name}` is not an object"))
    }

    /// A list; empty if absent.
    pub(super) fn list(self, name: &str) -> Result<&'v [Value], String> {
        let Some(value) = self.value(name) else { return Ok(&[]) };
        value.as_array().map(Vec::as_slice).ok_or_else(|| format!("`{name}` is not a list"))
    }

    /// A list of texts, or one text alone; empty if absent.
    pub(super) fn texts(self, name: &str) -> Result<Vec<&'v str>, String> {
        if let Some(text) = self.value(name).and_then(Value::as_str) {
            return Ok(vec![text]);
        }
        let text = |it: &'v Value| it.as_str().ok_or_else(|| format!("`{name}` is not all texts"));
        self.list(name)?.iter().map(text).collect()
    }

    /// A time with its zone, or in UTC if it has none.
    pub(super) fn time(self, name: &str) -> Result<Option<Timestamp>, String> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        time::utc(text).map(Some).ok_or_else(|| format!("`{name}` is not a time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, want: Result<Option<u16>, &str>) {
        let value: Value = serde_json::from_str(json).unwrap();
        let got = Fields::of(&value).unwrap().number("port");
        assert_eq!(got, want.map_err(str::to_owned), "{json}");
    }

    #[test]
    fn ports_are_numbers_or_their_digits() {
        let not_a_port = Err("`port` is not a number from 0 to 65535");
        check(r#"{"port":443}"#, Ok(Some(443)));
        check(r#"{"port":"443"}"#, Ok(Some(443)));
        check(r#"{"port":""}"#, Ok(None));
        check(r#"{"port":null}"#, Ok(None));
        check("{}", Ok(None));
        check(r#"{"port":65536}"#, not_a_port);
        check(r#"{"port":-1}"#, not_a_port);
        check(r#"{"port":1.5}"#, not_a_port);
        check(r#"{"port":"https"}"#, not_a_port);
        check(r#"{"port":[443]}"#, not_a_port);
    }

    #[test]
    fn wrong_types_name_the_field() {
        let value = serde_json::json!({"a": 1, "t": "soon", "l": ["x", 2], "e": " "});
        let fields = Fields::of(&value).unwrap();
        assert_eq!(fields.text("a").unwrap_err(), "`a` is not a text");
        assert_eq!(fields.text("e").unwrap(), None);
        assert_eq!(fields.flag("a").unwrap_err(), "`a` is neither true nor false");
        assert_eq!(fields.object("a").unwrap_err(), "`a` is not an object");
        assert_eq!(fields.list("a").unwrap_err(), "`a` is not a list");
        assert_eq!(fields.texts("l").unwrap_err(), "`l` is not all texts");
        assert_eq!(fields.time("t").unwrap_err(), "`t` is not a time");
    }
}
