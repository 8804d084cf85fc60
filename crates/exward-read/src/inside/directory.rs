//! What setup must have changed in Active Directory: the schema class of the old storage groups,
//! and what Exchange's groups may write in each domain.
//!
//! Sources: HealthChecker, Get-SecurityCve-2021-34470 and Get-SecurityCve-2022-21978. Where that
//! script passes a domain whose permissions it could not read, this module leaves it open (N2).

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::Evidence;

use super::{Seen, all_of};
use crate::clixml::Value;

/// `objectVersion` of the container "Microsoft Exchange System Objects" after the May 2022 SU's
/// preparation, in a schema of 2013 and in a later one.
const PREPARED_2013: i64 = 13238;
const PREPARED: i64 = 13243;

/// First `rangeUpper` of ms-Exch-Schema-Version-Pt that is not 2013's.
const SCHEMA_2016: i64 = 15323;

/// Group, and the attribute of computers that it must be denied to write in the domain: their
/// certificates and their managers.
const DENIED: [(&str, &str); 2] = [
    ("Exchange Servers", "bf967a7f-0de6-11d0-a285-00aa003049e2"),
    ("Exchange Windows Permissions", "0296c120-40da-11d1-a9c0-0000f80367c1"),
];

/// The class of computers.
const COMPUTER: &str = "bf967a86-0de6-11d0-a285-00aa003049e2";

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = all.iter().filter_map(|it| schema(*it)).collect();
    evidence.extend(domains(all));
    evidence
}

/// The values of an attribute of a search result, or of an object read with `Get-ADObject`.
fn attribute<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let of = value.get("Properties").unwrap_or(value);
    of.get(name).map(Value::items).unwrap_or_default()
}

fn is_class(value: &Value, name: &str) -> bool {
    attribute(value, "name").iter().any(|it| it.text() == Some(name))
}

fn schema(seen: Seen<'_>) -> Option<Evidence> {
    if !is_class(seen.value, "ms-Exch-Storage-Group") {
        return None;
    }
    let computer = |it: &Value| it.text().is_some_and(|it| it.eq_ignore_ascii_case("computer"));
    let (state, what) = if attribute(seen.value, "possSuperiors").iter().any(computer) {
        (ConfigState::NotDone, "a computer may hold ms-Exch-Storage-Group objects")
    } else {
        (ConfigState::Done, "no computer may hold ms-Exch-Storage-Group objects")
    };
    Some(seen.config(ConfigItem::PrepareSchema, Some(state), what))
}

