//! Why, short enough for a terminal: what was seen is cut down, what limits the answer never.
//!
//! JSON, CSV and HTML have the whole sentences.

use std::collections::BTreeSet;

use exward_hunt::verdict::alone;
use exward_hunt::{HuntSummary, Sighting};

use super::{file_name, telling};
use crate::plain;

/// Chains that are told; the table below the reasons shows more of them.
const CHAINS_TOLD_MAX: usize = 2;

/// What the library says after a `why` that it made surer.
const RAISED: &str = "; raised from medium: ";

/// What the library says after the chains that it tells.
const MORE: &str = " more like these";

/// The reasons, each on a line, made plain.
pub(in crate::output) fn short(it: &HuntSummary) -> Vec<String> {
    let deciding: Vec<&Sighting> = it
        .chains
        .iter()
        .filter(|chain| alone(chain.stage, chain.confidence) == it.verdict)
        .filter_map(|chain| telling(it, chain))
        .collect();
    let mut short = Vec::new();
    let (mut told, mut after_told) = (0_usize, 0_usize);
    let mut named = BTreeSet::new();
    for reason in &it.reasons {
        match deciding.iter().find(|one| reason.starts_with(&begin(one))) {
            Some(_) if told >= CHAINS_TOLD_MAX => {}
            Some(one) => {
                short.push(cut(reason, one, &mut named));
                (told, after_told) = (told.saturating_add(1), short.len());
            }
            None if told > 0 && reason.ends_with(MORE) => {}
            None => short.push(reason.clone()),
        }
    }
    let more = deciding.len().saturating_sub(told);
    if more > 0 && told > 0 {
        short.insert(after_told, format!("and {more}{MORE}"));
    }
    short.iter().map(|it| plain::line(it).into_owned()).collect()
}

fn begin(it: &Sighting) -> String {
    format!("{}: {}", it.rule.title, it.why)
}

/// Without what raised it; and a file that was named before, by its name alone.
fn cut<'h>(reason: &str, it: &'h Sighting, named: &mut BTreeSet<&'h str>) -> String {
    let rest = reason.strip_prefix(&begin(it)).unwrap_or_default();
    let why = it.why.split_once(RAISED).map_or(it.why.as_str(), |(why, _)| why);
    let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
    let whole = format!("({}{line})", it.file);
    let rest = match rest.strip_suffix(&whole) {
        Some(rest) if !named.insert(&*it.file) => format!("{rest}({}{line})", file_name(&it.file)),
        _ => rest.to_owned(),
    };
    format!("{}: {why}{rest}", it.rule.title)
}
