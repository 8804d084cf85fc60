//! What a server answered, from whatever source: a probe, a recording, or a feed that kept it.
//!
//! # Invariants
//! * **W1 silence proves nothing.** An answer without any sign of Exchange is shown, and leads to
//!   *unknown*: gateways answer 200 for every path, proxies strip headers.
//! * **W2 a page is not a server.** What stands in a page can be copied; it is kept apart from what
//!   only the server itself sends.
//! * **W3 imitations are named**: published C2 profiles, honeypots and phishing clones.
//!
//! Sources: the project's fingerprint research (methods 1 to 11, traps T1 to T18), which cites
//! CERT.at exchange-scans, nmap-service-probes, rapid7/recog and recorded answers.

mod greeting;
mod host;
mod http;
mod ntlm;
mod page;

pub use greeting::{ehlo, greeting};
pub use host::{iis_host, windows_host};
pub use http::{HttpAnswer, control, http};
pub use ntlm::{NtlmError, ntlm};
