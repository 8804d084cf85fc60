//! What is known of a server's configuration, where the build alone does not decide.
//!
//! Every fact starts as *unknown*, and unknown is never taken as good (design.md §4.3).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::build::Build;

/// A part of the configuration that decides about some CVE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigItem {
    /// Windows Extended Protection on every virtual directory.
    ExtendedProtection,
    /// Setup's /PrepareDomain or /PrepareAllDomains after the May 2022 SU.
    PrepareAllDomains,
    /// Setup's /PrepareSchema after the July 2021 SU.
    PrepareSchema,
    /// Download Domains for OWA attachments.
    DownloadDomains,
    /// The dedicated hybrid application, with the old service principal's keys removed.
    HybridApp,
    /// The Windows update for IIS's TokenCacheModule, or the module removed.
    TokenCacheModule,
    /// Signing of serialised PowerShell data.
    DataSigning,
    /// FIP-FS without a `|NO` override (ADV24199947).
    FipFs,
    /// A setting override that turns one CVE's fix off.
    SettingOverride,
    /// A mitigation by the Emergency Mitigation service or EOMT.
    Mitigation,
}

/// Every item, in the order of the machine output.
pub const CONFIG_ITEMS: [ConfigItem; 10] = [
    ConfigItem::ExtendedProtection,
    ConfigItem::PrepareAllDomains,
    ConfigItem::PrepareSchema,
    ConfigItem::DownloadDomains,
    ConfigItem::HybridApp,
    ConfigItem::TokenCacheModule,
    ConfigItem::DataSigning,
    ConfigItem::FipFs,
    ConfigItem::SettingOverride,
    ConfigItem::Mitigation,
];

impl ConfigItem {
    /// Name in catalog files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExtendedProtection => "extended-protection",
            Self::PrepareAllDomains => "prepare-all-domains",
            Self::PrepareSchema => "prepare-schema",
            Self::DownloadDomains => "download-domains",
            Self::HybridApp => "hybrid-app",
            Self::TokenCacheModule => "token-cache-module",
            Self::DataSigning => "data-signing",
            Self::FipFs => "fip-fs",
            Self::SettingOverride => "setting-override",
            Self::Mitigation => "mitigation",
        }
    }

    /// Name of its field in machine output.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::ExtendedProtection => "extended_protection",
            Self::PrepareAllDomains => "prepare_all_domains",
            Self::PrepareSchema => "prepare_schema",
            Self::DownloadDomains => "download_domains",
            Self::HybridApp => "hybrid_app",
            Self::TokenCacheModule => "token_cache_module",
            Self::DataSigning => "data_signing",
            Self::FipFs => "fip_fs",
            Self::SettingOverride => "setting_override",
            Self::Mitigation => "mitigation",
        }
    }

    /// Name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::ExtendedProtection => "Extended Protection",
            Self::PrepareAllDomains => "setup /PrepareAllDomains",
            Self::PrepareSchema => "setup /PrepareSchema",
            Self::DownloadDomains => "Download Domains",
            Self::HybridApp => "dedicated hybrid app (hybrid only)",
            Self::TokenCacheModule => "Windows update for IIS TokenCacheModule",
            Self::DataSigning => "serialised data signing",
            Self::FipFs => "FIP-FS configuration",
            Self::SettingOverride => "setting overrides",
            Self::Mitigation => "mitigation",
        }
    }
}

impl fmt::Display for ConfigItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no configuration item.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a configuration item")]
pub struct ParseConfigItemError(String);

impl FromStr for ConfigItem {
    type Err = ParseConfigItemError;

    fn from_str(text: &str) -> Result<Self, ParseConfigItemError> {
        CONFIG_ITEMS
            .into_iter()
            .find(|item| item.name() == text)
            .ok_or_else(|| ParseConfigItemError(text.to_owned()))
    }
}

/// Whether something is set up as it should be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigState {
    /// Nobody looked, or the answer was unclear.
    #[default]
    Unknown,
    /// As it should be.
    Done,
    /// Not as it should be.
    NotDone,
}

impl ConfigState {
    /// `unknown`, `done` or `not-done`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::NotDone => "not-done",
        }
    }
}

/// A setting override found on the server or in its organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingOverride {
    /// Its name.
    pub name: String,
    /// `-Component`.
    pub component: String,
    /// `-Section`.
    pub section: String,
    /// Parameters and their values.
    pub parameters: Vec<(String, String)>,
    /// Applies from this build on; `None`: from the first.
    pub min_version: Option<Build>,
    /// Applies up to this build; `None`: to the last.
    pub max_version: Option<Build>,
    /// Applies to these servers, in lower case without domain; empty: to all.
    pub servers: Vec<String>,
}

impl SettingOverride {
    /// True if it applies to a server with this name (if known) and build.
    #[must_use]
    pub fn applies_to(&self, server: Option<&str>, build: Build) -> bool {
        let named = |name: &str| {
            let short = name.split('.').next().unwrap_or(name);
            self.servers.iter().any(|it| it.eq_ignore_ascii_case(short))
        };
        let server_fits = self.servers.is_empty() || server.is_none_or(named);
        let above = self.min_version.is_none_or(|min| min <= build);
        let below = self.max_version.is_none_or(|max| build <= max);
        server_fits && above && below
    }

    /// True if it sets this parameter of this component and section to this value.
    #[must_use]
    pub fn sets(&self, component: &str, section: &str, parameter: &str, value: &str) -> bool {
        self.component.eq_ignore_ascii_case(component)
            && self.section.eq_ignore_ascii_case(section)
            && self
                .parameters
                .iter()
                .any(|(n, v)| n.eq_ignore_ascii_case(parameter) && v.eq_ignore_ascii_case(value))
    }
}

/// What is known of one server's configuration. The default knows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigFacts {
    states: BTreeMap<ConfigItem, ConfigState>,
    /// Setting overrides; `None`: nobody looked.
    pub overrides: Option<Vec<SettingOverride>>,
    /// Name of the server, which decides whether an override applies.
    pub server: Option<String>,
    /// CVEs whose mitigation was *proved effective*. No reader can show that yet: a file that says
    /// "mitigation applied" is no proof.
    pub proved_mitigations: Vec<String>,
}

impl ConfigFacts {
    /// The state of an item.
    #[must_use]
    pub fn state(&self, item: ConfigItem) -> ConfigState {
        self.states.get(&item).copied().unwrap_or_default()
    }

    /// Learns a state. Two pieces of evidence that differ leave *not done*: the worse is believed.
    pub fn learn(&mut self, item: ConfigItem, state: ConfigState) {
        let known = self.states.entry(item).or_default();
        *known = (*known).max(state);
    }

    /// The items known not to be as they should be.
    pub fn not_done(&self) -> impl Iterator<Item = ConfigItem> {
        let is_missing = |item: &ConfigItem| self.state(*item) == ConfigState::NotDone;
        CONFIG_ITEMS.into_iter().filter(is_missing)
    }
}
