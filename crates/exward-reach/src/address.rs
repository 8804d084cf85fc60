//! What kind of address or name something is: public, private, loopback, or never to be asked.
//!
//! # Invariants
//! * **G1 no disguise.** An IPv6 address that carries an IPv4 address is of the carried address's kind.
//! * **G2 the stricter kind wins.** A range is refused if it touches a block that is never asked; it is
//!   private if any address of it is, and loopback only as a whole.
//!
//! Sources: IANA special-purpose address registries (RFC 6890 and updates), RFC 2606 and RFC 6761
//! (names). `.local` and `.test` are ordinary names here: networks of their own use them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// How an address, a range or a name may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Reachable from everywhere.
    Public,
    /// Of a network of its own: RFC 1918, 100.64.0.0/10, ULA.
    Private,
    /// This machine.
    Loopback,
    /// Never asked; says which block it lies in.
    Never(&'static str),
}

const NEVER_4: [(Ipv4Net, &str); 11] = [
    (v4([0, 0, 0, 0], 8), "\"this network\" (RFC 791)"),
    (v4([169, 254, 0, 0], 16), "link-local range (RFC 3927)"),
    (v4([224, 0, 0, 0], 4), "multicast range (RFC 5771)"),
    (v4([255, 255, 255, 255], 32), "broadcast address (RFC 919)"),
    (v4([240, 0, 0, 0], 4), "reserved range (RFC 1112)"),
    (v4([192, 0, 2, 0], 24), "documentation range (RFC 5737)"),
    (v4([198, 51, 100, 0], 24), "documentation range (RFC 5737)"),
    (v4([203, 0, 113, 0], 24), "documentation range (RFC 5737)"),
    (v4([198, 18, 0, 0], 15), "benchmark range (RFC 2544)"),
    (v4([192, 0, 0, 0], 24), "protocol assignments (RFC 6890)"),
    (v4([192, 88, 99, 0], 24), "former 6to4 relay range (RFC 7526)"),
];

const PRIVATE_4: [Ipv4Net; 4] = [
    v4([10, 0, 0, 0], 8),
    v4([172, 16, 0, 0], 12),
    v4([192, 168, 0, 0], 16),
    v4([100, 64, 0, 0], 10),
];

const LOOPBACK_4: Ipv4Net = v4([127, 0, 0, 0], 8);

const NEVER_6: [(Ipv6Net, &str); 10] = [
    (v6([0; 8], 128), "unspecified address (RFC 4291)"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "link-local range (RFC 4291)"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "former site-local range (RFC 3879)"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "multicast range (RFC 4291)"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "documentation range (RFC 3849)"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "documentation range (RFC 9637)"),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), "benchmark range (RFC 5180)"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "discard range (RFC 6666)"),
    // The IPv4 address inside these two cannot be told, so its kind cannot either (G1).
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "Teredo range (RFC 4380)"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "local translation range (RFC 8215)"),
];

const PRIVATE_6: Ipv6Net = v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7);

const LOOPBACK_6: Ipv6Net = v6([0, 0, 0, 0, 0, 0, 0, 1], 128);

/// Blocks whose addresses carry an IPv4 address, and how many bits stand behind it.
const CARRIERS: [(Ipv6Net, u32); 4] = [
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), 0),
    (v6([0; 8], 96), 0),
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), 0),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), 80),
];

/// Names that nobody has a server under (RFC 2606, RFC 6761); each with everything below it.
const NEVER_NAMES: [(&str, &str); 5] = [
    ("example", "documentation name (RFC 2606)"),
    ("example.com", "documentation name (RFC 2606)"),
    ("example.net", "documentation name (RFC 2606)"),
    ("example.org", "documentation name (RFC 2606)"),
    ("invalid", "name that never exists (RFC 6761)"),
];

/// The class of one address.
#[must_use]
pub fn class(address: IpAddr) -> Class {
    match bare(address) {
        IpAddr::V4(address) => class_4(address),
        IpAddr::V6(address) if LOOPBACK_6.contains(&address) => Class::Loopback,
        IpAddr::V6(address) => match NEVER_6.iter().find(|(block, _)| block.contains(&address)) {
            Some((_, why)) => Class::Never(why),
            None if PRIVATE_6.contains(&address) => Class::Private,
            None => Class::Public,
        },
    }
}

