//! The verdict on the shipped catalog: worked vectors, every listed build, and one row per trap.

use std::collections::BTreeSet;
use std::sync::Arc;

use exward_core::assess::{Assessment, CveStatus, LISTED, Verdict, assess};
use exward_core::build::{Build, SeenBuild};
use exward_core::catalog::Catalog;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::report::{ServerReport, report};
use jiff::civil::{Date, date};
use serde::Deserialize;

const TODAY: Date = date(2026, 11, 24);

fn catalog() -> Catalog {
    exward_read::catalog::built_in().unwrap()
}

fn given(text: &str) -> Evidence {
    seen(EvidenceKind::Given, text)
}

fn seen(kind: EvidenceKind, text: &str) -> Evidence {
    Evidence::new(kind, text, Claim::Version(text.parse::<SeenBuild>().unwrap()))
}

fn judge<'c>(catalog: &'c Catalog, evidence: Vec<Evidence>) -> ServerReport<'c> {
    report(catalog, "test".to_owned(), evidence, TODAY, |candidates, facts| {
        Arc::new(assess(catalog, candidates, facts))
    })
}

fn ids(assessment: &Assessment<'_>, status: CveStatus) -> BTreeSet<String> {
    assessment.with(status).map(|it| it.advisory.id.clone()).collect()
}

/// One worked answer of verdict_vectors.json.
#[derive(Deserialize)]
struct Vector {
    build: String,
    product: String,
    cu: String,
    verdict: String,
    open: BTreeSet<String>,
    assumed: BTreeSet<String>,
    disputed: BTreeSet<String>,
    undetermined: BTreeSet<String>,
    needs_config: BTreeSet<String>,
    closed_unless_disabled: BTreeSet<String>,
}

#[test]
fn worked_vectors_hold_to_the_last_cve() {
    let catalog = catalog();
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("data/verdict_vectors.json")).unwrap();
    assert_eq!(vectors.len(), 11);
    for vector in vectors {
        let report = judge(&catalog, vec![given(&vector.build)]);
        let identity = &report.identity;
        let who = &vector.build;
        assert_eq!(identity.product.unwrap().name(), vector.product, "{who}");
        assert_eq!(identity.cu.unwrap().to_string(), vector.cu, "{who}");
        let want = [
            vector.open,
            vector.assumed,
            vector.disputed,
            vector.undetermined,
            vector.needs_config,
            vector.closed_unless_disabled,
        ];
        for (status, want) in LISTED.into_iter().zip(want) {
            assert_eq!(ids(&report.assessment, status), want, "{who} {status}");
        }
        assert_eq!(report.judgement.verdict.name(), vector.verdict, "{who}");
    }
}
