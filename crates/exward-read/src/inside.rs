//! What PowerShell saw on the server itself: a folder of exported objects becomes evidence.
//!
//! Objects are known by what they say of themselves (type, shape, own properties). Several facts
//! need more than one file, so the folder is looked at as one: whether an old `cachtokn.dll` matters
//! depends on the list of loaded modules, who may write to a domain on the list of groups.
//!
//! # Invariants
//! * **N1 one folder is one server.** Names that differ become a conflict later, not two records.
//! * **N2 never from a gap.** A property that is missing decides nothing; so does an object that was
//!   read on another server, as far as it says so.
//! * **N3 few pieces.** Hundreds of services or directories become one line each about what matters.
//! * **N4 a mitigation in a file is no proof**: it is shown and decides nothing.
//!
//! Sources of the rules: HealthChecker's analyzers (CSS-Exchange, named at each module); the shapes
//! are those of real exports in its test data.

mod directory;
mod download_domains;
mod extended_protection;
mod fip_fs;
mod overrides;
mod server;
mod services;
mod token_cache;

use std::collections::BTreeSet;

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::sentence::first_few;

use crate::clixml::Value;
use crate::record::kept;

pub use fip_fs::fip_fs;
pub(crate) use server::{admin_display_version, exsetup_version};

/// One exported file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// Its name, which only decides what an empty export is an export of.
    pub name: String,
    /// Its root objects.
    pub values: Vec<Value>,
    /// True if nothing of it was left out. A file that is cut before its first object looks like
    /// the export of nothing.
    pub is_whole: bool,
}

/// The name that the evidence gives the server.
pub(crate) fn named(evidence: &[Evidence]) -> Option<&str> {
    evidence
        .iter()
        .find_map(|it| if let Claim::Name(name) = &it.claim { Some(name.as_str()) } else { None })
}

/// What the files of one server say together.
#[must_use]
pub fn evidence(files: &[File]) -> Vec<Evidence> {
    let mut all: Vec<Seen<'_>> = Vec::new();
    for File { name, values, .. } in files {
        all.extend(values.iter().flat_map(Value::items).map(|value| Seen { file: name, value }));
    }
    let empty = |file: &&File| file.is_whole && file.values.is_empty();
    let empty: Vec<&str> = files.iter().filter(empty).map(|it| it.name.as_str()).collect();
    let mut evidence = of_values(&all);
    evidence.extend(overrides::none(&empty));
    evidence
}

/// What these objects of one server say together.
pub(crate) fn of_values(all: &[Seen<'_>]) -> Vec<Evidence> {
    let mut evidence = server::evidence(all);
    let name = named(&evidence).map(str::to_owned);
    evidence.extend(extended_protection::evidence(all));
    evidence.extend(download_domains::evidence(all, name.as_deref()));
    evidence.extend(token_cache::evidence(all));
    evidence.extend(directory::evidence(all));
    evidence.extend(overrides::evidence(all));
    evidence.extend(services::evidence(all));
    // None is left out but for being said twice: an override that is missing could hide a hole.
    let mut said = BTreeSet::new();
    evidence.retain(|it| said.insert((it.kind, it.value.clone(), it.claim.clone())));
    evidence
}

/// One object and the file it stood in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) file: &'a str,
    pub(crate) value: &'a Value,
}

impl<'a> Seen<'a> {
    /// The text of a property.
    fn text(self, name: &str) -> Option<&'a str> {
        self.value.get(name)?.text()
    }

    /// A piece of evidence of this file.
    pub(crate) fn says(self, kind: EvidenceKind, value: &str, claim: Claim) -> Evidence {
        Evidence::new(kind, kept(value), claim).at_endpoint(self.file)
    }

    /// A configuration item and what is known of it.
    fn config(self, item: ConfigItem, state: Option<ConfigState>, value: &str) -> Evidence {
        let claim = state.map_or(Claim::Shown, |state| Claim::Config(item, state));
        self.says(EvidenceKind::Config, &format!("{item}: {value}"), claim)
    }
}

/// The first few names of a list, and how many more there are.
fn some_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 5;
    first_few(&names.into_iter().collect::<Vec<_>>(), SHOWN)
}

/// The worse of several answers; unknown if one is, unless another is not as it should be.
fn all_of(answers: impl IntoIterator<Item = Option<ConfigState>>) -> Option<ConfigState> {
    let mut known = None;
    let mut is_unclear = false;
    for answer in answers {
        is_unclear |= answer.is_none();
        known = known.max(answer);
    }
    known.filter(|it| !is_unclear || *it == ConfigState::NotDone)
}

#[cfg(test)]
mod tests;
