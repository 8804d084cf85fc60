//! CVEs, their fixes per CU, and what a fix needs besides the build.

use std::fmt;

use super::Published;
use crate::build::Build;
use crate::config::ConfigItem;
use crate::product::{Cu, Product};

/// A CVSS base score with the version of the scale.
///
/// Old NVD scores are version 2 and must not be shown as version 3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cvss {
    /// The score times ten: 98 is 9.8.
    pub tenths: u8,
    /// `3.1`, `3.x` or `2.0`.
    pub version: String,
}

impl fmt::Display for Cvss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{} (CVSS {})", self.tenths / 10, self.tenths % 10, self.version)
    }
}

/// Entry in CISA's Known Exploited Vulnerabilities catalog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kev {
    /// Day it was added.
    pub added: jiff::civil::Date,
    /// Used by ransomware crews: `known`, `unknown`, or `unverified`.
    pub ransomware: String,
    /// Where the entry was read.
    pub source: String,
}

/// How sure the catalog is of a fixed build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GradeOfEvidence {
    /// Two authorities agree: HealthChecker's map and the CVE record.
    CssAndRecord,
    /// The CVE record.
    Record,
    /// HealthChecker's map.
    Css,
    /// Derived from dates or ids.
    Derived,
    /// A secondary page.
    Secondary,
}

/// How configuration decides about a CVE whose build is fixed (design.md §4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigRule {
    /// The build alone never closes it: something must be set up.
    MustConfigure,
    /// The build closes it, unless someone turned the fix off.
    MustNotDisable,
    /// Before the fix only a mitigation helps; the build then closes it.
    MitigationOnly,
}

/// What a fix needs besides the build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConfigNeed {
    /// How it decides.
    pub rule: ConfigRule,
    /// Which part of the configuration decides.
    pub item: ConfigItem,
}

/// The fix of one CVE on one CU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The product.
    pub product: Product,
    /// The CU; `None` means every CU, a row that names no build.
    pub cu: Option<Cu>,
    /// Earliest build that any authority calls fixed; `None`: there is no fix on this CU.
    pub fixed: Option<Build>,
    /// The later build that the current CVE record names, where it differs.
    pub fixed_msrc: Option<Build>,
    /// What else the fix needs.
    pub config: Option<ConfigNeed>,
    /// True if Microsoft lists this CU as affected; `None`: not known.
    pub msrc_affected: Option<bool>,
    /// How sure the row is.
    pub evidence: GradeOfEvidence,
    /// Anything a reader should know.
    pub note: String,
    /// Where it comes from.
    pub source: String,
}

/// A CVE or Microsoft advisory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advisory {
    /// `CVE-2021-34473`, `ADV190018`.
    pub id: String,
    /// One word: RCE, EoP, Spoofing, …
    pub kind: String,
    /// Base score, if a source gives one.
    pub cvss: Option<Cvss>,
    /// When it was published, which may be long after it was fixed.
    pub published: Published,
    /// Set if it is known to be exploited.
    pub kev: Option<Kev>,
    /// False for a CVE without any fixed build in any source: it is kept out of every list.
    pub listed: bool,
    /// Fixes, by product and CU.
    pub fixes: Vec<Fix>,
    /// Anything a reader should know.
    pub note: String,
    /// Where it comes from.
    pub source: String,
}

impl Advisory {
    /// Most urgent first: known exploited, then severe, then old (design.md §4.7), then by id.
    #[must_use]
    pub fn urgency(&self) -> impl Ord + use<'_> {
        let severity = self.cvss.as_ref().map_or(0, |cvss| cvss.tenths);
        (self.kev.is_none(), u8::MAX.saturating_sub(severity), self.published, self.id.as_str())
    }
}

/// A setting override that, alone or with its sisters of the same CVE, turns a fix off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideSwitch {
    /// The CVE whose fix it turns off.
    pub cve: String,
    /// `-Component` of New-SettingOverride.
    pub component: String,
    /// `-Section` of New-SettingOverride.
    pub section: String,
    /// Name of the parameter.
    pub parameter: String,
    /// Value that turns the fix off.
    pub value: String,
    /// Where that is said.
    pub source: String,
}
