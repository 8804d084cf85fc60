//! What the databases and the file system say, in the journal's words.

use std::error::Error;

use exward_drive::journal::JournalError;

use crate::code::damage_seen_by;

/// What to do about a damaged journal; every message about damage ends with it.
const HINT: &str =
    "keep it as it is, a file together with its -wal, and restore a copy from a backup";

/// A failure of this journal.
#[derive(Debug, thiserror::Error)]
#[error("{place}")]
struct AtPlace {
    place: String,
    source: Box<dyn Error + Send + Sync>,
}

/// A database that is whole, but not for us.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnfitError {
    #[error("there is no journal of rollouts in it yet (its schema has version 0)")]
    None,
    #[error("it is a database of another program (application {0:#x})")]
    Foreign(i64),
    #[error(
        "another program has a table `{0}` in it: give exward a database or a schema of its own"
    )]
    Taken(String),
    #[error(
        "its schema has version {found}, and this exward knows versions up to {known}: use a newer one"
    )]
    Newer { found: i64, known: i64 },
    #[error(
        "its schema has version {found}, and reading needs version {known}: let this exward write to it once"
    )]
    Older { found: i64, known: i64 },
    #[error("its file system allows no write-ahead log (journal mode is {0}): use a local disk")]
    NoWal(String),
    #[error("its name is not UTF-8")]
    Name,
    #[error("a number in it is larger than a database can hold")]
    Range,
    #[error("no answer within {0} s; what was being written may have been written or not")]
    Silent(u64),
    #[error("it is closed, because it gave no answer before: begin again")]
    Closed,
}

/// An error that did not come from the database.
pub(super) fn storage(
    doing: &'static str,
    place: &str,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> JournalError {
    let source = AtPlace { place: place.to_owned(), source: source.into() };
    JournalError::Storage { doing, source: Box::new(source) }
}

/// Something is wrong with what is in the journal, or was.
pub(super) fn damaged(what: impl std::fmt::Display) -> JournalError {
    JournalError::Damaged { what: format!("{what}; {HINT}") }
}

/// What the database said while it was being `doing`.
pub(super) fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> JournalError {
    move |error| match damage_seen_by(&error) {
        Some(engine) => damaged(format!("{engine} says: {error}")),
        None => JournalError::Storage { doing, source: Box::new(error) },
    }
}

/// What the database at this place said while it was being opened.
pub(super) fn failed_at(place: &str) -> impl Fn(sqlx::Error) -> JournalError {
    move |error| match damage_seen_by(&error) {
        Some(engine) => damaged(format!("{place}: {engine} says: {error}")),
        None => storage("opened", place, error),
    }
}
