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

/// The first fixed versions; the third part is the build of Windows.
const FIXED: [Version; 5] = [
    [8, 0, 9200, 24514],
    [8, 5, 9600, 21613],
    [10, 0, 14393, 6343],
    [10, 0, 17763, 4968],
    [10, 0, 20348, 2029],
];

type Version = [u32; 4];

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    // An empty list is a failed export: IIS without modules serves nothing.
    let is_list = |it: &&Seen<'_>| !modules(it.value).is_empty();
    let is_dll = |it: &&Seen<'_>| is_file(it.value, "cachtokn.dll");
    let facts = Facts {
        windows: all.iter().find_map(|it| windows_build(it.value)),
        loaded: all.iter().filter(is_list).map(|it| is_loaded(it.value)).max(),
        file: all.iter().filter(is_dll).filter_map(|it| version(it.value)).min(),
    };
    let (list, dll) = (all.iter().find(is_list), all.iter().find(is_dll));
    let is_by_list = facts.loaded == Some(false) || facts.file.is_none();
    let Some(seen) = (if is_by_list { list.or(dll) } else { dll.or(list) }) else {
        return Vec::new();
    };
    let (state, what) = facts.judge();
    vec![seen.config(ConfigItem::TokenCacheModule, state, &what)]
}

/// Everything seen of the module; of several answers the worst.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// Build of Windows.
    windows: Option<i64>,
    /// Whether IIS loads it.
    loaded: Option<bool>,
    /// Version of its file, whose third part is the Windows build that it is of.
    file: Option<Version>,
}

impl Facts {
    /// A module that is not loaded cannot be used, whatever the file on the disk is.
    fn judge(&self) -> (Option<ConfigState>, String) {
        if let Some(build) = self.windows.filter(|it| *it >= UNAFFECTED_WINDOWS) {
            return (Some(ConfigState::Done), format!("Windows build {build} is not affected"));
        }
        if self.loaded == Some(false) {
            return (Some(ConfigState::Done), "the module is not loaded".to_owned());
        }
        let Some(file) = self.file else {
            return (None, "the version of the module was not read".to_owned());
        };
        let [_, _, windows, _] = file;
        let version = shown(file);
        match FIXED.iter().find(|[_, _, build, _]| *build == windows) {
            _ if i64::from(windows) >= UNAFFECTED_WINDOWS => {
                (Some(ConfigState::Done), format!("cachtokn.dll {version} is not affected"))
            }
            Some(fixed) if file >= *fixed => {
                (Some(ConfigState::Done), format!("cachtokn.dll {version} is fixed"))
            }
            Some(fixed) => {
                let fixed = shown(*fixed);
                let what = format!("cachtokn.dll {version} is older than {fixed}");
                (Some(ConfigState::NotDone), what)
            }
            None => (None, format!("no fixed cachtokn.dll is known beside version {version}")),
        }
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
    fn check(windows: Option<i64>, loaded: Option<bool>, file: Option<Version>, want: &str) {
        let (state, what) = Facts { windows, loaded, file }.judge();
        let state = state.map_or("unknown", ConfigState::name);
        assert_eq!(format!("{state}: {what}"), want, "{windows:?} {loaded:?} {file:?}");
    }

    #[test]
    fn the_module_is_judged() {
        let old = Some([10, 0, 17763, 0]);
        let fixed = Some([10, 0, 17763, 4968]);
        let older = "not-done: cachtokn.dll 10.0.17763.0 is older than 10.0.17763.4968";
        let not_read = "unknown: the version of the module was not read";
        check(None, None, old, older);
        check(None, Some(true), old, older);
        check(None, Some(false), old, "done: the module is not loaded");
        check(None, Some(true), fixed, "done: cachtokn.dll 10.0.17763.4968 is fixed");
        check(None, Some(true), None, not_read);
        check(Some(17763), None, None, not_read);
        check(Some(26100), Some(true), None, "done: Windows build 26100 is not affected");
        check(None, None, Some([10, 0, 26100, 1]), {
            "done: cachtokn.dll 10.0.26100.1 is not affected"
        });
        check(None, None, Some([7, 5, 7601, 1]), {
            "unknown: no fixed cachtokn.dll is known beside version 7.5.7601.1"
        });
        // As numbers: 24514 is newer than 9999 (as text it is not).
        check(None, None, Some([8, 0, 9200, 9999]), {
            "not-done: cachtokn.dll 8.0.9200.9999 is older than 8.0.9200.24514"
        });
    }
}
