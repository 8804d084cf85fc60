//! What an import did, for people: one line each.

use std::fmt;

use exward_core::build::Build;
use exward_core::catalog::{Cvss, Published};
use exward_core::product::{Cu, Product};
use jiff::civil::Date;

use super::Refused;

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
