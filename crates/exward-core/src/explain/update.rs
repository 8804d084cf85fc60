//! What one update fixes.

use crate::catalog::{Advisory, Catalog, Fix, Release};

/// A CVE and the row that says where it is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fixed<'c> {
    /// The CVE.
    pub advisory: &'c Advisory,
    /// Its row for the CU in question: what else the fix needs, how sure it is, and the source.
    pub fix: &'c Fix,
}

/// One build with the CVEs that it closes.
///
/// Everything that earlier updates of the same CU closed is in it too, if it is cumulative, and
/// every CU contains the security updates released before it; neither is repeated here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateMeaning<'c> {
    /// The build: level, KB article, date, who may have it, whether it is cumulative, source.
    pub release: &'c Release,
    /// CVEs whose earliest fixed build this is, most urgent first. Empty for a hotfix update.
    pub closes: Vec<Fixed<'c>>,
    /// CVEs that an earlier update closes by one authority, and only this one by the current CVE
    /// record, most urgent first.
    pub settles: Vec<Fixed<'c>>,
}

/// See [`UpdateMeaning`].
pub(super) fn meaning<'c>(catalog: &'c Catalog, release: &'c Release) -> UpdateMeaning<'c> {
    let build = Some(release.build);
    UpdateMeaning {
        release,
        closes: rows(catalog, |fix| fix.fixed == build),
        settles: rows(catalog, |fix| fix.fixed_msrc == build),
    }
}

/// The rows that fit, by urgency of their CVE. A build lies on one CU, so it finds only that CU's.
fn rows<'c>(catalog: &'c Catalog, fits: impl Fn(&Fix) -> bool) -> Vec<Fixed<'c>> {
    let listed = catalog.advisories().iter().filter(|it| it.listed);
    let mut found: Vec<Fixed<'c>> = listed
        .filter_map(|advisory| {
            let fix = advisory.fixes.iter().find(|it| fits(it))?;
            Some(Fixed { advisory, fix })
        })
        .collect();
    found.sort_by(|a, b| a.advisory.urgency().cmp(&b.advisory.urgency()));
    found
}
