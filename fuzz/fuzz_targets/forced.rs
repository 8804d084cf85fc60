//! Any format named on the command line for any input: reading gives records and reasons (R1), in
//! the order of the input (O1), the same from a file as from a pipe, and stops when told to.
//!
//! The first byte chooses the format and the size of the pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{CATALOG, Pieces, evidence_is_bounded, reason_is_readable};
use exward_read::{Format, Item, format_names, read};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let names = format_names();
    let name = names[usize::from(*choice) % names.len()];
    let format: Format = name.parse().expect("a name is a format");
    assert_eq!(format.to_string(), name);

    let items = collect(format, bytes, usize::MAX, usize::MAX);
    let most = 1 + usize::from(*choice) / names.len();
    assert_eq!(collect(format, bytes, most, usize::MAX), items, "the same from a pipe");
    assert_eq!(collect(format, bytes, usize::MAX, 1), items[..items.len().min(1)], "stops");

    let mut before = 0;
    for item in &items {
        let line = match item {
            Ok(record) => {
                evidence_is_bounded(&record.evidence);
                record.line
            }
            Err(skipped) => {
                reason_is_readable(skipped);
                skipped.line
            }
        };
        // Documents give records first and reasons after them.
        if matches!(format, Format::List | Format::Shadowserver) {
            assert!(line > Some(before), "O1");
            before = line.unwrap_or_default();
        }
    }
});

fn collect(format: Format, bytes: &[u8], most: usize, wanted: usize) -> Vec<Item> {
    let mut items = Vec::new();
    let _outcome = read(&CATALOG, Some(format), Pieces { bytes, most }, &mut |item| {
        items.push(item);
        items.len() < wanted
    });
    items
}
