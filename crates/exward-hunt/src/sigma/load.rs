//! YAML to rules.
//!
//! Sources: Sigma specification v2, "Rules" and "Tags".

use serde_json::{Map, Value};

use super::detection::{Budget, selection};
use super::extension::{self, Saying};
use super::node::Node;
use super::rule::{LogSource, Rule, RuleError};
use super::{condition, rule};
use crate::limits::{RULE_DEPTH_MAX, RULE_FILE_BYTES_MAX, RULE_NODES_MAX};
use crate::{Channel, Confidence, RuleFacts, Source, Stage};

/// Kinds of Sigma documents that are no rules over single records.
const OTHER_KINDS: [(&str, &str); 3] = [
    (
        "correlation",
        "is a correlation rule, which joins several records; only rules over one are run",
    ),
    ("filter", "is a Sigma filter, which changes other rules; write the condition into the rule"),
    ("action", "is a rule collection of the old format (`action:`); write out each rule"),
];

/// The rules of a YAML text (one or more documents).
///
/// # Errors
/// The first thing that keeps a rule from being run as it is meant.
pub fn load(text: &str, file: &str) -> Result<Vec<Rule>, RuleError> {
    let fail = |what: String| RuleError { file: file.to_owned(), what };
    if text.len() > RULE_FILE_BYTES_MAX {
        return Err(fail(format!("is larger than {RULE_FILE_BYTES_MAX} bytes; split it")));
    }
    let documents: Vec<Value> = documents(text).map_err(&fail)?;
    let mut budget = Budget::default();
    let mut rules = Vec::new();
    for (number, document) in (1_usize..).zip(&documents) {
        if document.is_null() {
            continue;
        }
        let loaded = document
            .as_object()
            .ok_or_else(|| "is no map; a rule begins with `title:`".to_owned())
            .and_then(|it| {
                as_written(it.get("detection"), text)?;
                of_map(it, &mut budget)
            });
        rules.push(loaded.map_err(|why| {
            let Some(title) = document.get("title").and_then(Value::as_str) else {
                return fail(format!("rule {number} {why}"));
            };
            let titled = documents.iter().take(number).filter(|it| it.get("title").is_some());
            fail(format!("{}rule `{title}` {why}", line_of(text, titled.count())))
        })?);
    }
    Ok(rules)
}

/// `line 12: `, where the title with this number stands.
fn line_of(text: &str, number: usize) -> String {
    let titles = (1_usize..).zip(text.lines()).filter(|(_, it)| it.starts_with("title:"));
    let line = titles.map(|(line, _)| line).nth(number.saturating_sub(1));
    line.map_or_else(String::new, |line| format!("line {line}: "))
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    // A value is text: only what YAML 1.2 has no other reading for becomes a number or true or false.
    let options = serde_saphyr::options! {
        with_snippet: false,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::AsString,
        budget: serde_saphyr::budget! { max_nodes: RULE_NODES_MAX, max_depth: RULE_DEPTH_MAX },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: RULE_NODES_MAX },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|err| {
        let line = err.location().map(|it| it.line());
        let what = err.to_string();
        let what = what.lines().next().unwrap_or_default();
        line.map_or_else(|| what.to_owned(), |line| format!("line {line}: {what}"))
    })
}

/// A number with a fraction or an exponent is compared as text; YAML may have changed how it looks.
fn as_written(value: Option<&Value>, text: &str) -> Result<(), String> {
    match value {
        Some(Value::Number(number)) if number.is_f64() && !text.contains(&number.to_string()) => {
            Err(format!(
                "holds a number that YAML reads as `{number}`; quote it, so that it is compared as it \
                 stands"
            ))
        }
        Some(Value::Array(all)) => all.iter().try_for_each(|it| as_written(Some(it), text)),
        Some(Value::Object(map)) => map.values().try_for_each(|it| as_written(Some(it), text)),
        _ => Ok(()),
    }
}

fn of_map(map: &Map<String, Value>, budget: &mut Budget) -> Result<Rule, String> {
    if let Some((_, why)) = OTHER_KINDS.iter().find(|(kind, _)| map.contains_key(*kind)) {
        return Err((*why).to_owned());
    }
    let log_source = log_source(map)?;
    let facts = facts(map)?;
    let detection = map.get("detection").and_then(Value::as_object);
    let detection = detection.ok_or("lacks `detection`")?;
    let (names, selections) = selections(detection, budget)?;
    let condition = conditions(detection, &names)?;
    let base = foreign(map, &log_source, &facts.title);
    let (saying, raises) = match map.get("exward") {
        None => (base, Vec::new()),
        Some(value) => {
            let read = extension::read(value, base, &names)?;
            all_used(&names, &condition, &read.1)?;
            read
        }
    };
    let (mut selections, mut condition) = (selections, condition);
    selections.iter_mut().for_each(|it| it.cheapest_first(&[]));
    let efforts: Vec<u32> = selections.iter().map(|it| it.effort(&[])).collect();
    condition.cheapest_first(&efforts);
    let body = rule::Body { selections, condition, saying, raises };
    Ok(Rule::new(facts, log_source, body))
}

