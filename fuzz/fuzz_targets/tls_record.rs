//! The first bytes of a server's handshake: any have an answer that is no larger than they are (T-R1), and
//! more of them take nothing back (T-R2).
#![no_main]

use libfuzzer_sys::fuzz_target;

use exward_reach::tls::record::read;

fuzz_target!(|bytes: &[u8]| {
    let whole = read(bytes);
    assert!(whole.certificate.as_ref().map_or(0, Vec::len) <= bytes.len(), "T-R1");
    assert!(!whole.is_foreign || whole.hello.is_none(), "T-R1: foreign, and yet a hello");
    for cut in [bytes.len() / 2, bytes.len().saturating_sub(1)] {
        let part = read(&bytes[..cut]);
        assert!(part.hello.is_none() || part.hello == whole.hello, "T-R2");
        assert!(part.certificate.is_none() || part.certificate == whole.certificate, "T-R2");
        let fatal = part.alert.filter(|it| it.is_fatal);
        assert!(fatal.is_none() || fatal == whole.alert, "T-R2");
        assert!(!part.is_foreign || whole.is_foreign, "T-R2");
    }
});
