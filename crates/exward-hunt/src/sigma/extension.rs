//! `exward:` in a rule: how far an attack came, how sure that is, and why. It never changes what matches.

use serde_json::{Map, Value};

use super::condition;
use super::node::Node;
use crate::{Confidence, Stage};

/// What a match says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Saying {
    /// How far the attack came.
    pub(super) stage: Stage,
    /// How sure that is.
    pub(super) confidence: Confidence,
    /// Why; a sentence without its full stop.
    pub(super) why: String,
}

/// Says more if a further condition holds.
#[derive(Debug)]
pub(super) struct Raise {
    /// The condition, over the rule's selections.
    pub(super) when: Node,
    /// What is said then.
    pub(super) saying: Saying,
}

/// Reads the extension. `base` is what the rule says without it.
///
/// # Errors
/// What of it has no meaning.
pub(super) fn read(
    value: &Value,
    base: Saying,
    names: &[String],
) -> Result<(Saying, Vec<Raise>), String> {
    let map = value.as_object().ok_or("`exward` is a map of stage, confidence, why and raise")?;
    let saying = saying(map, base, &["raise"])?;
    let mut raises = Vec::new();
    let listed = match map.get("raise") {
        None => &[][..],
        Some(it) => it.as_array().map(Vec::as_slice).ok_or("`raise` is a list")?,
    };
    for it in listed {
        let map = it.as_object().ok_or("an entry of `raise` is a map with `when`")?;
        let when = map.get("when").and_then(Value::as_str);
        let when = when.ok_or("an entry of `raise` lacks `when`")?;
        let node = condition::parse(when, names).map_err(|why| format!("`when: {when}` {why}"))?;
        let saying = self::saying(map, saying.clone(), &["when"])?;
        raises.push(Raise { when: node, saying });
    }
    Ok((saying, raises))
}

fn saying(map: &Map<String, Value>, base: Saying, others: &[&str]) -> Result<Saying, String> {
    let mut saying = base;
    for (key, value) in map {
        let text = value.as_str().unwrap_or_default();
        match key.as_str() {
            "stage" => {
                let stage = Stage::of(text);
                saying.stage =
                    stage.ok_or("`stage` is scan, attempt, success, webshell or post")?;
            }
            "confidence" => {
                let confidence = Confidence::of(text);
                saying.confidence = confidence.ok_or("`confidence` is low, medium or high")?;
            }
            "why" if !text.is_empty() => text.clone_into(&mut saying.why),
            "why" => return Err("`why` is a sentence".to_owned()),
            other if others.contains(&other) => {}
            other => return Err(format!("`exward` knows no `{other}`")),
        }
    }
    Ok(saying)
}
