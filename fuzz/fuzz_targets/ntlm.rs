//! NTLM type-2 messages whose first bytes are right: one with broken fields gives what it has, and
//! never more than a message holds (R2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use base64::Engine as _;
use exward_fuzz::evidence_is_bounded;

/// The Windows version, and each of the five names.
const PIECES_MAX: usize = 6;

fuzz_target!(|tail: &[u8]| {
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend(tail);
    let text = base64::engine::general_purpose::STANDARD.encode(&message);
    match exward_read::answer::ntlm(&text) {
        Ok(evidence) => {
            assert!((1..=PIECES_MAX).contains(&evidence.len()), "R2");
            evidence_is_bounded(&evidence);
        }
        Err(error) => assert!(text.len() > 16 << 10, "{error}"),
    }
});
