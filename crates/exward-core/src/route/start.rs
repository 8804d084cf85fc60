//! Where a way begins, and where one may end.

use super::{NoRoute, RefusedWay};
use crate::build::Build;
use crate::catalog::{Catalog, Kind, Line, MoveKind, MoveRule, Placement, Release, Withdrawal};
use crate::product::{Cu, Product};

/// A build with its CU and update level.
pub(super) struct Start<'c> {
    pub(super) line: &'c Line,
    /// The build; the base of its CU if it lies below (an OWA file version).
    pub(super) build: Build,
    /// The listed update that it is or counts as.
    pub(super) level: &'c Release,
}

/// Places the build.
pub(super) fn of(catalog: &Catalog, build: Build) -> Result<Start<'_>, NoRoute> {
    let newer = || NoRoute::NewerThanCatalog { build, as_of: catalog.as_of() };
    match catalog.place(build) {
        Placement::Listed(line, level)
        | Placement::Floored(line, level)
        | Placement::Between(line, level, _) => Ok(Start { line, build, level }),
        Placement::BelowBase(line, level) => Ok(Start { line, build: level.build, level }),
        // Of an older product, what the catalog lacks is a rollup that changes nothing: no move starts
        // there anyway.
        Placement::NewerInLine(line, level) if line.product.has_rollups() => {
            Ok(Start { line, build, level })
        }
        // Its SU may have fixes that no update in the catalog has (G5).
        Placement::NewerInLine(..) | Placement::NewerCu(_) => Err(newer()),
        Placement::Preview(_) => {
            let way = format!("from the preview {build}");
            let why = "no rule of the catalog begins at a preview".to_owned();
            Err(NoRoute::Refused { from: build, refused: vec![RefusedWay { way, why }] })
        }
        Placement::Legacy(product) => Err(migrate_only(catalog, build, product, Cu::Rtm, None)
            .unwrap_or(NoRoute::UnknownStart { build })),
        Placement::Unpublished(_) | Placement::ExchangeOnline | Placement::Foreign => {
            Err(NoRoute::UnknownStart { build })
        }
    }
}

/// The answer where the graph knows that only new servers help: on the way to a CU, or to any.
pub(super) fn migrate_only(
    catalog: &Catalog,
    from: Build,
    product: Product,
    cu: Cu,
    to: Option<(Product, Cu)>,
) -> Option<NoRoute> {
    let rules = catalog.moves().rules.iter().filter(|it| it.kind == MoveKind::Migrate);
    let mut rules = rules.filter(|it| it.from.holds(product, cu));
    let rule = rules.find(|it| to.is_none_or(|(product, cu)| it.to.holds(product, cu)))?;
    Some(NoRoute::MigrateOnly { from, what: rule.to.to_string(), why: migration(rule) })
}

/// How a migration goes, with its source.
pub(super) fn migration(rule: &MoveRule) -> String {
    format!("{} ({})", rule.note.trim_end_matches('.'), rule.source)
}

/// Why this release is no end of a way whatever leads there; `None` if it may be one.
pub(super) fn unfit(catalog: &Catalog, release: &Release) -> Option<String> {
    if let Some(it) = catalog.moves().withdrawal(release.build) {
        return Some(withdrawn(it));
    }
    match release.kind {
        Kind::Preview | Kind::Other => Some("it is no update to install".to_owned()),
        _ if !release.cumulative => {
            Some("it is not cumulative: it holds none of the earlier fixes of its CU".to_owned())
        }
        Kind::Rtm | Kind::ServicePack | Kind::Cu | Kind::Su | Kind::Hu | Kind::Rollup => None,
    }
}

/// Why a withdrawn build is no goal.
pub(super) fn withdrawn(it: &Withdrawal) -> String {
    let instead = it.replaced_by.map(|by| format!("; {by} takes its place")).unwrap_or_default();
    format!("it was withdrawn on {}: {}{instead}", it.since, it.why)
}

/// SUs and HUs of a CU that may be installed, newest first.
pub(super) fn updates<'c>(
    catalog: &'c Catalog,
    line: &'c Line,
) -> impl Iterator<Item = &'c Release> {
    let releases = line.builds.iter().rev().filter_map(|it| catalog.release(*it));
    let updates = releases.filter(|it| matches!(it.kind, Kind::Su | Kind::Hu));
    updates.filter(|it| unfit(catalog, it).is_none())
}
