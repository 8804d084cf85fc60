//! Events that a rule's own values suggest: hits, near misses, and mixtures of both.

use std::collections::{BTreeMap, BTreeSet};

use proptest::strategy::{Strategy, ValueTree};
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// A value for each field.
pub(crate) type Event = BTreeMap<String, String>;

/// What keywords are looked for in.
pub(crate) const TEXT: &str = "_all_text";

/// Events of each rule that are mixed from its values, beside those that are made one by one.
const MIXED: usize = 300;

/// Values that regular expressions of the corpus match: rule, field, value.
const SAMPLES: [(&str, &str, &str); 2] = [
    ("Suspicious Network Communication With IPFS", "cs-uri", "https://ipfs.io/ipfs/x.html#a@b.org"),
    ("Suspicious Network Communication With IPFS", "cs-uri", "https://ipfs.io/ipfs/x"),
];

/// The values that a rule's own values suggest for each field.
#[derive(Default)]
struct Pool {
    hits: BTreeMap<String, BTreeSet<String>>,
    others: BTreeMap<String, BTreeSet<String>>,
    /// Field, modifiers and values that match, of each item outside of filters.
    items: Vec<(String, Vec<String>, Vec<String>)>,
}

impl Pool {
    fn of(rule: &Value) -> Self {
        let mut pool = Self::default();
        let negated = negated(&rule["detection"]["condition"].to_string());
        for (name, selection) in rule["detection"].as_object().unwrap() {
            if name != "condition" {
                let before = pool.items.len();
                pool.selection(selection);
                if negated.iter().any(|it| name.starts_with(it.as_str())) {
                    pool.items.truncate(before);
                }
            }
        }
        pool.join(&mut Dice(3));
        for (field, values) in rule["samples"].as_object().into_iter().flatten() {
            for value in values.as_array().unwrap() {
                pool.hit(field, value.as_str().unwrap().to_owned());
            }
        }
        for (_, field, value) in SAMPLES.iter().filter(|(title, ..)| rule["title"] == *title) {
            pool.hit(field, (*value).to_owned());
        }
        for (field, values) in pool.hits.clone() {
            let others = pool.others.entry(field).or_default();
            for value in values {
                others.extend(near(&value));
            }
        }
        pool
    }

