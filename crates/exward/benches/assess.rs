//! What one assessment costs, uncached: all builds of the catalog, and one.
//!
//! Target: all 455 builds in at most 50 ms together, on 2 cores.
#![expect(clippy::unwrap_used, reason = "a bench fails by panicking")]

use criterion::{Criterion, criterion_group, criterion_main};
use exward_core::assess::assess;
use exward_core::config::ConfigFacts;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};
use exward_core::identify::identify;

fn every_build(criterion: &mut Criterion) {
    let catalog = exward_read::catalog::built_in().unwrap();
    let facts = ConfigFacts::default();
    let evidence: Vec<Vec<Evidence>> = catalog
        .releases()
        .iter()
        .map(|release| {
            let text = release.build.to_string();
            let claim = Claim::Version(text.parse().unwrap());
            vec![Evidence::new(EvidenceKind::Given, text, claim)]
        })
        .collect();
    criterion.bench_function("assess all 455 builds", |bencher| {
        bencher.iter(|| {
            evidence
                .iter()
                .map(|it| {
                    assess(&catalog, &identify(&catalog, it).candidates, &facts).findings.len()
                })
                .sum::<usize>()
        });
    });
    criterion.bench_function("read the built-in catalog", |bencher| {
        bencher.iter(|| exward_read::catalog::built_in().unwrap().releases().len());
    });
}

criterion_group!(benches, every_build);
criterion_main!(benches);
