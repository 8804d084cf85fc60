//! What holds for every rule and every record: N1, K1, and that no text of a rule makes `load` panic.

use std::collections::BTreeMap;

use exward_hunt::sigma::{Alphabet, Rule, Tri, load};
use exward_hunt::{Fields, Values};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

/// A record of which the hidden fields are not known.
struct Record {
    values: BTreeMap<String, String>,
    hidden: Vec<String>,
}

impl Record {
    fn whole(values: &BTreeMap<String, String>) -> Self {
        Self { values: values.clone(), hidden: Vec::new() }
    }

    fn is_hidden(&self, name: &str) -> bool {
        self.hidden.iter().any(|it| it == name)
    }
}

impl Fields for Record {
    fn values(&self, field: &str) -> Values<'_> {
        if self.is_hidden(field) {
            return Values::Unknown;
        }
        self.values.get(field).map_or(Values::Absent, |it| Values::one(it))
    }

    fn words(&self) -> Values<'_> {
        if self.is_hidden("words") {
            return Values::Unknown;
        }
        Values::These(self.values.values().map(|it| it.as_str().into()).collect())
    }
}

const FIELDS: [&str; 3] = ["a", "b", "c"];
const ATOMS: [&str; 12] =
    ["abc", "ABCD", "post", "x/y", " ", "-enc", "\\", "é", "1.5", "+q=", "\"'", "k"];
const WILD: [&str; 14] =
    ["abc", "ABCD", "post", "x/y", " ", "-enc", "\\\\", "é", "1.5", "+q=", "\"'", "k", "*", "?"];
const MODIFIERS: [&str; 16] = [
    "",
    "",
    "",
    "|contains",
    "|contains",
    "|startswith",
    "|endswith",
    "|contains|all",
    "|cased",
    "|contains|windash",
    "|neq",
    "|re",
    "|exists",
    "|gt",
    "|base64|contains",
    "|contains|cased|all",
];
const CONDITIONS: [&str; 10] = [
    "s",
    "s and t",
    "s or t",
    "s and not t",
    "1 of them",
    "2 of them",
    "all of them",
    "not (s or t)",
    "s or (t and u)",
    "not s and u",
];

fn text(atoms: &'static [&'static str], most: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(select(atoms), 0..most).prop_map(|it| it.concat())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        8 => text(&WILD, 3).prop_map(Value::from),
        1 => Just(Value::Null),
        1 => (0..3_i64).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn selection() -> impl Strategy<Value = Value> {
    let item = (select(&FIELDS[..]), select(&MODIFIERS[..]), prop::collection::vec(value(), 1..3));
    let map = prop::collection::vec(item, 1..3).prop_map(|items| {
        let items = items
            .into_iter()
            .map(|(field, modifiers, values)| (format!("{field}{modifiers}"), Value::from(values)));
        Value::Object(items.collect())
    });
    let words = || prop::collection::vec(text(&WILD, 3).prop_map(Value::from), 1..3);
    let every = words().prop_map(|it| json!({ "|all": it }));
    prop_oneof![6 => map, 1 => words().prop_map(Value::from), 1 => every]
}

/// A rule, if the parts that were drawn go together.
fn rule() -> impl Strategy<Value = Option<Rule>> {
    let parts = (selection(), selection(), selection(), select(&CONDITIONS[..]));
    parts.prop_map(|(s, t, u, condition)| {
        let detection = json!({ "s": s, "t": t, "u": u, "condition": condition });
        let rule = json!({ "title": "t", "logsource": {}, "detection": detection });
        load(&rule.to_string(), "rule").ok()?.pop()
    })
}

fn record() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map(select(&FIELDS[..]).prop_map(str::to_owned), text(&ATOMS, 5), 0..4)
}

/// The record as a log writer that escapes whatever it may would write it.
fn written(record: &BTreeMap<String, String>, alphabet: Alphabet) -> String {
    let mut raw = String::new();
    for (name, value) in record {
        raw.push_str(name);
        raw.push('\t');
        for it in value.chars() {
            let plain = match alphabet {
                Alphabet::Url => it.is_ascii_alphanumeric() || "-._~".contains(it),
                Alphabet::Json => it.is_ascii() && !"\"\\/<>&'+=`".contains(it),
                Alphabet::Plain => true,
            };
            if plain {
                raw.push(it);
            } else if alphabet == Alphabet::Url {
                let mut bytes = [0; 4];
                it.encode_utf8(&mut bytes)
                    .bytes()
                    .for_each(|it| raw.push_str(&format!("%{it:02X}")));
            } else {
                raw.push_str(&format!("\\u{:04x}", u32::from(it)));
            }
        }
        raw.push('\n');
    }
    raw.to_ascii_lowercase()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn n1_a_record_that_matches_holds_a_needle(rule in rule(), record in record()) {
        let Some(rule) = rule else { return Ok(()) };
        if rule.hit(&Record::whole(&record)).is_none() {
            return Ok(());
        }
        for alphabet in [Alphabet::Url, Alphabet::Json, Alphabet::Plain] {
            let raw = written(&record, alphabet);
            let Some(needles) = rule.needles(alphabet) else { continue };
            prop_assert!(
                needles.iter().any(|it| raw.contains(it)),
                "N1 {alphabet:?}: {needles:?} are not in {raw:?}"
            );
        }
    }

    #[test]
    fn k1_more_knowledge_never_turns_an_answer(
        rule in rule(),
        record in record(),
        hidden in prop::sample::subsequence(vec!["a", "b", "c", "words"], 0..4),
    ) {
        let Some(rule) = rule else { return Ok(()) };
        let hidden = hidden.into_iter().map(str::to_owned).collect();
        let partly = rule.test(&Record { values: record.clone(), hidden });
        let wholly = rule.test(&Record::whole(&record));
        prop_assert_ne!(wholly, Tri::Unknown, "K1: nothing is unknown of a whole record");
        prop_assert!(partly == Tri::Unknown || partly == wholly, "K1: {partly:?}, then {wholly:?}");
    }

    #[test]
    fn no_text_of_a_rule_makes_it_panic(
        which in any::<Index>(),
        changes in prop::collection::vec((any::<Index>(), any::<Index>(), "[-|*()&:\\[{}'\"\\\\ a-z%?\n]{0,6}"), 0..4),
        record in record(),
    ) {
        let all: Vec<&str> = RULES.split("\n---\n").collect();
        let mut text: Vec<char> = which.get(&all).chars().collect();
        for (from, length, with) in changes {
            let from = from.index(text.len().max(1)).min(text.len());
            let to = from.saturating_add(length.index(8)).min(text.len());
            text.splice(from..to, with.chars());
        }
        let text: String = text.into_iter().collect();
        match load(&text, "rule.yml") {
            Ok(rules) => {
                for rule in rules {
                    let _: Option<_> = rule.hit(&Record::whole(&record));
                    drop(rule.needles(Alphabet::Plain));
                }
            }
            Err(err) => prop_assert!(err.to_string().starts_with("rule.yml: ")),
        }
    }

    #[test]
    fn no_text_at_all_makes_it_panic(text in ".{0,60}") {
        drop(load(&text, "rule.yml"));
    }
}

const RULES: &str = include_str!("differential/rules.yml");
