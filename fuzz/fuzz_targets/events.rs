//! Events: EVTX, a JSON document, and JSON lines. Damage is named, and each event can be shown.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;

use exward_hunt::Record;
use exward_hunt::kind::Kind;
use exward_hunt::reader::{read_evtx, read_json_document};

fuzz_target!(|bytes: &[u8]| {
    let mut seen = 0;
    let mut look = |_: u64, record: &dyn Record| {
        seen += 1;
        exward_fuzz::show(record);
    };
    let (count, _) = read_evtx(Cursor::new(bytes), &mut look);
    let (more, _) = read_json_document(bytes, &mut look);
    assert_eq!(seen, count + more);
    exward_fuzz::read_lines(Kind::EventLines, bytes);
});
