//! Many pieces of evidence become one [`Identity`].
//!
//! # Invariants
//! * **I1 never narrower than the evidence.** A three-part version gives a range from the CU's base
//!   to its newest update, never a guess (trap T1: a tool that reports the newest SU of a CU calls
//!   an unpatched server patched).
//! * **I2 contradictions are named**, never resolved in silence: every build that some evidence
//!   claims stays a candidate, and the conflict says who says what.
//! * **I3 order does not matter.** The same pieces in any order give the same identity.
//! * **I4 inside beats outside.** What was read on the server cannot be imitated by an answer.

mod claims;
mod span;

use std::fmt;

use crate::build::Build;
use crate::catalog::{Catalog, LineKey};
use crate::evidence::Evidence;
use crate::product::{Cu, Product};

/// Whether, and as what, Exchange was seen at all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// An on-premises Exchange server.
    Exchange,
    /// Only a version path on a page, which anybody can copy: no other sign of Exchange.
    PageOnly,
    /// It looks like Exchange but may be an imitation; the text says why.
    Doubtful(String),
    /// Exchange Online.
    ExchangeOnline(String),
    /// Something else; the text says what.
    NotExchange(String),
    /// Nothing was seen that tells.
    Unseen,
}

/// How exactly the server is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Precision {
    /// Nothing.
    None,
    /// The product, or a bound on it.
    Product,
    /// The CU, with a range of updates.
    Cu,
    /// The update level, though the build itself is in no table.
    Su,
    /// A listed build.
    Exact,
}

impl Precision {
    /// Name in machine output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Product => "product",
            Self::Cu => "cu",
            Self::Su => "su",
            Self::Exact => "exact",
        }
    }
}

/// What the server may be, as far as the CVE lists are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    /// This build on this line.
    InLine(LineKey, Build),
    /// A CU newer than every listed one of the product.
    NewerCu(Product),
    /// A version without CVE lists: a preview, 5.5, 2000 or 2003.
    Unlisted(Product),
}

/// A contradiction between pieces of evidence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conflict {
    /// Short name: `header-vs-path`, `two-builds`, `two-servers`, `product`, `host`, `title`,
    /// `other-service`, `no-such-build`, `reported-but-fixed`.
    pub name: &'static str,
    /// Who says what.
    pub detail: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.detail)
    }
}

/// What the evidence allows the server to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Whether Exchange was seen.
    pub presence: Presence,
    /// The product, if the evidence leaves one.
    pub product: Option<Product>,
    /// Oldest possible product, where more than one is left.
    pub product_at_least: Option<Product>,
    /// The CU, if the evidence leaves one.
    pub cu: Option<Cu>,
    /// The update level, if known: `Nov24SUv2`, `RTM`.
    pub update: Option<String>,
    /// The build, if known to the fourth part.
    pub build: Option<Build>,
    /// Oldest build that the evidence allows.
    pub at_least: Option<Build>,
    /// Newest listed build that the evidence allows.
    pub at_most: Option<Build>,
    /// How exactly.
    pub precision: Precision,
    /// True if the build is newer than everything listed: never "unpatched" and never "latest" (T8).
    pub newer_than_catalog: bool,
    /// Contradictions, sorted.
    pub conflicts: Vec<Conflict>,
    /// The ends of what it may be, sorted; empty if no build is known.
    pub candidates: Vec<Candidate>,
}

impl Identity {
    /// An identity that knows nothing but the presence.
    pub(crate) const fn unknown(presence: Presence) -> Self {
        Self {
            presence,
            product: None,
            product_at_least: None,
            cu: None,
            update: None,
            build: None,
            at_least: None,
            at_most: None,
            precision: Precision::None,
            newer_than_catalog: false,
            conflicts: Vec::new(),
            candidates: Vec::new(),
        }
    }
}

impl fmt::Display for Identity {
    /// `Exchange 2019 CU14 Nov24SUv2`, `Exchange 2013 or later`, or `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.presence, self.product, self.product_at_least) {
            (Presence::ExchangeOnline(_), ..) => return f.write_str("Exchange Online"),
            (_, Some(product), _) => write!(f, "Exchange {product}")?,
            (_, None, Some(at_least)) => return write!(f, "Exchange {at_least} or later"),
            (_, None, None) => return f.write_str("?"),
        }
        if let Some(cu) = self.cu {
            write!(f, " {cu}")?;
        }
        match &self.update {
            // "2019 RTM RTM" would be said twice.
            Some(update) if self.cu != Some(Cu::Rtm) || update != "RTM" => write!(f, " {update}"),
            _ => Ok(()),
        }
    }
}

/// Weighs all evidence about one server.
///
/// No evidence at all gives [`Presence::Unseen`] with precision *none*.
#[must_use]
pub fn identify(catalog: &Catalog, evidence: &[Evidence]) -> Identity {
    let claims = claims::Claims::gather(evidence);
    let spans = span::Spans::from_claims(catalog, &claims);
    let mut identity = spans.into_identity(&claims);
    identity.conflicts.sort();
    identity.conflicts.dedup();
    identity
}
