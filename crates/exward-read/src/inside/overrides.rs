//! Setting overrides, which can turn a fix off.
//!
//! Source: `Get-SettingOverride`; HealthChecker's Invoke-AnalyzerHybridInformation for the override
//! of the dedicated hybrid application.

use exward_core::build::Build;
use exward_core::config::{ConfigItem, SettingOverride};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use super::Seen;
use crate::clixml::Value;

const TYPE: &str =
    "Microsoft.Exchange.Data.Directory.SystemConfiguration.ConfigurationSettings.SettingOverride";

pub(super) fn evidence(all: &[Seen<'_>]) -> Vec<Evidence> {
    let found: Vec<Seen<'_>> = all.iter().filter(|it| it.value.is_a(TYPE)).copied().collect();
    let Some(first) = found.first() else { return Vec::new() };
    let count = format!("{} found", found.len());
    let read = first.says(EvidenceKind::SettingOverride, &count, Claim::OverridesRead);
    std::iter::once(read).chain(found.iter().flat_map(|it| of_one(*it))).collect()
}

/// An export of no override holds nothing; only its name tells what it is an export of.
pub(super) fn none(empty_files: &[&str]) -> Option<Evidence> {
    let is_it = |it: &&&str| it.to_ascii_lowercase().contains("settingoverride");
    let file = empty_files.iter().find(is_it)?;
    let read = Evidence::new(EvidenceKind::SettingOverride, "none found", Claim::OverridesRead);
    Some(read.at_endpoint(*file))
}

fn of_one(seen: Seen<'_>) -> Vec<Evidence> {
    let setting = setting(seen);
    let parameters: Vec<String> =
        setting.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let (component, section) = (&setting.component, &setting.section);
    let what = format!("{component}/{section} {}", parameters.join(" "));
    let status = seen.text("Status").unwrap_or("unknown");
    // Exchange itself ignores what it has not accepted: a wrong name, a wrong build.
    if !status.eq_ignore_ascii_case("Accepted") {
        let value = format!("{what}: {status}, not in force");
        return vec![seen.says(EvidenceKind::SettingOverride, &value, Claim::Shown)];
    }
    let is_hybrid_app =
        setting.sets("Global", "ExchangeOnpremAsThirdPartyAppId", "Enabled", "true");
    // Whether the keys of the old service principal are gone is known to the cloud alone.
    let hybrid = is_hybrid_app.then(|| {
        let value = "the dedicated app is in use; the clean-up of its credentials is not seen here";
        seen.config(ConfigItem::HybridApp, None, value)
    });
    let found = seen.says(EvidenceKind::SettingOverride, &what, Claim::Override(setting));
    std::iter::once(found).chain(hybrid).collect()
}

fn setting(seen: Seen<'_>) -> SettingOverride {
    let owned = |name: &str| seen.text(name).unwrap_or_default().to_owned();
    let build = |name: &str| seen.text(name)?.parse::<Build>().ok();
    let list = |name: &str| seen.value.get(name).map(Value::items).unwrap_or_default();
    let parameter = |it: &Value| {
        let (name, value) = it.text()?.split_once('=')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    let servers = list("Server").iter().filter_map(Value::text).flat_map(|it| it.split(','));
    let short = |it: &str| it.trim().split('.').next().unwrap_or_default().to_ascii_lowercase();
    SettingOverride {
        name: owned("Name"),
        component: owned("ComponentName"),
        section: owned("SectionName"),
        parameters: list("Parameters").iter().filter_map(parameter).collect(),
        min_version: build("MinVersion"),
        max_version: build("MaxVersion"),
        servers: servers.map(short).filter(|it| !it.is_empty()).collect(),
    }
}
