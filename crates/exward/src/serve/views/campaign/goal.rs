//! What a campaign is about: one CVE, or one update, and whether an imprint has it behind itself.

use std::collections::BTreeSet;

use exward_core::catalog::{Advisory, Catalog, Kind, Published, Release};
use exward_core::finding::OpenState;
use exward_core::identify::Identity;
use exward_core::news::installed;
use jiff::civil::Date;

use crate::page::show::Shown;
use crate::serve::views::imprints::Judged;
use crate::serve::views::words;

/// See the module.
pub(in crate::serve::views) enum Goal<'c> {
    Cve(&'c Advisory),
    /// Its name, and the releases of that name, one for each CU that got it.
    Update(&'c str, Vec<&'c Release>),
}

impl<'c> Goal<'c> {
    /// Of the name in an address; none where the catalog has no such CVE and no such update.
    pub(in crate::serve::views) fn named(catalog: &'c Catalog, name: &str) -> Option<Self> {
        if let Some(advisory) = catalog.advisory(name) {
            return Some(Self::Cve(advisory));
        }
        updates(catalog).into_iter().find(|it| it.name().eq_ignore_ascii_case(name))
    }

    /// As an address names it.
    pub(in crate::serve::views) const fn name(&self) -> &'c str {
        match self {
            Self::Cve(advisory) => advisory.id.as_str(),
            Self::Update(name, _) => name,
        }
    }

    pub(in crate::serve::views) fn title(&self) -> Shown {
        match self {
            Self::Cve(advisory) if advisory.kind.is_empty() => Shown::of(&advisory.note),
            Self::Cve(advisory) => words::kind(advisory),
            Self::Update(_, releases) => {
                let lines = releases.iter().map(|it| format!("Exchange {} {}", it.product, it.cu));
                Shown::of(&lines.collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// Since when anybody can work at it.
    pub(in crate::serve::views) fn since(&self) -> Option<Date> {
        match self {
            Self::Cve(advisory) => advisory.published.first_day(),
            Self::Update(_, releases) => {
                releases.iter().filter_map(|it| it.released?.first_day()).min()
            }
        }
    }

    /// What closes it: the updates; for an update, when it was published.
    pub(in crate::serve::views) fn fix(&self, catalog: &Catalog) -> Shown {
        match self {
            Self::Cve(advisory) => {
                let fixed = advisory.fixes.iter().filter_map(|it| it.fixed);
                let names: BTreeSet<String> =
                    fixed.map(|it| words::update(catalog, it).to_string()).collect();
                Shown::of(&names.into_iter().collect::<Vec<_>>().join(", "))
            }
            Self::Update(..) => {
                self.since().map(|it| Shown::of(&format!("published {it}"))).unwrap_or_default()
            }
        }
    }

    /// Whether it is about what stands on this imprint at all: what nobody can tell, it may be.
    pub(in crate::serve::views) fn concerns(&self, judged: &Judged<'_>) -> bool {
        if !judged.is_exchange {
            return false;
        }
        let product = judged.identity.as_ref().and_then(|it| it.product);
        match (self, product) {
            (Self::Cve(advisory), _) if judged.known.state(&advisory.id) != OpenState::Closed => {
                true
            }
            (_, None) => true,
            (Self::Cve(advisory), Some(product)) => {
                advisory.fixes.iter().any(|it| it.product == product)
            }
            (Self::Update(_, releases), Some(product)) => {
                releases.iter().any(|it| it.product == product)
            }
        }
    }

    /// Open: it is still to be done.
    pub(in crate::serve::views) fn state(&self, judged: &Judged<'_>) -> OpenState {
        match self {
            Self::Cve(advisory) => judged.known.state(&advisory.id),
            Self::Update(_, releases) => {
                let of = |it: &Identity| {
                    let (low, high) = (it.build.or(it.at_least), it.build.or(it.at_most));
                    Some(installed(releases, (it.product?, it.cu), (low, high)))
                };
                judged.identity.as_ref().and_then(of).unwrap_or(OpenState::Unknown)
            }
        }
    }
}

/// All security updates and hotfixes, newest first.
pub(in crate::serve::views) fn updates(catalog: &Catalog) -> Vec<Goal<'_>> {
    let mut by_name: Vec<(&str, Vec<&Release>)> = Vec::new();
    for release in catalog.releases() {
        let Some(name) = release.update.as_deref() else { continue };
        if !matches!(release.kind, Kind::Su | Kind::Hu) {
            continue;
        }
        match by_name.iter_mut().find(|it| it.0 == name) {
            Some((_, all)) => all.push(release),
            None => by_name.push((name, vec![release])),
        }
    }
    let newest = |all: &[&Release]| all.iter().filter_map(|it| it.released).max();
    by_name.sort_by_key(|(name, all): &(&str, Vec<&Release>)| {
        (std::cmp::Reverse::<Option<Published>>(newest(all)), *name)
    });
    by_name.into_iter().map(|(name, all)| Goal::Update(name, all)).collect()
}
