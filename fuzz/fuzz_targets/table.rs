//! Rows of tables and of Shadowserver reports (T1, T2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::feed::Shadowserver;
use exward_read::table::{Cells, Columns};

fuzz_target!(|text: &str| {
    let mut cells = Cells::default();
    let mut table = None;
    for (number, line) in (1..).zip(text.lines()) {
        if cells.split(line).is_err() {
            continue;
        }
        for at in 0..=cells.len() {
            let _cell = cells.get(at);
        }
        match &table {
            None => table = Shadowserver::new(&Columns::of(&cells)),
            Some(table) => {
                if let Ok(record) = table.row(&cells, number) {
                    assert!(!record.target.is_empty() && record.line == Some(number));
                }
            }
        }
    }
});