/// The class of a whole range (G2). A range that touches a block of disguised IPv4 is never asked.
#[must_use]
pub fn class_of_range(range: IpNet) -> Class {
    match range {
        IpNet::V4(range) => {
            let touches = |block: &Ipv4Net| block.contains(&range) || range.contains(block);
            match NEVER_4.iter().find(|(block, _)| touches(block)) {
                Some((_, why)) => Class::Never(why),
                None if LOOPBACK_4.contains(&range) => Class::Loopback,
                None if touches(&LOOPBACK_4) => {
                    Class::Never("range only partly loopback; split it")
                }
                None if PRIVATE_4.iter().any(touches) => Class::Private,
                None => Class::Public,
            }
        }
        IpNet::V6(range) => {
            let touches = |block: &Ipv6Net| block.contains(&range) || range.contains(block);
            match NEVER_6.iter().find(|(block, _)| touches(block)) {
                Some((_, why)) => Class::Never(why),
                None if range == LOOPBACK_6 => Class::Loopback,
                None if CARRIERS.iter().any(|(block, _)| touches(block)) => {
                    Class::Never("range of IPv4 addresses written as IPv6; name the IPv4 range")
                }
                None if touches(&PRIVATE_6) => Class::Private,
                None => Class::Public,
            }
        }
    }
}

/// The class of a host name in lower case. A name is public unless its own text says otherwise; its
/// addresses are judged once they are known.
#[must_use]
pub fn class_of_name(name: &str) -> Class {
    let at_or_below = |zone: &str| {
        name.strip_suffix(zone).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    };
    if at_or_below("localhost") {
        return Class::Loopback;
    }
    match NEVER_NAMES.iter().find(|(zone, _)| at_or_below(zone)) {
        Some((_, why)) => Class::Never(why),
        None => Class::Public,
    }
}

