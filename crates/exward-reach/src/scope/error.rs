//! Why a text is no scope, with the line where it can be told.

use super::contact::ContactError;
use super::{RANGE_4_LENGTH_MIN, RANGE_6_LENGTH_MIN, SCOPE_BYTES_MAX};
use crate::endpoint::EndpointError;

/// Why a text is no scope. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// More than [`SCOPE_BYTES_MAX`].
    #[error(
        "the scope file has {bytes} bytes, and {SCOPE_BYTES_MAX} is the limit; merge its ranges"
    )]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// Not TOML, an unknown or missing key, or a value of the wrong type.
    #[error("{place}{message}", place = place(*.line))]
    Toml {
        /// Where, if the reader knows.
        line: Option<usize>,
        /// What the TOML reader says; one line.
        message: String,
    },
    /// A text that has to say something is blank.
    #[error("line {line}: `{key}` is empty; say it in a few words")]
    Blank {
        /// Where.
        line: usize,
        /// Which key.
        key: &'static str,
    },
    /// The contact cannot be reached that way.
    #[error("line {line}: `contact` cannot be used")]
    Contact {
        /// Where.
        line: usize,
        /// What is wrong with it.
        source: ContactError,
    },
    /// `until` is no day.
    #[error("line {line}: `until` is no day; write one as 2027-01-31, without quotes and time")]
    Until {
        /// Where.
        line: usize,
    },
    /// An entry of `ranges`, `names` or `exclude` cannot be read.
    #[error("line {line}: an entry of `{key}` cannot be read")]
    Entry {
        /// Where.
        line: usize,
        /// Which key.
        key: &'static str,
        /// What is wrong with it.
        source: EndpointError,
    },
    /// A name among the ranges, or an address among the names.
    #[error("line {line}: `{entry}` does not belong into `{key}`; write it into `{other}`")]
    Misplaced {
        /// Where.
        line: usize,
        /// The entry as given.
        entry: String,
        /// Which key it stands under.
        key: &'static str,
        /// Which key it belongs under.
        other: &'static str,
    },
    /// A range that no owner has.
    #[error(
        "line {line}: `{entry}` is wider than any owner's range (/{RANGE_4_LENGTH_MIN} in IPv4, \
         /{RANGE_6_LENGTH_MIN} in IPv6); list the ranges you answer for"
    )]
    TooWide {
        /// Where.
        line: usize,
        /// The entry as given.
        entry: String,
    },
    /// Neither a range nor a name is listed.
    #[error(
        "the scope lists nobody; add `ranges = [\"10.20.0.0/16\"]` or `names = [\"mail.contoso.com\"]`"
    )]
    Nobody,
}

fn place(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}
