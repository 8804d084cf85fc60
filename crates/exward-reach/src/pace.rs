//! How fast a run asks: a total rate, a rate for each network, and one connection a host.
//!
//! A pure state machine over the time since the start of the run. The caller waits, and decides who
//! goes first; what it is told is when an address may be asked. Both rates are GCRA: one time a key, the
//! theoretical arrival of the next host, and no timers.
//!
//! # Invariants
//! * **P1 total.** In no second do more new hosts begin than the rate and [`TOTAL_BURST`] together.
//! * **P2 one a host.** No host is asked twice at once, whatever its port and spelling.
//! * **P3 each network.** In no second do more new hosts of a /24 (IPv6: /48) begin than [`NET_RATE`]
//!   and [`NET_BURST`] together.
//! * **P4 bounded.** What is kept grows with the hosts being asked and the networks of the last second,
//!   not with the run.
//!
//! Source: ITU-T I.371, the generic cell rate algorithm.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use crate::address::bare;

/// New hosts a second unless `--rate` says otherwise.
pub const RATE_DEFAULT: u32 = 100;
/// Most hosts at once after a pause; less if the rate is lower. Enough to fill a timer's tick.
pub const TOTAL_BURST: u32 = 16;
/// New hosts a second in one network. A small site's line and firewall do not notice as many.
pub const NET_RATE: u32 = 4;
/// Most hosts of one network at once after a pause.
pub const NET_BURST: u32 = 4;

/// Networks kept before the idle ones are first dropped: too few to matter, so dropping stays rare.
const NETS_KEPT_MIN: usize = 1_024;

/// When an address may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Now; the slot is taken, and [`Pace::done`] gives the host back.
    Now,
    /// Not before this time since the start. Nothing is reserved: ask again then.
    At(Duration),
    /// The host is being asked; ask again after [`Pace::done`].
    Busy,
}

/// One limit: so many in a row, then one each interval.
#[derive(Clone, Copy, Debug)]
struct Limit {
    interval: Duration,
    /// How far arrivals may run ahead of the interval.
    tolerance: Duration,
}

impl Limit {
    /// `rate` is at least 1. The interval is rounded up, so that the rate is never exceeded.
    fn new(rate: u32, burst: u32) -> Self {
        let nanos = 1_000_000_000_u64.div_ceil(u64::from(rate.max(1)));
        let interval = Duration::from_nanos(nanos);
        Self { interval, tolerance: interval.saturating_mul(burst.saturating_sub(1)) }
    }

    /// The earliest time for one more, if the theoretical arrival is `arrival`.
    const fn earliest(self, arrival: Duration) -> Duration {
        arrival.saturating_sub(self.tolerance)
    }

    /// The theoretical arrival after one more at `now`.
    fn after(self, arrival: Duration, now: Duration) -> Duration {
        arrival.max(now).saturating_add(self.interval)
    }
}

/// The limits of a run, and what of them is used up.
#[derive(Clone, Debug)]
pub struct Pace {
    /// None lifts every limit but one connection a host.
    total: Option<Limit>,
    net: Limit,
    /// Theoretical arrival of the next host at all.
    arrival: Duration,
    /// Theoretical arrival of the next host of each network; one not later than `now` says nothing.
    nets: BTreeMap<Net, Duration>,
    nets_kept: usize,
    asked: BTreeSet<IpAddr>,
    /// The latest time seen: time does not run backwards.
    now: Duration,
}

/// A /24 of IPv4, or a /48 of IPv6, without the bits behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Net {
    V4(u32),
    V6(u128),
}

impl Net {
    fn of(host: IpAddr) -> Self {
        match host {
            IpAddr::V4(address) => Self::V4(address.to_bits() >> 8),
            IpAddr::V6(address) => Self::V6(address.to_bits() >> 80),
        }
    }
}

