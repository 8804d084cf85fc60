//! One HTTP answer: headers and page (W1: a status is never silent).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::answer::{HttpAnswer, http};

fuzz_target!(|input: (u16, Vec<(String, String)>, String)| {
    let (status, headers, body) = input;
    let answer = HttpAnswer { endpoint: Some("/owa/"), status: Some(status), headers, body: &body };
    assert!(!http(&answer).is_empty(), "W1");
});
