//! The merge itself: one record into the facts (M2, M4).

use exward_core::catalog::{Advisory, Facts, Fix, GradeOfEvidence, Kev};
use exward_core::product::{Cu, Product};

use super::place::{Row, RowFix, rows};
use super::{Agreed, Change, CveRecord, Import, Refusal, Refused};

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
