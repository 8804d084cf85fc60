//! What one CVE means.

use super::mention;
use crate::assess::inherited_by_se;
use crate::catalog::{
    Advisory, Catalog, ConfigNeed, Disagreement, Fix, Line, OverrideSwitch, Published, Release,
};
use crate::product::Product;

/// What a CVE or advisory means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CveMeaning<'c> {
    /// Kind, score with its version, publication date, KEV entry, whether it is listed, note, source.
    pub advisory: &'c Advisory,
    /// Where it is fixed, by product and CU. A CU without a row: see [`Self::contained_from`]; an
    /// older one never got the fix and is assumed affected.
    pub rows: Vec<CveRow<'c>>,
    /// For each product, the oldest CU newer than every row: it and all later ones contain the fix.
    pub contained_from: Vec<&'c Line>,
    /// What SE must configure or must not disable although the CVE lists only 2019; `None` if the
    /// CVE lists SE, or nothing is inherited.
    pub inherited_by_se: Option<ConfigNeed>,
    /// Setting overrides that turn the fix off.
    pub overrides: Vec<&'c OverrideSwitch>,
    /// When the first of its fixes came out; `None` if no row names a build with a known date.
    pub first_fixed: Option<Published>,
    /// Disagreements about it, in catalog order.
    pub disagreements: Vec<&'c Disagreement>,
}

/// The fix on one CU, with the updates that bring it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CveRow<'c> {
    /// Product, CU, fixed build, what else it needs, how sure it is, source.
    pub fix: &'c Fix,
    /// The update of the fixed build; `None` if there is no fix, or the build is in no table.
    pub update: Option<&'c Release>,
    /// The update of the later build that the current CVE record names; `None` if undisputed.
    pub record_update: Option<&'c Release>,
}

impl CveMeaning<'_> {
    /// Why it is kept out of every list (no source names a fixed build); `None` if it is not.
    #[must_use]
    pub fn kept_out(&self) -> Option<&str> {
        (!self.advisory.listed).then_some(self.advisory.note.as_str())
    }

    /// True if its fix came out before it was published: then the publication date tells nothing
    /// about which updates have it.
    #[must_use]
    pub fn was_fixed_before_published(&self) -> bool {
        self.first_fixed.is_some_and(|it| it.is_before(self.advisory.published))
    }
}

pub(super) fn meaning<'c>(catalog: &'c Catalog, advisory: &'c Advisory) -> CveMeaning<'c> {
    let release = |build| catalog.release(build);
    let mut rows: Vec<CveRow<'c>> = advisory
        .fixes
        .iter()
        .map(|fix| CveRow {
            fix,
            update: fix.fixed.and_then(release),
            record_update: fix.fixed_msrc.and_then(release),
        })
        .collect();
    rows.sort_by_key(|it| (it.fix.product, it.fix.cu));
    let lists_se = rows.iter().any(|it| it.fix.product == Product::Se);
    let inherited = inherited_by_se(advisory, Product::Se);
    let dates = rows.iter().filter_map(|it| it.update?.released);
    CveMeaning {
        advisory,
        contained_from: contained_from(catalog, &rows),
        inherited_by_se: inherited
            .filter(|(fix, _)| !lists_se && fix.fixed.is_some())
            .map(|(_, need)| need),
        overrides: catalog.overrides_of(&advisory.id).collect(),
        first_fixed: dates.min(),
        disagreements: mention::about_cve(catalog, &advisory.id),
        rows,
    }
}

/// The first CU after the newest row of each product. Rows for every CU leave none.
fn contained_from<'c>(catalog: &'c Catalog, rows: &[CveRow<'c>]) -> Vec<&'c Line> {
    let mut products: Vec<Product> = rows.iter().map(|it| it.fix.product).collect();
    products.dedup();
    products
        .into_iter()
        .filter_map(|product| {
            let of_product = rows.iter().filter(|it| it.fix.product == product);
            let newest = of_product.map(|it| it.fix.cu).max()??;
            catalog.lines(product).find(|line| line.cu > newest)
        })
        .collect()
}
