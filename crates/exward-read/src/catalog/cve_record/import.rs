//! What an import did, for people: one line each.

use std::fmt;

use exward_core::build::Build;
use exward_core::catalog::{Cvss, Published};
use exward_core::product::{Cu, Product};
use jiff::civil::Date;

use super::ReadProductError;

/// The answer to one import. Displays as one line for each change, agreement and refusal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a refusal that nobody reads is a fact that is missing"]
pub struct Import {
    /// What the facts say now that they did not say before, in the order it was done.
    pub changes: Vec<Change>,
    /// What the record says and the facts said already.
    pub agreed: Vec<Agreed>,
    /// What was not taken over, and why.
    pub refused: Vec<Refused>,
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.changes.iter().try_for_each(|it| writeln!(f, "{it}"))?;
        self.agreed.iter().try_for_each(|it| writeln!(f, "{it}"))?;
        self.refused.iter().try_for_each(|it| writeln!(f, "{it}"))
    }
}

/// One thing that the facts now say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// A CVE that the catalog did not know.
    NewCve {
        /// The CVE.
        cve: String,
        /// Its one-word kind.
        kind: String,
        /// Its CVSS 3.1 base score, if the record gives one.
        cvss: Option<Cvss>,
        /// When it was published.
        published: Published,
    },
    /// A CU that the CVE did not list.
    NewFix {
        /// The CVE.
        cve: String,
        /// The product.
        product: Product,
        /// The CU.
        cu: Cu,
        /// The build that fixes it there.
        fixed: Build,
    },
    /// A CU that the CVE did not list, and that has no fix: the record names a build on a newer CU.
    NoFixOnCu {
        /// The CVE.
        cve: String,
        /// The product.
        product: Product,
        /// The CU without a fix.
        cu: Cu,
        /// The CU to update to.
        upgrade_to: Cu,
    },
    /// The record names a later build than the catalog: the builds between are now disputed.
    Disputed {
        /// The CVE.
        cve: String,
        /// The product.
        product: Product,
        /// The CU.
        cu: Cu,
        /// The build that the catalog calls fixed, and still does.
        fixed: Build,
        /// The later build of the record.
        record: Build,
    },
    /// It is now known to be exploited.
    Kev {
        /// The CVE.
        cve: String,
        /// Day on which CISA listed it.
        added: Date,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewCve { cve, kind, cvss, published } => {
                write!(f, "{cve}: {kind}, published {published}")?;
                cvss.iter().try_for_each(|cvss| write!(f, ", {cvss}"))?;
                f.write_str(" — new CVE")
            }
            Self::NewFix { cve, product, cu, fixed } => {
                write!(f, "{cve}: {product} {cu} fixed in {fixed} — new row")
            }
            Self::NoFixOnCu { cve, product, cu, upgrade_to } => {
                write!(f, "{cve}: {product} {cu} has no fix, upgrade to {upgrade_to} — new row")
            }
            Self::Disputed { cve, product, cu, fixed, record } => write!(
                f,
                "{cve}: {product} {cu} fixed in {fixed}, the record says {record} — now disputed"
            ),
            Self::Kev { cve, added } => {
                write!(f, "{cve}: known exploited, listed by CISA on {added} — new")
            }
        }
    }
}

/// One thing that record and facts agree on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Agreed {
    /// A fixed build.
    Fix {
        /// The CVE.
        cve: String,
        /// The product.
        product: Product,
        /// The CU.
        cu: Cu,
        /// The build of the record.
        record: Build,
        /// The earlier build that another authority calls fixed: already marked as disputed.
        disputed_with: Option<Build>,
    },
    /// The day on which CISA listed it.
    Kev {
        /// The CVE.
        cve: String,
        /// That day.
        added: Date,
    },
}

impl fmt::Display for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fix { cve, product, cu, record, disputed_with: None } => {
                write!(f, "{cve}: {product} {cu} fixed in {record} — already so")
            }
            Self::Fix { cve, product, cu, record, disputed_with: Some(fixed) } => write!(
                f,
                "{cve}: {product} {cu} fixed in {fixed}, the record says {record} — already disputed"
            ),
            Self::Kev { cve, added } => {
                write!(f, "{cve}: known exploited, listed by CISA on {added} — already so")
            }
        }
    }
}

