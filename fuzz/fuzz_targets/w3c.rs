//! W3C logs: any lines are read or refused with a reason, the path stands within its line, and what a path alone
//! says the whole record says too (W2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_hunt::kind::Kind;

fuzz_target!(|bytes: &[u8]| exward_fuzz::read_lines(Kind::W3c, bytes));
