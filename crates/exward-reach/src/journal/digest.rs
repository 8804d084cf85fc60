//! What makes two runs the same: their targets and questions.

use std::fmt;

use sha2::{Digest as _, Sha256};

use crate::endpoint::Endpoint;
use crate::probe::Wishes;

/// SHA-256 over all targets in their order, and over what they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of these targets and questions.
    #[must_use]
    pub fn of(targets: &[Endpoint], wishes: Wishes) -> Self {
        let mut hash = Sha256::new();
        hash.update([wishes.manifest, wishes.control, wishes.ntlm].map(u8::from));
        for target in targets {
            hash.update(format!("{target}\n"));
        }
        Self(hash.finalize().into())
    }

    /// A seed that every machine with the same targets finds.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.0.iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
