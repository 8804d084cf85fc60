//! Counts the hosts behind endpoints: an index names one address of one target (D3).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use ipnet::IpNet;

use crate::endpoint::{Endpoint, Host};

/// Most hosts of a run: a /10. At the usual rate that is half a day; more belongs into several runs.
pub const HOSTS_MAX: u64 = 4_194_304;
/// Shortest IPv6 range that is walked: 65,536 addresses. What is in use in a wider one is known by
/// name, and chance would not find it.
pub const RANGE_6_LENGTH_MIN: u8 = 112;

/// Endpoints with their ranges counted out. The same host may be named twice; the caller may care.
#[derive(Clone, Debug)]
pub struct Expansion {
    endpoints: Vec<Endpoint>,
    /// For each endpoint, the hosts up to and with it.
    ends: Vec<u64>,
}

/// Why endpoints cannot be walked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpansionError {
    /// An IPv6 range that nobody can walk.
    #[error(
        "nobody can walk `{range}`; name its hosts, or ranges of /{RANGE_6_LENGTH_MIN} and longer"
    )]
    TooWide {
        /// The range.
        range: IpNet,
    },
    /// More than [`HOSTS_MAX`].
    #[error("these are more than {HOSTS_MAX} hosts; split the list into several runs")]
    TooMany,
}

impl Expansion {
    /// Counts the hosts of all endpoints, in their order.
    ///
    /// # Errors
    /// [`ExpansionError`] if a range is too wide, or all together are too many.
    pub fn new(endpoints: Vec<Endpoint>) -> Result<Self, ExpansionError> {
        let mut total = 0_u64;
        let mut ends = Vec::with_capacity(endpoints.len());
        for endpoint in &endpoints {
            total = total.saturating_add(hosts(&endpoint.host)?);
            if total > HOSTS_MAX {
                return Err(ExpansionError::TooMany);
            }
            ends.push(total);
        }
        Ok(Self { endpoints, ends })
    }

    /// How many hosts there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The host at an index: which endpoint names it, and the endpoint of that single host. None from
    /// [`Self::total`] on.
    #[must_use]
    pub fn at(&self, index: u64) -> Option<(usize, Endpoint)> {
        let number = self.ends.partition_point(|end| *end <= index);
        let endpoint = self.endpoints.get(number)?;
        let before = self.begin(number);
        let host = match endpoint.host {
            Host::Range(range) => Host::Address(nth(range, index.checked_sub(before)?)?),
            Host::Address(_) | Host::Name(_) => endpoint.host.clone(),
        };
        Some((number, Endpoint { host, ..*endpoint }))
    }

    /// The indices of one endpoint's hosts, by its number; empty if there is none with this number.
    #[must_use]
    pub fn indices(&self, number: usize) -> Range<u64> {
        let begin = self.begin(number);
        begin..self.ends.get(number).copied().unwrap_or(begin)
    }

    /// The endpoints, as they were given.
    #[must_use]
    pub fn endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// Number of hosts before those of an endpoint.
    fn begin(&self, number: usize) -> u64 {
        number.checked_sub(1).and_then(|it| self.ends.get(it)).copied().unwrap_or(0)
    }
}

/// How many hosts this is. An IPv4 range's network and broadcast address are none, if it has more than
/// two addresses (RFC 3021).
fn hosts(host: &Host) -> Result<u64, ExpansionError> {
    match host {
        Host::Address(_) | Host::Name(_) => Ok(1),
        Host::Range(IpNet::V4(range)) => {
            let all = 1_u64 << 32_u32.saturating_sub(u32::from(range.prefix_len()));
            Ok(if all > 2 { all.saturating_sub(2) } else { all })
        }
        Host::Range(IpNet::V6(range)) if range.prefix_len() >= RANGE_6_LENGTH_MIN => {
            Ok(1_u64 << 128_u32.saturating_sub(u32::from(range.prefix_len())))
        }
        Host::Range(range @ IpNet::V6(_)) => Err(ExpansionError::TooWide { range: *range }),
    }
}

/// The host of a range with this number; none if an address of its family cannot count so far.
fn nth(range: IpNet, number: u64) -> Option<IpAddr> {
    match range {
        IpNet::V4(range) => {
            let skipped = u32::from(range.prefix_len() <= 30);
            let offset = u32::try_from(number).ok()?.checked_add(skipped)?;
            let bits = range.network().to_bits().checked_add(offset)?;
            Some(IpAddr::V4(Ipv4Addr::from_bits(bits)))
        }
        IpNet::V6(range) => {
            let bits = range.network().to_bits().checked_add(u128::from(number))?;
            Some(IpAddr::V6(Ipv6Addr::from_bits(bits)))
        }
    }
}
