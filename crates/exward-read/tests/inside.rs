//! The inside readers on real exports: HealthChecker's own test data of the server SOLO-E19A.
//!
//! The data lies outside the repository; the tests fail where it is missing, and run with
//! `cargo test -- --ignored`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "a test fails by panicking, and reads its data from files"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use exward_core::assess::assess;
use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::report::report;
use exward_read::clixml::{self, ClixmlError, Payload, Value};
use exward_read::folder::Folder;
use exward_read::{Reading, Record};
use jiff::civil::date;

/// The exports of SOLO-E19A.
fn data() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    root.join("corpus/inside/healthchecker-E19")
}

/// Every XML file, by path, in order.
fn xml_files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![data()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for path in entries.map(|it| it.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "xml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

/// The files of the server as it was; the others are variants that tests of HealthChecker swap in.
fn is_base(path: &Path) -> bool {
    let stem = stem(path);
    let variants = ["_Bad", "_Problem", "NoTokenCacheModule", "Patched"];
    !stem.ends_with(|it: char| it.is_ascii_digit()) && !variants.iter().any(|it| stem.ends_with(it))
}

fn folder(is_wanted: impl Fn(&Path) -> bool) -> Reading {
    let mut folder = Folder::default();
    for path in xml_files().iter().filter(|it| is_wanted(it)) {
        let name = path.file_name().unwrap().to_str().unwrap();
        folder.add(name, &fs::read(path).unwrap());
    }
    folder.finish()
}

/// The one record of a folder of which nothing was left out.
fn only(reading: Reading) -> Record {
    assert_eq!(reading.skipped, []);
    let [record] = <[Record; 1]>::try_from(reading.records).unwrap();
    record
}

fn states(evidence: &[Evidence]) -> BTreeMap<ConfigItem, ConfigState> {
    let facts = exward_core::report::config_of(evidence);
    let known = exward_core::config::CONFIG_ITEMS.map(|it| (it, facts.state(it)));
    known.into_iter().filter(|(_, state)| *state != ConfigState::Unknown).collect()
}

/// Objects under a value. A reference is the object that it names, so it counts once.
fn count(value: &Value, seen: &mut BTreeSet<*const clixml::Object>) -> usize {
    let Value::Object(object) = value else { return 0 };
    if !seen.insert(Arc::as_ptr(object)) {
        return 0;
    }
    let mut total = 1;
    for (_, value) in &object.props {
        total += count(value, seen);
    }
    match &object.payload {
        Payload::List(items) => total += items.iter().map(|it| count(it, seen)).sum::<usize>(),
        Payload::Dict(entries) => {
            for (key, value) in entries {
                total += count(key, seen) + count(value, seen);
            }
        }
        Payload::Scalar(value) => total += count(value, seen),
        Payload::None => {}
    }
    total
}

#[test]
#[ignore = "needs ../shared"]
fn every_export_is_read_to_its_last_object() {
    let (mut read, mut total) = (0, 0);
    for path in xml_files() {
        let bytes = fs::read(&path).unwrap();
        match clixml::read(&bytes) {
            Ok(document) => {
                assert_eq!(document.skipped, [], "{}", path.display());
                let mut seen = BTreeSet::new();
                let objects: usize = document.values.iter().map(|it| count(it, &mut seen)).sum();
                // Counted without a parser: `<` in text is always escaped, and dropping the zero
                // bytes makes UTF-16's markup ASCII.
                let ascii: Vec<u8> = bytes.into_iter().filter(|it| *it != 0).collect();
                let tags = String::from_utf8_lossy(&ascii).matches("<Obj ").count();
                assert_eq!(objects, tags, "{}", path.display());
                read += 1;
                total += objects;
            }
            Err(error) => assert!(
                matches!(error, ClixmlError::NotClixml { .. }),
                "{}: {error}",
                path.display()
            ),
        }
    }
    // Python's ElementTree counts the same.
    assert_eq!((read, total), (104, 27_446));
}

#[test]
#[ignore = "needs ../shared"]
fn the_server_is_read_as_it_was() {
    let record = only(folder(is_base));
    let all: Vec<String> = record
        .evidence
        .iter()
        .map(|it| format!("{} | {} | {}", it.kind, it.value, it.endpoint.as_deref().unwrap()))
        .collect();
    insta::assert_snapshot!(all.join("\n"), @r"
    exsetup | 15.02.0986.005 | ExSetup.xml
    server-name | SOLO-E19A | GetExchangeServer.xml
    admin-display-version | Version 15.2 (Build 986.5) | GetExchangeServer.xml
    server-fact | role=Mailbox | GetExchangeServer.xml
    server-fact | edition=StandardEvaluation | GetExchangeServer.xml
    mitigation | automatic mitigation on; applied: none; blocked: none | GetExchangeServer.xml
    server-fact | hybrid configured | GetHybridConfiguration.xml
    server-fact | dag=none | GetMailboxServer.xml
    config | extended-protection: None on all 23 virtual directories (read on E2k16-1) | GetExtendedProtectionConfiguration.xml
    config | download-domains: off in the organisation | GetOrganizationConfig.xml
    config | token-cache-module: cachtokn.dll 10.0.17763.0 is older than 10.0.17763.4968 | GetVersionInformationCachTokn.xml
    config | prepare-schema: no computer may hold ms-Exch-Storage-Group objects | GetExchangeAdSchemaClass_ms-Exch-Storage-Group.xml
    config | prepare-all-domains: Solo.com is at objectVersion 13243 | GetExchangeDomainsAclPermissions.xml
    setting-override | 1 found | GetSettingOverride.xml
    setting-override | Cafe/HttpRequestFiltering Enabled=True | GetSettingOverride.xml
    service | MSExchangeMitigation: Running, Automatic | GetService.xml
    config | fip-fs: no entry has the flag |NO | Configuration.xml
    ");
    assert_eq!(record.target, "SOLO-E19A");
    use ConfigState::{Done, NotDone};
    let want = [
        (ConfigItem::ExtendedProtection, NotDone),
        (ConfigItem::PrepareAllDomains, Done),
        (ConfigItem::PrepareSchema, Done),
        (ConfigItem::DownloadDomains, NotDone),
        (ConfigItem::TokenCacheModule, NotDone),
        (ConfigItem::FipFs, Done),
    ];
    assert_eq!(states(&record.evidence), BTreeMap::from(want));
}

#[test]
#[ignore = "needs ../shared"]
fn the_server_is_identified() {
    let record = only(folder(is_base));
    let catalog = exward_read::catalog::built_in().unwrap();
    let today = date(2026, 11, 24);
    let report = report(&catalog, record.target, record.evidence, today, |candidates, facts| {
        Arc::new(assess(&catalog, candidates, facts))
    });
    let identity = &report.identity;
    assert_eq!(identity.build.unwrap().to_string(), "15.2.986.5");
    assert_eq!(identity.to_string(), "Exchange 2019 CU11 RTM");
    assert_eq!(identity.conflicts, [], "ExSetup.exe and AdminDisplayVersion agree");
    let overrides = report.config.overrides.unwrap();
    assert!(overrides.iter().any(|it| it.sets("Cafe", "HttpRequestFiltering", "Enabled", "True")));
    assert_eq!(report.config.server.as_deref(), Some("SOLO-E19A"));
}

/// What single files say: the claim of each piece that decides something.
#[track_caller]
fn check(files: &[&str], want: &[&str]) {
    let record = only(folder(|path| files.contains(&stem(path))));
    let decides = |it: &Evidence| match &it.claim {
        Claim::Version(build) => Some(format!("{} {build}", it.kind)),
        Claim::Config(item, state) => Some(format!("{item} {}", state.name())),
        Claim::Override(found) => Some(format!("override {}/{}", found.component, found.section)),
        _ => None,
    };
    let got: Vec<String> = record.evidence.iter().filter_map(decides).collect();
    assert_eq!(got, want, "{files:?}");
}

#[test]
#[ignore = "needs ../shared"]
fn single_files_decide_what_healthchecker_says_of_them() {
    check(&["ExSetup1"], &["exsetup 15.2.1118.25"]);
    check(&["GetExchangeServer"], &["admin-display-version 15.2.986"]); // trap T17
    let old = &["token-cache-module not-done"];
    let done = &["token-cache-module done"];
    check(&["GetVersionInformationCachTokn"], old);
    check(&["GetVersionInformationCachTokn", "GetIISModules"], old);
    check(&["GetVersionInformationCachTokn", "GetIISModulesNoTokenCacheModule"], done);
    check(&["GetVersionInformationCachToknPatched", "GetIISModules"], done);
    check(&["GetIISModules"], &[]);
    let not = &["download-domains not-done"];
    check(&["GetOrganizationConfig", "GetOwaVirtualDirectory"], not);
    check(&["GetOrganizationConfig1", "GetOwaVirtualDirectory"], not);
    check(&["GetOrganizationConfig1", "GetOwaVirtualDirectory1"], not); // OWA's own host name
    check(&["GetOrganizationConfig1", "GetOwaVirtualDirectory2"], not); // one of two is missing
    check(&["GetOrganizationConfig1"], &[]);
    check(&["GetSettingOverride1"], &["override Data/EnableSerializationDataSigning"]);
    check(&["GetSettingOverride2"], &["override Global/ExchangeOnpremAsThirdPartyAppId"]);
    check(&["Configuration"], &["fip-fs done"]);
    check(&["Antimalware", "WebRequest_getexchangemitigations"], &[]);
    // Without the groups nobody knows whom the entries deny.
    check(&["GetExchangeDomainsAclPermissions"], &[]);
}

#[test]
#[ignore = "needs ../shared"]
fn the_hybrid_app_is_shown_and_decides_nothing() {
    let record = only(folder(|it| stem(it) == "GetSettingOverride2"));
    let shown = record.evidence.iter().find(|it| it.kind == EvidenceKind::Config).unwrap();
    assert_eq!(shown.claim, Claim::Shown);
    assert!(shown.value.starts_with("hybrid-app: the dedicated app is in use"), "{shown:?}");
}

#[test]
#[ignore = "needs ../shared"]
fn a_real_file_cut_anywhere_gives_a_prefix_and_a_reason() {
    for name in
        ["Exchange/TestServiceHealth.xml", "Exchange/GetExtendedProtectionConfiguration.xml"]
    {
        let bytes = fs::read(data().join(name)).unwrap();
        let whole = clixml::read(&bytes).unwrap().values;
        let end = bytes.iter().rposition(|it| *it == b'>').unwrap();
        let step = (end / 700).max(1);
        for cut in (0..end).step_by(step).chain([end - 1, end]) {
            match clixml::read(&bytes[..cut]) {
                Ok(document) => {
                    assert!(whole.starts_with(&document.values), "{name} at {cut}");
                    let [.., last] = document.skipped.as_slice() else { panic!("{name} at {cut}") };
                    let why = last.why.as_str();
                    let is_clear = ["the file ends in the middle", "not well-formed", "bytes that"];
                    assert!(is_clear.iter().any(|it| why.starts_with(it)), "{cut}: {why}");
                }
                Err(error) => assert_eq!(error, ClixmlError::NoElement, "{name} at {cut}"),
            }
        }
    }
}
