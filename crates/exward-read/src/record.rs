//! One target with everything that was read about it.

use exward_core::evidence::Evidence;

use crate::Skipped;
use crate::limits::VALUE_CHARS_MAX;

/// One target. Feeds give one a row; a folder of inside objects gives one for the whole folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The target as the input names it: `mail.example.org:443`, an address, a server name, a build.
    /// Empty if the input names none; the caller then uses the name of the input.
    pub target: String,
    /// Line in the input, if it has lines.
    pub line: Option<u64>,
    /// Everything seen. May be empty: a target about which nothing is known is not an error.
    pub evidence: Vec<Evidence>,
}

/// What one line or document of an input gave: records, and what was left out with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// What could be read, in input order.
    pub records: Vec<Record>,
    /// What could not.
    pub skipped: Vec<Skipped>,
}

/// `host:port`, with an IPv6 address in brackets; the host alone if there is no port.
#[must_use]
pub fn host_and_port(host: &str, port: Option<u16>) -> String {
    match port {
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// A value, cut to what evidence keeps; the cut shows as `…`.
pub(crate) fn kept(text: &str) -> String {
    // Only what is kept and one character more is copied.
    let mut text = text.chars().take(VALUE_CHARS_MAX.saturating_add(1)).collect();
    cut(&mut text);
    text
}

/// Cuts a value to what evidence keeps.
pub(crate) fn cut(text: &mut String) {
    if text.len() <= VALUE_CHARS_MAX || text.chars().nth(VALUE_CHARS_MAX).is_none() {
        return;
    }
    if let Some((end, _)) = text.char_indices().nth(VALUE_CHARS_MAX.saturating_sub(1)) {
        text.truncate(end);
        text.push('…');
    }
}
