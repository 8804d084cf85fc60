//! Rules that Sigma cannot express.

mod hit;

use std::collections::BTreeSet;

use crate::bundled::Facts;
use crate::sigma::Alphabet;
use crate::{Fields, Record, Source};

pub(crate) use hit::TypedHit;

/// Adds what the typed rules see in a record.
pub(crate) fn look(_record: &dyn Record, _facts: &Facts, _hits: &mut Vec<TypedHit>) {}

/// Whether a typed rule may want a record of which only the path of a request is known.
pub(crate) fn may_matter(_known: &dyn Fields, _facts: &Facts) -> bool {
    true
}

/// Lower-case literals of which a line must hold one for a typed rule to want it.
pub(crate) fn needles(_facts: &Facts, _source: Source, _alphabet: Alphabet) -> BTreeSet<String> {
    BTreeSet::new()
}

/// What a file is by itself: one of the lists, or by its name.
pub(crate) fn of_file(_path: &str, _bytes: &[u8], _facts: &Facts) -> Option<TypedHit> {
    None
}
