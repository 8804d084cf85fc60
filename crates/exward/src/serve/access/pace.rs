//! How often somebody may ask.
//!
//! # Invariants
//! * **W6 bounded memory.** At most [`CALLERS_MAX`] keys are remembered, and those at rest are forgotten; in a flood of
//!   more, everybody has to wait a second.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::serve::error::WebError;
use crate::serve::limits::{
    API_BURST, API_EVERY, CALLERS_MAX, SIGN_IN_ADDRESS_EVERY, SIGN_IN_NAME_EVERY,
    SIGN_INS_PER_ADDRESS, SIGN_INS_PER_NAME,
};

/// All rate limits.
pub(crate) struct Paces {
    addresses: Pace<IpAddr>,
    names: Pace<String>,
    callers: Pace<String>,
}

impl Paces {
    pub(crate) fn new() -> Self {
        Self {
            addresses: Pace::new(SIGN_INS_PER_ADDRESS, SIGN_IN_ADDRESS_EVERY, CALLERS_MAX),
            names: Pace::new(SIGN_INS_PER_NAME, SIGN_IN_NAME_EVERY, CALLERS_MAX),
            callers: Pace::new(API_BURST, API_EVERY, CALLERS_MAX),
        }
    }

    /// A sign-in from this address, and with this name if one is known yet.
    ///
    /// # Errors
    /// [`WebError::TooMany`].
    pub(crate) fn sign_in(&self, from: IpAddr, name: &str) -> Result<(), WebError> {
        self.addresses.one_more(&network(from))?;
        self.names.one_more(&name.trim().to_lowercase())
    }

    /// A try from this address to guess a secret: a set-up link.
    ///
    /// # Errors
    /// [`WebError::TooMany`].
    pub(crate) fn guess(&self, from: IpAddr) -> Result<(), WebError> {
        self.addresses.one_more(&network(from))
    }

    /// A request to the API by this caller.
    ///
    /// # Errors
    /// [`WebError::TooMany`].
    pub(crate) fn api(&self, caller: &str) -> Result<(), WebError> {
        self.callers.one_more(&caller.to_owned())
    }
}

/// Of an IPv6 address the /64: whoever has one has all of them.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => {
            let mask = u128::MAX.checked_shl(64).unwrap_or_default();
            IpAddr::V6((u128::from(six) & mask).into())
        }
        four => four,
    }
}

/// One rate limit per key.
struct Pace<K: Clone + Hash + Eq> {
    limiter: DefaultKeyedRateLimiter<K>,
    keys_max: usize,
}

impl<K: Clone + Hash + Eq> Pace<K> {
    fn new(burst: NonZeroU32, every: Duration, keys_max: usize) -> Self {
        let each = Quota::per_second(NonZeroU32::MIN);
        let quota = Quota::with_period(every).unwrap_or(each).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), keys_max }
    }

    fn one_more(&self, key: &K) -> Result<(), WebError> {
        if self.limiter.len() >= self.keys_max {
            self.limiter.retain_recent();
            if self.limiter.len() >= self.keys_max {
                return Err(WebError::TooMany(1));
            }
        }
        self.limiter.check_key(key).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            WebError::TooMany(wait.as_secs().saturating_add(1))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_the_burst_has_to_wait() {
        let pace = Pace::new(NonZeroU32::new(3).unwrap(), Duration::from_secs(60), 10);
        for _ in 0..3 {
            assert_eq!(pace.one_more(&"a"), Ok(()));
        }
        assert!(matches!(pace.one_more(&"a"), Err(WebError::TooMany(59..=60))));
        assert_eq!(pace.one_more(&"b"), Ok(()), "the pace of one is that of another");
    }

    #[test]
    fn a_flood_of_names_does_not_grow_the_memory() {
        let pace = Pace::new(NonZeroU32::new(3).unwrap(), Duration::from_secs(60), 10);
        for key in 0..100 {
            let _refused_or_not = pace.one_more(&key);
        }
        assert_eq!(pace.limiter.len(), 10, "W6");
    }

    #[test]
    fn a_network_of_six_is_one_place() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
