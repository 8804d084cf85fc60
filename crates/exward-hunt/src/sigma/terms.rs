//! Words that rules, conditions and needles share.

/// What can be said of a condition when a part of the record is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tri {
    /// It does not hold, whatever the rest is.
    False,
    /// It depends on what is unknown.
    Unknown,
    /// It holds, whatever the rest is.
    True,
}

/// Which bytes of a value stand in the log as they are: what a log writer may escape cannot be a needle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// Web logs: letters, digits and `-._~`; everything else may be percent-encoded or changed.
    Url,
    /// JSON lines: what JSON never escapes.
    Json,
    /// The text as it is.
    Plain,
}
