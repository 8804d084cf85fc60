//! The status of each CVE for one candidate, and over several (design.md §4.3, §4.4).

use std::collections::BTreeMap;
use std::fmt;

use super::CveFinding;
use crate::build::Build;
use crate::catalog::{Advisory, Catalog, ConfigNeed, ConfigRule, Fix, Line, Placement};
use crate::config::{ConfigFacts, ConfigItem, ConfigState};
use crate::identify::Candidate;
use crate::product::{Cu, Product};

/// The CVEs that the special March 2021 SU closes on CUs that were out of support.
///
/// Source: HealthChecker PR #542 (notes in builds.csv, `cumulative=no`).
const MARCH_2021_SPECIAL: [&str; 4] =
    ["CVE-2021-26855", "CVE-2021-26857", "CVE-2021-26858", "CVE-2021-27065"];

/// The status of one CVE on one server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CveStatus {
    /// The fix is missing, or the configuration that it needs is known to be missing.
    Open,
    /// No fix was ever made for this CU: assumed affected.
    Assumed,
    /// Authorities name different fixed builds, and the build lies between them.
    Disputed,
    /// The evidence, or a non-cumulative update, leaves it undecided.
    Undetermined,
    /// Fixed in the build, but only with configuration that nobody has verified.
    NeedsConfig,
    /// Fixed in the build, unless someone turned the fix off.
    ClosedUnlessDisabled,
    /// Fixed.
    Closed,
}

/// Every status that is listed, in the order of the machine output.
pub const LISTED: [CveStatus; 6] = [
    CveStatus::Open,
    CveStatus::Assumed,
    CveStatus::Disputed,
    CveStatus::Undetermined,
    CveStatus::NeedsConfig,
    CveStatus::ClosedUnlessDisabled,
];

impl CveStatus {
    /// Name in machine output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assumed => "assumed",
            Self::Disputed => "disputed",
            Self::Undetermined => "undetermined",
            Self::NeedsConfig => "needs-config",
            Self::ClosedUnlessDisabled => "closed-unless-disabled",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for CveStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// All findings for one candidate, closed ones included, in catalog order.
pub(super) fn findings<'c>(
    catalog: &'c Catalog,
    candidate: Candidate,
    facts: &ConfigFacts,
) -> Vec<CveFinding<'c>> {
    let listed = catalog.advisories().iter().filter(|advisory| advisory.listed);
    match candidate {
        Candidate::Unlisted(_) => Vec::new(),
        Candidate::NewerCu(product) => {
            listed.filter_map(|it| on_newer_cu(catalog, it, product, facts)).collect()
        }
        Candidate::InLine(key, build) => {
            let Some(line) = catalog.line(key) else { return Vec::new() };
            let server =
                Server { catalog, line, build, facts, partial: is_partial(catalog, build) };
            listed.filter_map(|it| server.finding(it)).collect()
        }
    }
}

/// True if the build's update level holds only its own fixes, not the earlier ones of its CU.
fn is_partial(catalog: &Catalog, build: Build) -> bool {
    match catalog.place(build) {
        Placement::Listed(_, level)
        | Placement::Floored(_, level)
        | Placement::NewerInLine(_, level) => !level.cumulative,
        Placement::BelowBase(..)
        | Placement::Between(..)
        | Placement::Preview(_)
        | Placement::NewerCu(_)
        | Placement::Unpublished(_)
        | Placement::Legacy(_)
        | Placement::ExchangeOnline
        | Placement::Foreign => false,
    }
}

/// One build on one line with what is known of its configuration.
struct Server<'a, 'c> {
    catalog: &'c Catalog,
    line: &'c Line,
    build: Build,
    facts: &'a ConfigFacts,
    partial: bool,
}

impl<'c> Server<'_, 'c> {
    /// `None` if the CVE does not concern the product.
    fn finding(&self, advisory: &'c Advisory) -> Option<CveFinding<'c>> {
        let (product, cu) = (self.line.product, self.line.cu);
        let Some(newest) = newest_fix(advisory, product) else {
            return inherited_by_se(advisory, product).map(|(fix, need)| {
                self.after_the_fix(advisory, None, Some(need).filter(|_| fix.fixed.is_some()))
            });
        };
        let row = advisory.fixes.iter().find(|fix| fix.product == product && fix.cu == Some(cu));
        let found = |status, fix| CveFinding { advisory, status, fix, open_by: None };
        let Some(fix) = row else {
            return Some(if newest.cu < Some(cu) {
                self.after_the_fix(advisory, None, newest.config)
            } else {
                found(CveStatus::Assumed, None)
            });
        };
        let Some(fixed) = fix.fixed else {
            let configurable = fix.config.is_some_and(|it| it.rule == ConfigRule::MustConfigure);
            return Some(if configurable {
                self.after_the_fix(advisory, Some(fix), fix.config)
            } else {
                found(CveStatus::Assumed, Some(fix))
            });
        };
        if self.build < fixed {
            return Some(found(CveStatus::Open, Some(fix)));
        }
        if self.partial && !MARCH_2021_SPECIAL.contains(&advisory.id.as_str()) {
            return Some(found(CveStatus::Undetermined, Some(fix)));
        }
        if fix.fixed_msrc.is_some_and(|msrc| self.build < msrc) {
            return Some(found(CveStatus::Disputed, Some(fix)));
        }
        Some(self.after_the_fix(advisory, Some(fix), fix.config))
    }

    /// The build is fixed; now the configuration decides.
    fn after_the_fix(
        &self,
        advisory: &'c Advisory,
        fix: Option<&'c Fix>,
        need: Option<ConfigNeed>,
    ) -> CveFinding<'c> {
        let build = self.build;
        let (status, open_by) = configured(self.catalog, advisory, need, self.facts, build);
        CveFinding { advisory, status, fix, open_by }
    }
}

