//! The merge itself: one record into the facts (M1, M2, M4).

use std::collections::BTreeMap;

use exward_core::build::Build;
use exward_core::catalog::{Advisory, Facts, Fix, GradeOfEvidence, Kev, LineKey};
use exward_core::product::{Cu, Product};

use super::affected::cu_of;
use super::{Affected, Agreed, Change, CveRecord, Import, Refusal, Refused};

/// Merges one record into the facts, and says what was done and what was refused.
///
/// The facts stay sorted as the files are: CVEs by id, fixes by product and CU. `as_of` stays as it
/// is, because one record says nothing about what else happened up to its day.
pub fn import(facts: &mut Facts, record: &CveRecord) -> Import {
    let mut done = Import::default();
    let rows = rows(facts, record, &mut done);
    let known = facts.advisories.iter().position(|it| it.id == record.id);
    match known.and_then(|at| facts.advisories.get_mut(at)) {
        Some(advisory) => {
            for row in rows {
                merge_row(advisory, row, record, &mut done);
            }
            advisory.fixes.sort_by_key(|it| (it.product, it.cu));
            merge_kev(advisory, record, &mut done);
        }
        None => facts.advisories.extend(new_advisory(record, rows, &mut done)),
    }
    facts.advisories.sort_by(|a, b| a.id.cmp(&b.id));
    done
}

/// One row of the record that can be taken over.
#[derive(Clone, Copy)]
struct Row {
    product: Product,
    cu: Cu,
    fix: RowFix,
}

#[derive(Clone, Copy)]
enum RowFix {
    /// Fixed in this build of the row's CU.
    In(Build),
    /// Not fixed on this CU: the record names a build on a newer one.
    OnlyOn(Cu, Build),
}

