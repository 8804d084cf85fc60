//! One result held against one truth: the rules of [`super`], in their order.

use exward_core::build::Build;
use serde::Deserialize;

use crate::behaviour::Kind;
use crate::truth::{Truth, Visible};

/// What of an `exward.check/1` line the score looks at.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct CheckLine {
    pub(super) target: String,
    identity: IdentityPart,
    verdict: String,
    reasons: Vec<String>,
}

/// What of its identity.
#[derive(Clone, Debug, Deserialize)]
struct IdentityPart {
    product: Option<String>,
    cu: Option<String>,
    build: Option<Build4>,
    at_least: Option<Build4>,
    at_most: Option<Build4>,
    conflicts: Vec<String>,
}

/// A build in JSON; text that is none is an error of its line.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Build4(Build);

impl TryFrom<String> for Build4 {
    type Error = exward_core::build::ParseBuildError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// How a face came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Right,
    HonestUnknown,
    Wrong(String),
}

/// Applies rules 2 to 9.
pub(super) fn judge(truth: &Truth, result: &CheckLine) -> Outcome {
    let said = result.verdict.as_str();
    let undecided = matches!(said, "possibly" | "unknown");
    if undecided && result.reasons.iter().all(|it| it.trim().is_empty()) {
        return Outcome::Wrong(format!("{said} without a reason"));
    }
    let wrong = if truth.kind == Kind::Exchange.name() {
        verdict_fault(truth, said)
            .or_else(|| identity_fault(truth, result, undecided))
            .or_else(|| missed(truth, result, undecided))
    } else {
        other_fault(truth, said)
    };
    let also_true = said == "unsupported" && truth.unsupported;
    match wrong {
        Some(why) => Outcome::Wrong(why),
        None if said == truth.verdict || also_true => Outcome::Right,
        None if undecided => Outcome::HonestUnknown,
        None => Outcome::Wrong(format!("called {said}, is {}", truth.verdict)),
    }
}

/// Rules 3 and 4.
fn other_fault(truth: &Truth, said: &str) -> Option<String> {
    let allowed: &[&str] =
        if truth.kind == Kind::None.name() { &["unknown"] } else { &["unknown", "not-exchange"] };
    let kind = &truth.kind;
    (!allowed.contains(&said)).then(|| format!("called {said}, is no Exchange server ({kind})"))
}

/// Rules 5 and 6.
fn verdict_fault(truth: &Truth, said: &str) -> Option<String> {
    let is_so = said == truth.verdict || (said == "unsupported" && truth.unsupported);
    let (build, is) = (truth.build.as_deref().unwrap_or("?"), &truth.verdict);
    match said {
        "possibly" | "unknown" => None,
        _ if is_so => None,
        "patched" | "mitigated" | "not-exchange" => {
            Some(format!("false all-clear: called {said}, is {is} ({build})"))
        }
        "vulnerable" | "unsupported" => {
            Some(format!("false alarm: called {said}, is {is} ({build})"))
        }
        _ => Some(format!("`{said}` is no verdict")),
    }
}

/// Rule 7.
fn identity_fault(truth: &Truth, result: &CheckLine, undecided: bool) -> Option<String> {
    let identity = &result.identity;
    if undecided && !identity.conflicts.is_empty() {
        return None;
    }
    if identity.product.is_some() && identity.product != truth.product {
        let [said, is] = [&identity.product, &truth.product].map(|it| it.as_deref().unwrap_or("?"));
        return Some(format!("called Exchange {said}, is {is}"));
    }
    let low = identity.at_least.map_or(Build::new(0, 0, 0, 0), |it| it.0);
    let high = identity.at_most.map_or(Build::new(u16::MAX, 0, 0, 0), |it| it.0);
    let inside = builds(truth).any(|it| (low..=high).contains(&it));
    (!inside).then(|| format!("builds {low} to {high} leave out {}", truth.builds.join(", ")))
}

/// Rules 8 and 9.
fn missed(truth: &Truth, result: &CheckLine, undecided: bool) -> Option<String> {
    let identity = &result.identity;
    if !identity.conflicts.is_empty() {
        return None;
    }
    match truth.visible {
        Visible::Exact => {
            let found = identity.build.map(|it| it.0);
            if !builds(truth).any(|it| Some(it) == found) {
                return Some(format!(
                    "missed the build {}, which was to be seen",
                    truth.builds.join(", ")
                ));
            }
            // Of several front ends, only one may have been met: that decides nothing.
            let is_one = truth.builds.len() == 1;
            let is_left_open = is_one && undecided && result.verdict != truth.verdict;
            is_left_open.then(|| {
                format!("called {}, but the build decides: {}", result.verdict, truth.verdict)
            })
        }
        Visible::Cu => {
            let found = identity.product == truth.product && identity.cu == truth.cu;
            let [product, cu] = [&truth.product, &truth.cu].map(|it| it.as_deref().unwrap_or("?"));
            (!found)
                .then(|| format!("missed the CU, Exchange {product} {cu}, which was to be seen"))
        }
        Visible::Product | Visible::Nothing => None,
    }
}

/// The builds behind the address; what is no build cannot be met.
fn builds(truth: &Truth) -> impl Iterator<Item = Build> {
    truth.builds.iter().filter_map(|it| it.parse().ok())
}
