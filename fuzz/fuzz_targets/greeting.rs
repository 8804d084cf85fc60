//! Greetings, EHLO verbs and NTLM challenges.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_read::answer::{ehlo, greeting, ntlm};

fuzz_target!(|text: &str| {
    for line in text.lines() {
        assert!(greeting(line).len() <= 1);
        let _evidence = ntlm(line);
    }
    let verbs: Vec<&str> = text.lines().collect();
    assert_eq!(ehlo(&verbs).is_empty(), verbs.is_empty());
});
