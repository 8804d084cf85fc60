//! One trace of an attack, with everything that a person needs to check it.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use crate::Source;

/// How far the attack came at this place. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Someone asked whether the hole is there.
    Scan,
    /// The hole was used, and the server refused or nothing shows that it worked.
    Attempt,
    /// The hole was used and the server answered as if it worked.
    Success,
    /// A web shell was written, stands there, or answered.
    WebShell,
    /// What intruders do inside.
    Post,
}

impl Stage {
    /// The name in rules and in machine output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan => "scan",
            Self::Attempt => "attempt",
            Self::Success => "success",
            Self::WebShell => "webshell",
            Self::Post => "post",
        }
    }

    /// The stage with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let all = [Self::Scan, Self::Attempt, Self::Success, Self::WebShell, Self::Post];
        all.into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How sure a sighting is by itself. Ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Also explained by ordinary things; never decides anything alone.
    Low,
    /// Intruders do it, and administrators sometimes too.
    Medium,
    /// Nothing harmless is known that looks like this.
    High,
}

impl Confidence {
    /// The name in rules and in machine output.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    /// The confidence with this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|it| it.name() == name)
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a rule says about itself; shared by all its sightings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFacts {
    /// Never changes: a UUID, or the name of a typed rule.
    pub id: String,
    /// What was seen, in a few words.
    pub title: String,
    /// `CVE-2021-34473`, …; empty if it belongs to none.
    pub cves: Vec<String>,
    /// ATT&CK techniques: `T1505.003`, ….
    pub techniques: Vec<String>,
    /// Where the idea comes from.
    pub references: Vec<String>,
    /// What harmless thing may look like it.
    pub false_positives: Vec<String>,
    /// Who wrote the rule, if it is not ours: a licence may ask for it.
    pub author: Option<String>,
}

/// One trace of an attack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The rule that saw it.
    pub rule: Arc<RuleFacts>,
    /// How far the attack came.
    pub stage: Stage,
    /// How sure this is by itself.
    pub confidence: Confidence,
    /// When it happened, UTC; `None` if the record does not say.
    pub at: Option<Timestamp>,
    /// The kind of log or place.
    pub source: Source,
    /// The file as the caller named it; members of an archive as `outer.zip!inner.log`.
    pub file: Arc<str>,
    /// Line from 1, or record number of an event log; `None` for a whole file.
    pub line: Option<u64>,
    /// The record as it stands, cut to [`crate::limits::EXCERPT_CHARS_MAX`]; secrets are masked when shown.
    pub excerpt: String,
    /// The address that acted.
    pub actor: Option<String>,
    /// The account that acted.
    pub user: Option<String>,
    /// The path of the file it is about; see [`crate::Record::path`].
    pub path: Option<String>,
    /// The Exchange cmdlet that ran.
    pub cmdlet: Option<String>,
    /// Why this is a sighting and of this stage, as a sentence without its full stop.
    pub why: String,
}
