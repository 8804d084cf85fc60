//! Rules that Sigma cannot express: with tables of thousands of values, with folders that have an
//! allow-list, with a token that must be decoded.
//!
//! # Invariants
//! * **T1 the path decides early**: where [`may_matter`] says no to a path, no request for it is a
//!   sighting, whatever else the line says; only a token in the query still is one.
//! * **T2 needles hide nothing**: a line without any of [`needles`] is no sighting.
//! * **T3 an address alone decides nothing**: it is a sighting of low confidence.

mod hit;
mod listed;
mod page;
mod request;
mod rules;
mod token;

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::bundled::{FactKind, Facts};
use crate::sigma::Alphabet;
use crate::{Confidence, Fields, Record, Source, Stage, Values, known};

pub(crate) use hit::TypedHit;
use page::Page;
pub(crate) use request::{Asked, STEM, forms};
use rules::TypedRule;

/// What the typed rules look at in records of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// Requests with a path.
    Requests,
    Events,
    Nothing,
}

fn sort(source: Source) -> Sort {
    match source {
        Source::Iis | Source::HttpProxy | Source::RpsHttp => Sort::Requests,
        Source::Events(_) => Sort::Events,
        Source::EcpServer
        | Source::EcpActivity
        | Source::Cmdlet
        | Source::Ews
        | Source::OabGenerator
        | Source::Audit
        | Source::ExchangeOther
        | Source::WebFolder
        | Source::Config => Sort::Nothing,
    }
}

/// Adds what the typed rules see in a record.
pub(crate) fn look(record: &dyn Record, facts: &Facts, hits: &mut Vec<TypedHit>) {
    match sort(record.source()) {
        Sort::Requests => {
            let before = hits.len();
            hits.extend(page::asked_for(record, facts));
            hits.extend(token::in_request(record));
            // In a web log an address is told beside something else only: to look for a hundred addresses in
            // every line would cost a third of the speed.
            if hits.len() > before {
                hits.extend(listed::actor(record, facts));
            }
        }
        Sort::Events => {
            hits.extend(page::in_event(record, facts));
            hits.extend(listed::in_event(record, facts));
        }
        Sort::Nothing => {}
    }
}

/// Whether a typed rule may want a record of which only the path of a request is known.
pub(crate) fn may_matter(known: &dyn Fields, facts: &Facts) -> bool {
    match known.values(STEM) {
        Values::These(forms) => {
            forms.iter().any(|it| Page::of(it, facts).is_some() || token::may_stand_in(it))
        }
        Values::Unknown => true,
        Values::Absent => false,
    }
}

/// Lower-case literals of which a line must hold one for a typed rule to want it. All of them are of bytes
/// that every log writes as they are.
pub(crate) fn needles(facts: &Facts, source: Source, _alphabet: Alphabet) -> BTreeSet<String> {
    let mut needles = BTreeSet::new();
    match sort(source) {
        Sort::Requests => {
            needles.extend(page::ENDINGS.map(|it| format!(".{it}")));
            needles.insert(token::NAME.to_owned());
        }
        Sort::Events => {
            needles.extend(page::ENDINGS.map(|it| format!(".{it}")));
            let kinds = [FactKind::Address, FactKind::Domain, FactKind::Hash, FactKind::ShellHash];
            needles.extend(kinds.iter().flat_map(|it| facts.values(*it)).map(str::to_owned));
        }
        Sort::Nothing => {}
    }
    needles
}

/// What a file is by itself: one of a list, or called like one.
pub(crate) fn of_file(path: &str, bytes: &[u8], facts: &Facts) -> Option<TypedHit> {
    if let Some(fact) = facts.hash(&hex(&Sha256::digest(bytes))) {
        let stage = listed::stage_of(fact);
        let why = format!("its SHA-256 is on a list: {fact}");
        return Some(TypedRule::FileHash.hit(stage, Confidence::High, why));
    }
    // A name is little; where an antivirus program keeps files, it is nothing.
    if known::of_path(path).is_some() {
        return None;
    }
    let page = Page::of(path, facts)?;
    let fact = page.fact.filter(|it| it.kind == FactKind::ShellName)?;
    let why = format!("its name is that of a {fact}");
    Some(TypedRule::ShellName.hit(Stage::WebShell, Confidence::Low, why))
}

/// Hexadecimal digits in lower case.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests;
