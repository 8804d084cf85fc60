//! Facts: a value with when and from where it was seen.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else stands in a file is of the wrong kind, and is named so"
)]

use std::sync::Arc;

use exward_core::fleet::{Facts, ITEMS, Item, Observed, Scope, Value, ValueKind};
use jiff::Timestamp;

use crate::document::{Node, Notes, Opened, Table, nearest, plain_day, quoted};
use crate::limits::NAME_CHARS_MAX;

/// When and from where something was seen, as far as that is said (N4).
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    at: Option<Timestamp>,
    source: Option<Arc<str>>,
}

impl Seen {
    /// With what this table says itself. A time or source that cannot be read is none: an older one from
    /// further out must not stand in for it.
    pub(super) fn narrowed(self, table: &mut Table<'_>, notes: &mut Notes<'_>) -> Self {
        let at = match table.take("at") {
            Some(node) => time(table, node, notes),
            None => self.at,
        };
        let source = match table.take("source") {
            Some(node) => table.name_of("source", node, notes).map(|it| self.shared(&it)),
            None => self.source,
        };
        Self { at, source }
    }

    /// The text, sharing what is there already: an inventory has few sources, and many facts.
    fn shared(&self, text: &str) -> Arc<str> {
        let same = self.source.iter().find(|it| it.as_ref() == text);
        same.map_or_else(|| text.into(), Arc::clone)
    }
}

fn time(table: &Table<'_>, node: Node<'_>, notes: &mut Notes<'_>) -> Option<Timestamp> {
    let text = match node.open() {
        Opened::Text(text) => text.into_owned(),
        Opened::Time(text) => text,
        other => {
            table.wrong("at", node, &other, "a time as \"2026-11-24T01:00:00Z\"", notes);
            return None;
        }
    };
    let at = text.parse().ok();
    if at.is_none() {
        let what = format!(
            "`at` is `{}`, which is no time; write one as \"2026-11-24T01:00:00Z\", with its zone",
            quoted(&text)
        );
        table.problem(node.at, &what, notes);
    }
    at
}

/// A value that was seen: `{ "value": …, "at": …, "source": … }`, or the value alone where time and
/// source stand further out. `value` reads it, and notes why it cannot.
pub(super) fn observed<'d, T>(
    table: &Table<'_>,
    key: &str,
    node: Node<'d>,
    seen: &Seen,
    notes: &mut Notes<'_>,
    value: impl FnOnce(Node<'d>, &mut Notes<'_>) -> Option<T>,
) -> Option<Observed<T>> {
    let before = notes.count();
    let (value_node, seen) = match node.open() {
        Opened::Table(_) => {
            let mut fact = Table::open(node, format!("{}, `{key}`", table.of), notes)?;
            let seen = seen.clone().narrowed(&mut fact, notes);
            let value_node = fact.need("value", notes);
            fact.finish(notes);
            (value_node?, seen)
        }
        _ => (node, seen.clone()),
    };
    let value = value(value_node, notes);
    // A mistake anywhere in a fact leaves it unknown (N1).
    if notes.count() > before {
        return None;
    }
    match (seen.at, seen.source) {
        (Some(at), Some(source)) => Some(Observed { value: value?, at, source }),
        (at, _) => {
            let lacks = if at.is_none() { "at" } else { "source" };
            let what = format!(
                "`{key}` is left out: nothing says `{lacks}`, neither here nor further out"
            );
            table.problem(node.at, &what, notes);
            None
        }
    }
}

/// Every key that is left in the table, as facts of this scope.
pub(super) fn facts(
    table: &mut Table<'_>,
    scope: Scope,
    seen: &Seen,
    notes: &mut Notes<'_>,
) -> Facts {
    let mut facts = Facts::new();
    for (name, node) in table.rest() {
        if node.is_null() {
            continue;
        }
        let Some(item) = item(table, &name, node, scope, notes) else { continue };
        let read = |node, notes: &mut Notes<'_>| value(table, item, node, notes);
        if let Some(fact) = observed(table, &name, node, seen, notes, read) {
            facts.insert(item, fact);
        }
    }
    facts
}

fn item(
    table: &Table<'_>,
    name: &str,
    node: Node<'_>,
    scope: Scope,
    notes: &mut Notes<'_>,
) -> Option<Item> {
    let Ok(item) = name.parse::<Item>() else {
        let here = ITEMS.iter().filter(|it| it.scope() == scope).map(|it| it.name());
        let meant = nearest(name, here);
        let meant = meant.map_or(String::new(), |it| format!("; did you mean `{it}`?"));
        let what = format!("there is no fact `{}`{meant}", quoted(name));
        table.problem(node.at, &what, notes);
        return None;
    };
    if item.scope() != scope {
        let whose = match item.scope() {
            Scope::Server => "a server; write it into `facts` of each",
            Scope::Organization => "the organisation; write it into `organization`",
        };
        table.problem(node.at, &format!("`{name}` is a fact of {whose}"), notes);
        return None;
    }
    Some(item)
}

/// The value of an item.
fn value(table: &Table<'_>, item: Item, node: Node<'_>, notes: &mut Notes<'_>) -> Option<Value> {
    let key = item.name();
    let opened = node.open();
    let text = match &opened {
        Opened::Text(text) if text.chars().count() <= NAME_CHARS_MAX => text.trim().to_owned(),
        Opened::Time(text) => text.clone(),
        Opened::Flag(flag) if item.kind() == ValueKind::Flag => flag.to_string(),
        Opened::Number(number) if matches!(item.kind(), ValueKind::Number | ValueKind::Windows) => {
            number.to_string()
        }
        other => {
            table.wrong(key, node, other, wanted(item.kind()), notes);
            return None;
        }
    };
    let value = match item.kind() {
        // Longer texts hold a day as well, with a time that would be dropped.
        ValueKind::Date => plain_day(&text).map(Value::Date),
        ValueKind::Text => (!text.is_empty() && !text.chars().any(char::is_control))
            .then(|| Value::Text(text.as_str().into())),
        kind @ (ValueKind::Flag | ValueKind::Number | ValueKind::Windows) => {
            Value::parse(kind, &text)
        }
    };
    let Some(value) = value else {
        let what = format!("`{key}` is `{}`, and has to be {}", quoted(&text), wanted(item.kind()));
        table.problem(node.at, &what, notes);
        return None;
    };
    if let Some(why) = impossible(item, &value) {
        table.problem(node.at, &format!("`{key}` is {value}: {why}"), notes);
        return None;
    }
    Some(value)
}

const fn wanted(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Flag => "true or false",
        ValueKind::Number => "a whole number",
        ValueKind::Text => "a word in quotes",
        ValueKind::Date => "a day as \"2026-12-24\"",
        ValueKind::Windows => {
            "one of \"2012\", \"2012R2\", \"2016\", \"2019\", \"2022\", \"2025\", \"older\""
        }
    }
}

/// Why nothing has this value.
fn impossible(item: Item, value: &Value) -> Option<&'static str> {
    const PRODUCT_YEARS: [i64; 8] = [2000, 2003, 2007, 2010, 2013, 2016, 2019, 2025];
    match value {
        Value::Number(year) if item == Item::OldestProduct => (!PRODUCT_YEARS.contains(year))
            .then_some("no Exchange has this year; write 2013, 2016, 2019, or 2025 for SE"),
        Value::Number(number) if *number < 0 => Some("no such number is below 0"),
        Value::Number(_) | Value::Flag(_) | Value::Text(_) | Value::Date(_) | Value::Windows(_) => {
            None
        }
    }
}
