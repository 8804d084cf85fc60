//! Evidence as a store keeps it: JSON in one form, so that the same evidence is the same text.
//!
//! ```json
//! [{"kind":"owa-header","value":"15.2.1544.14","at":"2026-11-24T08:00:00Z","claim":"version","build":"15.2.1544.14"}]
//! ```
//!
//! What is absent has no key: no `claim` means that the piece was only shown.
//!
//! # Invariants
//! * **K1 nothing is lost.** What was written is read as the same evidence, in the same order.
//! * **K2 one form.** Evidence has one text: what was written, read, and written again is the same bytes.
//! * **K3 nothing unknown.** A kind, a claim or a key that this program does not know is an error that names
//!   it, never left out: evidence without one of its pieces is other evidence.

mod claim;
mod form;
mod names;
mod tls;

use exward_core::evidence::Evidence;

use crate::document::quoted;
use crate::limits::KEPT_BYTES_MAX;
use form::Piece;

/// Why a text is no evidence as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeptError {
    /// Longer than any evidence about one server.
    #[error("the evidence has {bytes} bytes, and {KEPT_BYTES_MAX} is the limit")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// No JSON, or other keys than evidence has.
    #[error("no evidence as it is kept: {what} (column {column})")]
    Json {
        /// What the JSON reader says, shortened.
        what: String,
        /// Where, counted in bytes from 1.
        column: usize,
    },
    /// A newer program kept it.
    #[error("evidence of kind `{name}` is unknown to this program; a newer one kept it")]
    Kind {
        /// The kind, shortened.
        name: String,
    },
    /// A newer program kept it.
    #[error("a claim `{name}` is unknown to this program; a newer one kept it")]
    Claim {
        /// The claim, shortened.
        name: String,
    },
    /// A claim without what it is about, or with something else beside it.
    #[error("piece {piece}: {what}")]
    Piece {
        /// Which one, counted from 1.
        piece: usize,
        /// What is wrong with it.
        what: String,
    },
}

/// Writes evidence.
///
/// Whoever keeps the text holds it to [`KEPT_BYTES_MAX`]: a longer one could not be read again. The readers'
/// own limits keep what is read about one server far below.
#[must_use]
pub fn write(evidence: &[Evidence]) -> String {
    let pieces: Vec<Piece<'_>> = evidence.iter().map(Piece::of).collect();
    // Texts, numbers and lists of them always have a JSON form.
    serde_json::to_string(&pieces).unwrap_or_default()
}

/// Reads evidence.
///
/// # Errors
/// [`KeptError`] if the text is not what [`write()`] of this program, or an older one, gives. All or nothing.
pub fn read(text: &str) -> Result<Vec<Evidence>, KeptError> {
    if text.len() > KEPT_BYTES_MAX {
        return Err(KeptError::TooLong { bytes: text.len() });
    }
    let pieces: Vec<Piece<'_>> = serde_json::from_str(text).map_err(|error| KeptError::Json {
        what: quoted(&error.to_string()),
        column: error.column(),
    })?;
    let numbered = (1..).zip(pieces);
    numbered.map(|(number, piece)| piece.into_evidence().map_err(|it| it.at(number))).collect()
}

/// What is wrong with one piece.
#[derive(Debug)]
enum Wrong {
    Kind(String),
    Claim(String),
    Value(String),
}

impl Wrong {
    fn at(self, piece: usize) -> KeptError {
        match self {
            Self::Kind(name) => KeptError::Kind { name },
            Self::Claim(name) => KeptError::Claim { name },
            Self::Value(what) => KeptError::Piece { piece, what },
        }
    }

    fn missing(key: &str) -> Self {
        Self::Value(format!("`{key}` is missing"))
    }

    fn value(key: &str, value: &str) -> Self {
        Self::Value(format!("`{key}` cannot be `{}`", quoted(value)))
    }
}

#[cfg(test)]
mod tests;
