//! Assessments by what they depend on: a feed of 300,000 servers has a few hundred builds.

use std::collections::BTreeMap;
use std::sync::Arc;

use exward_core::assess::{Assessment, assess};
use exward_core::catalog::Catalog;
use exward_core::config::ConfigFacts;
use exward_core::identify::Candidate;

/// Entries held. One has about 10 KiB; past the limit the cache starts anew.
const ENTRIES_MAX: usize = 4096;

/// A bounded cache in front of [`assess`].
pub(crate) struct Assessments<'c> {
    catalog: &'c Catalog,
    known: BTreeMap<(Vec<Candidate>, ConfigFacts), Arc<Assessment<'c>>>,
}

impl<'c> Assessments<'c> {
    pub(crate) const fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, known: BTreeMap::new() }
    }

    /// The assessment of these candidates under this configuration.
    pub(crate) fn assess(
        &mut self,
        candidates: &[Candidate],
        config: &ConfigFacts,
    ) -> Arc<Assessment<'c>> {
        let key = (candidates.to_vec(), config.clone());
        if let Some(known) = self.known.get(&key) {
            return Arc::clone(known);
        }
        if self.known.len() >= ENTRIES_MAX {
            self.known.clear();
        }
        let fresh = Arc::new(assess(self.catalog, candidates, config));
        self.known.insert(key, Arc::clone(&fresh));
        fresh
    }
}
