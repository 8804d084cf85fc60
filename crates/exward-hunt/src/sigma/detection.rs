//! `detection`: the selections of a rule.
//!
//! Source: Sigma specification v2, "Detection". A map is AND, a list is OR; a list of plain values is
//! looked for everywhere in the record.

use ipnet::IpNet;
use regex::RegexBuilder;
use serde_json::Value;

use super::glob::Glob;
use super::modifier::{Change, Flag, Kind, Modifier};
use super::node::{FieldRef, Node, Place, Test};
use super::pattern::Texts;
use super::text::{no_placeholder, transform};
use crate::limits::{
    RULE_DEPTH_MAX, RULE_REGEX_BYTES_MAX, RULE_REGEXES_MAX, RULE_TEXT_CHARS_MAX,
    RULE_VALUE_CHARS_MAX, RULE_VALUES_MAX,
};

/// What the rules of a file may still use.
pub(super) struct Budget {
    values: usize,
    chars: usize,
    regexes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { values: RULE_VALUES_MAX, chars: RULE_TEXT_CHARS_MAX, regexes: RULE_REGEXES_MAX }
    }
}

impl Budget {
    fn values(&mut self, count: usize) -> Result<(), String> {
        let left = self.values.checked_sub(count);
        self.values = left.ok_or_else(|| {
            format!("the file holds more than {RULE_VALUES_MAX} values; split it")
        })?;
        Ok(())
    }

    fn texts(&mut self, texts: &[Glob]) -> Result<(), String> {
        self.values(texts.len())?;
        let chars: usize = texts.iter().map(|it| it.symbols().len()).sum();
        let left = self.chars.checked_sub(chars);
        self.chars = left.ok_or_else(|| {
            format!("the file's values hold more than {RULE_TEXT_CHARS_MAX} characters; split it")
        })?;
        Ok(())
    }

    fn regex(&mut self) -> Result<(), String> {
        let left = self.regexes.checked_sub(1);
        self.regexes = left.ok_or_else(|| {
            format!("the file holds more than {RULE_REGEXES_MAX} regular expressions; split it")
        })?;
        Ok(())
    }
}

/// One selection.
///
/// # Errors
/// What of it cannot be run.
pub(super) fn selection(value: &Value, budget: &mut Budget) -> Result<Node, String> {
    nested(value, budget, RULE_DEPTH_MAX)
}

fn nested(value: &Value, budget: &mut Budget, depth: usize) -> Result<Node, String> {
    let deeper = depth.checked_sub(1).ok_or("is nested too deeply")?;
    match value {
        Value::Object(map) if map.is_empty() => Err("is empty".to_owned()),
        Value::Object(map) => {
            let mut nodes = Vec::new();
            for (key, value) in map {
                let node = item(key, value, budget);
                nodes.push(node.map_err(|why| format!("`{key}`: {why}"))?);
            }
            Ok(Node::all(nodes))
        }
        Value::Array(list) if list.is_empty() => Err("is empty".to_owned()),
        Value::Array(list) if !list.iter().any(|it| it.is_object() || it.is_array()) => {
            item("", value, budget)
        }
        Value::Array(list) => {
            let nodes: Result<Vec<Node>, String> =
                list.iter().map(|it| nested(it, budget, deeper)).collect();
            Ok(Node::any(nodes?))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            item("", value, budget)
        }
    }
}

/// A field with its modifiers, and its values.
struct Item {
    field: Option<String>,
    modifiers: Vec<Modifier>,
    changes: Vec<Change>,
    kind: Option<Kind>,
}

fn item(key: &str, value: &Value, budget: &mut Budget) -> Result<Node, String> {
    let item = Item::of(key)?;
    let one = std::slice::from_ref(value);
    let values = value.as_array().map_or(one, Vec::as_slice);
    budget.values(values.len())?;
    let all = item.has(Modifier::All);
    let (mut nodes, mut texts) = (Vec::new(), Vec::new());
    if values.is_empty() {
        nodes.push(item.leaf(Test::Exists(false))?);
    }
    for value in values {
        if let Some(text) = item.text(value)? {
            let forms = transform(text, &item.changes)?;
            budget.texts(&forms)?;
            if all {
                nodes.push(item.texts(forms)?);
            } else {
                texts.extend(forms);
            }
        } else {
            nodes.push(item.leaf(item.test(value, budget)?)?);
        }
    }
    if !texts.is_empty() {
        nodes.push(item.texts(texts)?);
    }
    let node = if all { Node::all(nodes) } else { Node::any(nodes) };
    Ok(if item.has(Modifier::Not) { Node::Not(Box::new(node)) } else { node })
}