/// The IPv4 address that an IPv6 address carries (mapped, compatible, NAT64, 6to4), or the address.
#[must_use]
pub fn bare(address: IpAddr) -> IpAddr {
    let IpAddr::V6(outer) = address else { return address };
    if outer.is_loopback() || outer.is_unspecified() {
        return address;
    }
    match CARRIERS.iter().find(|(block, _)| block.contains(&outer)) {
        Some((_, behind)) => {
            let [.., a, b, c, d] = (outer.to_bits() >> behind).to_be_bytes();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        None => address,
    }
}

fn class_4(address: Ipv4Addr) -> Class {
    match NEVER_4.iter().find(|(block, _)| block.contains(&address)) {
        Some((_, why)) => Class::Never(why),
        None if LOOPBACK_4.contains(&address) => Class::Loopback,
        None if PRIVATE_4.iter().any(|block| block.contains(&address)) => Class::Private,
        None => Class::Public,
    }
}

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn word(class: Class) -> String {
        match class {
            Class::Public => "public".to_owned(),
            Class::Private => "private".to_owned(),
            Class::Loopback => "loopback".to_owned(),
            Class::Never(why) => why.to_owned(),
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let found = if let Ok(range) = text.parse() {
            class_of_range(range)
        } else if let Ok(address) = text.parse() {
            class(address)
        } else {
            class_of_name(text)
        };
        assert_eq!(word(found), expected, "{text}");
    }

    #[test]
    fn addresses_have_a_class() {
        let rows = "0.1.2.3 \"this network\" (RFC 791)\n0.0.0.0 \"this network\" (RFC 791)\n\
            169.254.169.254 link-local range (RFC 3927)\n224.0.0.1 multicast range (RFC 5771)\n\
            240.0.0.1 reserved range (RFC 1112)\n255.255.255.255 broadcast address (RFC 919)\n\
            192.0.2.1 documentation range (RFC 5737)\n198.51.100.9 documentation range (RFC 5737)\n\
            203.0.113.255 documentation range (RFC 5737)\n198.19.255.255 benchmark range (RFC 2544)\n\
            192.0.0.8 protocol assignments (RFC 6890)\n\
            192.88.99.1 former 6to4 relay range (RFC 7526)\n\
            10.255.255.255 private\n172.16.0.1 private\n172.31.255.255 private\n172.32.0.0 public\n\
            192.168.1.1 private\n100.64.0.1 private\n100.127.255.255 private\n100.128.0.0 public\n\
            127.0.0.1 loopback\n127.255.255.255 loopback\n126.255.255.255 public\n\
            198.17.255.255 public\n198.20.0.0 public\n223.255.255.255 public\n1.0.0.0 public\n\
            :: unspecified address (RFC 4291)\n::1 loopback\nfe80::1 link-local range (RFC 4291)\n\
            febf:: link-local range (RFC 4291)\nfec0::1 former site-local range (RFC 3879)\n\
            ff02::1 multicast range (RFC 4291)\n2001:db8::1 documentation range (RFC 3849)\n\
            3fff:fff::1 documentation range (RFC 9637)\n3fff:1000:: public\n\
            2001:2:0:1::1 benchmark range (RFC 5180)\n2001:2:1::1 public\n\
            100::1 discard range (RFC 6666)\nfc00::1 private\nfdff::1 private\n2a00::1 public\n\
            2001::1 Teredo range (RFC 4380)\n64:ff9b:1::1 local translation range (RFC 8215)";
        for (text, expected) in rows.lines().filter_map(|row| row.split_once(' ')) {
            check(text, expected);
        }
    }

    #[test]
    fn disguised_addresses_ranges_and_names_have_a_class() {
        let rows = "::ffff:127.0.0.1 loopback\n::ffff:10.0.0.1 private\n::ffff:9.9.9.9 public\n\
            ::169.254.0.1 link-local range (RFC 3927)\n::2 \"this network\" (RFC 791)\n\
            64:ff9b::7f00:1 loopback\n64:ff9b::c0a8:101 private\n2002:a00:1:5::9 private\n\
            2002:7f00:1:: loopback\n2002:909:909::1 public\n\
            9.0.0.0/8 public\n8.0.0.0/6 private\n126.0.0.0/7 range only partly loopback; split it\n127.0.0.0/30 loopback\n192.168.0.0/30 private\n\
            0.0.0.0/0 \"this network\" (RFC 791)\n203.0.112.0/22 documentation range (RFC 5737)\n\
            203.0.113.8/30 documentation range (RFC 5737)\n127.0.0.0/8 loopback\n::1/128 loopback\n\
            2a00::/16 public\nfd00::/112 private\nff00::/112 multicast range (RFC 4291)\n\
            ::ffff:10.0.0.0/120 range of IPv4 addresses written as IPv6; name the IPv4 range\n\
            2002::/20 range of IPv4 addresses written as IPv6; name the IPv4 range\n\
            ::/64 unspecified address (RFC 4291)\n\
            localhost loopback\na.localhost loopback\nnotlocalhost public\n\
            example documentation name (RFC 2606)\nmail.example documentation name (RFC 2606)\n\
            mail.example.net documentation name (RFC 2606)\nmyexample.net public\n\
            a.invalid name that never exists (RFC 6761)\nmail.test public\nmail.corp.local public";
        for (text, expected) in rows.lines().filter_map(|row| row.split_once(' ')) {
            check(text, expected);
        }
    }

    proptest! {
        #[test]
        fn carried_addresses_are_of_their_own_class(bits in any::<u32>()) {
            let inner = Ipv4Addr::from_bits(bits);
            let low = u128::from(bits);
            for (at, outer) in [
                0xffff_0000_0000 | low,
                (0x64_ff9b << 96) | low,
                (0x2002 << 112) | (low << 80) | 0xbeef,
            ].into_iter().enumerate() {
                let outer = IpAddr::V6(Ipv6Addr::from_bits(outer));
                prop_assert_eq!(class(outer), class(IpAddr::V4(inner)), "G1: carrier {}", at);
            }
        }

        #[test]
        fn ranges_are_as_strict_as_their_addresses(
            address in prop_oneof![any::<IpAddr>(), (0xc000_0000_u32..=0xcb00_ffff).prop_map(|it| {
                IpAddr::V4(Ipv4Addr::from_bits(it))
            })],
            length in 0_u8..=32,
        ) {
            let range = IpNet::new(address, length).unwrap().trunc();
            let rank = |class: Class| match class {
                Class::Public => 0,
                Class::Private => 1,
                Class::Loopback => 2,
                Class::Never(_) => 3,
            };
            let whole = rank(class_of_range(range));
            for one in [range.network(), address, range.broadcast()] {
                prop_assert!(rank(class(one)) <= whole, "G2: {} in {}", one, range);
            }
        }
    }
}
