//! A file of any name and any bytes through the whole hunt: nothing is lost, no line is beyond the end, and the
//! answer can be made. The first byte chooses the name.
#![no_main]

use std::io::Cursor;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

use exward_hunt::verdict::{Known, summary};
use exward_hunt::{Evidence, Hunter};

const NAMES: [&str; 10] = [
    "u_ex261101.log",
    "HttpProxy_2026110100-1.LOG",
    "ECPServer20261101-1.LOG",
    "x.evtx",
    "events.jsonl",
    "applicationHost.config",
    "owa/auth/x.aspx",
    "triage.zip",
    "u_ex261101.log.gz",
    "x.aspx.f5dba9b9.compiled",
];

static HUNTER: LazyLock<Hunter> = LazyLock::new(|| Hunter::new(&[], &[]).0);

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    let mut input = Cursor::new(rest);
    let examined = HUNTER.examine(Evidence { name, input: &mut input, modified: None }, &|_| true);
    let packed = name.ends_with("zip") || name.ends_with("gz");
    let lines = rest.iter().filter(|it| **it == b'\n').count() as u64 + 1;
    for one in &examined.sightings {
        let by_number = matches!(one.source, exward_hunt::Source::Events(_));
        assert!(packed || by_number || one.line.is_none_or(|it| it <= lines), "{one:?}");
    }
    let counted: u64 = examined.counts.values().sum();
    assert!(counted >= examined.sightings.len() as u64);
    let summary = summary(examined, &Known::default());
    assert!(!summary.next_step.is_empty());
});
