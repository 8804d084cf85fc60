//! x
use exward_core::evidence::Evidence;
/// Evidence from the first line of an SMTP, IMAP or POP server; empty if it is none of these.
#[must_use]
pub fn greeting(_line: &str) -> Vec<Evidence> {
    Vec::new()
}
/// Evidence from the verbs of an EHLO answer (`SIZE 0`, `XRDST`, …).
#[must_use]
pub fn ehlo(_verbs: &[&str]) -> Vec<Evidence> {
    Vec::new()
}
