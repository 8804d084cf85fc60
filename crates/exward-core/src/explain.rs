//! What one build, CVE, KB article or update means: the answer behind `exward explain`.
//!
//! Everything comes from the catalog alone; nothing is known of a server, its configuration or the
//! day. The binary turns these values into text and JSON.
//!
//! # Invariants
//! * **E1 the verdict's own words.** A build is placed by [`identify`] and judged by [`assess`], so
//!   that `explain` never says other than `check`.
//! * **E2 nothing is left out in silence.** A CVE that is kept out of the lists, a fix that needs
//!   configuration, and sources that contradict each other are part of the answer.
//! * **E3 published is not fixed.** ProxyShell was fixed in April and published in July 2021: both
//!   dates stand beside each other.

mod cve;
mod mention;
mod question;
#[cfg(test)]
mod tests;
mod update;

use jiff::civil::Date;

pub use cve::{CveMeaning, CveRow};
pub use mention::mentions;
pub use update::{Fixed, UpdateMeaning};

use crate::assess::{Assessment, assess};
use crate::build::{Build, ParseBuildError, SeenBuild};
use crate::catalog::{Catalog, Disagreement, Lifecycle, Placement, Release};
use crate::config::ConfigFacts;
use crate::evidence::{Claim, Evidence, EvidenceKind};
use crate::identify::{Identity, identify};
use question::Question;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation<'c> {
    /// A build, or the CU that three parts of one name.
    Build(Box<BuildMeaning<'c>>),
    /// A CVE or Microsoft advisory.
    Cve(Box<CveMeaning<'c>>),
    /// A KB article or an update name, which may stand for several builds.
    Kb(KbMeaning<'c>),
}

/// What a build means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildMeaning<'c> {
    /// The build as it was given.
    pub seen: SeenBuild,
    /// Product, CU and update level; its presence says so if it is no server of ours at all.
    pub identity: Identity,
    /// The update level with what it fixed; `None` if three parts, a build between two rollups, or
    /// a build newer than the catalog leave it open. An unlisted build counts as the level below.
    pub level: Option<UpdateMeaning<'c>>,
    /// Support dates of the product; `None` for 5.5, 2000, 2003 and what is no server of ours.
    pub lifecycle: Option<&'c Lifecycle>,
    /// The status of every CVE, with nothing known of the configuration.
    pub assessment: Assessment<'c>,
    /// The updates after it on its own CU, oldest first; empty if it is the newest.
    pub next: Vec<UpdateMeaning<'c>>,
    /// The newest listed update of the product's newest CU; `None` if the product has no list.
    pub newest: Option<&'c Release>,
    /// Disagreements that mention it, in catalog order.
    pub disagreements: Vec<&'c Disagreement>,
}

/// What a KB article or an update name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KbMeaning<'c> {
    /// The article or the update as the catalog writes it: `KB5049233`, `Nov24SUv2`.
    pub name: String,
    /// Every build that it brings, lowest number first, with what each fixes. Never empty.
    pub updates: Vec<UpdateMeaning<'c>>,
    /// Disagreements that mention it, in catalog order.
    pub disagreements: Vec<&'c Disagreement>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExplainError {
    /// In none of the accepted forms.
    #[error(
        "`{text}` is not a build (15.2.1544.14, or 15.2.1544 for a CU), a CVE (CVE-2021-34473), \
         a KB article (KB5049233) or an update (Nov24SUv2)"
    )]
    Unrecognised {
        /// What was asked, shortened.
        text: String,
    },
    /// Dots and digits, but no build number.
    #[error("not a build such as 15.2.1544.14, or 15.2.1544 for a CU")]
    Build {
        /// What the build parser said.
        #[source]
        source: ParseBuildError,
    },
    /// A CVE that the catalog does not have.
    #[error("{id} is not in the catalog of {as_of}: not an Exchange server CVE, or newer")]
    UnknownCve {
        /// Its id as the catalog would write it.
        id: String,
        /// Day up to which the catalog knows.
        as_of: Date,
    },
    /// A KB article or an update that the catalog does not have.
    #[error("{name} is not in the catalog of {as_of}: not an update of Exchange server, or newer")]
    UnknownUpdate {
        /// Its name as the catalog would write it.
        name: String,
        /// Day up to which the catalog knows.
        as_of: Date,
    },
}

/// Explains a build (three or four parts), a CVE, a KB article (with or without its prefix) or an
/// update name. Case, blanks and missing or odd hyphens do not matter.
///
/// # Errors
/// [`ExplainError`], which says what is accepted, or that the catalog does not have it.
pub fn explain<'c>(catalog: &'c Catalog, what: &str) -> Result<Explanation<'c>, ExplainError> {
    Ok(match Question::of(catalog, what)? {
        Question::Build(seen) => Explanation::Build(Box::new(build(catalog, seen))),
        Question::Cve(advisory) => Explanation::Cve(Box::new(cve::meaning(catalog, advisory))),
        Question::Update(name, releases) => {
            let disagreements = mention::about_update(catalog, &name);
            let updates = releases.into_iter().map(|it| update::meaning(catalog, it)).collect();
            Explanation::Kb(KbMeaning { name, updates, disagreements })
        }
    })
}

fn build(catalog: &Catalog, seen: SeenBuild) -> BuildMeaning<'_> {
    let given = Evidence::new(EvidenceKind::Given, seen.to_string(), Claim::Version(seen));
    let identity = identify(catalog, &[given]);
    let level = match seen {
        SeenBuild::Full(build) => level_of(catalog, build),
        SeenBuild::Prefix(_) => None,
    };
    let on_line: Vec<Build> = identity
        .at_least
        .and_then(|low| catalog.line_of(low))
        .map_or_else(Vec::new, |line| line.builds.clone());
    let after = |it: &&Build| identity.at_least.is_some_and(|low| **it > low);
    let next = on_line
        .iter()
        .filter(after)
        .filter_map(|it| catalog.release(*it))
        .map(|it| update::meaning(catalog, it))
        .collect();
    let newest = identity.product.and_then(|it| catalog.newest_line(it));
    let disagreements = match level {
        Some(level) => mention::about_release(catalog, level),
        None => {
            let possible = |it: &&Build| identity.at_most.is_some_and(|high| **it <= high);
            let from = |it: &&Build| identity.at_least.is_some_and(|low| **it >= low);
            let builds: Vec<Build> =
                on_line.iter().filter(from).filter(possible).copied().collect();
            mention::about_builds(catalog, &builds)
        }
    };
    BuildMeaning {
        seen,
        level: level.map(|it| update::meaning(catalog, it)),
        lifecycle: identity.product.and_then(|it| catalog.lifecycle(it)),
        assessment: assess(catalog, &identity.candidates, &ConfigFacts::default()),
        next,
        newest: newest.and_then(|line| catalog.release(line.newest())),
        disagreements,
        identity,
    }
}

/// The listed update that a build is or counts as.
fn level_of(catalog: &Catalog, build: Build) -> Option<&Release> {
    match catalog.place(build) {
        Placement::Listed(_, level)
        | Placement::Floored(_, level)
        | Placement::BelowBase(_, level)
        | Placement::Preview(level) => Some(level),
        Placement::Between(..)
        | Placement::NewerInLine(..)
        | Placement::NewerCu(_)
        | Placement::Unpublished(_)
        | Placement::Legacy(_)
        | Placement::ExchangeOnline
        | Placement::Foreign => None,
    }
}