fn selections(
    detection: &Map<String, Value>,
    budget: &mut Budget,
) -> Result<(Vec<String>, Vec<Node>), String> {
    let (mut names, mut nodes) = (Vec::new(), Vec::new());
    for (name, value) in detection {
        // `timeframe` only ever meant something to aggregations, which `condition` refuses.
        if name == "condition" || name == "timeframe" {
            continue;
        }
        let node = selection(value, budget);
        nodes.push(
            node.map_err(|why| format!("has a selection `{name}` that cannot be run: {why}"))?,
        );
        names.push(name.clone());
    }
    Ok((names, nodes))
}

fn conditions(detection: &Map<String, Value>, names: &[String]) -> Result<Node, String> {
    let listed = texts(detection, "condition");
    if listed.is_empty() {
        return Err("lacks `condition`".to_owned());
    }
    let mut nodes = Vec::new();
    for text in &listed {
        let node = condition::parse(text, names);
        nodes.push(node.map_err(|why| format!("has a condition `{text}` that {why}"))?);
    }
    Ok(Node::any(nodes))
}

/// A selection of one of our rules that nothing asks for is a slip of the pen.
fn all_used(names: &[String], condition: &Node, raises: &[extension::Raise]) -> Result<(), String> {
    let mut used = condition.selections();
    used.extend(raises.iter().flat_map(|it| it.when.selections()));
    let unused = names.iter().enumerate().find(|(index, _)| !used.contains(index));
    unused.map_or(Ok(()), |(_, name)| {
        Err(format!("has a selection `{name}` that neither `condition` nor a `when` uses"))
    })
}

/// What a rule says that knows nothing of exward. It never is sure enough to decide a verdict alone.
fn foreign(map: &Map<String, Value>, log_source: &LogSource, title: &str) -> Saying {
    let level = text(map, "level").unwrap_or_default().to_ascii_lowercase();
    let serious = matches!(level.as_str(), "high" | "critical");
    let channels = [
        Channel::MsExchangeManagement,
        Channel::Application,
        Channel::Security,
        Channel::System,
        Channel::IisConfiguration,
        Channel::Sysmon,
        Channel::PowerShell,
        Channel::Other,
    ];
    let events = channels.into_iter().any(|it| log_source.covers(Source::Events(it)));
    Saying {
        stage: if events { Stage::Post } else { Stage::Attempt },
        confidence: if serious { Confidence::Medium } else { Confidence::Low },
        why: title.to_owned(),
    }
}

fn log_source(map: &Map<String, Value>) -> Result<LogSource, String> {
    let source = map.get("logsource").and_then(Value::as_object).ok_or("lacks `logsource`")?;
    let part = |key: &str| text(source, key);
    Ok(LogSource { category: part("category"), product: part("product"), service: part("service") })
}

fn facts(map: &Map<String, Value>) -> Result<RuleFacts, String> {
    let title = text(map, "title").ok_or("lacks `title`")?;
    let tags = texts(map, "tags");
    let author = text(map, "author").filter(|it| !it.eq_ignore_ascii_case("exward"));
    let mut false_positives = texts(map, "falsepositives");
    false_positives.retain(|it| {
        !["unknown", "unlikely", "none"].iter().any(|none| it.eq_ignore_ascii_case(none))
    });
    Ok(RuleFacts {
        id: text(map, "id").unwrap_or_else(|| title.clone()),
        title,
        cves: sorted(tags.iter().filter_map(|it| cve(it))),
        techniques: sorted(tags.iter().filter_map(|it| technique(it))),
        references: texts(map, "references"),
        false_positives,
        author,
    })
}

fn sorted(all: impl Iterator<Item = String>) -> Vec<String> {
    let all: std::collections::BTreeSet<String> = all.collect();
    all.into_iter().collect()
}

/// `cve.2021-34473`, and `cve.2021.34473` of older rules.
fn cve(tag: &str) -> Option<String> {
    let tag = tag.to_ascii_lowercase();
    let (year, number) = tag.strip_prefix("cve.")?.split_once(['-', '.'])?;
    let digits = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    (digits(year) && digits(number)).then(|| format!("CVE-{year}-{number}"))
}

/// `attack.t1505.003`.
fn technique(tag: &str) -> Option<String> {
    let tag = tag.to_ascii_uppercase();
    let number = tag.strip_prefix("ATTACK.T")?;
    let valid = number.starts_with(|it: char| it.is_ascii_digit())
        && number.chars().all(|it| it.is_ascii_digit() || it == '.');
    valid.then(|| format!("T{number}"))
}

fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
}

/// A text, or a list of texts.
fn texts(map: &Map<String, Value>, key: &str) -> Vec<String> {
    match map.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
