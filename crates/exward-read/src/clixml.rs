//! PowerShell's CLIXML, the format of `Export-Clixml`: bytes to [`Value`]s.
//!
//! # Invariants
//! * **X1 a cut file loses only its end.** Root objects that were complete are given; the one the
//!   file ends in is left out whole, because half a list of virtual directories would lie.
//! * **X2 a reference never copies and never loops.** `<Ref>` shares the object it names; one that
//!   names an object around it, or one that is not there, becomes [`Value::Unresolved`].
//! * **X3 bounded depth.** Elements nest to [`XML_DEPTH_MAX`], objects through references to
//!   [`CLIXML_OBJECT_DEPTH_MAX`], so that neither reading nor dropping can exhaust the stack.
//! * **X4 no entities.** A DTD, or an entity beyond XML's own five, refuses the document.
//! * **X5 no secrets.** The content of a secure string is not kept.
//!
//! Source: \[MS-PSRP\] §2.2.5 (serialisation of PowerShell objects), and real exports.
//!
//! [`XML_DEPTH_MAX`]: crate::limits::XML_DEPTH_MAX

mod build;
mod escape;
mod events;
mod open;
mod scalar;
mod value;

use crate::limits::{
    CLIXML_OBJECT_DEPTH_MAX, CLIXML_UNFOLDED_MAX, CLIXML_VALUES_MAX, DOCUMENT_BYTES_MAX,
};
use crate::{Skipped, text};

pub use value::{Object, Payload, Value};

/// What a document held: its root objects, and what was left out with the reason.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Root objects, in file order.
    pub values: Vec<Value>,
    /// What could not be read.
    pub skipped: Vec<Skipped>,
}

/// Why a document that is no error is still not judged.
pub(crate) const UNFOLDS_TOO_FAR: &str = "its references repeat too much of it to be judged";

impl Document {
    /// True if a walk over everything, references followed, stays within [`CLIXML_UNFOLDED_MAX`].
    #[must_use]
    pub fn unfolds(&self) -> bool {
        let weights = self.values.iter().map(Value::weight);
        weights.fold(0, usize::saturating_add) <= CLIXML_UNFOLDED_MAX
    }
}

/// Why a document is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClixmlError {
    /// More bytes than may be held whole.
    #[error("{bytes} bytes are more than the {DOCUMENT_BYTES_MAX} that are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// No element at all.
    #[error("no XML element in it")]
    NoElement,
    /// The root element is not `Objs`.
    #[error("not CLIXML: the root element is `{root}`, not `Objs`")]
    NotClixml {
        /// What stands there instead.
        root: String,
    },
    /// A document type definition.
    #[error("line {line}: it has a DTD, which CLIXML never has; refused")]
    Dtd {
        /// Where.
        line: u64,
    },
    /// An entity that XML itself does not define.
    #[error("line {line}: it uses the entity `{name}`, which XML does not define; refused")]
    Entity {
        /// Where.
        line: u64,
        /// Name of the entity.
        name: String,
    },
}

/// Why reading stopped before the end; what was complete until there stays (X1).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
enum Stop {
    #[error("elements nest deeper than {max}", max = crate::limits::XML_DEPTH_MAX)]
    Depth,
    #[error("more than {CLIXML_VALUES_MAX} values")]
    Values,
    #[error("the file ends in the middle: it is cut, or was still being written")]
    Cut,
    #[error("not well-formed: {0}")]
    Syntax(String),
}

/// Reads a document.
///
/// UTF-8 with or without a byte order mark, and UTF-16 of either order.
///
/// # Errors
/// If it is too large, is no CLIXML, or has a DTD or entities. A cut or damaged document is no
/// error: see [`Document::skipped`].
pub fn read(bytes: &[u8]) -> Result<Document, ClixmlError> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(ClixmlError::TooLarge { bytes: bytes.len() });
    }
    let text = text::decode(bytes);
    let mut document = events::read(&text.text)?;
    if text.damaged {
        let why = "bytes that are no text in its encoding were replaced";
        document.skipped.push(Skipped::whole(why));
    }
    Ok(document)
}

#[cfg(test)]
mod tests;