impl Pace {
    /// The pace of a run that begins at `now` with full buckets. `rate_per_second` 0 means no limits.
    #[must_use]
    pub fn new(rate_per_second: u32, now: Duration) -> Self {
        let limited = rate_per_second > 0;
        let burst = TOTAL_BURST.min(rate_per_second);
        Self {
            total: limited.then(|| Limit::new(rate_per_second, burst)),
            net: Limit::new(NET_RATE, NET_BURST),
            arrival: now,
            nets: BTreeMap::new(),
            nets_kept: NETS_KEPT_MIN,
            asked: BTreeSet::new(),
            now,
        }
    }

    /// When an address may be asked, given the time since the start. [`Slot::Now`] takes the slot. An
    /// IPv6 address that carries an IPv4 address counts as that host.
    pub fn earliest(&mut self, address: IpAddr, now: Duration) -> Slot {
        self.now = self.now.max(now);
        let host = bare(address);
        if self.asked.contains(&host) {
            return Slot::Busy;
        }
        if let Some(total) = self.total {
            let net = Net::of(host);
            let arrival = self.nets.get(&net).copied().unwrap_or(self.now);
            let earliest = total.earliest(self.arrival).max(self.net.earliest(arrival));
            if earliest > self.now {
                return Slot::At(earliest);
            }
            self.arrival = total.after(self.arrival, self.now);
            self.nets.insert(net, self.net.after(arrival, self.now));
            self.drop_idle();
        }
        self.asked.insert(host);
        Slot::Now
    }

    /// The time before which no new host at all may be asked; past or zero if one may be.
    #[must_use]
    pub fn nobody_before(&self) -> Duration {
        self.total.map_or(Duration::ZERO, |total| total.earliest(self.arrival))
    }

    /// Gives a host back: nothing is connected to it any more. Without effect if it is not asked.
    pub fn done(&mut self, address: IpAddr) {
        self.asked.remove(&bare(address));
    }

    /// How many hosts are being asked.
    #[cfg(test)]
    fn asked(&self) -> usize {
        self.asked.len()
    }

