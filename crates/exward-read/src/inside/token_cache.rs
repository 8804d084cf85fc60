//! IIS's TokenCacheModule: removed, or of the October 2023 Windows update.
//!
//! Source: HealthChecker, Invoke-AnalyzerSecurityCve-2023-36434.

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::Evidence;

use super::Seen;
use super::server::is_file;
use crate::clixml::Value;

const MODULE: &str = "TokenCacheModule";

/// Windows Server 2025 and later never had the flaw.
const UNAFFECTED_WINDOWS: i64 = 26100;

/// Windows build, and the first fixed version of the module on it.
const FIXED: [(i64, Version); 5] = [
    (9200, [8, 0, 9200, 24514]),
    (9600, [8, 5, 9600, 21613]),
    (14393, [10, 0, 14393, 6343]),
    (17763, [10, 0, 17763, 4968]),
    (20348, [10, 0, 20348, 2029]),
];

type Version = [u32; 4];

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    // An empty list is a failed export: IIS without modules serves nothing.
    let modules = all.iter().filter(|it| !modules(it.value).is_empty());
    let files = all.iter().filter(|it| is_file(it.value, "cachtokn.dll"));
    let windows = all.iter().find_map(|it| windows_build(it.value));
    let facts: Vec<(Seen<'_>, Fact)> = modules
        .map(|it| (*it, Fact::Loaded(is_loaded(it.value))))
        .chain(files.map(|it| (*it, Fact::File(windows_of_file(it.value), version(it.value)))))
        .collect();
    let Some((seen, _)) = facts.first() else { return Vec::new() };
    let (state, what) = judge(windows, facts.iter().map(|(_, fact)| *fact));
    vec![seen.config(ConfigItem::TokenCacheModule, state, &what)]
}

/// One thing seen of the module.
#[derive(Clone, Copy, Debug)]
enum Fact {
    /// Whether a list of IIS's modules has it.
    Loaded(bool),
    /// A file version: the Windows build that it is of, and itself.
    File(Option<i64>, Option<Version>),
}

/// A module that is not loaded cannot be used, whatever the file on the disk is.
fn judge(
    windows: Option<i64>,
    facts: impl Iterator<Item = Fact> + Clone,
) -> (Option<ConfigState>, String) {
    let lists = facts.clone().filter_map(|it| match it {
        Fact::Loaded(loaded) => Some(loaded),
        Fact::File(..) => None,
    });
    let files = facts.filter_map(|it| match it {
        Fact::Loaded(_) => None,
        Fact::File(of, version) => Some((of, version)),
    });
    let of = files.clone().find_map(|(of, _)| of).or(windows);
    if let Some(build) = windows.or(of).filter(|it| *it >= UNAFFECTED_WINDOWS) {
        return (Some(ConfigState::Done), format!("Windows build {build} is not affected"));
    }
    if lists.max() == Some(false) {
        return (Some(ConfigState::Done), "the module is not loaded".to_owned());
    }
    let fixed = of.and_then(|it| FIXED.iter().find(|(build, _)| *build == it));
    match (files.filter_map(|(_, version)| version).min(), fixed) {
        (Some(version), Some((_, fixed))) if version >= *fixed => {
            (Some(ConfigState::Done), format!("cachtokn.dll {} is fixed", shown(version)))
        }
        (Some(version), Some((_, fixed))) => {
            let (version, fixed) = (shown(version), shown(*fixed));
            (Some(ConfigState::NotDone), format!("cachtokn.dll {version} is older than {fixed}"))
        }
        (Some(version), None) => {
            let version = shown(version);
            (None, format!("no fixed cachtokn.dll is known beside version {version}"))
        }
        (None, _) => (None, "the module is loaded; its version was not read".to_owned()),
    }
}

fn is_loaded(list: &Value) -> bool {
    let is_it = |it: &Value| {
        it.get("Name").and_then(Value::text).is_some_and(|it| it.eq_ignore_ascii_case(MODULE))
    };
    modules(list).iter().any(is_it)
}

fn modules(list: &Value) -> &[Value] {
    list.get("ModuleList").map(Value::items).unwrap_or_default()
}

/// The build of `Win32_OperatingSystem`.
fn windows_build(value: &Value) -> Option<i64> {
    let class = value.object()?.type_names.first()?;
    class.ends_with("Win32_OperatingSystem").then(|| value.get("BuildNumber")?.int()).flatten()
}

fn windows_of_file(file: &Value) -> Option<i64> {
    file.get("FileBuildPart")?.int()
}

fn version(file: &Value) -> Option<Version> {
    let text = file.get("ProductVersion")?.text()?.split_whitespace().next()?;
    let parts: Vec<u32> = text.split('.').map_while(|it| it.parse().ok()).collect();
    parts.try_into().ok()
}

fn shown(version: Version) -> String {
    version.map(|it| it.to_string()).join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(windows: Option<i64>, facts: &[Fact], want: &str) {
        let (state, what) = judge(windows, facts.iter().copied());
        let state = state.map_or("unknown", ConfigState::name);
        assert_eq!(format!("{state}: {what}"), want, "{windows:?} {facts:?}");
    }

    #[test]
    fn the_module_is_judged() {
        let old = Fact::File(Some(17763), Some([10, 0, 17763, 0]));
        let fixed = Fact::File(Some(17763), Some([10, 0, 17763, 4968]));
        let gone = Fact::Loaded(false);
        let loaded = Fact::Loaded(true);
        let older = "not-done: cachtokn.dll 10.0.17763.0 is older than 10.0.17763.4968";
        check(None, &[old], older);
        check(None, &[loaded, old], older);
        check(None, &[gone, old], "done: the module is not loaded");
        check(None, &[gone, loaded, old], older); // two lists that differ: the worse
        check(None, &[loaded, fixed], "done: cachtokn.dll 10.0.17763.4968 is fixed");
        check(None, &[fixed, old], older);
        check(None, &[loaded], "unknown: the module is loaded; its version was not read");
        check(Some(26100), &[loaded], "done: Windows build 26100 is not affected");
        check(
            None,
            &[Fact::File(Some(7601), Some([7, 5, 7601, 1]))],
            "unknown: no fixed cachtokn.dll is known beside version 7.5.7601.1",
        );
        // As numbers: 24514 is newer than 9999 (as text it is not).
        check(
            None,
            &[Fact::File(Some(9200), Some([8, 0, 9200, 9999]))],
            "not-done: cachtokn.dll 8.0.9200.9999 is older than 8.0.9200.24514",
        );
    }
}
