//! Whether the emergency profile applies: a hole that is known to be exploited is open on a server,
//! and the update closes it.
//!
//! Only a CVE that is plainly open counts, never one that is assumed or disputed: the profile may
//! ignore windows, so the reading that allows less holds (L1 of [`crate::policy`]).

use std::collections::{BTreeMap, BTreeSet};

use crate::assess::{CveStatus, assess};
use crate::build::Build;
use crate::catalog::{Catalog, LineKey};
use crate::config::ConfigFacts;
use crate::identify::Candidate;

/// Known-exploited CVEs that are open on each build, each build assessed once.
pub(super) struct Exploited<'c> {
    catalog: &'c Catalog,
    open: BTreeMap<Build, BTreeSet<&'c str>>,
}

impl<'c> Exploited<'c> {
    pub(super) const fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, open: BTreeMap::new() }
    }

    fn open_on(&mut self, build: Build) -> &BTreeSet<&'c str> {
        let catalog = self.catalog;
        self.open.entry(build).or_insert_with(|| {
            let candidate = Candidate::InLine(LineKey::of(build.prefix()), build);
            let found = assess(catalog, &[candidate], &ConfigFacts::default());
            let exploited = found.with(CveStatus::Open).filter(|it| it.is_kev());
            exploited.map(|it| it.advisory.id.as_str()).collect()
        })
    }

    /// True if going from one build to the other closes one.
    pub(super) fn is_closed_by(&mut self, from: Build, to: Build) -> bool {
        let after = self.open_on(to).clone();
        self.open_on(from).iter().any(|it| !after.contains(it))
    }
}
