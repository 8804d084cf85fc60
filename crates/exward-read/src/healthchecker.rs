//! HealthChecker's own results: `HealthChecker-<server>-<date>.xml`, and the JSON of
//! `-VulnerabilityReport`.
//!
//! **Not proved on a real file**: none is at hand. The layout is the one that the script's source
//! gives. The script exports with a depth of 2, and below that PowerShell writes text instead of
//! objects; how much survives is not known here. So the build is read from the objects *and* from
//! the rows that the script displays, and it is said when only one of the two has it.
//!
//! # Invariants
//! * **H1 one record a server**, also when a file holds several.
//! * **H2 the same rules.** Objects inside a result are judged by [`crate::inside`].
//! * **H3 a build that the script only guessed stays a CU.** Where it found no ExSetup.exe it shows
//!   AdminDisplayVersion, which no security update changes (trap T17).
//!
//! Source: CSS-Exchange, Diagnostics/HealthChecker (Add-AnalyzedResultInformation,
//! Get-ExchangeInformation, Get-OrganizationInformation, Invoke-VulnerabilityReport).

mod report;
mod rows;

use std::collections::BTreeSet;

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use jiff::Timestamp;

use crate::clixml::{self, ClixmlError, UNFOLDS_TOO_FAR, Value};
use crate::inside::{Seen, admin_display_version, exsetup_version, of_values};
use crate::{Reading, Record, Skipped};
use rows::Rows;

pub use report::{is_vulnerability_report, vulnerability_report};

/// The property that every result has.
const SERVER: &str = "HealthCheckerExchangeServer";

/// Objects of a result that [`crate::inside`] knows how to judge.
const OBJECTS: [&[&str]; 14] = [
    &["ExchangeInformation", "GetExchangeServer"],
    &["ExchangeInformation", "GetMailboxServer"],
    &["ExchangeInformation", "ExtendedProtectionConfig"],
    &["ExchangeInformation", "VirtualDirectories", "GetOwaVirtualDirectory"],
    &["ExchangeInformation", "IISSettings", "IISModulesInformation"],
    &["ExchangeInformation", "IISSettings", "IISTokenCacheModuleInformation"],
    &["OrganizationInformation"],
    &["OrganizationInformation", "GetOrganizationConfig"],
    &["OrganizationInformation", "GetHybridConfiguration"],
    &["OrganizationInformation", "GetSettingOverride"],
    &["OrganizationInformation", "DomainsAclPermissions"],
    &["OrganizationInformation", "WellKnownSecurityGroups"],
    &["OrganizationInformation", "AdSchemaInformation", "MsExchStorageGroup"],
    &["OrganizationInformation", "AdSchemaInformation", "MsExchSchemaVersionPt"],
];

/// Reads a result file.
///
/// # Errors
/// If it is no CLIXML. A file without any result in it is no error: see [`Reading::skipped`].
pub fn read(name: &str, bytes: &[u8]) -> Result<Reading, ClixmlError> {
    let document = clixml::read(bytes)?;
    if !document.unfolds() {
        let skipped = vec![Skipped::whole(UNFOLDS_TOO_FAR)];
        return Ok(Reading { records: Vec::new(), skipped });
    }
    let all = document.values.iter().flat_map(Value::items);
    let records: Vec<Record> = all.filter(|it| is_result(it)).map(|it| record(name, it)).collect();
    let mut skipped = document.skipped;
    if records.is_empty() {
        skipped.push(Skipped::whole("no HealthChecker result in it"));
    }
    Ok(Reading { records, skipped })
}

/// True if a value is the result of one server.
#[must_use]
pub fn is_result(value: &Value) -> bool {
    value.get(SERVER).is_some()
}