    fn selection(&mut self, selection: &Value) {
        match selection {
            Value::Object(map) => map.iter().for_each(|(key, value)| self.item(key, value)),
            Value::Array(list) => {
                for it in list {
                    if it.is_object() || it.is_array() {
                        self.selection(it)
                    } else {
                        self.item("", it)
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.item("", selection);
            }
        }
    }

    fn item(&mut self, key: &str, value: &Value) {
        let mut parts = key.split('|');
        let field = parts.next().filter(|it| !it.is_empty()).unwrap_or(TEXT);
        let modifiers: Vec<&str> = parts.collect();
        let all: Vec<Value> = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let fillings: Vec<String> = all.iter().flat_map(|it| fillings(it, &modifiers)).collect();
        if modifiers.contains(&"all") || field == TEXT {
            self.hit(field, fillings.join(" "));
        }
        let short = fillings.iter().step_by(2).cloned().collect();
        let named = modifiers.iter().map(|it| (*it).to_owned()).collect();
        self.items.push((field.to_owned(), named, short));
        for it in fillings {
            self.hit(field, it);
        }
        if modifiers.contains(&"fieldref") {
            self.hit(value.as_str().unwrap(), "same".to_owned());
        }
        self.others.entry(field.to_owned()).or_default().extend([String::new(), "-".to_owned()]);
        self.hits.entry(field.to_owned()).or_default();
    }

    /// Values that match several items of a field at once.
    fn join(&mut self, dice: &mut Dice) {
        let items = std::mem::take(&mut self.items);
        let fields: BTreeSet<&String> = items.iter().map(|(field, ..)| field).collect();
        for field in fields {
            for _ in 0..8 {
                let [mut starts, mut middle, mut ends] = [const { String::new() }; 3];
                for (_, modifiers, values) in items.iter().filter(|(of, ..)| of == field) {
                    let one = values.get(dice.roll(values.len())).cloned().unwrap_or_default();
                    let has = |it: &str| modifiers.iter().any(|modifier| modifier == it);
                    let to = if has("startswith") && starts.is_empty() {
                        &mut starts
                    } else if has("endswith") && ends.is_empty() {
                        &mut ends
                    } else {
                        &mut middle
                    };
                    to.push_str(&if has("all") { values.join(" ") } else { one });
                }
                self.hit(field, format!("{starts}{middle}{ends}"));
            }
        }
    }

    fn hit(&mut self, field: &str, value: String) {
        self.hits.entry(field.to_owned()).or_default().insert(value);
    }
}

/// Beginnings of the names of selections that a condition negates.
fn negated(condition: &str) -> Vec<String> {
    let words = condition.split(|it: char| !it.is_alphanumeric() && !matches!(it, '_' | '-'));
    let mut words = words.filter(|it| !matches!(*it, "" | "1" | "all" | "any" | "of"));
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        if word == "not" {
            names.extend(words.next().map(str::to_owned));
        }
    }
    names
}

/// Some texts that an expression matches, and the expression itself.
fn matching(regex: &str) -> Vec<String> {
    let inner = regex.replace("(?i)", "").replace("|$)", ")");
    let inner = inner.trim_start_matches('^').trim_end_matches('$');
    let Ok(texts) = string_regex(inner) else { return vec![regex.to_owned()] };
    let mut runner = TestRunner::deterministic();
    let plain = |it: char| if it == ' ' || it.is_ascii_graphic() { it } else { 'x' };
    let drawn = (0..8).map(|_| texts.new_tree(&mut runner).unwrap().current());
    let drawn = drawn.map(|it| it.chars().map(plain).collect());
    drawn.chain([regex.to_owned()]).collect()
}

/// Values that a value of a rule should match, with its wildcards filled in two ways.
fn fillings(value: &Value, modifiers: &[&str]) -> Vec<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => return Vec::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    let has = |it: &str| modifiers.contains(&it);
    if has("cidr") {
        return vec![text.split('/').next().unwrap().to_owned()];
    }
    if has("re") {
        return matching(&text);
    }
    if has("fieldref") || has("exists") {
        return vec![text];
    }
    let (mut short, mut long) = (String::new(), String::new());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        let literal = match it {
            '*' => {
                long.push_str("zZ 9");
                continue;
            }
            '?' => 'q',
            '\\' => chars.next_if(|it| matches!(it, '*' | '?' | '\\')).unwrap_or('\\'),
            other => other,
        };
        short.push(literal);
        long.push(literal);
    }
    let before = if has("contains") || has("endswith") { "b4 " } else { "" };
    let after = if has("contains") || has("startswith") { " aft" } else { "" };
    vec![short, format!("{before}{long}{after}")]
}

/// Values close to this one that should not match, or only where case does not matter.
fn near(value: &str) -> Vec<String> {
    let swapped = value.chars().map(|it| {
        if it.is_ascii_lowercase() { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() }
    });
    let shorter: String = value.chars().skip(1).collect();
    let mut cut = value.to_owned();
    cut.pop();
    vec![swapped.collect(), format!("x{value}"), format!("{value}x"), shorter, cut]
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides.max(1)
    }

    fn pick<'v>(&mut self, values: &'v BTreeSet<String>) -> Option<&'v String> {
        values.iter().nth(self.roll(values.len()))
    }
}

/// Hits, each with one field missing, emptied or changed; each value of each field; and mixtures.
pub(crate) fn events(rule: &Value) -> Vec<Event> {
    let pool = Pool::of(rule);
    let mut dice = Dice(7);
    let mut events = BTreeSet::from([Event::new()]);
    for _ in 0..8 {
        let hit: Event = pool
            .hits
            .iter()
            .filter_map(|(field, values)| Some((field.clone(), dice.pick(values)?.clone())))
            .collect();
        for field in hit.keys() {
            let mut event = hit.clone();
            event.remove(field);
            events.insert(event);
            let none = BTreeSet::new();
            let others = pool.others.get(field).unwrap_or(&none);
            for value in pool.hits[field].iter().chain(others).take(80) {
                let mut event = hit.clone();
                event.insert(field.clone(), value.clone());
                events.insert(event);
            }
        }
        events.insert(hit);
    }
    for _ in 0..MIXED {
        let mut event = Event::new();
        for (field, values) in &pool.hits {
            let from = match dice.roll(6) {
                0 => continue,
                1 => pool.others.get(field),
                _ => Some(values),
            };
            if let Some(value) = from.and_then(|it| dice.pick(it)) {
                event.insert(field.clone(), value.clone());
            }
        }
        events.insert(event);
    }
    events.into_iter().collect()
}
