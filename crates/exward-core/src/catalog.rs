//! The catalog: what Microsoft has published about Exchange, as plain data with queries.
//!
//! The data files, their format and their checks are `exward-read`'s; this is what they become.
//!
//! # Invariants
//! * **C1 every fact has a source** (A10): each row carries where it comes from.
//! * **C2 a CU is found by the third part** (2013 and later) or by the service pack (2007, 2010);
//!   nothing ever crosses that line ([`Line`]).
//! * **C3 dated.** The catalog says up to which day it knows, and never claims anything later.

mod advisory;
mod date;
mod moves;
mod release;

use std::collections::BTreeMap;

use jiff::civil::Date;

pub use advisory::{
    Advisory, ConfigNeed, ConfigRule, Cvss, Fix, GradeOfEvidence, Kev, OverrideSwitch,
};
pub use date::{ParsePublishedError, Published};
pub use moves::{
    Condition, CuSpan, Effect, KnownProblem, MOVE_KINDS, MoveKind, MoveRule, Moves,
    ParseCuSpanError, ParseTestError, Test, Withdrawal,
};
pub use release::{Entitlement, Kind, Line, LineKey, Placement, Release};

use crate::build::Build;
use crate::config::ConfigItem;
use crate::product::{Cu, Product};

/// Age in days from which every answer warns that the catalog may be behind.
pub const CATALOG_AGE_WARNING_DAYS: i32 = 45;

/// Support dates of one product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The product.
    pub product: Product,
    /// Last day of public support; `None` where none is fixed (SE).
    pub extended_end: Option<Date>,
    /// Last day of paid updates (ESU); `None` where there were none.
    pub esu_end: Option<Date>,
    /// CUs that get paid updates.
    pub esu_cus: Vec<Cu>,
    /// Day up to which Microsoft looked at this product when it published a CVE; `None`: still does.
    pub assessed_until: Option<Date>,
    /// Anything a reader should know.
    pub note: String,
    /// Where the dates come from.
    pub source: String,
}

/// A configuration item that setup turns on by itself from some CU on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetupDefault {
    /// What is turned on.
    pub item: ConfigItem,
    /// On which product.
    pub product: Product,
    /// From which CU on.
    pub cu: Cu,
    /// Where that is said.
    pub source: String,
}

/// Two sources that contradict each other, and which one the catalog follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// What kind of fact.
    pub kind: String,
    /// Which fact.
    pub what: String,
    /// What one source says.
    pub source_a: String,
    /// What the other says.
    pub source_b: String,
    /// What was kept, and why.
    pub kept: String,
}

/// Everything a catalog is made of, unindexed and unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Day up to which the catalog knows.
    pub as_of: Date,
    /// All builds.
    pub releases: Vec<Release>,
    /// All CVEs and advisories with their fixes.
    pub advisories: Vec<Advisory>,
    /// Support dates.
    pub lifecycles: Vec<Lifecycle>,
    /// Setting overrides that switch a fix off.
    pub overrides: Vec<OverrideSwitch>,
    /// What setup turns on by itself.
    pub defaults: Vec<SetupDefault>,
    /// Where sources contradict each other.
    pub disagreements: Vec<Disagreement>,
    /// The update graph.
    pub moves: Moves,
}

/// The catalog, indexed.
#[derive(Clone, Debug)]
pub struct Catalog {
    facts: Facts,
    lines: BTreeMap<LineKey, Line>,
    newest_published: Option<Published>,
}

impl Catalog {
    /// Indexes the facts. Sorts releases by build and advisories by id; loses nothing.
    #[must_use]
    pub fn new(mut facts: Facts) -> Self {
        facts.releases.sort_by_key(|release| release.build);
        facts.advisories.sort_by(|a, b| a.id.cmp(&b.id));
        let lines = release::lines(&facts.releases);
        let newest_published = facts.advisories.iter().map(|advisory| advisory.published).max();
        Self { facts, lines, newest_published }
    }

    /// The facts, releases in build order, advisories in id order.
    #[must_use]
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Day up to which the catalog knows.
    #[must_use]
    pub const fn as_of(&self) -> Date {
        self.facts.as_of
    }

    /// Publication date of the newest CVE; `None` only for an empty catalog.
    #[must_use]
    pub const fn newest_published(&self) -> Option<Published> {
        self.newest_published
    }

    /// How many days older the catalog is than `today`; negative if `today` lies before it.
    #[must_use]
    pub fn age_days(&self, today: Date) -> i32 {
        today.since(self.facts.as_of).map_or(0, |span| span.get_days())
    }

    /// All builds, oldest number first.
    #[must_use]
    pub fn releases(&self) -> &[Release] {
        &self.facts.releases
    }

    /// All CVEs and advisories, by id.
    #[must_use]
    pub fn advisories(&self) -> &[Advisory] {
        &self.facts.advisories
    }

    /// The CVE or advisory with this id, written in any case.
    #[must_use]
    pub fn advisory(&self, id: &str) -> Option<&Advisory> {
        self.facts.advisories.iter().find(|advisory| advisory.id.eq_ignore_ascii_case(id))
    }

    /// The listed release of exactly this build.
    #[must_use]
    pub fn release(&self, build: Build) -> Option<&Release> {
        let at = self.facts.releases.binary_search_by_key(&build, |release| release.build).ok()?;
        self.facts.releases.get(at)
    }

    /// The line (CU or service pack) that a build belongs to; `None` if no listed CU has its third
    /// part.
    #[must_use]
    pub fn line_of(&self, build: Build) -> Option<&Line> {
        self.lines.get(&LineKey::of(build.prefix()))
    }

    /// The line with this key.
    #[must_use]
    pub fn line(&self, key: LineKey) -> Option<&Line> {
        self.lines.get(&key)
    }

    /// Every line of a product, oldest first, previews left out.
    pub fn lines(&self, product: Product) -> impl DoubleEndedIterator<Item = &Line> {
        self.lines.values().filter(move |line| line.product == product && line.cu != Cu::Preview)
    }

    /// The newest CU of a product; `None` for the products without a list.
    #[must_use]
    pub fn newest_line(&self, product: Product) -> Option<&Line> {
        self.lines(product).next_back()
    }

    /// Where a build stands among the listed ones (design.md §4.2).
    #[must_use]
    pub fn place(&self, build: Build) -> Placement<'_> {
        release::place(self, build)
    }

    /// The update graph; without a rule if the catalog has none.
    #[must_use]
    pub const fn moves(&self) -> &Moves {
        &self.facts.moves
    }

    /// Support dates of a product; `None` for 5.5, 2000 and 2003.
    #[must_use]
    pub fn lifecycle(&self, product: Product) -> Option<&Lifecycle> {
        self.facts.lifecycles.iter().find(|lifecycle| lifecycle.product == product)
    }

    /// The default that makes setup turn `item` on for this CU, if there is one.
    #[must_use]
    pub fn setup_default(
        &self,
        item: ConfigItem,
        product: Product,
        cu: Cu,
    ) -> Option<&SetupDefault> {
        self.facts
            .defaults
            .iter()
            .find(|it| it.item == item && it.product == product && it.cu <= cu)
    }

    /// The switches that together turn the fix of one CVE off; empty if none is known.
    pub fn overrides_of(&self, cve: &str) -> impl Iterator<Item = &OverrideSwitch> {
        self.facts.overrides.iter().filter(move |switch| switch.cve == cve)
    }
}
