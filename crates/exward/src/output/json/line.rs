//! The fields of one line. Serialising escapes every control character.

use exward_core::assess::{Assessment, CveFinding, CveStatus, Support, Verdict};
use exward_core::catalog::Catalog;
use exward_core::config::{CONFIG_ITEMS, ConfigFacts};
use exward_core::identify::Identity;
use exward_core::report::{FrontEnd, ServerReport};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::tls::TlsField;
use crate::output::hunt::json::SummaryField;

#[derive(Serialize)]
pub(super) struct SkippedLine<'a> {
    pub(super) schema: &'static str,
    pub(super) file: &'a str,
    pub(super) line: Option<u64>,
    pub(super) why: &'a str,
}

/// The `hunt` field: an `exward.hunt.summary/1` object.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::output) enum HuntField<'a> {
    Made(Box<SummaryField<'a>>),
    /// As the store keeps it: the same, made before.
    Kept(&'a RawValue),
}

#[derive(Serialize)]
pub(super) struct CheckLine<'a> {
    schema: &'static str,
    tlp: &'a str,
    target: &'a str,
    observed_at: Option<String>,
    catalog: CatalogField,
    identity: IdentityField<'a>,
    support: Option<SupportField>,
    verdict: &'static str,
    reasons: &'a [String],
    next_step: &'a str,
    range: RangeField,
    cves: &'a RawValue,
    config: ConfigField<'a>,
    reported: ReportedField<'a>,
    front_ends: Vec<FrontEndField<'a>>,
    tls: Option<TlsField<'a>>,
    hunt: Option<HuntField<'a>>,
    evidence: Vec<EvidenceField<'a>>,
}

#[derive(Serialize)]
struct CatalogField {
    as_of: String,
}

#[derive(Serialize)]
struct IdentityField<'a> {
    product: Option<&'static str>,
    product_at_least: Option<&'static str>,
    cu: Option<String>,
    update: Option<&'a str>,
    build: Option<String>,
    at_least: Option<String>,
    at_most: Option<String>,
    precision: &'static str,
    newer_than_catalog: bool,
    conflicts: Vec<String>,
}

#[derive(Serialize)]
struct SupportField {
    state: &'static str,
    until: Option<String>,
}

#[derive(Serialize)]
struct RangeField {
    best: &'static str,
    worst: &'static str,
}

#[derive(Serialize)]
struct ReportedField<'a> {
    web_shell: bool,
    cves: &'a [String],
}

#[derive(Serialize)]
struct EvidenceField<'a> {
    kind: &'static str,
    value: &'a str,
    endpoint: Option<&'a str>,
    at: Option<String>,
}

#[derive(Serialize)]
struct FrontEndField<'a> {
    name: &'a str,
    build: Option<String>,
    verdict: Option<&'static str>,
}

impl<'a> FrontEndField<'a> {
    fn of(it: &'a FrontEnd) -> Self {
        Self { name: &it.name, build: text(it.build), verdict: it.verdict.map(Verdict::name) }
    }
}

fn text<T: ToString>(value: Option<T>) -> Option<String> {
    value.map(|it| it.to_string())
}

impl<'a> CheckLine<'a> {
    pub(super) fn of(
        report: &'a ServerReport<'_>,
        cves: &'a RawValue,
        hunt: Option<HuntField<'a>>,
        tlp: &'a str,
    ) -> Self {
        let judgement = &report.judgement;
        Self {
            schema: "exward.check/1",
            tlp,
            target: &report.target,
            observed_at: report.observed_at.map(utc),
            catalog: CatalogField { as_of: report.as_of.to_string() },
            identity: IdentityField::of(&report.identity),
            support: judgement.support.map(SupportField::of),
            verdict: judgement.verdict.name(),
            reasons: &judgement.reasons,
            next_step: &judgement.next_step,
            range: RangeField { best: judgement.best.name(), worst: judgement.worst.name() },
            cves,
            config: ConfigField(&report.config),
            reported: ReportedField {
                web_shell: report.reported.web_shell,
                cves: &report.reported.cves,
            },
            front_ends: report.front_ends.iter().map(FrontEndField::of).collect(),
            tls: report.tls.as_ref().map(|it| TlsField::of(it, &report.tls_weaknesses)),
            hunt,
            evidence: report.evidence.iter().map(EvidenceField::of).collect(),
        }
    }
}

/// `2026-11-24T02:00:00Z`.
fn utc(at: Timestamp) -> String {
    at.to_string()
}

/// Every item with its state, under its name in JSON.
struct ConfigField<'a>(&'a ConfigFacts);

impl Serialize for ConfigField<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let states = CONFIG_ITEMS.into_iter().map(|item| (item.field(), self.0.state(item).name()));
        serializer.collect_map(states)
    }
}

impl<'a> IdentityField<'a> {
    fn of(identity: &'a Identity) -> Self {
        Self {
            product: identity.product.map(|it| it.name()),
            product_at_least: identity.product_at_least.map(|it| it.name()),
            cu: text(identity.cu),
            update: identity.update.as_deref(),
            build: text(identity.build),
            at_least: text(identity.at_least),
            at_most: text(identity.at_most),
            precision: identity.precision.name(),
            newer_than_catalog: identity.newer_than_catalog,
            conflicts: identity.conflicts.iter().map(ToString::to_string).collect(),
        }
    }
}

impl SupportField {
    fn of(support: Support) -> Self {
        Self { state: support.state.name(), until: text(support.until) }
    }
}

impl<'a> EvidenceField<'a> {
    fn of(evidence: &'a exward_core::evidence::Evidence) -> Self {
        Self {
            kind: evidence.kind.name(),
            value: &evidence.value,
            endpoint: evidence.endpoint.as_deref(),
            at: evidence.at.map(utc),
        }
    }
}

/// The `cves` field: serialised once per assessment.
#[derive(Serialize)]
pub(super) struct CveBlock<'a> {
    open: Vec<OpenField<'a>>,
    assumed: Vec<&'a str>,
    disputed: Vec<&'a str>,
    undetermined: Vec<&'a str>,
    needs_config: Vec<&'a str>,
    closed_unless_disabled: Vec<&'a str>,
}

#[derive(Serialize)]
struct OpenField<'a> {
    id: &'a str,
    kev: bool,
    fixed_in: Option<String>,
    update: Option<&'a str>,
    kb: Option<&'a str>,
    /// The part of the configuration that keeps it open although the build is fixed.
    open_by: Option<&'static str>,
}

impl<'a> CveBlock<'a> {
    pub(super) fn of(catalog: &'a Catalog, assessment: &'a Assessment<'a>) -> Self {
        let ids = |status| assessment.with(status).map(|it| it.advisory.id.as_str()).collect();
        Self {
            open: assessment.with(CveStatus::Open).map(|it| OpenField::of(catalog, it)).collect(),
            assumed: ids(CveStatus::Assumed),
            disputed: ids(CveStatus::Disputed),
            undetermined: ids(CveStatus::Undetermined),
            needs_config: ids(CveStatus::NeedsConfig),
            closed_unless_disabled: ids(CveStatus::ClosedUnlessDisabled),
        }
    }
}

impl<'a> OpenField<'a> {
    fn of(catalog: &'a Catalog, finding: &CveFinding<'a>) -> Self {
        let release = finding.fixed_in().and_then(|build| catalog.release(build));
        Self {
            id: &finding.advisory.id,
            kev: finding.is_kev(),
            fixed_in: text(finding.fixed_in()),
            update: release.map(|it| it.level()),
            kb: release.and_then(|it| it.kb.as_deref()),
            open_by: finding.open_by.map(|item| item.name()),
        }
    }
}
