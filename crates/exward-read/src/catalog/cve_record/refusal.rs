//! What an import did not take over, and why.

use std::fmt;

use exward_core::build::Build;
use exward_core::catalog::Published;
use exward_core::product::{Cu, Product};
use jiff::civil::Date;

use super::ReadProductError;

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
