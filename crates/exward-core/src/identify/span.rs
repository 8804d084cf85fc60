//! Version claims become spans of builds; spans become an identity.

use std::collections::BTreeMap;

use super::claims::Claims;
use super::{Candidate, Conflict, Identity, Precision, Presence};
use crate::build::{Build, BuildPrefix, SeenBuild};
use crate::catalog::{Catalog, Line, LineKey, Placement};
use crate::evidence::EvidenceKind;
use crate::product::{Cu, Product};

/// A run of builds on one line that some claim allows, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    product: Product,
    cu: Option<Cu>,
    update: Option<String>,
    build: Option<Build>,
    low: Candidate,
    high: Candidate,
    precision: Precision,
    newer: bool,
}

/// All spans, one per line and per distinct build claimed on it.
#[derive(Debug, Default)]
pub(super) struct Spans {
    by_line: BTreeMap<LineKey, Vec<Span>>,
    conflicts: Vec<Conflict>,
}

impl Spans {
    pub(super) fn from_claims(catalog: &Catalog, claims: &Claims) -> Self {
        let mut spans = Self::default();
        for &(seen, kind) in &claims.versions {
            match Span::of(catalog, seen) {
                Some(span) => {
                    spans.by_line.entry(LineKey::of(seen.prefix())).or_default().push(span)
                }
                None => spans.conflicts.push(Conflict {
                    name: "no-such-build",
                    detail: format!(
                        "{} says {seen}, but no CU has the third part {}",
                        kind.title(),
                        seen.prefix().third
                    ),
                }),
            }
        }
        for &(bound, kind) in &claims.at_least {
            spans.raise(catalog, bound, kind);
        }
        for on_line in spans.by_line.values_mut() {
            keep_most_exact(on_line);
        }
        spans.name_contradictions(claims);
        spans
    }

    /// Applies a lower bound: narrows ranges, contradicts exact builds below it, or stands alone.
    fn raise(&mut self, catalog: &Catalog, bound: Build, kind: EvidenceKind) {
        let Some(line) = catalog.line_of(bound) else {
            self.conflicts.push(Conflict {
                name: "no-such-build",
                detail: format!("{} says {bound}, which is on no CU", kind.title()),
            });
            return;
        };
        let key = LineKey::of(bound.prefix());
        let bound = bound.max(line.base);
        let on_line = self.by_line.entry(key).or_default();
        if on_line.is_empty() {
            on_line.push(Span::range(line, key, bound, line.newest().max(bound)));
        }
        for span in on_line {
            match (span.build, span.low) {
                (Some(build), _) if build < bound => self.conflicts.push(Conflict {
                    name: "two-builds",
                    detail: format!("{} says at least {bound}, another says {build}", kind.title()),
                }),
                (None, Candidate::InLine(key, low)) => {
                    span.low = Candidate::InLine(key, low.max(bound));
                }
                _ => {}
            }
        }
    }

    fn name_contradictions(&mut self, claims: &Claims) {
        let spans: Vec<&Span> = self.by_line.values().flatten().collect();
        if spans.len() < 2 {
            return;
        }
        let says: Vec<String> = claims
            .versions
            .iter()
            .map(|(seen, kind)| format!("{} says {seen}", kind.title()))
            .chain(claims.at_least.iter().map(|(it, kind)| format!("{} says {it}", kind.title())))
            .collect();
        let has = |kind| claims.versions.iter().any(|&(_, it)| it == kind);
        let header_and_path = has(EvidenceKind::OwaHeader) && has(EvidenceKind::OwaPath);
        let name = if header_and_path { "header-vs-path" } else { "two-builds" };
        self.conflicts.push(Conflict { name, detail: says.join(", ") });
    }

    pub(super) fn into_identity(self, catalog: &Catalog, claims: &Claims) -> Identity {
        let mut identity = Identity::unknown(claims.presence());
        identity.conflicts = self.conflicts;
        if matches!(identity.presence, Presence::NotExchange(_) | Presence::ExchangeOnline(_)) {
            identity.conflicts.clear();
            return identity;
        }
        identity.conflicts.extend(claims.sign_conflicts());
        let spans: Vec<Span> = self.by_line.into_values().flatten().collect();
        match spans.as_slice() {
            [] => product_only(&mut identity, claims),
            [one] => fill(&mut identity, one),
            [first, rest @ ..] => {
                let same = |differs: &dyn Fn(&Span) -> bool| !rest.iter().any(differs);
                identity.product = same(&|it| it.product != first.product).then_some(first.product);
                identity.cu = first.cu.filter(|_| same(&|it| it.cu != first.cu));
                if identity.product.is_none() {
                    identity.product_at_least = spans.iter().map(|it| it.product).min();
                }
                identity.precision =
                    if identity.cu.is_some() { Precision::Cu } else { Precision::Product };
                identity.newer_than_catalog = spans.iter().any(|it| it.newer);
            }
        }
        identity.candidates.extend(spans.iter().flat_map(|span| [span.low, span.high]));
        identity.candidates.sort();
        identity.candidates.dedup();
        let builds = || identity.candidates.iter().filter_map(|it| bound(*it));
        identity.at_least = builds().min();
        identity.at_most = builds().max();
        // A lone span without a line (a newer CU, 5.5) is bounded by its own build.
        if identity.at_least.is_none() {
            identity.at_least = identity.build;
            identity.at_most = identity.build;
        }
        debug_assert!(identity.at_least.is_none_or(|it| catalog.line_of(it).is_some()
            || identity.newer_than_catalog
            || identity.precision <= Precision::Product));
        identity
    }
}

