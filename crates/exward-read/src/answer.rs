//! What a server answered, from whatever source: a probe, a recording, or a feed that kept it.
//!
//! Sources: `notes/fingerprint.md` §1 of the project's research, whose traps are the tests here.

mod greeting;
mod http;
mod ntlm;
mod page;

pub use greeting::{ehlo, greeting};
pub use http::{HttpAnswer, http};
pub use ntlm::ntlm;
