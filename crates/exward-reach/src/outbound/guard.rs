//! Which addresses a message may go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::address::{Class, bare, class};

/// Where clouds tell a machine its own secrets. Some of them lie in private or even public networks, so they are
/// refused by themselves, whatever is allowed. Sources: the documentation of EC2, Azure (WireServer), Google
/// Compute Engine, Alibaba Cloud and Oracle Cloud about instance metadata.
const METADATA: [IpAddr; 6] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
];

/// Why nothing is sent to this address; `Ok` if it may be. Private ones may only if a network of `allow` holds
/// them.
pub(super) fn judge(allow: &[IpNet], address: IpAddr) -> Result<(), &'static str> {
    let inner = bare(address);
    if METADATA.contains(&inner) {
        return Err("where a cloud answers for the machine itself");
    }
    let is_allowed = || allow.iter().any(|it| it.contains(&inner));
    match class(address) {
        Class::Public => Ok(()),
        Class::Private | Class::Loopback if is_allowed() => Ok(()),
        Class::Private => Err("in a private network"),
        Class::Loopback => Err("this machine"),
        Class::Never(block) => Err(block),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an address if nothing is allowed, and if every private network is.
    #[track_caller]
    fn check(address: &str, strict: &str, open: &str) {
        let nets = [
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "fc00::/7",
            "127.0.0.0/8",
            "::1/128",
            "169.254.0.0/16",
            "fe80::/10",
            "224.0.0.0/4",
            "0.0.0.0/8",
        ];
        let all: Vec<IpNet> = nets.iter().map(|it| it.parse().unwrap()).collect();
        for (allow, want) in [(&[][..], strict), (&all, open)] {
            let said = judge(allow, address.parse().unwrap()).err().unwrap_or("sent");
            assert!(said.starts_with(want), "X1: {address}: `{said}`, not `{want}`");
        }
    }

    #[test]
    fn addresses_are_judged_in_every_disguise() {
        for address in ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"] {
            check(address, "sent", "sent");
        }
        for inner in ["10.1.2.3", "172.31.255.255", "192.168.0.1", "100.64.0.1"] {
            check(inner, "in a private network", "sent");
            for disguise in disguises(inner) {
                check(&disguise, "in a private network", "sent");
            }
        }
        check("fd12::1", "in a private network", "sent");
        for own in ["127.0.0.1", "127.8.8.8"] {
            check(own, "this machine", "sent");
            for disguise in disguises(own) {
                check(&disguise, "this machine", "sent");
            }
        }
        check("::1", "this machine", "sent");
    }

    #[test]
    fn some_addresses_are_refused_whatever_is_allowed() {
        let cloud = "where a cloud answers";
        for metadata in ["168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.169.254"] {
            check(metadata, cloud, cloud);
            for disguise in disguises(metadata) {
                check(&disguise, cloud, cloud);
            }
        }
        check("fd00:ec2::254", cloud, cloud);
        check("fd20:ce::254", cloud, cloud);
        let rows = "169.254.1.1 link-local\nfe80::1 link-local\n224.0.0.1 multicast\nff02::1 multicast\n\
            0.0.0.0 \"this network\"\n:: unspecified\n255.255.255.255 broadcast\n192.0.2.1 documentation\n\
            198.51.100.1 documentation\n203.0.113.1 documentation\n2001:db8::1 documentation\n\
            198.18.0.1 benchmark\n240.0.0.1 reserved\n::ffff:169.254.1.1 link-local\n\
            ::ffff:0.0.0.0 \"this network\"\n64:ff9b:1::1 local translation\n2001::1 Teredo";
        for (address, why) in rows.lines().filter_map(|row| row.split_once(' ')) {
            check(address, why, why);
        }
    }

    /// An IPv4 address as IPv6: mapped, compatible, NAT64, 6to4.
    fn disguises(inner: &str) -> [String; 4] {
        let [a, b, c, d] = inner.parse::<Ipv4Addr>().unwrap().octets();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        [
            format!("::ffff:{inner}"),
            format!("::{inner}"),
            format!("64:ff9b::{inner}"),
            format!("2002:{high:x}:{low:x}::1"),
        ]
    }
}
