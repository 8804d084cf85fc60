//! CSV logs of Exchange, of every kind: any lines are read or refused with a reason. The first byte chooses the kind.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_hunt::SOURCES;
use exward_hunt::kind::Kind;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let source = SOURCES[usize::from(*first) % SOURCES.len()];
    exward_fuzz::read_lines(Kind::Exchange(source), rest);
});
