//! Catalog files: every problem is named (K1), and what is accepted is written back the same (K2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::catalog::{FILES, built_in_texts, read, write};

fuzz_target!(|input: (u8, &str)| {
    let (which, text) = input;
    let at = usize::from(which) % FILES.len();
    let built_in = built_in_texts();
    // Rows are added below the real ones, and once they stand alone.
    let appended = format!("{}{text}", built_in[at]);
    for changed in [appended.as_str(), text] {
        let mut texts = built_in;
        texts[at] = changed;
        match read(texts) {
            Ok(catalog) => {
                let written = write(catalog.facts());
                let again = read(std::array::from_fn(|at| written[at].1.as_str()));
                let again = again.unwrap_or_else(|problems| panic!("K2: {problems:?}"));
                assert_eq!(again.facts(), catalog.facts(), "K2");
            }
            Err(problems) => assert!(!problems.is_empty(), "K1"),
        }
    }
});