const fn bound(candidate: Candidate) -> Option<Build> {
    match candidate {
        Candidate::InLine(_, build) => Some(build),
        Candidate::NewerCu(_) | Candidate::Unlisted(_) => None,
    }
}

fn product_only(identity: &mut Identity, claims: &Claims) {
    let unpublished = claims.versions.first().map(|(seen, _)| seen.prefix());
    let claimed = unpublished.and_then(|prefix| crate::product::Numbering::product(prefix.with(0)));
    let range = claims.product_range();
    identity.product = claimed.or_else(|| range.and_then(|it| it.single()));
    if identity.product.is_none() {
        identity.product_at_least = range.map(|it| it.at_least);
    }
    let known = identity.product.or(identity.product_at_least).is_some();
    identity.precision = if known { Precision::Product } else { Precision::None };
    if let Some(legacy) = identity.product.filter(|it| it.is_legacy() || *it == Product::E2007) {
        identity.candidates = vec![Candidate::Unlisted(legacy)];
    }
}

fn fill(identity: &mut Identity, span: &Span) {
    identity.product = Some(span.product);
    identity.cu = span.cu;
    identity.update.clone_from(&span.update);
    identity.build = span.build;
    identity.precision = span.precision;
    identity.newer_than_catalog = span.newer;
}

/// Several claims on one line: an exact build silences the ranges that contain it; several exact
/// builds all stay.
fn keep_most_exact(on_line: &mut Vec<Span>) {
    let exact: Vec<Span> = on_line.iter().filter(|it| it.build.is_some()).cloned().collect();
    if !exact.is_empty() {
        *on_line = exact;
    }
    on_line.dedup_by(|a, b| (a.low, a.high) == (b.low, b.high));
}

impl Span {
    /// The span of a version claim; `None` if no CU has its third part.
    fn of(catalog: &Catalog, seen: SeenBuild) -> Option<Self> {
        match seen {
            SeenBuild::Full(build) => Self::of_build(catalog, build),
            SeenBuild::Prefix(prefix) => Self::of_prefix(catalog, prefix),
        }
    }

    fn of_build(catalog: &Catalog, build: Build) -> Option<Self> {
        let key = LineKey::of(build.prefix());
        let exact = |line: &Line, build, update: Option<&str>, precision, newer| Self {
            update: update.map(str::to_owned),
            build: Some(build),
            precision,
            newer,
            ..Self::range(line, key, build, build)
        };
        Some(match catalog.place(build) {
            Placement::Listed(line, it) => {
                exact(line, build, Some(it.level()), Precision::Exact, false)
            }
            Placement::Floored(line, it) => {
                exact(line, build, Some(it.level()), Precision::Su, false)
            }
            Placement::BelowBase(line, it) => {
                exact(line, it.build, Some(it.level()), Precision::Exact, false)
            }
            Placement::Between(line, low, high) => Self::range(line, key, low.build, high.build),
            Placement::NewerInLine(line, _) => exact(line, build, None, Precision::Cu, true),
            Placement::Preview(it) => Self::without_lists(it.product, build),
            Placement::Legacy(product) => Self::without_lists(product, build),
            Placement::NewerCu(product) => Self {
                low: Candidate::NewerCu(product),
                high: Candidate::NewerCu(product),
                newer: true,
                ..Self::without_lists(product, build)
            },
            Placement::Unpublished(_) | Placement::ExchangeOnline | Placement::Foreign => {
                return None;
            }
        })
    }

    fn of_prefix(catalog: &Catalog, prefix: BuildPrefix) -> Option<Self> {
        let key = LineKey::of(prefix);
        let Some(line) = catalog.line(key) else {
            let span = Self::of_build(catalog, prefix.with(u16::MAX))?;
            return Some(Self { build: None, ..span });
        };
        if !line.product.has_rollups() {
            return Some(Self::range(line, key, line.base, line.newest()));
        }
        // 2007 and 2010: the third part names the rollup, or lies between two.
        let (low, high) = (prefix.with(0), prefix.with(u16::MAX));
        let mut same = line.builds.iter().copied().filter(|it| (low..=high).contains(it));
        let below = line.builds.iter().copied().rfind(|it| *it < low).unwrap_or(line.base);
        let above = line.builds.iter().copied().find(|it| *it > high).unwrap_or(below);
        let first = same.next();
        let last = same.next_back().or(first);
        Some(Self::range(line, key, first.unwrap_or(below), last.unwrap_or(above)))
    }

    fn range(line: &Line, key: LineKey, low: Build, high: Build) -> Self {
        Self {
            product: line.product,
            cu: Some(line.cu).filter(|cu| *cu != Cu::Preview),
            update: None,
            build: None,
            low: Candidate::InLine(key, low),
            high: Candidate::InLine(key, high),
            precision: Precision::Cu,
            newer: false,
        }
    }

    const fn without_lists(product: Product, build: Build) -> Self {
        Self {
            product,
            cu: None,
            update: None,
            build: Some(build),
            low: Candidate::Unlisted(product),
            high: Candidate::Unlisted(product),
            precision: Precision::Product,
            newer: false,
        }
    }
}
