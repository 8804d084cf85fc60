//! Addresses, domains and file hashes of the lists.

use super::TypedHit;
use super::request::forms;
use super::rules::TypedRule;
use crate::bundled::{Fact, FactKind, Facts};
use crate::{Confidence, Record, Stage};

/// Fields of events that hold an address.
const ADDRESS_FIELDS: [&str; 3] = ["DestinationIp", "SourceIp", "IpAddress"];
/// Fields of events that hold a name of a host.
const NAME_FIELDS: [&str; 2] = ["QueryName", "DestinationHostname"];
/// Fields of events that hold hashes: `SHA1=…,SHA256=…`.
const HASH_FIELDS: [&str; 2] = ["Hashes", "Hash"];

/// The address that acted.
pub(super) fn actor(record: &dyn Record, facts: &Facts) -> Option<TypedHit> {
    record.actor().and_then(|it| address(&it, facts))
}

fn address(address: &str, facts: &Facts) -> Option<TypedHit> {
    let fact = facts.address(address)?;
    let why = format!("{address} is on a list: {fact}; addresses change hands");
    Some(TypedRule::Address.hit(Stage::Scan, Confidence::Low, why))
}

/// What an event tells of.
pub(super) fn in_event(record: &dyn Record, facts: &Facts) -> Vec<TypedHit> {
    let of = |fields: &[&str]| fields.iter().flat_map(|it| forms(record, it)).collect::<Vec<_>>();
    let hash = of(&HASH_FIELDS).iter().find_map(|it| hash(it, facts));
    let domain = of(&NAME_FIELDS).iter().find_map(|it| domain(it, facts));
    let addresses = of(&ADDRESS_FIELDS);
    let found = addresses.iter().find_map(|it| address(it, facts));
    [hash, domain, found.or_else(|| actor(record, facts))].into_iter().flatten().collect()
}

fn domain(name: &str, facts: &Facts) -> Option<TypedHit> {
    let fact = facts.domain(name)?;
    let why = format!("this server asked for {name}, which is on a list: {fact}");
    Some(TypedRule::Domain.hit(Stage::Post, Confidence::Medium, why))
}

fn hash(list: &str, facts: &Facts) -> Option<TypedHit> {
    let values = list.split(',').map(|it| it.rsplit('=').next().unwrap_or_default().trim());
    let fact = values.into_iter().find_map(|it| facts.hash(it))?;
    let why = format!("a file's SHA-256 is on a list: {fact}");
    Some(TypedRule::FileHash.hit(stage_of(fact), Confidence::High, why))
}

/// What a listed file is a sign of.
pub(super) fn stage_of(fact: &Fact) -> Stage {
    if fact.kind == FactKind::ShellHash { Stage::WebShell } else { Stage::Post }
}