    /// Drops networks with a full bucket once there are twice as many as after the last time (P4).
    fn drop_idle(&mut self) {
        if self.nets.len() < self.nets_kept {
            return;
        }
        let now = self.now;
        self.nets.retain(|_, arrival| *arrival > now);
        self.nets_kept = self.nets.len().saturating_mul(2).max(NETS_KEPT_MIN);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn slots_come_in_time() {
        let mut pace = Pace::new(2, Duration::ZERO);
        for (at, address, expected) in [
            (0, "9.9.9.1", Slot::Now),
            (0, "9.9.9.1", Slot::Busy),
            (0, "::ffff:9.9.9.1", Slot::Busy),
            (0, "9.9.8.1", Slot::Now),
            (0, "9.9.7.1", Slot::At(ms(500))),
            (499, "9.9.7.1", Slot::At(ms(500))),
            (500, "9.9.7.1", Slot::Now),
            (500, "9.9.6.1", Slot::At(ms(1_000))),
            // Time that runs backwards gives nothing twice.
            (100, "9.9.6.1", Slot::At(ms(1_000))),
            (9_000, "9.9.6.1", Slot::Now),
            (9_000, "9.9.5.1", Slot::Now),
            (9_000, "9.9.4.1", Slot::At(ms(9_500))),
        ] {
            assert_eq!(pace.earliest(address.parse().unwrap(), ms(at)), expected, "{address} {at}");
        }
        pace.done("9.9.9.1".parse().unwrap());
        assert_eq!(pace.earliest("9.9.9.1".parse().unwrap(), ms(9_500)), Slot::Now);
        assert_eq!(pace.asked(), 5);
    }

    #[test]
    fn a_network_waits_while_others_go_on() {
        let mut pace = Pace::new(1_000, Duration::ZERO);
        let all: Vec<Slot> = [
            "2a00:1:2::1",
            "2a00:1:2:9::1",
            "2a00:1:2::3",
            "2a00:1:2::4",
            "2a00:1:2::5",
            "2a00:1:3::1",
        ]
        .iter()
        .map(|it| pace.earliest(it.parse().unwrap(), Duration::ZERO))
        .collect();
        let now = Slot::Now;
        assert_eq!(all, [now, now, now, now, Slot::At(ms(250)), now]);
    }

    #[test]
    fn no_rate_is_no_limit_but_one_connection_a_host() {
        let mut pace = Pace::new(0, Duration::ZERO);
        for last in 0..=255 {
            let address = IpAddr::V4(Ipv4Addr::new(127, 0, 0, last));
            assert_eq!(pace.earliest(address, Duration::ZERO), Slot::Now);
            assert_eq!(pace.earliest(address, Duration::ZERO), Slot::Busy, "P2");
        }
    }

    #[test]
    fn memory_is_bounded_by_the_last_second() {
        let mut pace = Pace::new(1_000, Duration::ZERO);
        for at in 0..100_000_u32 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(0x0b00_0000 | (at << 8)));
            assert_eq!(pace.earliest(address, ms(u64::from(at))), Slot::Now);
            pace.done(address);
            assert!(pace.nets.len() <= 2_048 && pace.asked.is_empty(), "P4: {}", pace.nets.len());
        }
    }

    /// The most of these times within any one second.
    fn most_in_a_second(times: &[Duration]) -> u32 {
        let from = |start: &Duration| {
            times.iter().filter(|it| **it >= *start && it.saturating_sub(*start) < SECOND).count()
        };
        u32::try_from(times.iter().map(from).max().unwrap_or(0)).unwrap()
    }

    fn address() -> impl Strategy<Value = IpAddr> {
        prop_oneof![
            (0_u8..6, 0_u8..20).prop_map(|(net, host)| IpAddr::V4(Ipv4Addr::new(9, 9, net, host))),
            (0_u16..3, 0_u16..9).prop_map(|(net, host)| {
                IpAddr::V6(Ipv6Addr::new(0x2a00, 1, net, host, 0, 0, 0, 1))
            }),
        ]
    }

    proptest! {
        #[test]
        fn no_second_sees_too_many(
            rate in 1_u32..60,
            steps in prop::collection::vec((address(), 0_u64..60, any::<bool>()), 1..600),
        ) {
            let mut pace = Pace::new(rate, Duration::ZERO);
            let mut now = Duration::ZERO;
            let mut began: Vec<(IpAddr, Duration)> = Vec::new();
            let mut open = BTreeSet::new();
            for (address, wait, finish) in steps {
                now = now.saturating_add(ms(wait));
                match pace.earliest(address, now) {
                    Slot::Now => {
                        prop_assert!(open.insert(address), "P2: {} twice at once", address);
                        began.push((address, now));
                    }
                    Slot::Busy => prop_assert!(open.contains(&address), "P2: {} is free", address),
                    Slot::At(then) => {
                        let wait = then.saturating_sub(now);
                        prop_assert!(!wait.is_zero() && wait <= SECOND, "P1: {:?}", wait);
                        let mut later = pace.clone();
                        prop_assert_eq!(later.earliest(address, then), Slot::Now, "P1: at its time");
                    }
                }
                if finish && open.remove(&address) {
                    pace.done(address);
                }
            }
            let times: Vec<Duration> = began.iter().map(|(_, at)| *at).collect();
            let limit = rate.saturating_add(TOTAL_BURST);
            prop_assert!(most_in_a_second(&times) <= limit, "P1");
            for net in began.iter().map(|(it, _)| Net::of(*it)).collect::<BTreeSet<_>>() {
                let of_net = began.iter().filter(|(it, _)| Net::of(*it) == net);
                let times: Vec<Duration> = of_net.map(|(_, at)| *at).collect();
                prop_assert!(most_in_a_second(&times) <= NET_RATE + NET_BURST, "P3: {:?}", net);
            }
        }
    }
}
