#![allow(missing_docs)]
use exward_core::assess::assess;
use exward_core::report::report;
use std::sync::Arc;
#[test]
#[ignore]
fn dump() {
    let c = exward_read::catalog::built_in().unwrap();
    let mut files: Vec<_> = std::fs::read_dir("/work/shared/corpus/responses")
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    files.sort();
    for f in files {
        if f.extension().is_some_and(|e| e == "tsv") {
            continue;
        }
        let r = exward_read::recording::read(&std::fs::read(&f).unwrap());
        println!("== {}", f.file_name().unwrap().to_string_lossy());
        for rec in r.records {
            let rep =
                report(&c, "t".into(), rec.evidence, jiff::civil::date(2026, 11, 24), |a, b| {
                    Arc::new(assess(&c, a, b))
                });
            let i = &rep.identity;
            println!(
                "   {} | {} | {:?}..{:?} {:?} newer={} | best {} worst {} | {:?}",
                rep.judgement.verdict,
                i,
                i.at_least.map(|x| x.to_string()),
                i.at_most.map(|x| x.to_string()),
                i.precision,
                i.newer_than_catalog,
                rep.judgement.best,
                rep.judgement.worst,
                rep.judgement.reasons
            );
            println!("      -> {}", rep.judgement.next_step);
        }
    }
}