/// One thing that the record says and the facts do not take over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The CVE.
    pub cve: String,
    /// Product and CU, if the row could be read so far.
    pub cu: Option<(Product, Cu)>,
    /// Why.
    pub why: Refusal,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cu {
            Some((product, cu)) => {
                write!(f, "{}: {product} {cu} refused: {}", self.cve, self.why)
            }
            None => write!(f, "{}: refused: {}", self.cve, self.why),
        }
    }
}

/// Why something was not taken over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The product name tells no CU of Exchange.
    #[error(transparent)]
    Product(#[from] ReadProductError),
    /// The row is about builds that are not affected, or says nothing.
    #[error("the row says `{status}`, and only affected builds tell a fix")]
    NotAffected {
        /// What it says.
        status: String,
    },
    /// No build where one should be.
    #[error("names no fixed build (version `{version}`)")]
    NoBuild {
        /// What stands in its place.
        version: String,
    },
    /// Something that is no build.
    #[error("`{text}` is no build number")]
    NotABuild {
        /// What it is.
        text: String,
    },
    /// The catalog has no base of this CU.
    #[error("this CU is not in the builds table, which must know it first")]
    UnknownCu,
    /// A build on a CU that no base of the catalog has.
    #[error("names {build}, whose third part belongs to no CU in the builds table")]
    ForeignBuild {
        /// The build.
        build: Build,
    },
    /// The two rows of a record have exactly each other's CU.
    #[error("names {build} for {named}, which lies on {lies_on}; swapped pair")]
    SwappedPair {
        /// The build.
        build: Build,
        /// The CU of the row.
        named: Cu,
        /// The CU of the build.
        lies_on: Cu,
    },
    /// A build on a newer CU of the same product.
    #[error("names {build} for {named}, which lies on the newer {lies_on}: upgrade to {lies_on}")]
    NewerCu {
        /// The build.
        build: Build,
        /// The CU of the row.
        named: Cu,
        /// The CU of the build.
        lies_on: Cu,
    },
    /// A build on an older CU or another product.
    #[error("names {build} for {named}, which lies on {product} {lies_on}")]
    OtherCu {
        /// The build.
        build: Build,
        /// The CU of the row.
        named: Cu,
        /// The product of the build.
        product: Product,
        /// The CU of the build.
        lies_on: Cu,
    },
    /// A build on the right CU that no row of the builds table has.
    #[error("{build} is not in the builds table, which must know it first")]
    UnknownBuild {
        /// The build.
        build: Build,
    },
    /// The record names an earlier build than the catalog.
    #[error("the record says {record}, earlier than {fixed} in the catalog: needs review")]
    Earlier {
        /// The build of the record.
        record: Build,
        /// The build of the catalog.
        fixed: Build,
    },
    /// The catalog keeps the CVE out of every list, so a row of it would show nowhere.
    #[error("the record says {record}, the catalog keeps this CVE out of its lists: needs review")]
    KeptOut {
        /// The build of the record.
        record: Build,
    },
    /// The catalog says that this CU has no fix.
    #[error("the record says {record}, the catalog has no fix on this CU: needs review")]
    CatalogHasNoFix {
        /// The build of the record.
        record: Build,
    },
    /// The catalog already calls other builds disputed.
    #[error(
        "the record says {record}, the catalog is disputed between {fixed} and {fixed_msrc}: \
         needs review"
    )]
    OtherDispute {
        /// The build of the record.
        record: Build,
        /// The earliest build of the catalog.
        fixed: Build,
        /// The record's build as the catalog has it.
        fixed_msrc: Build,
    },
    /// CISA's day differs.
    #[error("CISA's container says {record} as the day of the KEV listing; kept {kept}")]
    OtherKevDate {
        /// The day in the record.
        record: Date,
        /// The day in the catalog.
        kept: Date,
    },
    /// A new CVE without a single row that could be taken over.
    #[error("not added: no row of it (published {published}) could be taken over")]
    NothingLeft {
        /// When it was published.
        published: Published,
    },
}
