//! Which build, which name, which role: the file version of ExSetup.exe, `Get-ExchangeServer`,
//! `Get-MailboxServer`, and whether the organisation is hybrid.

use exward_core::build::{BuildPrefix, SeenBuild};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use super::{Seen, some_of};
use crate::clixml::Value;

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    all.iter().flat_map(|it| of_one(*it)).collect()
}

fn of_one(seen: Seen<'_>) -> Vec<Evidence> {
    let is = |name: &str| {
        let full = format!("Microsoft.Exchange.Data.Directory.{name}");
        seen.value.is_a(&full)
    };
    if is_file(seen.value, "ExSetup.exe") {
        vec![exsetup_version(seen)]
    } else if is("Management.ExchangeServer") {
        exchange_server(seen)
    } else if is("Management.MailboxServer") {
        mailbox_server(seen)
    } else if is("SystemConfiguration.HybridConfiguration") {
        vec![seen.says(EvidenceKind::ServerFact, "hybrid configured", Claim::Shown)]
    } else {
        Vec::new()
    }
}

/// True if a file version says that it is of this file.
pub(super) fn is_file(value: &Value, file: &str) -> bool {
    let names = |property: &str| {
        let path = value.get(property).and_then(Value::text).unwrap_or_default();
        path.rsplit('\\').next().is_some_and(|it| it.eq_ignore_ascii_case(file))
    };
    value.get("FileVersion").is_some()
        && ["FileName", "OriginalFilename", "InternalName"].into_iter().any(names)
}

/// The build in the file version of ExSetup.exe: the only inside place that every update changes.
pub(crate) fn exsetup_version(seen: Seen<'_>) -> Evidence {
    let text = seen.text("FileVersion").unwrap_or_default();
    let version = text.split_whitespace().next().unwrap_or_default();
    match version.parse::<SeenBuild>() {
        Ok(build) => seen.says(EvidenceKind::ExSetup, text, Claim::Version(build)),
        Err(_) => seen.says(EvidenceKind::ExSetup, &format!("`{text}`: no build"), Claim::Shown),
    }
}

fn exchange_server(seen: Seen<'_>) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = name(seen).into_iter().collect();
    evidence
        .extend(seen.value.get("AdminDisplayVersion").map(|it| admin_display_version(seen, it)));
    for (property, label) in [("ServerRole", "role"), ("Edition", "edition")] {
        evidence.extend(seen.text(property).map(|it| fact(seen, label, it)));
    }
    evidence.extend(mitigations(seen));
    evidence
}

fn mailbox_server(seen: Seen<'_>) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = name(seen).into_iter().collect();
    evidence
        .extend(seen.value.get("AdminDisplayVersion").map(|it| admin_display_version(seen, it)));
    let dag = "DatabaseAvailabilityGroup";
    // Null means that it is in none; no property at all says nothing (N2).
    if seen.value.object().is_some_and(|it| it.get(dag).is_some()) {
        evidence.push(fact(seen, "dag", seen.text(dag).unwrap_or("none")));
    }
    evidence
}

fn name(seen: Seen<'_>) -> Option<Evidence> {
    let name = seen.text("Name")?;
    Some(seen.says(EvidenceKind::ServerName, name, Claim::Name(name.to_owned())))
}

fn fact(seen: Seen<'_>, label: &str, value: &str) -> Evidence {
    seen.says(EvidenceKind::ServerFact, &format!("{label}={value}"), Claim::Shown)
}

/// `Version 15.2 (Build 986.5)`. Security updates never change it, so it gives the CU and no more
/// (trap T17).
pub(crate) fn admin_display_version(seen: Seen<'_>, version: &Value) -> Evidence {
    let text = version.text().unwrap_or("not readable");
    let claim = prefix(text).map_or(Claim::Shown, |it| Claim::Version(SeenBuild::Prefix(it)));
    seen.says(EvidenceKind::AdminDisplayVersion, text, claim)
}

/// The first three numbers, in the wordy form or as plain parts.
fn prefix(text: &str) -> Option<BuildPrefix> {
    let mut numbers = text.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty());
    let mut next = || numbers.next()?.parse().ok();
    Some(BuildPrefix { major: next()?, minor: next()?, third: next()? })
}

/// What the Emergency Mitigation service is set to. "Applied" is what the service wrote, no proof
/// that the mitigation works (N4).
fn mitigations(seen: Seen<'_>) -> Option<Evidence> {
    let state = match seen.value.get("MitigationsEnabled")?.bool()? {
        true => "on",
        false => "off",
    };
    let list = |property: &str| {
        let items = seen.value.get(property).map(Value::items).unwrap_or_default();
        match some_of(items.iter().filter_map(Value::text)) {
            names if names.is_empty() => "none".to_owned(),
            names => names,
        }
    };
    let (applied, blocked) = (list("MitigationsApplied"), list("MitigationsBlocked"));
    let value = format!("automatic mitigation {state}; applied: {applied}; blocked: {blocked}");
    Some(seen.says(EvidenceKind::Mitigation, &value, Claim::Shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(prefix(text).map(|it| it.to_string()).as_deref(), want, "input `{text}`");
    }

    #[test]
    fn admin_display_versions_give_the_cu() {
        check("Version 15.2 (Build 986.5)", Some("15.2.986"));
        check("Version 15.2 (Build 30986.5)", Some("15.2.30986"));
        check("Version 14.3 (Build 123.4)", Some("14.3.123"));
        check("15.02.1118.007", Some("15.2.1118"));
        check("Version 15.2", None);
        check("Version 15.2 (Build 99999.1)", None); // no build part is so large
        check("", None);
    }
}