fn domains(all: &[Seen<'_>]) -> Option<Evidence> {
    let required = required(all);
    let denied = denied_entries(all);
    let is_domain = |it: &&Seen<'_>| it.value.get("MesoObject").is_some();
    let domains: Vec<&Seen<'_>> = all.iter().filter(is_domain).collect();
    let answers = || domains.iter().map(|it| domain(it.value, required, denied.as_ref()));
    let state = all_of(answers().map(|(state, _)| state));
    let worst = answers().find(|(it, _)| *it == state).or_else(|| answers().next())?;
    Some(domains.first()?.config(ConfigItem::PrepareAllDomains, state, &worst.1))
}

/// The version that every domain must have, if the schema's level is known.
fn required(all: &[Seen<'_>]) -> Option<i64> {
    let version = |it: &Seen<'_>| {
        is_class(it.value, "ms-Exch-Schema-Version-Pt")
            .then(|| attribute(it.value, "rangeUpper").first()?.int())
            .flatten()
    };
    let schema = all.iter().filter_map(version).max()?;
    Some(if schema < SCHEMA_2016 { PREPARED_2013 } else { PREPARED })
}

/// The two entries, in SDDL, that a prepared domain has; `None` if a group's SID is not known.
fn denied_entries(all: &[Seen<'_>]) -> Option<[String; 2]> {
    let sid = |group: &str| {
        let found = all.iter().find(|it| it.text("WellKnownName") == Some(group))?;
        found.text("SID").map(str::to_ascii_lowercase)
    };
    let [servers, permissions] = DENIED;
    let entry = |(group, attribute): (&str, &str)| {
        Some(format!("(od;ci;wp;{attribute};{COMPUTER};{})", sid(group)?))
    };
    Some([entry(servers)?, entry(permissions)?])
}

fn domain(
    domain: &Value,
    required: Option<i64>,
    denied: Option<&[String; 2]>,
) -> (Option<ConfigState>, String) {
    let name = domain.get("DomainName").and_then(Value::text).unwrap_or("a domain");
    let Some(version) = domain.at(&["MesoObject", "ObjectVersion"]).and_then(Value::int) else {
        return (None, format!("{name} was not read"));
    };
    if version < required.unwrap_or(PREPARED_2013) {
        return (Some(ConfigState::NotDone), format!("{name} is at objectVersion {version}"));
    }
    let is_prepared = version >= required.unwrap_or(PREPARED);
    let has_entries = denied.is_some_and(|entries| {
        let sddl = sddl(domain).unwrap_or_default();
        entries.iter().all(|entry| sddl.contains(entry))
    });
    if is_prepared && has_entries {
        return (Some(ConfigState::Done), format!("{name} is at objectVersion {version}"));
    }
    let what = if is_prepared { "the entries that deny were not seen" } else { "unclear" };
    (None, format!("{name} is at objectVersion {version}; {what}"))
}

/// The permissions of the domain itself, in lower case.
fn sddl(domain: &Value) -> Option<String> {
    let own = domain.get("DomainDN")?.text()?;
    let permissions = domain.get("Permissions")?.items();
    let is_own = |it: &&Value| it.get("DN").and_then(Value::text) == Some(own);
    let acl = permissions.iter().find(is_own)?.at(&["Acl", "Sddl"])?;
    Some(acl.text()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use exward_core::evidence::Claim;

    use super::*;

    const GROUPS: &str = "<Obj><MS><S N=\"WellKnownName\">Exchange Servers</S><S N=\"SID\">S-1-5-1</S></MS></Obj>\
        <Obj><MS><S N=\"WellKnownName\">Exchange Windows Permissions</S><S N=\"SID\">S-1-5-2</S></MS></Obj>";

    const ENTRIES: &str = "(OD;CI;WP;bf967a7f-0de6-11d0-a285-00aa003049e2;bf967a86-0de6-11d0-a285-00aa003049e2;S-1-5-1)\
         (OD;CI;WP;0296c120-40da-11d1-a9c0-0000f80367c1;bf967a86-0de6-11d0-a285-00aa003049e2;S-1-5-2)";

    fn domain_object(version: i64, sddl: &str) -> String {
        format!(
            "<Obj><MS><S N=\"DomainName\">d{version}</S><S N=\"DomainDN\">DC=d</S>\
             <Obj N=\"MesoObject\"><MS><I32 N=\"ObjectVersion\">{version}</I32></MS></Obj>\
             <Obj N=\"Permissions\"><LST><Obj><MS><S N=\"DN\">DC=d</S><Obj N=\"Acl\"><MS>\
             <S N=\"Sddl\">{sddl}</S></MS></Obj></MS></Obj></LST></Obj></MS></Obj>"
        )
    }

    fn schema_object(class: &str, attribute: &str) -> String {
        format!(
            "<Obj><Props><Obj N=\"Properties\"><DCT><En><S N=\"Key\">name</S>\
             <S N=\"Value\">{class}</S></En><En>{attribute}</En></DCT></Obj></Props></Obj>"
        )
    }

    #[track_caller]
    fn check(objects: &[&str], want: &str) {
        let text = format!("<Objs>{}</Objs>", objects.concat());
        let document = crate::clixml::read(text.as_bytes()).unwrap();
        let seen = |value| Seen { file: "x.xml", value };
        let all: Vec<Seen<'_>> = document.values.iter().map(seen).collect();
        let got: Vec<String> = evidence(&all)
            .into_iter()
            .map(|it| {
                if let Claim::Config(_, state) = it.claim {
                    format!("{}: {}", state.name(), it.value)
                } else {
                    it.value
                }
            })
            .collect();
        assert_eq!(got, [want]);
    }

    #[test]
    fn domains_are_judged() {
        let new = schema_object(
            "ms-Exch-Schema-Version-Pt",
            "<S N=\"Key\">rangeupper</S><I32 N=\"Value\">17003</I32>",
        );
        let item = "prepare-all-domains";
        let done = format!("done: {item}: d13243 is at objectVersion 13243");
        check(&[GROUPS, &domain_object(13243, ENTRIES)], &done);
        let unseen = format!(
            "{item}: d13243 is at objectVersion 13243; the entries that deny were not seen"
        );
        check(&[GROUPS, &domain_object(13243, "")], &unseen);
        check(&[&domain_object(13243, ENTRIES)], &unseen); // the groups are not known
        let not = format!("not-done: {item}: d13242 is at objectVersion 13242");
        check(&[GROUPS, &new, &domain_object(13242, ENTRIES)], &not);
        // Good enough for 2013, and nobody knows the schema.
        let unclear = format!("{item}: d13242 is at objectVersion 13242; unclear");
        check(&[GROUPS, &domain_object(13242, ENTRIES)], &unclear);
        // One of two domains is enough.
        check(&[GROUPS, &new, &domain_object(13243, ENTRIES), &domain_object(13242, "")], &not);
    }

    #[test]
    fn the_schema_class_is_judged() {
        let class = |superior: &str| {
            let entry = format!("<S N=\"Key\">posssuperiors</S><S N=\"Value\">{superior}</S>");
            schema_object("ms-Exch-Storage-Group", &entry)
        };
        let item = "prepare-schema";
        let bad = "a computer may hold ms-Exch-Storage-Group objects";
        check(&[&class("computer")], &format!("not-done: {item}: {bad}"));
        let good = "no computer may hold ms-Exch-Storage-Group objects";
        check(&[&class("container")], &format!("done: {item}: {good}"));
    }
}
