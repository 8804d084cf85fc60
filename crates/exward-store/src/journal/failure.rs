//! What SQLite and the file system say, in the journal's words.

use std::error::Error;
use std::path::{Path, PathBuf};

use exward_drive::journal::JournalError;

/// `SQLITE_CORRUPT` and `SQLITE_NOTADB`. Source: "Result and Error Codes", sqlite.org/rescode.html.
const DAMAGE: [u32; 2] = [11, 26];

/// What to do about a damaged file; every message about damage ends with it.
const HINT: &str = "keep the file and its -wal as they are, and restore a copy from a backup";

/// A failure of this file.
#[derive(Debug, thiserror::Error)]
#[error("{}", path.display())]
struct AtPath {
    path: PathBuf,
    source: Box<dyn Error + Send + Sync>,
}

/// A file that is whole, but not for us.
#[derive(Debug, thiserror::Error)]
pub(super) enum UnfitError {
    #[error("it is a database of another program (application {0:#x})")]
    Foreign(i64),
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
    #[error("a number in it is larger than SQLite can hold")]
    Range,
}

/// An error that did not come from the database.
pub(super) fn storage(
    doing: &'static str,
    path: &Path,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> JournalError {
    let source = AtPath { path: path.to_owned(), source: source.into() };
    JournalError::Storage { doing, source: Box::new(source) }
}

/// Something is wrong with what is in the journal, or was.
pub(super) fn damaged(what: impl std::fmt::Display) -> JournalError {
    JournalError::Damaged { what: format!("{what}; {HINT}") }
}

/// What the database said while it was being `doing`.
pub(super) fn failed(doing: &'static str) -> impl Fn(sqlx::Error) -> JournalError {
    move |error| match primary_code(&error) {
        Some(code) if DAMAGE.contains(&code) => damaged(format!("SQLite says: {error}")),
        _ => JournalError::Storage { doing, source: Box::new(error) },
    }
}

/// What the database in this file said while it was being opened.
pub(super) fn failed_at(path: &Path) -> impl Fn(sqlx::Error) -> JournalError {
    move |error| match primary_code(&error) {
        Some(code) if DAMAGE.contains(&code) => {
            damaged(format!("{}: SQLite says: {error}", path.display()))
        }
        _ => storage("opened", path, error),
    }
}

/// The result code without the byte that details it.
fn primary_code(error: &sqlx::Error) -> Option<u32> {
    let code = error.as_database_error()?.code()?.parse::<u32>().ok()?;
    Some(code & 0xff)
}
