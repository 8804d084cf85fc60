//! The whole path of `exward check --from`: detect, read, identify, judge.
#![no_main]

use libfuzzer_sys::fuzz_target;

use std::sync::{Arc, LazyLock};

use exward_core::assess::{Verdict, assess};
use exward_core::catalog::Catalog;
use exward_core::report::report;
use jiff::civil::date;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| exward_read::catalog::built_in().expect("checked by a test"));

fuzz_target!(|bytes: &[u8]| {
    let _outcome = exward_read::read(&CATALOG, None, bytes, &mut |item| {
        let Ok(record) = item else { return true };
        let judged = report(&CATALOG, record.target, record.evidence, date(2026, 11, 24), |a, b| {
            Arc::new(assess(&CATALOG, a, b))
        });
        let (identity, judgement) = (&judged.identity, &judged.judgement);
        assert!(identity.at_least <= identity.at_most, "I1");
        assert!(!judgement.reasons.is_empty() && !judgement.next_step.is_empty(), "A9");
        assert!(judgement.best <= judgement.worst, "V2");
        assert!(identity.conflicts.is_empty() || judgement.verdict != Verdict::Patched, "I2");
        true
    });
});
