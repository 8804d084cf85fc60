//! Peers that are ill or break the rules: what they do before TLS, and after a request.
//!
//! # Invariants
//! * **X1 no sign.** None of them shows anything of Exchange: the only right answer is *unknown*.

use std::time::Duration;

use crate::behaviour::Behaviour;
use crate::script::{Script, Then};

/// A silence longer than any connection lives.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Bytes of the one huge header.
const BOMB_BYTES: usize = 1 << 20;

/// Begin of an answer without any sign (X1).
const HEAD: &str = "HTTP/1.1 200 OK\r\nX-Simulated: exward lab\r\n";

/// What such a face does in place of TLS, or of a greeting; `None` if it is in order so far.
#[expect(clippy::wildcard_enum_match_arm, reason = "most behaviours do as TLS says")]
#[must_use]
pub fn before_tls(behaviour: Behaviour) -> Option<Script> {
    match behaviour {
        Behaviour::Resetting => Some(Script::send("", Then::Reset)),
        Behaviour::Tarpit => Some(Script { wait: FOR_EVER, bytes: Vec::new(), then: Then::Close }),
        Behaviour::Garbage => Some(Script::send(garbage(), Then::Close)),
        // A record of type alert, TLS 1.0, two bytes: fatal, handshake_failure.
        Behaviour::TlsAlert => Some(Script::send([21, 3, 1, 0, 2, 2, 40], Then::Close)),
        _ => None,
    }
}

/// What such a face answers to any request; `None` if it answers in order.
#[expect(clippy::wildcard_enum_match_arm, reason = "most behaviours answer in order")]
#[must_use]
pub fn after_request(behaviour: Behaviour) -> Option<Script> {
    let repeat = |bytes: String, chunk: &'static str, every| {
        Some(Script::send(bytes, Then::Repeat { chunk: chunk.as_bytes(), every }))
    };
    match behaviour {
        Behaviour::EndlessHeaders => {
            repeat(HEAD.to_owned(), "X-Again: and again and again\r\n", Duration::ZERO)
        }
        Behaviour::EndlessBody => repeat(
            format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n"),
            "20\r\n--------------------------------\r\n",
            Duration::ZERO,
        ),
        Behaviour::SlowLoris => repeat("HTTP/1.1 2".to_owned(), "0", Duration::from_secs(1)),
        Behaviour::HeaderBomb => {
            let bomb = "b".repeat(BOMB_BYTES);
            let bytes = format!("{HEAD}X-Bomb: {bomb}\r\nContent-Length: 0\r\n\r\n");
            Some(Script::send(bytes, Then::Close))
        }
        Behaviour::WrongLength => {
            let bytes = format!("{HEAD}Content-Length: 5000\r\n\r\nshort");
            Some(Script::send(bytes, Then::Close))
        }
        Behaviour::ChunkedNonsense => {
            let bytes =
                format!("{HEAD}Transfer-Encoding: chunked\r\n\r\nmany\r\nnonsense\r\n-1\r\n");
            Some(Script::send(bytes, Then::Close))
        }
        Behaviour::Http09 => Some(Script::send("<html>simulated: no head</html>\n", Then::Close)),
        _ => None,
    }
}

/// Bytes that begin no protocol; the same for ever.
fn garbage() -> Vec<u8> {
    (0_u8..=255).map(|it| it.wrapping_mul(167).wrapping_add(0x9D)).collect()
}
