//! All that a mail server sends on one connection: an answer within its limits, or a reason.
//!
//! The first byte chooses the service, the rest is what the peer says; it closes after that.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{PATIENCE, Speaks, answer_is_bounded, from_peer, reason_for_nothing_is_readable};
use exward_reach::endpoint::SERVICES;
use exward_reach::probe::converse_over;

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, said)) = bytes.split_first() else { return };
    let service = SERVICES[usize::from(*choice) % SERVICES.len()];
    match from_peer(said, Speaks::First, |stream| converse_over(stream, service, PATIENCE)) {
        Ok(answer) => answer_is_bounded(answer),
        Err(failure) => reason_for_nothing_is_readable(&failure),
    }
});
