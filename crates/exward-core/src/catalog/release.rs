//! Builds, the lines they stand on, and where an arbitrary build falls among them.

use std::collections::BTreeMap;

use super::{Catalog, Published};
use crate::build::{Build, BuildPrefix};
use crate::product::{Cu, Numbering, Product};

/// What a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// First release.
    Rtm,
    /// Service pack (2007, 2010).
    ServicePack,
    /// Cumulative update.
    Cu,
    /// Security update.
    Su,
    /// Hotfix update: contains all earlier SUs, fixes no CVE itself.
    Hu,
    /// Update rollup (2007, 2010).
    Rollup,
    /// Public preview.
    Preview,
    /// Seen in a list, but no update of its own (an OWA file version).
    Other,
}

impl Kind {
    /// True for the builds that a line starts with.
    #[must_use]
    pub const fn is_base(self) -> bool {
        matches!(self, Self::Rtm | Self::ServicePack | Self::Cu)
    }
}

/// Who may have an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entitlement {
    /// Public download.
    Public,
    /// Only customers of the paid Extended Security Update programme.
    Esu,
}

/// One published build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The product.
    pub product: Product,
    /// The CU it stands on.
    pub cu: Cu,
    /// Name of the update: `Nov24SUv2`, `RU30`; `None` for a base and for nameless updates.
    pub update: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// When it came out, if known.
    pub released: Option<Published>,
    /// The build.
    pub build: Build,
    /// Its knowledge base article, `KB5049233`.
    pub kb: Option<String>,
    /// False for the special March 2021 SU on CUs that were out of support: it holds only the fixes
    /// named in it, not the earlier ones of its CU.
    pub cumulative: bool,
    /// Who may have it.
    pub entitlement: Entitlement,
    /// Anything a reader should know.
    pub note: String,
    /// Where it comes from.
    pub source: String,
}

impl Release {
    /// The update level in one word: `Nov24SUv2`, `RU30`, a KB id, or `RTM` for a base.
    #[must_use]
    pub fn level(&self) -> &str {
        match (&self.update, &self.kb) {
            (Some(update), _) => update,
            (None, _) if self.kind.is_base() => "RTM",
            (None, Some(kb)) => kb,
            (None, None) => "unnamed update",
        }
    }
}

/// What a line is found by: the third part since 2013, the service pack before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineKey {
    major: u16,
    minor: u16,
    third: Option<u16>,
}

impl LineKey {
    /// The key of the line that builds with this prefix would belong to.
    #[must_use]
    pub fn of(prefix: BuildPrefix) -> Self {
        let rollups = matches!(Numbering::of(prefix), Numbering::Server(it) if it.has_rollups());
        let third = (!rollups).then_some(prefix.third);
        Self { major: prefix.major, minor: prefix.minor, third }
    }
}

/// A CU or service pack with its updates: within it, and only within it, a higher build contains
/// the lower ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The product.
    pub product: Product,
    /// The CU.
    pub cu: Cu,
    /// The build that the line starts with.
    pub base: Build,
    /// Builds of the line from its base on, oldest first. Never empty.
    pub builds: Vec<Build>,
}

impl Line {
    /// The newest listed build of the line.
    #[must_use]
    pub fn newest(&self) -> Build {
        self.builds.last().copied().unwrap_or(self.base)
    }
}

/// Where a build stands among the listed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement<'a> {
    /// It is a listed update of this line.
    Listed(&'a Line, &'a Release),
    /// It is not listed; the update level is that of the listed build below it.
    Floored(&'a Line, &'a Release),
    /// It lies below the base of its line: an OWA file version, which stands for the base.
    BelowBase(&'a Line, &'a Release),
    /// 2007 and 2010: not listed, a component's number between two rollups.
    Between(&'a Line, &'a Release, &'a Release),
    /// Newer than every listed build of its line.
    NewerInLine(&'a Line, &'a Release),
    /// A public preview.
    Preview(&'a Release),
    /// Its third part is newer than every listed CU of the product.
    NewerCu(Product),
    /// No CU has its third part: Microsoft published no such build.
    Unpublished(Product),
    /// 5.5, 2000 or 2003.
    Legacy(Product),
    /// 15.20.
    ExchangeOnline,
    /// No Exchange numbering.
    Foreign,
}

/// Groups releases into lines. A preview makes a line only where no real CU has its third part.
pub(super) fn lines(releases: &[Release]) -> BTreeMap<LineKey, Line> {
    let mut lines: BTreeMap<LineKey, Line> = BTreeMap::new();
    for base in releases.iter().filter(|release| release.kind.is_base()) {
        lines.insert(
            LineKey::of(base.build.prefix()),
            Line { product: base.product, cu: base.cu, base: base.build, builds: Vec::new() },
        );
    }
    for release in releases {
        let Some(line) = lines.get_mut(&LineKey::of(release.build.prefix())) else { continue };
        let is_level = !matches!(release.kind, Kind::Preview | Kind::Other);
        if is_level && release.build >= line.base {
            line.builds.push(release.build);
        }
    }
    lines
}

/// See [`Catalog::place`].
pub(super) fn place(catalog: &Catalog, build: Build) -> Placement<'_> {
    let product = match Numbering::of(build.prefix()) {
        Numbering::Server(product) if product.is_legacy() => return Placement::Legacy(product),
        Numbering::Server(product) => product,
        Numbering::ExchangeOnline => return Placement::ExchangeOnline,
        Numbering::Foreign => return Placement::Foreign,
    };
    if let Some(preview) = preview_at(catalog, build) {
        return Placement::Preview(preview);
    }
    let Some(line) = catalog.line_of(build) else {
        let newest = catalog.newest_line(product).map(Line::newest);
        return match newest {
            Some(newest) if build < newest => Placement::Unpublished(product),
            _ => Placement::NewerCu(product),
        };
    };
    place_in_line(catalog, line, build).unwrap_or(Placement::Unpublished(product))
}

/// The preview that a build is or floors to: only below the base that shares its third part.
fn preview_at(catalog: &Catalog, build: Build) -> Option<&Release> {
    let base = catalog.line_of(build).map(|line| line.base);
    if base.is_some_and(|base| build >= base) {
        return None;
    }
    catalog.releases().iter().rev().find(|release| {
        release.kind == Kind::Preview
            && release.build.prefix() == build.prefix()
            && release.build <= build
    })
}

/// `None` only if the line names a build that no release has, which the index rules out.
fn place_in_line<'a>(catalog: &'a Catalog, line: &'a Line, build: Build) -> Option<Placement<'a>> {
    if build < line.base {
        return Some(Placement::BelowBase(line, catalog.release(line.base)?));
    }
    let after = line.builds.partition_point(|&listed| listed <= build);
    let at = |index: usize| line.builds.get(index).and_then(|&listed| catalog.release(listed));
    let floor = at(after.checked_sub(1)?)?;
    Some(match at(after) {
        _ if floor.build == build => Placement::Listed(line, floor),
        None => Placement::NewerInLine(line, floor),
        Some(next) if line.product.has_rollups() => Placement::Between(line, floor, next),
        Some(_) => Placement::Floored(line, floor),
    })
}
