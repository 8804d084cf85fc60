//! What the inputs give, one by one.

use exward_core::evidence::Evidence;

use crate::error::CommandError;

/// Something read from the inputs, in their order.
pub(crate) enum Item {
    /// One server with its evidence.
    Server { target: String, evidence: Vec<Evidence> },
    /// A host that was asked: the evidence of each server behind it, with its name.
    Visited { target: String, front_ends: Vec<(String, Vec<Evidence>)> },
    /// Something in an input that could not be read; the input went on.
    Skipped { file: String, line: Option<u64>, why: String },
    /// A whole input that could not be read.
    NotRead { file: String, why: String },
}

/// Takes items one by one; an error stops the reading.
pub(crate) type Take<'a> = dyn FnMut(Item) -> Result<(), CommandError> + 'a;
