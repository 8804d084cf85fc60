//! NTLM type-2 messages whose first bytes are right.
#![no_main]

use libfuzzer_sys::fuzz_target;

use base64::Engine as _;

fuzz_target!(|tail: &[u8]| {
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    message.extend(tail);
    let text = base64::engine::general_purpose::STANDARD.encode(&message);
    let read = exward_read::answer::ntlm(&text);
    assert!(read.is_ok() || text.len() > 16 << 10, "a message with broken fields gives what it has");
});
