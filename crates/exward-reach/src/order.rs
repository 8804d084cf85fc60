//! In which order a run asks: a permutation that nobody has to store, dealt out to shards.
//!
//! The permutation is a keyed Feistel network over the smallest even number of bits that holds the
//! length; an index that falls outside is sent through again until it falls inside. It is not a cipher:
//! it spreads load, and hides nothing.
//!
//! # Invariants
//! * **D1 everyone once.** The orders of all shards together name every index exactly once.
//! * **D2 for ever.** The same seed, length and shard give the same order on every machine and in every
//!   version, so that a journal can be taken up again; golden values hold it.
//! * **D3 ranges are counted, not listed.** An expansion costs memory per target, not per address.
//!
//! Sources: Black and Rogaway, "Ciphers with Arbitrary Finite Domains" (cycle walking); Steele, Lea and
//! Flood, "Fast Splittable Pseudorandom Number Generators" (the mixing function).

mod expansion;

use std::fmt;
use std::str::FromStr;

pub use expansion::{Expansion, ExpansionError, HOSTS_MAX, RANGE_6_LENGTH_MIN};

/// Most shards of one run. More machines than this do not share a list.
pub const SHARDS_MAX: u32 = 65_536;

/// Rounds of the network. Four would be enough for a random look; two more cost nothing here.
const ROUNDS: usize = 6;

/// One of equal parts of a run, for one machine. Displays as `3/16`; the first is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: u32,
}

/// Why a text is no shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no shard; write `3/16` for the third of sixteen, of at most {SHARDS_MAX}")]
pub struct ShardError {
    text: String,
}

impl Shard {
    /// The only shard of an undivided run.
    pub const WHOLE: Self = Self { index: 1, count: 1 };
}

impl Default for Shard {
    fn default() -> Self {
        Self::WHOLE
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, ShardError> {
        let number = |text: &str| {
            text.parse::<u32>().ok().filter(|_| text.bytes().all(|it| it.is_ascii_digit()))
        };
        text.split_once('/')
            .and_then(|(index, count)| Some(Self { index: number(index)?, count: number(count)? }))
            .filter(|it| it.index >= 1 && it.index <= it.count && it.count <= SHARDS_MAX)
            .ok_or_else(|| ShardError { text: text.to_owned() })
    }
}

/// The indices of one shard of `0..len`, in permuted order. `nth` is cheap: a run that is taken up
/// again skips what its journal counts.
#[derive(Clone, Debug)]
pub struct Order {
    permutation: Permutation,
    /// The next place in the permuted order; `len` or more when done.
    place: u64,
    step: u64,
}

impl Order {
    /// The order of a shard; empty if the shard has no part of so few.
    #[must_use]
    pub fn new(seed: u64, len: u64, shard: Shard) -> Self {
        let place = u64::from(shard.index.saturating_sub(1));
        Self { permutation: Permutation::new(seed, len), place, step: u64::from(shard.count) }
    }

    /// How many indices are left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.permutation.len.saturating_sub(self.place).div_ceil(self.step)
    }
}

impl Iterator for Order {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.nth(0)
    }

    fn nth(&mut self, skipped: usize) -> Option<u64> {
        let ahead = u64::try_from(skipped).unwrap_or(u64::MAX).saturating_mul(self.step);
        let place = self.place.saturating_add(ahead);
        self.place = place.saturating_add(self.step);
        (place < self.permutation.len).then(|| self.permutation.at(place))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.left()).ok();
        (left.unwrap_or(usize::MAX), left)
    }
}

/// A bijection of `0..len` onto itself.
#[derive(Clone, Copy, Debug)]
struct Permutation {
    len: u64,
    keys: [u64; ROUNDS],
    /// Bits of one half, at most 32.
    half_bits: u32,
}

impl Permutation {
    fn new(seed: u64, len: u64) -> Self {
        let bits = u64::BITS.saturating_sub(len.saturating_sub(1).leading_zeros());
        let half_bits = bits.div_ceil(2).max(1);
        let mut keys = [0; ROUNDS];
        let mut state = mixed(seed);
        for key in &mut keys {
            state = mixed(state);
            *key = state;
        }
        Self { len, keys, half_bits }
    }

    /// The image of `place`, which is below `len`. Fewer than four passes on average, since the network
    /// works on fewer than four times as many numbers; it returns to `place` at the latest.
    fn at(&self, place: u64) -> u64 {
        let mut number = self.pass(place);
        while number >= self.len {
            number = self.pass(number);
        }
        number
    }

    /// One pass through the network: a bijection of the numbers with two halves of bits.
    fn pass(&self, number: u64) -> u64 {
        let mask = u64::MAX >> u64::BITS.saturating_sub(self.half_bits);
        let (mut left, mut right) = (number >> self.half_bits, number & mask);
        for key in self.keys {
            (left, right) = (right, left ^ (mixed(right ^ key) & mask));
        }
        (left << self.half_bits) | right
    }
}

/// The finaliser of SplitMix64, after its increment.
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests;
