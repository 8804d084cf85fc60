//! Catalog files: every problem is named, in order (K1); what is accepted is written back the same
//! (K2); a catalog with a problem is not used (K3).
//!
//! The first byte chooses the file, and whether the text stands below the real rows or alone.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::catalog::{FILES, built_in_texts, read, write};

fuzz_target!(|bytes: &[u8]| {
    let Some((which, text)) = bytes.split_first() else { return };
    let Ok(text) = str::from_utf8(text) else { return };
    let at = usize::from(*which) % FILES.len();
    let built_in = built_in_texts();
    let appended = format!("{}{text}", built_in[at]);
    let is_alone = usize::from(*which) / FILES.len() % 2 == 1;
    let mut texts = built_in;
    texts[at] = if is_alone { text } else { &appended };
    match read(texts) {
        Ok(catalog) => {
            let written = write(catalog.facts());
            let again = read(std::array::from_fn(|at| written[at].1.as_str()));
            let again = again.unwrap_or_else(|problems| panic!("K2: {problems:?}"));
            assert_eq!(again.facts(), catalog.facts(), "K2");
        }
        Err(problems) => {
            assert!(!problems.is_empty() && problems.is_sorted(), "K1");
            assert!(problems.iter().all(|it| FILES.contains(&it.file.as_str())), "K1");
        }
    }
});
