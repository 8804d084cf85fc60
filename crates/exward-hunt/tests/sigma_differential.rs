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

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use exward_hunt::sigma::{Alphabet, Tri, load};
use exward_hunt::{Fields, Values};
use serde_json::{Value, json};

#[path = "differential/events.rs"]
mod events;

use events::{Event, TEXT, events};

const INTERPRETER: &str = "EXWARD_PYSIGMA_PYTHON";

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

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|err| panic!("{}: {err}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|it| it.is_dir());
    let yaml = files.into_iter().filter(|it| it.extension().is_some_and(|it| it == "yml"));
    yaml.chain(folders.iter().flat_map(|it| files_of(it))).collect()
}

/// Each rule by itself, as YAML: those of `rules.yml`, those of the crate, and the corpus.
fn rules() -> Vec<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![here.join("tests/differential/rules.yml")];
    let shipped = here.join("rules");
    if shipped.is_dir() {
        files.extend(files_of(&shipped));
    }
    files.extend(files_of(&here.join("../../../shared/corpus/sigma-rules")));
    let texts: Vec<String> = files.iter().map(|it| fs::read_to_string(it).unwrap()).collect();
    texts.iter().flat_map(|it| it.split("\n---\n")).map(str::to_owned).collect()
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
        if let Some(needles) = rule.needles(Alphabet::Plain) {
            for (event, _) in events.iter().zip(&ours).filter(|(_, matched)| **matched) {
                let raw = event.values().map(|it| it.to_ascii_lowercase()).collect::<Vec<_>>();
                if !needles.iter().any(|needle| raw.iter().any(|it| it.contains(needle))) {
                    self.wrong.push(format!("{title}: N1, {needles:?} not in {event:?}"));
                }
            }
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
