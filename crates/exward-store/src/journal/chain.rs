//! The checksums that chain the entries of a blueprint.
//!
//! Each covers the one before it, so that an entry that was changed, removed or put in between makes every
//! later one wrong. This finds accidents and clumsy edits; whoever can compute SHA-256 over a whole chain
//! and write it is not stopped by it.

use exward_core::blueprint::BlueprintId;
use sha2::{Digest, Sha256};

/// A checksum of an entry and all before it.
pub(super) type Checksum = [u8; 32];

/// What the first entry of a blueprint follows: a chain belongs to one blueprint.
pub(super) const fn start(id: BlueprintId) -> Checksum {
    id.0
}

/// The checksum of an entry as it is stored, after `previous`.
pub(super) fn link(previous: &Checksum, sequence: u64, at: &str, body: &str) -> Checksum {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(sequence.to_be_bytes());
    // Each text is preceded by its length, so that no byte can move from one to the other.
    for text in [at, body] {
        hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_depends_on_everything_before_it() {
        let one = link(&[0; 32], 1, "at", "body");
        let others = [
            link(&[1; 32], 1, "at", "body"),
            link(&[0; 32], 2, "at", "body"),
            link(&[0; 32], 1, "atb", "ody"),
            link(&[0; 32], 1, "at", "bodY"),
        ];
        assert!(!others.contains(&one), "J1: {others:?}");
        assert_ne!(start(BlueprintId([1; 32])), start(BlueprintId([2; 32])), "J1");
    }
}
