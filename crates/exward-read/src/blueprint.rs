//! Blueprint files: an approved change as JSON, in one form only, so that its bytes have an id.
//!
//! # Invariants
//! * **F1 one form.** A blueprint has one file: the same blueprint gives the same bytes, and a file that
//!   says the same in other bytes is refused.
//! * **F2 the id is the content.** The id is the SHA-256 of those bytes; whoever approves an id approves
//!   every byte.
//! * **F3 nothing unknown.** An action, a key or a value that this program does not know is an error, never
//!   left out: a plan without one of its steps is another plan.
//! * **F4 a difference is a line.** Each server update, DAG, copy and recipe step has a line of its own.

mod read;
mod write;

use exward_core::blueprint::{Blueprint, BlueprintId};
use sha2::{Digest as _, Sha256};

pub use write::write;

use crate::document::{Document, Notes, Problem};
use crate::limits::BLUEPRINT_BYTES_MAX;

/// What `schema` says in a file of this kind.
pub const SCHEMA: &str = "exward.blueprint/1";

/// Why a file is no blueprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlueprintError {
    /// Larger than any blueprint.
    #[error("the blueprint has {bytes} bytes, and {BLUEPRINT_BYTES_MAX} is the limit")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// Not UTF-8: no program of ours wrote it.
    #[error("the blueprint is no UTF-8")]
    Encoding,
    /// No JSON, another kind of file, or something in it that no blueprint has; the first of all.
    #[error("{0}")]
    Wrong(Problem),
    /// It can be read, but is not in the form that it is written in (F1).
    #[error(
        "line {line}: the blueprint is not as it was written; make a new one from the policy instead"
    )]
    Changed {
        /// The first line that differs.
        line: u64,
    },
}

/// Reads a blueprint.
///
/// # Errors
/// [`BlueprintError`] if it is not exactly what [`write()`] gives for some blueprint.
pub fn read(bytes: &[u8]) -> Result<Blueprint, BlueprintError> {
    if bytes.len() > BLUEPRINT_BYTES_MAX {
        return Err(BlueprintError::TooLong { bytes: bytes.len() });
    }
    let text = str::from_utf8(bytes).map_err(|_| BlueprintError::Encoding)?;
    let mut notes = Notes::new(text);
    let document = Document::parse(text, &mut notes);
    let blueprint = document.as_ref().and_then(|it| read::blueprint(it.root(), &mut notes));
    if let Some(first) = notes.into_problems().into_iter().next() {
        return Err(BlueprintError::Wrong(first));
    }
    let Some(blueprint) = blueprint else {
        let what = "this is no blueprint".to_owned();
        return Err(BlueprintError::Wrong(Problem { line: None, what }));
    };
    match first_difference(text, &write(&blueprint)) {
        None => Ok(blueprint),
        Some(line) => Err(BlueprintError::Changed { line }),
    }
}

/// The first line in which two texts differ; `None` if they are the same, byte for byte.
fn first_difference(left: &str, right: &str) -> Option<u64> {
    if left == right {
        return None;
    }
    let same = left.split('\n').zip(right.split('\n')).take_while(|(left, right)| left == right);
    u64::try_from(same.count()).ok()?.checked_add(1)
}

/// The id of a blueprint's file (F2).
#[must_use]
pub fn id(bytes: &[u8]) -> BlueprintId {
    BlueprintId(Sha256::digest(bytes).into())
}

/// The id of a blueprint: that of its file.
#[must_use]
pub fn id_of(blueprint: &Blueprint) -> BlueprintId {
    id(write(blueprint).as_bytes())
}

#[cfg(test)]
mod tests;
