//! Evidence becomes reports, with one cache of assessments for all of them.

use exward_core::catalog::Catalog;
use exward_core::evidence::Evidence;
use exward_core::report::{ServerReport, report};
use jiff::civil::Date;

use crate::cache::Assessments;

/// Makes reports of evidence.
pub(crate) struct Judge<'c> {
    catalog: &'c Catalog,
    today: Date,
    cache: Assessments<'c>,
}

impl<'c> Judge<'c> {
    /// With this catalog, as of this day.
    pub(crate) const fn new(catalog: &'c Catalog, today: Date) -> Self {
        Self { catalog, today, cache: Assessments::new(catalog) }
    }

    /// One server.
    pub(crate) fn one(&mut self, target: String, evidence: Vec<Evidence>) -> ServerReport<'c> {
        let cache = &mut self.cache;
        report(self.catalog, target, evidence, self.today, |candidates, config| {
            cache.assess(candidates, config)
        })
    }

    /// Several servers behind one target, each by itself, with its name.
    pub(crate) fn each(
        &mut self,
        target: &str,
        front_ends: Vec<(String, Vec<Evidence>)>,
    ) -> Vec<(String, ServerReport<'c>)> {
        let judged = |(name, evidence)| (name, self.one(target.to_owned(), evidence));
        front_ends.into_iter().map(judged).collect()
    }
}
