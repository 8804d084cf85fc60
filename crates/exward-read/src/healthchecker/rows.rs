//! The rows that HealthChecker displays: a name and a value each.

use exward_core::build::SeenBuild;
use exward_core::config::{ConfigItem, ConfigState};
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use super::report::cves;
use crate::clixml::Value;
use crate::inside::Seen;

/// The rows of one result, as displayed and as written into the HTML report.
pub(super) struct Rows<'a> {
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    name: &'a str,
    /// `TestingName`, which carries the CVE of a security finding.
    about: &'a str,
    /// What is shown, if it is text.
    text: &'a str,
    truth: Option<bool>,
    /// The colour: `Red` for what must be acted upon.
    colour: &'a str,
}

impl<'a> Row<'a> {
    fn of(value: &'a Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::text).unwrap_or_default();
        let truth = |name: &str| value.get(name).and_then(Value::bool);
        let shown = [text("DisplayValue"), text("TestingValue"), text("DetailValue")];
        Some(Self {
            name: value.get("Name")?.text()?,
            about: text("TestingName"),
            text: shown.into_iter().find(|it| !it.is_empty()).unwrap_or_default(),
            truth: truth("TestingValue").or(truth("DisplayValue")).or(truth("DetailValue")),
            colour: if text("WriteType").is_empty() { text("Class") } else { text("WriteType") },
        })
    }
}

impl<'a> Rows<'a> {
    pub(super) fn of(result: &'a Value) -> Self {
        let groups = ["DisplayResults", "HtmlServerValues"].into_iter();
        let groups = groups.filter_map(|it| result.get(it)).flat_map(Value::entries);
        let rows = groups.flat_map(|(_, rows)| rows.items()).filter_map(Row::of).collect();
        Self { rows }
    }

    fn find(&self, name: &str) -> Option<&Row<'a>> {
        self.rows.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// The text of the row with this name.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        self.find(name).map(|it| it.text).filter(|it| !it.is_empty())
    }

    /// True if the script found no ExSetup.exe and shows AdminDisplayVersion instead.
    pub(super) fn says_setup_is_missing(&self) -> bool {
        let sentence = "Didn't detect ExSetup.exe";
        self.rows.iter().any(|it| it.text.starts_with(sentence))
    }

    /// The row with the build.
    pub(super) fn build(&self, seen: Seen<'_>, is_guess: bool) -> Option<Evidence> {
        let text = self.text("Build Number")?;
        let version = text.split_whitespace().next()?.parse::<SeenBuild>();
        Some(match version {
            Ok(build) if is_guess => {
                let claim = Claim::Version(SeenBuild::Prefix(build.prefix()));
                seen.says(EvidenceKind::AdminDisplayVersion, text, claim)
            }
            Ok(build) => seen.says(EvidenceKind::HealthChecker, text, Claim::Version(build)),
            Err(_) => seen.says(EvidenceKind::HealthChecker, text, Claim::Shown),
        })
    }

    /// Everything else that the rows tell.
    pub(super) fn evidence(&self, seen: Seen<'_>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        // True says only that some directory has it, or that the switch of the organisation is on.
        let off = [
            ("Extended Protection Enabled (Any VDir)", ConfigItem::ExtendedProtection),
            ("Enable Download Domains", ConfigItem::DownloadDomains),
        ];
        for (name, item) in off {
            if self.find(name).is_some_and(|it| it.truth == Some(false)) {
                let claim = Claim::Config(item, ConfigState::NotDone);
                evidence.push(seen.says(EvidenceKind::Config, &format!("{name}: False"), claim));
            }
        }
        let overrides = "Setting Overrides Detected";
        if self.find(overrides).is_some_and(|it| it.truth == Some(false)) {
            let kind = EvidenceKind::SettingOverride;
            evidence.push(seen.says(kind, &format!("{overrides}: False"), Claim::OverridesRead));
        }
        evidence.extend(self.facts(seen));
        evidence.extend(self.findings(seen));
        evidence
    }

    fn facts(&self, seen: Seen<'_>) -> Vec<Evidence> {
        let fact = |name: &str, label: &str| {
            let value = match self.text(name)? {
                "Standalone Server" => "none",
                text => text,
            };
            let value = format!("{label}={value}");
            Some(seen.says(EvidenceKind::ServerFact, &value, Claim::Shown))
        };
        let known = [
            fact("Server Role", "role"),
            fact("DAG Name", "dag"),
            fact("Exchange Server Maintenance", "maintenance"),
        ];
        known.into_iter().flatten().collect()
    }

    /// The CVEs that the script reports in red; yellow means that it could not tell.
    fn findings(&self, seen: Seen<'_>) -> Vec<Evidence> {
        let is_finding = |it: &&Row<'_>| {
            it.name.eq_ignore_ascii_case("Security Vulnerability")
                && it.colour.eq_ignore_ascii_case("Red")
        };
        let found = self.rows.iter().filter(is_finding);
        let found = found.flat_map(|it| cves(it.about).into_iter().chain(cves(it.text)));
        let report = |cve: String| {
            let claim = Claim::ReportedCve(cve.clone());
            seen.says(EvidenceKind::FeedFinding, &cve, claim)
        };
        found.map(report).collect()
    }
}
