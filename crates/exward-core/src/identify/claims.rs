//! The claims of all evidence, sorted by what they are about.

use std::collections::BTreeSet;

use crate::build::{Build, SeenBuild};
use crate::evidence::{Claim, Evidence, EvidenceKind};
use crate::product::{Numbering, Product, ProductRange};

use super::{Conflict, Presence};

/// Every claim that bears on identity. Sorted, so that order of evidence does not matter (I3).
#[derive(Debug, Default)]
pub(super) struct Claims {
    pub(super) versions: Vec<(SeenBuild, EvidenceKind)>,
    pub(super) at_least: Vec<(Build, EvidenceKind)>,
    pub(super) products: Vec<(ProductRange, EvidenceKind)>,
    pub(super) hosts: Vec<(ProductRange, EvidenceKind, String)>,
    names: Vec<String>,
    online: Vec<String>,
    imitations: Vec<String>,
    not_exchange: Vec<String>,
    doubts: Vec<String>,
    foreign_titles: Vec<String>,
    fits: bool,
}

impl Claims {
    pub(super) fn gather(evidence: &[Evidence]) -> Self {
        let mut claims = Self::default();
        for it in evidence {
            claims.add(it);
        }
        claims.versions.sort();
        claims.versions.dedup();
        claims.at_least.sort();
        claims.at_least.dedup();
        claims.products.sort();
        claims.products.dedup();
        claims.hosts.sort();
        claims.hosts.dedup();
        claims.names.sort();
        claims.names.dedup();
        for texts in [
            &mut claims.online,
            &mut claims.imitations,
            &mut claims.not_exchange,
            &mut claims.doubts,
            &mut claims.foreign_titles,
        ] {
            texts.sort();
            texts.dedup();
        }
        claims
    }

    fn add(&mut self, evidence: &Evidence) {
        let kind = evidence.kind;
        match &evidence.claim {
            Claim::Version(seen) => match Numbering::of(seen.prefix()) {
                Numbering::ExchangeOnline => {
                    self.online.push(format!("{seen} is Exchange Online's numbering"));
                }
                // A number that Exchange does not have yet is no proof of something else: "not
                // Exchange" would be a false all-clear.
                Numbering::Server(_) | Numbering::Foreign => self.versions.push((*seen, kind)),
            },
            Claim::AtLeast(build) => self.at_least.push((*build, kind)),
            Claim::Products(range) => self.products.push((*range, kind)),
            Claim::Host(range) => self.hosts.push((*range, kind, evidence.value.clone())),
            Claim::Fits => self.fits = true,
            Claim::ExchangeOnline => self.online.push(format!("{kind} {}", evidence.value)),
            Claim::Imitation(why) => self.imitations.push(why.clone()),
            Claim::NotExchange(why) => self.not_exchange.push(why.clone()),
            Claim::Doubt(why) => self.doubts.push(why.clone()),
            Claim::ForeignTitle => self.foreign_titles.push(evidence.value.clone()),
            Claim::Name(name) => self.names.push(name.to_ascii_uppercase()),
            Claim::Config(..)
            | Claim::OverridesRead
            | Claim::Override(_)
            | Claim::ReportedCve(_)
            | Claim::ReportedWebShell
            | Claim::Tls(_)
            | Claim::Shown => {}
        }
    }

    /// True if something was read on the server itself (I4).
    pub(super) fn has_inside(&self) -> bool {
        self.versions.iter().any(|(_, kind)| kind.is_inside())
    }

    /// True if something says that this is an on-premises Exchange server.
    fn says_exchange(&self) -> bool {
        !self.versions.is_empty() || !self.at_least.is_empty() || !self.products.is_empty()
    }