/// The status of a CVE whose build is fixed.
fn configured(
    catalog: &Catalog,
    advisory: &Advisory,
    need: Option<ConfigNeed>,
    facts: &ConfigFacts,
    build: Build,
) -> (CveStatus, Option<ConfigItem>) {
    let Some(need) = need else { return (CveStatus::Closed, None) };
    let open = (CveStatus::Open, Some(need.item));
    match (need.rule, facts.state(need.item)) {
        (ConfigRule::MitigationOnly, _) => (CveStatus::Closed, None),
        (ConfigRule::MustConfigure, ConfigState::Done) => (CveStatus::Closed, None),
        (ConfigRule::MustConfigure, ConfigState::NotDone) => open,
        (ConfigRule::MustConfigure, ConfigState::Unknown) => (CveStatus::NeedsConfig, None),
        (ConfigRule::MustNotDisable, ConfigState::NotDone) => open,
        (ConfigRule::MustNotDisable, _) if is_overridden(catalog, &advisory.id, facts, build) => {
            (CveStatus::Open, Some(ConfigItem::SettingOverride))
        }
        (ConfigRule::MustNotDisable, _) => (CveStatus::ClosedUnlessDisabled, None),
    }
}

/// True if overrides in force on this server turn off every switch of the CVE's fix.
fn is_overridden(catalog: &Catalog, cve: &str, facts: &ConfigFacts, build: Build) -> bool {
    let Some(found) = &facts.overrides else { return false };
    let server = facts.server.as_deref();
    let in_force = || found.iter().filter(|it| it.applies_to(server, build));
    let mut switches = catalog.overrides_of(cve).peekable();
    switches.peek().is_some()
        && switches.all(|switch| {
            in_force().any(|it| {
                it.sets(&switch.component, &switch.section, &switch.parameter, &switch.value)
            })
        })
}

/// The fix on the newest CU of the product that has one; `None` if the CVE does not list it.
fn newest_fix(advisory: &Advisory, product: Product) -> Option<&Fix> {
    advisory.fixes.iter().filter(|fix| fix.product == product).max_by_key(|fix| fix.cu)
}

/// SE came out of 2019 CU15: what 2019 must configure or must not disable, SE must too, where a CVE
/// lists 2019 but not SE (the caller's to check).
pub(crate) fn inherited_by_se(advisory: &Advisory, product: Product) -> Option<(&Fix, ConfigNeed)> {
    if product != Product::Se {
        return None;
    }
    let fix = newest_fix(advisory, Product::E2019)?;
    let need = fix.config.filter(|need| need.rule != ConfigRule::MitigationOnly)?;
    Some((fix, need))
}

/// On a CU that the catalog does not know, fixes that came after the newest known CU are undecided:
/// its release date is unknown, so it may or may not contain them.
fn on_newer_cu<'c>(
    catalog: &'c Catalog,
    advisory: &'c Advisory,
    product: Product,
    facts: &ConfigFacts,
) -> Option<CveFinding<'c>> {
    let newest_line = catalog.newest_line(product)?;
    let fix = newest_fix(advisory, product);
    let inherited = inherited_by_se(advisory, product).map(|(_, need)| need);
    if fix.is_none() && inherited.is_none() {
        return None;
    }
    let later = fix.is_some_and(|fix| {
        fix.cu == Some(newest_line.cu) && fix.fixed.is_none_or(|it| it > newest_line.base)
    });
    let need = fix.map_or(inherited, |fix| fix.config);
    let (status, open_by) = if later {
        (CveStatus::Undetermined, None)
    } else {
        configured(catalog, advisory, need, facts, newest_line.newest())
    };
    Some(CveFinding { advisory, status, fix: None, open_by })
}

/// One list out of several: equal statuses stay, different ones become undetermined (V2).
pub(super) fn merge(per_candidate: Vec<Vec<CveFinding<'_>>>) -> Vec<CveFinding<'_>> {
    let count = per_candidate.len();
    let mut merged: BTreeMap<&str, (CveFinding<'_>, usize)> = BTreeMap::new();
    for finding in per_candidate.into_iter().flatten() {
        let (known, seen) =
            merged.entry(finding.advisory.id.as_str()).or_insert((finding, 0_usize));
        *seen = seen.saturating_add(1);
        if known.status != finding.status {
            known.status = CveStatus::Undetermined;
            known.open_by = None;
        }
        known.fix = known.fix.or(finding.fix);
    }
    let unlisted_somewhere = |status: CveStatus, seen| seen < count && status != CveStatus::Closed;
    merged
        .into_values()
        .map(|(mut finding, seen)| {
            if unlisted_somewhere(finding.status, seen) {
                finding.status = CveStatus::Undetermined;
            }
            finding
        })
        .collect()
}

/// True if the catalog's newest CVE came after Microsoft stopped looking at the product.
pub(super) fn is_past_assessment(catalog: &Catalog, candidate: Candidate) -> bool {
    let product = match candidate {
        Candidate::Unlisted(_) => return true,
        Candidate::NewerCu(product) => product,
        Candidate::InLine(key, _) => match catalog.line(key) {
            Some(line) if line.cu == Cu::Preview => return true,
            Some(line) => line.product,
            None => return false,
        },
    };
    let until = catalog.lifecycle(product).and_then(|it| it.assessed_until);
    match (until, catalog.newest_published()) {
        (Some(until), Some(newest)) => newest.is_after(until),
        _ => false,
    }
}
