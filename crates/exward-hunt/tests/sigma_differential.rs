//! Our Sigma engine against pySigma: every rule, event by event.
//!
//! `tests/differential/evaluate.py` answers in two ways, through pySigma's SQLite backend and by walking
//! what pySigma parsed. Each difference fails, unless it is in `KNOWN` with its reason.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test fails by panicking"
)]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the test reads the corpus and runs pySigma; the crate does not"
)]
#![expect(clippy::print_stdout, reason = "says how much was compared")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exward_hunt::sigma::{Tri, load};
use exward_hunt::{Fields, Values};
use serde_json::{Value, json};

const INTERPRETER: &str = "EXWARD_PYSIGMA_PYTHON";

/// What keywords are looked for in.
const TEXT: &str = "_all_text";

/// Events of each rule that are mixed from its values, beside those that are made one by one.
const MIXED: usize = 300;

/// A difference that is not ours to mend.
struct Known {
    rules: &'static [&'static str],
    way: &'static str,
    /// The events that it is about.
    about: fn(&Event) -> bool,
    why: &'static str,
}

const KNOWN: [Known; 5] = [
    Known {
        rules: &["truth"],
        way: "sql",
        about: |event| event.values().any(|it| it.chars().any(char::is_uppercase)),
        why: "the backend compares true and false with regard to case",
    },
    Known {
        rules: &["networks", "networks of IPv6", "Suspicious External WebDAV Execution"],
        way: "sql",
        about: |event| event.values().any(|it| it.starts_with(['1', '2', 'f']) && !is_address(it)),
        why: "the backend compares networks as beginnings of texts, so `10.1.2.3x` is in 10.0.0.0/8",
    },
    Known {
        rules: &["comparisons"],
        way: "sql",
        about: |event| event.values().any(|it| it.parse::<f64>().is_err()),
        why: "to SQLite every text that is no number is greater than every number",
    },
    Known {
        rules: &["parts of a time"],
        way: "sql",
        about: |event| event.values().any(|it| it.contains('t')),
        why: "SQLite knows no time with a small `t`",
    },
    Known {
        rules: &["letters beyond ASCII"],
        way: "sql",
        about: |event| event.values().any(|it| !it.is_ascii()),
        why: "LIKE of SQLite folds the case of ASCII letters only",
    },
];

fn is_address(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

/// Values that regular expressions of the corpus match: rule, field, value.
const SAMPLES: [(&str, &str, &str); 2] = [
    ("Suspicious Network Communication With IPFS", "cs-uri", "https://ipfs.io/ipfs/x.html#a@b.org"),
    ("Suspicious Network Communication With IPFS", "cs-uri", "https://ipfs.io/ipfs/x"),
];

type Event = BTreeMap<String, String>;

/// An event as a record.
struct Record<'e>(&'e Event);

impl Fields for Record<'_> {
    fn values(&self, field: &str) -> Values<'_> {
        let found = self.0.iter().find(|(name, _)| name.eq_ignore_ascii_case(field));
        found.map_or(Values::Absent, |(_, value)| Values::one(value))
    }

    fn words(&self) -> Values<'_> {
        self.values(TEXT)
    }
}

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
        for (name, selection) in rule["detection"].as_object().unwrap() {
            if name != "condition" {
                let before = pool.items.len();
                pool.selection(selection);
                if name.starts_with("filter") || name.starts_with("false") {
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
    if has("re") || has("fieldref") || has("exists") {
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
fn events(rule: &Value) -> Vec<Event> {
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

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|it| it.is_dir());
    let yaml = files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "yml"));
    yaml.chain(folders.iter().flat_map(|it| files_of(it))).collect()
}

/// Each rule by itself, as YAML.
fn rules() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = fs::read_to_string(here.join("tests/differential/rules.yml")).unwrap();
    let mut rules: Vec<String> = own.split("\n---\n").map(str::to_owned).collect();
    for path in files_of(&here.join("../../../shared/corpus/sigma-rules")) {
        rules.push(fs::read_to_string(path).unwrap());
    }
    rules
}

fn ask(question: &Value) -> Vec<Value> {
    let python = std::env::var(INTERPRETER).unwrap_or_else(|_| {
        panic!(
            "set {INTERPRETER} to a Python that has pySigma: python3 -m venv V; \
             V/bin/pip install -r tests/differential/requirements.txt; {INTERPRETER}=V/bin/python"
        )
    });
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential/evaluate.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
#[ignore = "needs ../shared and pySigma"]
fn rules_match_the_events_that_pysigma_says_they_match() {
    let yaml = rules();
    let parsed: Vec<Value> = yaml.iter().map(|it| serde_saphyr::from_str(it).unwrap()).collect();
    let events: Vec<Vec<Event>> = parsed.iter().map(events).collect();
    let asked: Vec<Value> = yaml
        .iter()
        .zip(&events)
        .map(|(yaml, events)| json!({"yaml": yaml, "events": events}))
        .collect();
    let answers = ask(&json!({ "rules": asked }));
    assert_eq!(answers.len(), yaml.len());

    let mut tally = Tally::default();
    for (((yaml, parsed), events), answer) in yaml.iter().zip(&parsed).zip(&events).zip(&answers) {
        tally.rule(parsed["title"].as_str().unwrap(), yaml, events, answer);
    }
    for (way, [rules, compared, different]) in &tally.counts {
        println!("{way}: {rules} rules, {compared} events compared, {different} known differences");
    }
    println!("{} matches by our engine", tally.matches);
    for (why, count) in &tally.known {
        println!("known: {count:4} {why}");
    }
    let shown: Vec<&str> = tally.wrong.iter().take(60).map(String::as_str).collect();
    assert!(shown.is_empty(), "{} differences:\n{}", tally.wrong.len(), shown.join("\n"));
}

/// What the comparison came to.
#[derive(Default)]
struct Tally {
    /// By way: rules, events, known differences.
    counts: BTreeMap<&'static str, [usize; 3]>,
    matches: usize,
    known: BTreeMap<&'static str, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn rule(&mut self, title: &str, yaml: &str, events: &[Event], answer: &Value) {
        let rule = load(yaml, title).unwrap().remove(0);
        let ours: Vec<bool> = events.iter().map(|it| rule.test(&Record(it)) == Tri::True).collect();
        self.matches += ours.iter().filter(|it| **it).count();
        if ours.iter().all(|it| *it == ours[0]) {
            self.wrong
                .push(format!("{title}: all {} events are alike: nothing is tested", ours.len()));
        }
        for way in ["sql", "tree"] {
            let Some(theirs) = answer[way].as_array() else {
                let why = &answer[format!("{way}_why")];
                self.wrong.push(format!("{title}: no answer by {way}: {why}"));
                continue;
            };
            self.counts.entry(way).or_default()[0] += 1;
            for ((event, ours), theirs) in events.iter().zip(&ours).zip(theirs) {
                self.event(title, way, event, *ours, theirs.as_bool().unwrap());
            }
        }
    }

    fn event(&mut self, title: &str, way: &'static str, event: &Event, ours: bool, theirs: bool) {
        let counts = self.counts.entry(way).or_default();
        counts[1] += 1;
        if ours == theirs {
            return;
        }
        let known =
            KNOWN.iter().find(|it| it.way == way && it.rules.contains(&title) && (it.about)(event));
        let Some(known) = known else {
            self.wrong.push(format!("{title} by {way}: ours {ours}, event {event:?}"));
            return;
        };
        counts[2] += 1;
        *self.known.entry(known.why).or_default() += 1;
    }
}
