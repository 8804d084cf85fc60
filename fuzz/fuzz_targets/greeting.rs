//! Greetings and EHLO verbs: one piece of evidence at most, of bounded size (R2). Any line is also
//! tried as an NTLM challenge.
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_fuzz::evidence_is_bounded;
use exward_read::answer::{ehlo, greeting, ntlm};

fuzz_target!(|text: &str| {
    for line in text.lines() {
        let greeted = greeting(line);
        assert!(greeted.len() <= 1);
        evidence_is_bounded(&greeted);
        evidence_is_bounded(&ntlm(line).unwrap_or_default());
    }
    let verbs: Vec<&str> = text.lines().collect();
    let evidence = ehlo(&verbs);
    assert_eq!(evidence.len(), usize::from(!verbs.is_empty()));
    evidence_is_bounded(&evidence);
});