/// What the result of one server says.
pub(crate) fn record(file: &str, result: &Value) -> Record {
    let rows = Rows::of(result);
    let server = result.get(SERVER).unwrap_or(&Value::Nil);
    let seen = Seen { file, value: server };
    let target = server.get("ServerName").and_then(Value::text).or_else(|| rows.text("Name"));
    let mut evidence = build(seen, &rows);
    evidence.extend(of_values(&objects(seen)));
    evidence.extend(concluded(seen));
    evidence.extend(rows.evidence(seen));
    let is_named = evidence.iter().any(|it| matches!(it.claim, Claim::Name(_)));
    if let Some(target) = target.filter(|_| !is_named) {
        // Elsewhere a server's name has no domain; the same here, lest it look like another one.
        let name = target.split('.').next().unwrap_or(target);
        evidence.push(seen.says(EvidenceKind::ServerName, name, Claim::Name(name.to_owned())));
    }
    let at = server.get("GenerationTime").and_then(time);
    let mut said = BTreeSet::new();
    evidence.retain(|it| said.insert((it.kind, it.value.clone())));
    let evidence = evidence.into_iter().map(|it| it.at_time(at)).collect();
    Record { target: target.unwrap_or_default().to_owned(), line: None, evidence }
}

/// A time that says its offset; the local time of an unknown place is none.
fn time(value: &Value) -> Option<Timestamp> {
    value.text()?.parse().ok()
}

fn objects<'a>(seen: Seen<'a>) -> Vec<Seen<'a>> {
    let found = OBJECTS.iter().filter_map(|path| seen.value.at(path));
    found.flat_map(Value::items).map(|value| Seen { value, ..seen }).collect()
}

/// The build, from the objects and from the rows.
fn build(seen: Seen<'_>, rows: &Rows<'_>) -> Vec<Evidence> {
    let setup = seen.value.at(&["ExchangeInformation", "BuildInformation", "ExchangeSetup"]);
    let version = setup.and_then(|it| it.get("FileVersion"));
    let failed = setup.and_then(|it| it.get("FailedGetExSetup")).and_then(Value::bool);
    let is_guess = failed == Some(true) || rows.says_setup_is_missing();
    let mut evidence = Vec::new();
    if let (Some(setup), Some(version)) = (setup, version) {
        evidence.push(if is_guess {
            admin_display_version(seen, version)
        } else {
            exsetup_version(Seen { value: setup, ..seen })
        });
    }
    let row = rows.build(seen, is_guess);
    let places = match (version.is_some(), row.is_some()) {
        (true, true) => None,
        (true, false) => Some("the build stands in the objects only, not in the displayed rows"),
        (false, true) => Some("the build stands in the displayed rows only, not in the objects"),
        (false, false) => Some("no build in this result"),
    };
    evidence.extend(row);
    let note = |it| seen.says(EvidenceKind::ServerFact, it, Claim::Shown);
    evidence.extend(places.map(note));
    evidence
}

/// What the script itself concluded about Active Directory, from data it does not export whole.
fn concluded(seen: Seen<'_>) -> Vec<Evidence> {
    let results = ["OrganizationInformation", "SecurityResults"];
    let Some(results) = seen.value.at(&results) else { return Vec::new() };
    let flag = |value: &Value, name: &str| value.get(name).and_then(Value::bool);
    let domain = |it: &Value| {
        let is_known = flag(it, "UnknownDomain") != Some(true);
        let name = it.get("DomainName").and_then(Value::text).unwrap_or("a domain");
        let passed = flag(it, "DomainPassed").filter(|_| is_known)?;
        Some((ConfigItem::PrepareAllDomains, passed, name.to_owned()))
    };
    let domains = results.get("CVE202221978").map(Value::items).unwrap_or_default();
    let mut found: Vec<Option<(ConfigItem, bool, String)>> = domains.iter().map(domain).collect();
    // One domain that nobody could look at leaves the whole open, unless another one failed.
    if found.iter().any(Option::is_none) {
        found.retain(|it| it.as_ref().is_some_and(|(_, passed, _)| !passed));
    }
    let schema = results.get("CVE202134470").and_then(|it| flag(it, "IsVulnerable"));
    found.push(schema.map(|it| (ConfigItem::PrepareSchema, !it, "the schema".to_owned())));
    let says = |(item, passed, what): (ConfigItem, bool, String)| {
        let (state, word) =
            if passed { (ConfigState::Done, "passed") } else { (ConfigState::NotDone, "failed") };
        let value = format!("{item}: {what} {word} HealthChecker's test");
        seen.says(EvidenceKind::Config, &value, Claim::Config(item, state))
    };
    found.into_iter().flatten().map(says).collect()
}

#[cfg(test)]
mod tests;
