//! Where a setup came from: from the media of another build, or from what is installed already.

use exward_core::build::Build;

use super::Finding;
use super::cause::Cause;
use super::run::between;
use crate::record::kept;

/// Where setup came from, and what it was to replace.
#[derive(Default)]
pub(super) struct Origin {
    /// Build that the setup brings.
    pub(super) build: Option<Build>,
    is_upgrade: bool,
    installed: Option<(Build, u64)>,
    replaced: Option<Build>,
    bin: Option<(String, u64)>,
}

impl Origin {
    /// Takes one entry of the beginning of a run.
    pub(super) fn take(&mut self, line: u64, text: &str) {
        if let Some(version) = text.strip_prefix("Setup version: ") {
            self.build = build(version);
        } else if let Some(version) = text.strip_prefix("The locally installed version is ") {
            self.installed = build(version).map(|it| (it, line));
        } else if text.starts_with("The backup copy of the previously installed version is ") {
            self.replaced = between(text, "is '", "'").and_then(build);
        } else if text.contains("'BuildToBuildUpgrade'") {
            self.is_upgrade = true;
        } else if let Some(value) = text.strip_prefix("Command Line Parameter Name='mode', ") {
            self.is_upgrade |= value.to_ascii_lowercase().contains("'upgrade'");
        } else if let Some(path) = between(text, "Name='sourcedir', Value='", "'")
            .or_else(|| between(text, "Setup will use the path '", "' for installing"))
            && path.trim_end_matches('\\').to_ascii_lowercase().ends_with("\\v15\\bin")
            && self.bin.is_none()
        {
            self.bin = Some((kept(path), line));
        }
    }

    /// What the beginning of the run tells about the place that setup came from.
    pub(super) fn findings(self) -> Vec<Finding> {
        let mut found = Vec::new();
        if !self.is_upgrade {
            return found;
        }
        if let Some((path, line)) = self.bin {
            let (cause, excerpt) = (Cause::SetupRunFromBin, path.clone());
            found.push(Finding { cause, line, excerpt, detail: Some(path) });
        }
        // With another build as backup, this is the second attempt at an upgrade.
        let resumed = self.replaced.is_some_and(|it| Some(it) != self.build);
        if let Some((installed, line)) = self.installed
            && Some(installed) == self.build
            && !resumed
        {
            let excerpt = format!("setup and installed version are both {installed}");
            let detail = Some(installed.to_string());
            found.push(Finding { cause: Cause::SameBuild, line, excerpt, detail });
        }
        found
    }
}

fn build(text: &str) -> Option<Build> {
    text.trim_end_matches('.').parse().ok()
}
