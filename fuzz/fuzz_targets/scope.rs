//! Scope files: a refusal says why (S1), an exclusion wins over whatever holds an address (G3) and is seen
//! through IPv6 clothing (S2), and nobody outside is asked (G4).
//!
//! Lines from the first `--` on are not of the file: they are targets and addresses held against it.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;

use exward_reach::conduct::Conduct;
use exward_reach::endpoint::{Endpoint, Host};
use exward_reach::scope::Scope;
use jiff::civil::date;

fuzz_target!(|text: &str| {
    let (file, targets) = text.split_once("\n--\n").unwrap_or((text, ""));
    let scope = match Scope::parse(file) {
        Ok(scope) => scope,
        Err(error) => {
            assert!(!error.to_string().is_empty(), "S1");
            return;
        }
    };
    let conduct = Conduct {
        scope: Some(scope.clone()),
        contact: None,
        allow_loopback: true,
        rate: 1,
        today: date(2026, 11, 24),
    };
    for target in targets.lines().take(32) {
        if let Ok(address) = target.parse::<IpAddr>() {
            held_against(&conduct, &scope, address);
        }
        if let Ok(Endpoint { host: Host::Name(name), .. }) = target.parse() {
            let refused = conduct.refuse_address(Some(&name), IpAddr::from([10, 0, 0, 1]));
            assert!(!scope.excludes_name(&name) || refused.is_some(), "G3: {name}");
        }
        if let Ok(Endpoint { host: Host::Range(range), .. }) = target.parse() {
            let all = scope.excludes_all_of(range);
            assert!(!all || scope.excludes_any_of(range), "S2: {range}");
            assert!(!all || scope.excludes_address(range.network()), "S2: {range}");
            assert!(!scope.holds_range(range) || scope.holds_address(range.broadcast()), "S3");
        }
    }
});

fn held_against(conduct: &Conduct, scope: &Scope, address: IpAddr) {
    if scope.excludes_address(address) {
        assert!(conduct.refuse_address(None, address).is_some(), "G3: {address}");
    }
    if let IpAddr::V4(plain) = address {
        let clothed = IpAddr::V6(plain.to_ipv6_mapped());
        assert_eq!(scope.excludes_address(clothed), scope.excludes_address(address), "S2");
    }
    if conduct.refuse_address(None, address).is_none() && !address.is_loopback() {
        assert!(scope.holds_address(address), "G4: {address}");
    }
}
