//! Which rows of a record can be taken over: those whose build lies on the CU that they name (M1).

use std::collections::{BTreeMap, BTreeSet};

use exward_core::build::Build;
use exward_core::catalog::{Facts, LineKey};
use exward_core::product::{Cu, Product};

use super::affected::cu_of;
use super::{Affected, CveRecord, Import, Refusal, Refused};

/// One row of the record that can be taken over.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) product: Product,
    pub(super) cu: Cu,
    pub(super) fix: RowFix,
}

#[derive(Clone, Copy)]
pub(super) enum RowFix {
    /// Fixed in this build of the row's CU.
    In(Build),
    /// Not fixed on this CU: the record names a build on a newer one.
    OnlyOn(Cu, Build),
}

/// The rows that can be taken over, in record order; the others are refused.
pub(super) fn rows(facts: &Facts, record: &CveRecord, done: &mut Import) -> Vec<Row> {
    let cus = cu_of_lines(facts);
    let read: Vec<Result<Named, Unreadable>> = record.affected.iter().map(build_of).collect();
    // Where each CU's build lies; asked for every row, of which a record may have many.
    let named = read.iter().filter_map(|it| it.as_ref().ok());
    let place = |build: Build| cus.get(&LineKey::of(build.prefix())).copied();
    let lies = named.filter_map(|(product, cu, build)| Some(((*product, *cu), place(*build)?)));
    let lies: BTreeSet<(On, On)> = lies.collect();
    let mut rows = Vec::new();
    let mut refuse = |cu, why| done.refused.push(Refused { cve: record.id.clone(), cu, why });
    for it in read {
        let (product, cu, build) = match it {
            Ok(it) => it,
            Err((cu, why)) => {
                refuse(cu, why);
                continue;
            }
        };
        let refusal = wrong_place(&cus, &lies, product, cu, build).or_else(|| {
            let listed = facts.releases.iter().any(|it| it.build == build);
            (!listed).then_some(Refusal::UnknownBuild { build })
        });
        let fix = match refusal {
            None => RowFix::In(build),
            Some(why) => {
                refuse(Some((product, cu)), why.clone());
                let Refusal::NewerCu { lies_on, .. } = why else { continue };
                RowFix::OnlyOn(lies_on, build)
            }
        };
        rows.push(Row { product, cu, fix });
    }
    rows
}

/// The CU that each line stands for.
fn cu_of_lines(facts: &Facts) -> BTreeMap<LineKey, (Product, Cu)> {
    let bases = facts.releases.iter().filter(|it| it.kind.is_base());
    bases.map(|it| (LineKey::of(it.build.prefix()), (it.product, it.cu))).collect()
}

/// A CU of a product.
type On = (Product, Cu);
type Named = (Product, Cu, Build);
type Unreadable = (Option<(Product, Cu)>, Refusal);

/// The CU and the fixed build that a row names, as far as it does.
fn build_of(row: &Affected) -> Result<Named, Unreadable> {
    let (product, cu) = cu_of(row).map_err(|error| (None, error.into()))?;
    let refused = |why| (Some((product, cu)), why);
    if row.status != "affected" {
        return Err(refused(Refusal::NotAffected { status: row.status.clone() }));
    }
    let Some(text) = &row.less_than else {
        return Err(refused(Refusal::NoBuild { version: row.version.clone() }));
    };
    let build = text.parse().map_err(|_| refused(Refusal::NotABuild { text: text.clone() }))?;
    Ok((product, cu, build))
}

/// Why a build cannot be the fix on this CU; `None` if it lies there (M1).
fn wrong_place(
    cus: &BTreeMap<LineKey, (Product, Cu)>,
    lies: &BTreeSet<(On, On)>,
    product: Product,
    cu: Cu,
    build: Build,
) -> Option<Refusal> {
    let place = |build: Build| cus.get(&LineKey::of(build.prefix())).copied();
    if !cus.values().any(|it| *it == (product, cu)) {
        return Some(Refusal::UnknownCu);
    }
    let Some((on_product, lies_on)) = place(build) else {
        return Some(Refusal::ForeignBuild { build });
    };
    if (on_product, lies_on) == (product, cu) {
        return None;
    }
    let swapped = lies.contains(&((on_product, lies_on), (product, cu)));
    Some(if swapped {
        Refusal::SwappedPair { build, named: cu, lies_on }
    } else if on_product == product && lies_on > cu {
        Refusal::NewerCu { build, named: cu, lies_on }
    } else {
        Refusal::OtherCu { build, named: cu, product: on_product, lies_on }
    })
}
