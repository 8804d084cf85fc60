//! A set of addresses as sorted, merged ranges (S3): a look-up is a binary search.

use std::net::IpAddr;

use ipnet::IpNet;

/// First and last address, as numbers.
type Span = (u128, u128);

/// Any number of ranges of both families.
#[derive(Clone, Debug, Default)]
pub(super) struct Blocks {
    v4: Vec<Span>,
    v6: Vec<Span>,
}

impl Blocks {
    /// The addresses of all these ranges.
    pub(super) fn new(ranges: Vec<IpNet>) -> Self {
        let (v4, v6): (Vec<_>, Vec<_>) =
            ranges.into_iter().partition(|it| matches!(it, IpNet::V4(_)));
        Self { v4: merged(&v4), v6: merged(&v6) }
    }

    /// Whether no address is in the set.
    pub(super) fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// Whether one address is in the set.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        self.holds_all_of(IpNet::from(address))
    }

    /// Whether every address of a range is in the set.
    pub(super) fn holds_all_of(&self, range: IpNet) -> bool {
        let (first, last) = span(range);
        self.at_or_before(range, first).is_some_and(|(_, end)| last <= end)
    }

    /// Whether any address of a range is in the set.
    pub(super) fn touches(&self, range: IpNet) -> bool {
        let (first, last) = span(range);
        self.at_or_before(range, last).is_some_and(|(_, end)| first <= end)
    }

    /// The last span of the range's family that begins at or before `at`.
    fn at_or_before(&self, range: IpNet, at: u128) -> Option<Span> {
        let spans = match range {
            IpNet::V4(_) => &self.v4,
            IpNet::V6(_) => &self.v6,
        };
        let after = spans.partition_point(|(start, _)| *start <= at);
        spans.get(after.checked_sub(1)?).copied()
    }
}

fn span(range: IpNet) -> Span {
    (number(range.network()), number(range.broadcast()))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// Sorted spans without overlap; neighbours become one, so that a range over both is held.
fn merged(ranges: &[IpNet]) -> Vec<Span> {
    let mut spans: Vec<Span> = ranges.iter().copied().map(span).collect();
    spans.sort_unstable();
    let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
            Some(_) | None => merged.push((start, end)),
        }
    }
    merged
}
