//! CLIXML: a cut file loses only its end (X1), depth is bounded and dropping safe (X3).
//!
//! The first byte says where the document is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::reason_is_readable;
use exward_read::clixml::{Payload, Value, read};
use exward_read::limits::{CLIXML_NOTES_MAX, CLIXML_OBJECT_DEPTH_MAX};

/// Shared objects make a walk over everything exponential; this much of it is enough.
const VISITS_MAX: usize = 20_000;

fuzz_target!(|bytes: &[u8]| {
    let Some((cut, bytes)) = bytes.split_first() else { return };
    let Ok(document) = read(bytes) else { return };
    // Two more: what was damaged, and why the reading stopped.
    assert!(document.skipped.len() <= CLIXML_NOTES_MAX + 2, "R2");
    document.skipped.iter().for_each(reason_is_readable);
    let mut visits = 0;
    for value in &document.values {
        walk(value, 0, &mut visits);
    }
    // Comparing shared objects of two documents takes time exponential in their depth.
    let has_references = bytes.windows(4).any(|it| it == b"<Ref");
    let end = bytes.len() * usize::from(*cut) / 256;
    if !has_references && let Ok(shorter) = read(&bytes[..end]) {
        let text = |values: &[Value]| values.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>();
        assert!(text(&document.values).starts_with(&text(&shorter.values)), "X1");
    }
});

fn walk(value: &Value, depth: usize, visits: &mut usize) {
    *visits += 1;
    let Some(object) = value.object().filter(|_| *visits < VISITS_MAX) else { return };
    // The outermost object is one more than what nests below it.
    assert!(depth <= CLIXML_OBJECT_DEPTH_MAX, "X3");
    for (_, value) in &object.props {
        walk(value, depth + 1, visits);
    }
    match &object.payload {
        Payload::None => {}
        Payload::List(items) => items.iter().for_each(|it| walk(it, depth + 1, visits)),
        Payload::Dict(entries) => {
            for (key, value) in entries {
                walk(key, depth + 1, visits);
                walk(value, depth + 1, visits);
            }
        }
        Payload::Scalar(value) => walk(value, depth + 1, visits),
    }
}
