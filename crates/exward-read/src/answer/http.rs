//! Evidence from one HTTP answer.

use exward_core::evidence::Evidence;

/// One HTTP answer, or the part of it that a source kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer<'a> {
    /// Path that was asked for, if known: `/owa/`.
    pub endpoint: Option<&'a str>,
    /// Status code, if known.
    pub status: Option<u16>,
    /// Headers in order, repeated ones repeated; names in any case.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as was kept; empty if none was.
    pub body: &'a str,
}

/// Everything that one answer says. Never empty if there is a status.
#[must_use]
pub fn http(_answer: &HttpAnswer<'_>) -> Vec<Evidence> {
    Vec::new()
}
