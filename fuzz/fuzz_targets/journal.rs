//! Run files: any bytes are taken up or refused, and what is then kept is found again by the next run (J1).
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;

use exward_reach::journal::{Header, Journal};
use exward_reach::visit::Visit;
use jiff::Timestamp;

/// Few, so that the fuzzer hits one of them.
const TARGETS: u64 = 4;

fn header() -> Header {
    Header::new(7, "1/1".to_owned(), TARGETS, "a".to_owned())
}

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run");
    fs::write(&path, bytes).expect("written");
    let Ok(mut journal) = Journal::open(&path, header()) else {
        assert_eq!(fs::read(&path).expect("read"), bytes, "J2: a file that is refused stays");
        return;
    };
    assert!(journal.done() <= TARGETS, "J1");
    for target in 0..TARGETS {
        // What others wrote into the file may be no visit; then it is an error, and no more.
        let _other = journal.visit(target);
    }
    let visit = Visit::not_asked(Timestamp::UNIX_EPOCH, "why".to_owned());
    journal.append(1, false, &visit).expect("kept");
    let done = journal.done();
    drop(journal);
    let mut again = Journal::open(&path, header()).expect("J1: the next run takes it up");
    assert_eq!(again.done(), done, "J1");
    assert_eq!(again.visit(1).expect("J1: read back"), Some(visit), "J1");
});