    /// Whether Exchange was seen, before any build is looked at.
    pub(super) fn presence(&self) -> Presence {
        if self.has_inside() {
            return Presence::Exchange;
        }
        if let Some(why) = self.imitations.first() {
            return Presence::NotExchange(why.clone());
        }
        if let Some(why) = self.doubts.first() {
            return Presence::Doubtful(why.clone());
        }
        // Where one piece says Exchange and another something else, the contradiction is named
        // (I2): "not Exchange" would be a false all-clear.
        if !self.says_exchange() {
            if let Some(why) = self.not_exchange.first() {
                return Presence::NotExchange(why.clone());
            }
            if let Some(why) = self.online.first() {
                return Presence::ExchangeOnline(why.clone());
            }
        }
        let from_page = |kind: EvidenceKind| kind == EvidenceKind::OwaPath;
        let versions_of_pages_only = self.versions.iter().all(|&(_, kind)| from_page(kind));
        if !versions_of_pages_only || !self.products.is_empty() || !self.at_least.is_empty() {
            Presence::Exchange
        } else if self.versions.is_empty() {
            Presence::Unseen
        } else if self.supports_a_path() {
            Presence::Exchange
        } else {
            Presence::PageOnly
        }
    }

    /// True if something outside the page fits Exchange: NTLM on offer, or an IIS that can host
    /// what the path claims.
    fn supports_a_path(&self) -> bool {
        let products = self.path_products();
        let hosts = |product| self.hosts.iter().all(|(range, ..)| range.contains(product));
        let hosted =
            !self.hosts.is_empty() && !products.is_empty() && products.into_iter().all(hosts);
        self.foreign_titles.is_empty() && (self.fits || hosted)
    }

    /// The products that versions claim, each once: each is held against every other sign.
    fn path_products(&self) -> BTreeSet<Product> {
        let product = |(seen, _): &(SeenBuild, EvidenceKind)| match Numbering::of(seen.prefix()) {
            Numbering::Server(product) => Some(product),
            Numbering::ExchangeOnline | Numbering::Foreign => None,
        };
        self.versions.iter().filter_map(product).collect()
    }

    /// What all version-free signs together allow; `None` if there is no sign of Exchange.
    ///
    /// A Windows version narrows it; a `Server` header does not, because a proxy may have sent it.
    pub(super) fn product_range(&self) -> Option<ProductRange> {
        let signs = self.products.iter().map(|(range, _)| *range);
        let range = signs.reduce(|a, b| a.intersect(b).unwrap_or(a))?;
        let own = self.hosts.iter().filter(|(_, kind, _)| *kind == EvidenceKind::Ntlm);
        let hosts = own.map(|(range, ..)| *range);
        Some(hosts.fold(range, |a, b| a.intersect(b).unwrap_or(a)))
    }

    /// Contradictions among signs and between signs and the products that versions claim.
    pub(super) fn sign_conflicts(&self) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for product in self.path_products() {
            for (range, kind) in &self.products {
                if !range.contains(product) {
                    let detail =
                        format!("{} says Exchange {range}, a build says {product}", kind.title());
                    conflicts.push(Conflict { name: "product", detail });
                }
            }
            for (range, _, host) in &self.hosts {
                if !range.contains(product) {
                    let detail = format!("{host} cannot host Exchange {product}");
                    conflicts.push(Conflict { name: "host", detail });
                }
            }
        }
        for pair in self.products.windows(2) {
            if let [(a, by_a), (b, by_b)] = pair
                && a.intersect(*b).is_none()
            {
                let detail = format!("{} says {a}, {} says {b}", by_a.title(), by_b.title());
                conflicts.push(Conflict { name: "product", detail });
            }
        }
        if self.says_exchange() || self.has_inside() {
            for why in self.not_exchange.iter().chain(&self.online) {
                let detail = format!("other evidence says Exchange, but {why}");
                conflicts.push(Conflict { name: "other-service", detail });
            }
        }
        for title in &self.foreign_titles {
            let detail = format!("the page's title `{title}` is not Microsoft's");
            conflicts.push(Conflict { name: "title", detail });
        }
        if let [first, .., last] = self.names.as_slice() {
            let detail = format!("evidence of two servers, {first} and {last}, given as one");
            conflicts.push(Conflict { name: "two-servers", detail });
        }
        conflicts
    }
}