/// The rows that can be taken over, in record order; the others are refused.
fn rows(facts: &Facts, record: &CveRecord, done: &mut Import) -> Vec<Row> {
    let cus = cu_of_lines(facts);
    let read: Vec<Result<Named, Unreadable>> = record.affected.iter().map(build_of).collect();
    let named: Vec<Named> = read.iter().filter_map(|it| it.as_ref().ok()).copied().collect();
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
        let refusal = wrong_place(&cus, &named, product, cu, build).or_else(|| {
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
    named: &[Named],
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
    let swapped = named.iter().any(|&(other_product, other_cu, other)| {
        (other_product, other_cu) == (on_product, lies_on) && place(other) == Some((product, cu))
    });
    Some(if swapped {
        Refusal::SwappedPair { build, named: cu, lies_on }
    } else if on_product == product && lies_on > cu {
        Refusal::NewerCu { build, named: cu, lies_on }
    } else {
        Refusal::OtherCu { build, named: cu, product: on_product, lies_on }
    })
}

fn source(record: &CveRecord) -> String {
    format!("CVE List v5 record, updated {}", record.updated)
}

fn new_fix(row: Row, record: &CveRecord) -> Fix {
    let (fixed, note) = match row.fix {
        RowFix::In(build) => (Some(build), String::new()),
        RowFix::OnlyOn(cu, build) => (
            None,
            format!("the record names {build}, which lies on {cu}: no fix here, upgrade to {cu}"),
        ),
    };
    Fix {
        product: row.product,
        cu: Some(row.cu),
        fixed,
        fixed_msrc: None,
        config: None,
        msrc_affected: Some(true),
        evidence: GradeOfEvidence::Record,
        note,
        source: source(record),
    }
}

fn merge_row(advisory: &mut Advisory, row: Row, record: &CveRecord, done: &mut Import) {
    let Row { product, cu, fix } = row;
    let cve = advisory.id.clone();
    if !advisory.listed {
        let RowFix::In(record) = fix else { return };
        let why = Refusal::KeptOut { record };
        done.refused.push(Refused { cve, cu: Some((product, cu)), why });
        return;
    }
    let here = |it: &&mut Fix| it.product == product && it.cu == Some(cu);
    let Some(known) = advisory.fixes.iter_mut().find(here) else {
        advisory.fixes.push(new_fix(row, record));
        done.changes.push(match fix {
            RowFix::In(fixed) => Change::NewFix { cve, product, cu, fixed },
            RowFix::OnlyOn(upgrade_to, _) => Change::NoFixOnCu { cve, product, cu, upgrade_to },
        });
        return;
    };
    // Refused already, and the catalog's own row explains it.
    let RowFix::In(build) = fix else { return };
    let mut refuse =
        |why| done.refused.push(Refused { cve: cve.clone(), cu: Some((product, cu)), why });
    match (known.fixed, known.fixed_msrc) {
        (None, _) => refuse(Refusal::CatalogHasNoFix { record: build }),
        (Some(fixed), _) if build < fixed => refuse(Refusal::Earlier { record: build, fixed }),
        (Some(fixed), Some(fixed_msrc)) if build != fixed_msrc => {
            refuse(Refusal::OtherDispute { record: build, fixed, fixed_msrc });
        }
        (Some(fixed), None) if build > fixed => {
            known.fixed_msrc = Some(build);
            known.source = format!("{}; {}", known.source, source(record));
            done.changes.push(Change::Disputed { cve, product, cu, fixed, record: build });
        }
        (Some(fixed), _) => done.agreed.push(Agreed::Fix {
            cve,
            product,
            cu,
            record: build,
            disputed_with: Some(fixed).filter(|it| *it != build),
        }),
    }
}

fn merge_kev(advisory: &mut Advisory, record: &CveRecord, done: &mut Import) {
    let Some(added) = record.kev_added else { return };
    let cve = advisory.id.clone();
    match &advisory.kev {
        Some(kev) if kev.added == added => done.agreed.push(Agreed::Kev { cve, added }),
        Some(kev) => {
            let why = Refusal::OtherKevDate { record: added, kept: kev.added };
            done.refused.push(Refused { cve, cu: None, why });
        }
        None => {
            advisory.kev = Some(Kev {
                added,
                // CISA's container does not say; its catalog does.
                ransomware: "unverified".to_owned(),
                source: "CISA ADP container of the CVE record".to_owned(),
            });
            done.changes.push(Change::Kev { cve, added });
        }
    }
}

/// The CVE with the rows that could be taken over; `None`, refused, if there is none.
fn new_advisory(record: &CveRecord, rows: Vec<Row>, done: &mut Import) -> Option<Advisory> {
    if rows.is_empty() {
        let why = Refusal::NothingLeft { published: record.published };
        done.refused.push(Refused { cve: record.id.clone(), cu: None, why });
        return None;
    }
    let mut advisory = Advisory {
        id: record.id.clone(),
        kind: record.kind.clone(),
        cvss: record.cvss.clone(),
        published: record.published,
        kev: None,
        listed: true,
        fixes: Vec::new(),
        note: missing_note(done),
        source: source(record),
    };
    done.changes.push(Change::NewCve {
        cve: record.id.clone(),
        kind: record.kind.clone(),
        cvss: record.cvss.clone(),
        published: record.published,
    });
    for row in rows {
        merge_row(&mut advisory, row, record, done);
    }
    advisory.fixes.sort_by_key(|it| (it.product, it.cu));
    merge_kev(&mut advisory, record, done);
    Some(advisory)
}

/// Names the CUs whose row was refused: a reviewer must see them, because a CU newer than the newest
/// row counts as fixed.
fn missing_note(done: &Import) -> String {
    let explained =
        |it: &&Refused| matches!(it.why, Refusal::NewerCu { .. } | Refusal::NotAffected { .. });
    let refused = done.refused.iter().filter(|it| !explained(it));
    let mut cus: Vec<(Product, Cu)> = refused.filter_map(|it| it.cu).collect();
    cus.sort();
    cus.dedup();
    if cus.is_empty() {
        return String::new();
    }
    let names: Vec<String> = cus.iter().map(|(product, cu)| format!("{product} {cu}")).collect();
    format!("row of the record not taken over: {}", names.join(", "))
}
