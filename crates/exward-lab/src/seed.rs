//! Choices drawn from a seed.
//!
//! # Invariants
//! * **D1 the same for ever.** The numbers depend on the seed alone, not on the platform, the version
//!   of a library or the order of threads: a failure found with a seed is found again with it.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
//! generators", 2014). It is not for secrets.

/// What each step adds to the state: 2⁶⁴ divided by the golden ratio.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of choices.
#[derive(Clone, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    /// A stream of its own for item `index`, so that a longer list does not change its beginning.
    pub(crate) fn for_item(seed: u64, index: u64) -> Self {
        Self(mix(seed).wrapping_add(mix(index.wrapping_add(STEP))))
    }

    /// Any number.
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mix(self.0)
    }

    /// A number below `limit`; 0 if the limit is 0. The bias is under `limit` / 2⁶⁴.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let wide = u128::from(self.number()).wrapping_mul(wide(limit));
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// True in this share of all throws, from 0 to 1.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    /// One of `items`; `None` if there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// One of `items` by weight; `None` if no weight is above 0.
    pub(crate) fn weighted<T: Copy>(&mut self, items: &[(T, f64)]) -> Option<T> {
        let sum: f64 = items.iter().map(|(_, weight)| weight.max(0.0)).sum();
        let mut left = self.fraction() * sum;
        let mut last = None;
        for &(item, weight) in items.iter().filter(|(_, weight)| *weight > 0.0) {
            last = Some(item);
            left -= weight;
            if left < 0.0 {
                break;
            }
        }
        last
    }

    /// A number from 0 up to, but not, 1.
    fn fraction(&mut self) -> f64 {
        // 32 bits are exact in a float, and enough to choose a share.
        let high = u32::try_from(self.number() >> 32).unwrap_or(0);
        f64::from(high) / 4_294_967_296.0
    }
}

/// The output function of SplitMix64: every bit of the input changes about half of the output's.
pub(crate) const fn mix(number: u64) -> u64 {
    let a = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let b = (a ^ (a >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    b ^ (b >> 31)
}

fn wide(number: usize) -> u128 {
    u128::try_from(number).unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_paper() {
        // First outputs for seed 1234567, as in the published reference code.
        let mut dice = Dice(1_234_567);
        let got = [dice.number(), dice.number(), dice.number()];
        assert_eq!(
            got,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423],
            "D1"
        );
    }

    #[test]
    fn weights_are_kept() {
        let mut dice = Dice(1);
        let mut counts = [0_u32; 3];
        for _ in 0..10_000 {
            counts[dice.weighted(&[(0, 1.0), (1, 0.0), (2, 3.0)]).unwrap()] += 1;
        }
        assert!((2_300..2_700).contains(&counts[0]), "{counts:?}");
        assert_eq!(counts[1], 0);
        assert_eq!(dice.weighted(&[(0, 0.0)]), None);
        assert!((0..1000).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
    }
}
