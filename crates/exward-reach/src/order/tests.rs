//! Tests of order: D1 to D3, and the golden values of D2.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;
use crate::endpoint::{Endpoint, Host};

fn shard(text: &str) -> Shard {
    text.parse().unwrap()
}

#[test]
fn the_order_never_changes() {
    // Computed by a second implementation.
    for (seed, len, of, expected) in [
        (1, 10, "1/1", [8, 9, 4, 6, 1, 2]),
        (1, 10, "2/3", [9, 1, 0, 0, 0, 0]),
        (2, 10, "1/1", [5, 0, 4, 8, 9, 1]),
        (
            u64::MAX,
            4_194_304,
            "1/1",
            [1_651_227, 1_883_135, 3_670_279, 2_767_348, 2_596_317, 3_369_336],
        ),
        (
            7,
            u64::MAX,
            "3/16",
            [
                10_349_595_524_831_584_282,
                1_859_197_322_680_408_283,
                12_708_708_217_845_007_533,
                14_112_361_605_289_623_949,
                5_681_728_920_645_836_863,
                12_284_830_268_741_605_907,
            ],
        ),
    ] {
        let mut found: Vec<u64> = Order::new(seed, len, shard(of)).take(6).collect();
        found.resize(6, 0);
        assert_eq!(found, expected, "D2: seed {seed}, {len} hosts, shard {of}");
    }
}

#[test]
fn a_burst_on_one_net_is_unlikely() {
    // The first 256 of a /16 in order: at random, one /24 has more than 8 of them about once in 10^4
    // seeds; in list order it would have all.
    let mut nets = [0_u32; 256];
    for index in Order::new(42, 65_536, Shard::WHOLE).take(256) {
        nets[usize::try_from(index / 256).unwrap()] += 1;
    }
    assert!(nets.iter().all(|it| *it <= 8), "{nets:?}");
}

#[test]
fn shards_read_and_display() {
    for (text, good) in [
        ("3/16", true),
        ("1/1", true),
        ("65536/65536", true),
        ("0/16", false),
        ("17/16", false),
        ("1/65537", false),
        ("+1/2", false),
        ("1", false),
        ("1/", false),
        ("", false),
    ] {
        let read = text.parse::<Shard>();
        assert_eq!(read.map(|it| it.to_string()).ok(), good.then(|| text.to_owned()), "{text}");
    }
    insta::assert_snapshot!("0/16".parse::<Shard>().unwrap_err(), @"`0/16` is no shard; write `3/16` for the third of sixteen, of at most 65536");
}

#[track_caller]
fn check_expansion(words: &str, expected: &str) {
    let endpoints: Vec<Endpoint> =
        words.split_whitespace().map(|word| word.parse().unwrap()).collect();
    let found = match Expansion::new(endpoints.clone()) {
        Ok(expansion) => {
            let hosts: Vec<String> = (0..expansion.total().min(9))
                .map(|index| expansion.at(index).unwrap())
                .map(|(number, endpoint)| format!("{number}:{endpoint}"))
                .collect();
            assert_eq!(expansion.at(expansion.total()), None, "{words}");
            format!("{} {}", expansion.total(), hosts.join(" "))
        }
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected, "{words}");
}

#[test]
fn ranges_are_counted_out() {
    for (words, expected) in [
        ("", "0 "),
        ("a.net 10.0.0.0/30 b.net:25", "4 0:a.net 1:10.0.0.1 1:10.0.0.2 2:smtp://b.net"),
        ("smtp://10.0.0.0/31", "2 0:smtp://10.0.0.0 0:smtp://10.0.0.1"),
        ("2001:db8::8/126", "4 0:2001:db8::8 0:2001:db8::9 0:2001:db8::a 0:2001:db8::b"),
        (
            "255.255.255.248/29",
            "6 0:255.255.255.249 0:255.255.255.250 0:255.255.255.251 0:255.255.255.252 \
             0:255.255.255.253 0:255.255.255.254",
        ),
        (
            "2001:db8::/111",
            "nobody can walk `2001:db8::/111`; name its hosts, or ranges of /112 and longer",
        ),
        ("10.0.0.0/9", "these are more than 4194304 hosts; split the list into several runs"),
        ("0.0.0.0/0", "these are more than 4194304 hosts; split the list into several runs"),
    ] {
        check_expansion(words, expected);
    }
    let limit: Vec<Endpoint> =
        ["10.0.0.0/10", "a.net", "b.net"].iter().map(|it| it.parse().unwrap()).collect();
    assert_eq!(Expansion::new(limit.to_vec()).unwrap().total(), HOSTS_MAX);
    let beyond = [limit, vec!["c.net".parse().unwrap()]].concat();
    assert_eq!(Expansion::new(beyond.to_vec()).unwrap_err(), ExpansionError::TooMany);
}

proptest! {
    #[test]
    fn shards_together_name_everyone_once(seed: u64, len in 0_u64..3_000, count in 1_u32..40) {
        let mut all = Vec::new();
        for index in 1..=count {
            let order = Order::new(seed, len, Shard { index, count });
            let left = order.left();
            let part: Vec<u64> = order.collect();
            prop_assert_eq!(part.len() as u64, left, "D1: shard {}/{}", index, count);
            all.extend(part);
        }
        all.sort_unstable();
        prop_assert_eq!(all, (0..len).collect::<Vec<_>>(), "D1");
    }

    #[test]
    fn what_is_taken_up_again_goes_on(seed: u64, len in 1_u64.., at in 0_usize..1_000, of in 1_u32..9) {
        let whole = Order::new(seed, len, Shard { index: of, count: 9 });
        let walked: Vec<u64> = whole.clone().take(at.saturating_add(4)).collect();
        let skipped: Vec<u64> = whole.skip(at).take(4).collect();
        let expected: Vec<u64> = walked.iter().copied().skip(at).collect();
        prop_assert_eq!(skipped, expected, "D2");
        prop_assert!(walked.iter().all(|it| *it < len), "D1");
    }

    #[test]
    fn an_expansion_names_each_address_once(lengths in prop::collection::vec(22_u8..=31, 0..6)) {
        let nets = lengths.iter().zip(0_u8..).map(|(length, at)| format!("10.{at}.0.0/{length}"));
        let endpoints: Vec<Endpoint> = nets.map(|it| it.parse().unwrap()).collect();
        let expansion = Expansion::new(endpoints.clone()).unwrap();
        let mut found = Vec::new();
        for index in 0..expansion.total() {
            let (number, endpoint) = expansion.at(index).unwrap();
            let Host::Address(IpAddr::V4(address)) = endpoint.host else { unreachable!() };
            found.push((number, address));
        }
        let mut expected = Vec::new();
        for (number, endpoint) in endpoints.iter().enumerate() {
            let Host::Range(IpNet::V4(range)) = endpoint.host else { unreachable!() };
            expected.extend(range.hosts().map(|address| (number, address)));
        }
        prop_assert_eq!(found, expected, "D3");
    }
}
