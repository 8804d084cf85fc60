//! Rows of tables and of Shadowserver reports: a bad row never changes the next (T1), and a row
//! reads or says why.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::evidence_is_bounded;
use exward_read::feed::Shadowserver;
use exward_read::limits::COLUMNS_MAX;
use exward_read::table::{Cells, Columns};

fuzz_target!(|text: &str| {
    let mut cells = Cells::default();
    let mut table = None;
    for (number, line) in (1..).zip(text.lines()) {
        let mut fresh = Cells::default();
        let split = cells.split(line);
        assert_eq!(split, fresh.split(line), "T1");
        assert!(cells.len() <= COLUMNS_MAX, "R2");
        assert!((0..=cells.len()).all(|at| cells.get(at) == fresh.get(at)), "T1");
        if split.is_err() {
            assert!(cells.is_empty());
            continue;
        }
        match &table {
            None => table = Shadowserver::new(&Columns::of(&cells)),
            Some(table) => match table.row(&cells, number) {
                Ok(record) => {
                    assert!(!record.target.is_empty() && record.line == Some(number));
                    evidence_is_bounded(&record.evidence);
                }
                Err(why) => assert!(!why.is_empty() && why.chars().count() < 200),
            },
        }
    }
});
