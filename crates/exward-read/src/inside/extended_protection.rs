//! Windows Extended Protection on the virtual directories.
//!
//! Source: HealthChecker, Get-ExtendedProtectionConfiguration and
//! Invoke-AnalyzerSecurityExtendedProtectionConfigState.

use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::Evidence;

use super::{Seen, some_of};
use crate::clixml::Value;

/// The list of directories; its name is also how such an object is known.
const DIRECTORIES: &str = "ExtendedProtectionConfiguration";

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    all.iter().filter_map(|it| of_one(*it)).collect()
}

fn of_one(seen: Seen<'_>) -> Option<Evidence> {
    let directories = seen.value.get(DIRECTORIES)?.items();
    let directories: Vec<Directory<'_>> = directories.iter().filter_map(Directory::of).collect();
    let supported = seen.value.get("SupportedVersionForExtendedProtection").and_then(Value::bool);
    let (state, what) = judge(supported, &directories)?;
    // The object may come from another server than the rest of the folder, so it names its own.
    let on = seen.text("ComputerName").map(|it| format!(" (read on {it})")).unwrap_or_default();
    Some(seen.config(ConfigItem::ExtendedProtection, state, &format!("{what}{on}")))
}

fn judge(
    supported: Option<bool>,
    directories: &[Directory<'_>],
) -> Option<(Option<ConfigState>, String)> {
    let count = directories.len();
    let not_done = |what| Some((Some(ConfigState::NotDone), what));
    if count == 0 {
        return None;
    }
    if directories.iter().all(|it| it.value == Level::None) {
        return not_done(format!("None on all {count} virtual directories"));
    }
    if supported == Some(false) {
        return not_done("set, but this build does not support it".to_owned());
    }
    let insecure: Vec<&str> =
        directories.iter().filter(|it| it.is_secure() == Some(false)).map(|it| it.name).collect();
    if !insecure.is_empty() {
        let (bad, names) = (insecure.len(), some_of(insecure));
        return not_done(format!("{bad} of {count} virtual directories lack it: {names}"));
    }
    let is_known = supported == Some(true)
        && directories.iter().all(|it| it.is_secure() == Some(true))
        && directories.iter().any(|it| it.expected.is_some_and(|level| level > Level::None));
    Some(if is_known {
        (Some(ConfigState::Done), format!("as recommended on all {count} virtual directories"))
    } else {
        (None, format!("set, but what {count} virtual directories should have is not there"))
    })
}

/// IIS's `tokenChecking`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    None,
    Allow,
    Require,
}

impl Level {
    fn of(value: &Value) -> Option<Self> {
        match value.text()? {
            "None" => Some(Self::None),
            "Allow" => Some(Self::Allow),
            "Require" => Some(Self::Require),
            _ => None,
        }
    }
}

struct Directory<'a> {
    name: &'a str,
    value: Level,
    expected: Option<Level>,
    /// What the script itself concluded, addresses let through by filter included.
    concluded: Option<bool>,
}

impl<'a> Directory<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        Some(Self {
            name: value.get("VirtualDirectoryName")?.text()?,
            value: Level::of(value.get("ExtendedProtection")?)?,
            expected: value.get("ExpectedExtendedConfiguration").and_then(Level::of),
            concluded: value.get("ProperlySecuredConfiguration").and_then(Value::bool),
        })
    }

    /// At least what is recommended. Exports of early versions have no conclusion.
    fn is_secure(&self) -> Option<bool> {
        self.concluded.or(self.expected.map(|expected| self.value >= expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(supported: Option<bool>, rows: &[(Level, Level, Option<bool>)], want: &str) {
        let directory = |&(value, expected, concluded)| Directory {
            name: "Default Web Site/EWS",
            value,
            expected: Some(expected),
            concluded,
        };
        let directories: Vec<Directory<'_>> = rows.iter().map(directory).collect();
        let got = judge(supported, &directories)
            .map_or("nothing", |(state, _)| state.map_or("unknown", ConfigState::name));
        assert_eq!(got, want, "{supported:?} {rows:?}");
    }

    #[test]
    fn extended_protection_is_judged() {
        use Level::{Allow, None as Off, Require};
        let yes = Some(true);
        check(yes, &[], "nothing");
        check(yes, &[(Off, Off, None), (Off, Off, yes)], "not-done");
        check(yes, &[(Require, Require, None), (Off, Off, None)], "done");
        check(yes, &[(Require, Require, None), (Allow, Require, None)], "not-done");
        check(yes, &[(Require, Allow, None)], "done"); // more than recommended
        check(yes, &[(Require, Require, yes), (Off, Require, yes)], "done"); // by address filter
        check(yes, &[(Require, Require, Some(false))], "not-done");
        check(yes, &[(Require, Off, None)], "unknown"); // nothing is recommended: an old build
        check(Some(false), &[(Require, Require, None)], "not-done");
        check(None, &[(Require, Require, None)], "unknown");
    }
}
