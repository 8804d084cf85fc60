//! All that a web server sends on one connection: an answer within its limits, or a reason.
//!
//! The first byte chooses the question, the rest is what the peer says; it closes after that.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::{PATIENCE, Speaks, answer_is_bounded, from_peer, reason_for_nothing_is_readable};
use exward_reach::probe::{Question, ask_over};

const QUESTIONS: [Question; 8] = [
    Question::Owa,
    Question::Autodiscover,
    Question::LogonPage,
    Question::OldLogonPage,
    Question::Manifest,
    Question::Healthcheck,
    Question::Control,
    Question::Ntlm,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, said)) = bytes.split_first() else { return };
    let question = QUESTIONS[usize::from(*choice) % QUESTIONS.len()];
    match from_peer(said, Speaks::Second, |stream| ask_over(stream, question, PATIENCE)) {
        Ok(answer) => answer_is_bounded(answer),
        Err(failure) => reason_for_nothing_is_readable(&failure),
    }
});
