//! Version claims become spans of builds; spans become an identity.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::claims::Claims;
use super::{Candidate, Conflict, Identity, Precision, Presence};
use crate::build::{Build, BuildPrefix, SeenBuild};
use crate::catalog::{Catalog, Line, LineKey, Placement};
use crate::evidence::EvidenceKind;
use crate::product::{Cu, Product};
use crate::sentence::first_few;

/// Claims named in one contradiction; the rest is counted.
const CLAIMS_SHOWN_MAX: usize = 6;

/// A run of builds on one line that some claim allows, both ends included.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    /// The first three parts as claimed: below a base, the build is not the claimed one.
    prefix: BuildPrefix,
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
        let mut unplaced = Vec::new();
        for &(seen, kind) in &claims.versions {
            match Span::of(catalog, seen) {
                Some(span) => {
                    spans.by_line.entry(LineKey::of(seen.prefix())).or_default().push(span)
                }
                None => unplaced.push(says(kind, seen)),
            }
        }
        for &(bound, kind) in &claims.at_least {
            match catalog.line_of(bound) {
                Some(line) => spans.raise(line, bound, kind),
                None => unplaced.push(says(kind, bound)),
            }
        }
        for on_line in spans.by_line.values_mut() {
            keep_most_exact(on_line);
        }
        if !unplaced.is_empty() {
            let all = first_few(&unplaced, CLAIMS_SHOWN_MAX);
            let detail = format!("{all}: no CU of Exchange has that number");
            spans.conflicts.push(Conflict { name: "no-such-build", detail });
        }
        spans.name_contradictions(claims);
        spans
    }

    /// Applies a lower bound: narrows ranges, contradicts what lies below it, or stands alone.
    fn raise(&mut self, line: &Line, bound: Build, kind: EvidenceKind) {
        let key = LineKey::of(bound.prefix());
        let bound = bound.max(line.base);
        let newest = line.newest();
        let on_line = self.by_line.entry(key).or_default();
        if on_line.is_empty() {
            on_line.push(Span::range(line, bound.prefix(), line.base, newest));
        }
        let mut below = Vec::new();
        for span in on_line {
            let (Candidate::InLine(_, low), Candidate::InLine(_, high)) = (span.low, span.high)
            else {
                continue;
            };
            let open_above = span.build.is_none() && high >= newest;
            if bound > high && !open_above {
                below.push(high.to_string());
            } else if span.build.is_none() {
                span.low = Candidate::InLine(key, low.max(bound));
                span.high = Candidate::InLine(key, high.max(bound));
                span.newer |= bound > newest;
            }
        }
        if !below.is_empty() {
            let all = first_few(&below, CLAIMS_SHOWN_MAX);
            let detail = format!("{} says at least {bound}, another says {all}", kind.title());
            self.conflicts.push(Conflict { name: "two-builds", detail });
        }
    }

    fn name_contradictions(&mut self, claims: &Claims) {
        let spans: Vec<&Span> = self.by_line.values().flatten().collect();
        if spans.len() < 2 {
            return;
        }
        let versions = claims.versions.iter().map(|&(seen, kind)| says(kind, seen));
        let bounds = claims.at_least.iter().map(|&(bound, kind)| says(kind, bound));
        let all: Vec<String> = versions.chain(bounds).collect();
        let has = |kind| claims.versions.iter().any(|&(_, it)| it == kind);
        let header_and_path = has(EvidenceKind::OwaHeader) && has(EvidenceKind::OwaPath);
        let name = if header_and_path { "header-vs-path" } else { "two-builds" };
        self.conflicts.push(Conflict { name, detail: first_few(&all, CLAIMS_SHOWN_MAX) });
    }

    pub(super) fn into_identity(self, claims: &Claims) -> Identity {
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
        identity
    }
}

fn says(kind: EvidenceKind, what: impl fmt::Display) -> String {
    format!("{} says {what}", kind.title())
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

/// Several claims on one line: an exact build silences the ranges of the same three parts; several
/// exact builds all stay.
fn keep_most_exact(on_line: &mut Vec<Span>) {
    let exact = on_line.iter().filter(|it| it.build.is_some());
    let exact: BTreeSet<BuildPrefix> = exact.map(|it| it.prefix).collect();
    on_line.retain(|it| it.build.is_some() || !exact.contains(&it.prefix));
    on_line.sort_by_key(|it| (it.low, it.high));
    on_line.dedup_by_key(|it| (it.low, it.high));
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
        let prefix = build.prefix();
        let exact = |line: &Line, build, update: Option<&str>, precision, newer| Self {
            update: update.map(str::to_owned),
            build: Some(build),
            precision,
            newer,
            ..Self::range(line, prefix, build, build)
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
            Placement::Between(line, low, high) => Self::range(line, prefix, low.build, high.build),
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
        let Some(line) = catalog.line(LineKey::of(prefix)) else {
            let span = Self::of_build(catalog, prefix.with(u16::MAX))?;
            return Some(Self { build: None, ..span });
        };
        if !line.product.has_rollups() {
            return Some(Self::range(line, prefix, line.base, line.newest()));
        }
        // 2007 and 2010: the third part names the rollup, or lies between two.
        let (low, high) = (prefix.with(0), prefix.with(u16::MAX));
        let mut same = line.builds.iter().copied().filter(|it| (low..=high).contains(it));
        let below = line.builds.iter().copied().rfind(|it| *it < low).unwrap_or(line.base);
        let above = line.builds.iter().copied().find(|it| *it > high).unwrap_or(below);
        let first = same.next();
        let last = same.next_back().or(first);
        Some(Self::range(line, prefix, first.unwrap_or(below), last.unwrap_or(above)))
    }

    fn range(line: &Line, prefix: BuildPrefix, low: Build, high: Build) -> Self {
        let key = LineKey::of(prefix);
        Self {
            prefix,
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
            prefix: build.prefix(),
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