impl Item {
    fn of(key: &str) -> Result<Self, String> {
        let mut parts = key.split('|');
        let field = parts.next().filter(|it| !it.is_empty()).map(str::to_owned);
        let modifiers: Vec<Modifier> = parts.map(Modifier::named).collect::<Result<_, _>>()?;
        let (mut changes, mut kinds) = (Vec::new(), Vec::new());
        for it in &modifiers {
            match it {
                Modifier::Change(change) => changes.push(*change),
                Modifier::Is(kind) => kinds.push(*kind),
                Modifier::All | Modifier::Not | Modifier::Cased | Modifier::Flag(_) => {}
            }
        }
        let kind = kinds.first().copied();
        if kinds.len() > 1 || !modifiers.iter().all(|it| it.goes_with(kind)) {
            return Err("has modifiers that cannot stand together".to_owned());
        }
        let anchored = changes.iter().any(|it| matches!(it, Change::StartsWith | Change::EndsWith));
        if field.is_none() && anchored {
            return Err("words without a field are looked for anywhere; `startswith` and \
                        `endswith` say nothing there"
                .to_owned());
        }
        Ok(Self { field, modifiers, changes, kind })
    }

    fn has(&self, modifier: Modifier) -> bool {
        self.modifiers.contains(&modifier)
    }

    fn changes(&self, change: Change) -> bool {
        self.changes.contains(&change)
    }

    fn leaf(&self, test: Test) -> Result<Node, String> {
        let place = match (&self.field, &test) {
            (Some(name), _) => Place::Field(name.clone()),
            (None, Test::Texts(_) | Test::Regex(_)) => Place::Words,
            (None, _) => return Err("needs a field to look at".to_owned()),
        };
        Ok(Node::Leaf(place, test))
    }

    /// Words are looked for anywhere.
    fn texts(&self, forms: Vec<Glob>) -> Result<Node, String> {
        let anywhere = self.field.is_none();
        let forms = forms.into_iter().map(|it| it.open_if(anywhere)).collect();
        self.leaf(Test::Texts(Texts::of(forms, self.has(Modifier::Cased))?))
    }

    /// The value, if texts are looked for and it is one.
    fn text(&self, value: &Value) -> Result<Option<Glob>, String> {
        if self.kind.is_some() {
            return Ok(None);
        }
        Ok(match value {
            Value::Null => None,
            Value::String(text) => Some(Glob::parse(short(text)?)),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                Some(Glob::literal(&scalar(value)?))
            }
        })
    }

    /// What is looked for, if it is no text.
    fn test(&self, value: &Value, budget: &mut Budget) -> Result<Test, String> {
        let Some(kind) = self.kind else {
            let bare = self.changes.is_empty() && !self.has(Modifier::Cased);
            return if bare {
                Ok(Test::Exists(false))
            } else {
                Err("has a modifier on null".to_owned())
            };
        };
        let text = scalar(value)?;
        let text = short(&text)?;
        Ok(match kind {
            Kind::Regex => {
                budget.regex()?;
                self.regex(text)?
            }
            Kind::Cidr => Test::Cidr(network(text)?),
            Kind::Compare(compare) => Test::Number(compare, number(text)?),
            Kind::Time(part) => {
                Test::Time(part, text.parse().map_err(|_| format!("`{text}` is no whole number"))?)
            }
            Kind::Exists => Test::Exists(
                text.parse().map_err(|_| format!("`exists` is true or false, not `{text}`"))?,
            ),
            Kind::FieldRef => Test::SameAs(FieldRef {
                field: text.to_owned(),
                before: self.changes(Change::Contains) || self.changes(Change::EndsWith),
                after: self.changes(Change::Contains) || self.changes(Change::StartsWith),
                cased: self.has(Modifier::Cased),
            }),
        })
    }

    fn regex(&self, text: &str) -> Result<Test, String> {
        if self.changes(Change::Expand) {
            no_placeholder(text)?;
        }
        let regex = RegexBuilder::new(text)
            .case_insensitive(self.has(Modifier::Flag(Flag::IgnoreCase)))
            .multi_line(self.has(Modifier::Flag(Flag::MultiLine)))
            .dot_matches_new_line(self.has(Modifier::Flag(Flag::DotAll)))
            .size_limit(RULE_REGEX_BYTES_MAX)
            .build();
        regex.map(Test::Regex).map_err(|err| {
            let why = err.to_string();
            let why =
                why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("the regular expression `{text}` cannot be used: {why}")
        })
    }
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(it) => Ok(it.to_string()),
        Value::Null => Err("null cannot be used with this modifier".to_owned()),
        Value::Array(_) | Value::Object(_) => {
            Err("holds a list or a map where a value is meant".to_owned())
        }
    }
}

fn short(text: &str) -> Result<&str, String> {
    if text.chars().count() > RULE_VALUE_CHARS_MAX {
        return Err(format!("a value is longer than {RULE_VALUE_CHARS_MAX} characters"));
    }
    Ok(text)
}

fn network(text: &str) -> Result<IpNet, String> {
    let net = text.parse().or_else(|_| text.parse().map(|ip: std::net::IpAddr| ip.into()));
    net.map_err(|_| {
        format!("`{text}` is no network; one is written `10.0.0.0/8` or `2001:db8::/32`")
    })
}

fn number(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.trim().parse().ok();
    number.filter(|it| it.is_finite()).ok_or_else(|| format!("`{text}` is no number"))
}
