//! The invariants of the estate.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use exward_core::catalog::Placement;
use exward_read::answer::iis_host;
use proptest::prelude::*;

use super::*;

/// Read once: a property asks for it again and again.
fn catalog() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| exward_read::catalog::built_in().unwrap());
    &CATALOG
}

fn profiles() -> impl Strategy<Value = Profile> {
    prop::sample::select(vec!["healthy", "modern", "mixed", "hostile"])
        .prop_map(|name| Profile::named(name).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_estate_keeps_its_invariants(seed: u64, servers in 0_usize..700, profile in profiles()) {
        let catalog = catalog();
        let estate = Estate::new(catalog, seed, servers, &profile, 8443);
        prop_assert_eq!(estate.faces.len(), servers);
        let targets: BTreeSet<Ipv4Addr> = estate.faces.iter().map(|it| it.address).collect();
        prop_assert_eq!(targets.len(), servers, "L1: an address twice");
        prop_assert!(targets.iter().all(Ipv4Addr::is_loopback), "L1: not loopback");
        let edge = |it: &Ipv4Addr| matches!(it.octets()[3], 0 | 255);
        prop_assert!(!targets.iter().any(edge), "L1: 0 or 255");
        let shorter = Estate::new(catalog, seed, servers / 2, &profile, 8443);
        prop_assert_eq!(&shorter.faces[..], &estate.faces[..servers / 2], "L3");
        for face in &estate.faces {
            let is_exchange = face.behaviour.kind() == Kind::Exchange;
            prop_assert_eq!(!face.servers.is_empty(), is_exchange, "L4: {:?}", face);
            for server in &face.servers {
                let listed = matches!(catalog.place(server.build), Placement::Listed(..));
                prop_assert!(listed, "L4: {:?} is not listed", server);
                let host = iis_host(&format!("Microsoft-IIS/{}", face.iis)).unwrap();
                prop_assert!(host.contains(server.product), "L4: {:?}", face);
                prop_assert_ne!(face.claimed, Some(server.build), "L4: a spoof that tells the truth");
            }
        }
    }
}

/// Whoever changes a draw changes what every seed means: then this changes too (L3).
#[test]
fn a_seed_means_the_same_for_ever() {
    let estate = Estate::new(catalog(), 1, 8, &Profile::named("mixed").unwrap(), 8443);
    let lines: Vec<String> = estate
        .faces
        .iter()
        .map(|face| {
            let builds: Vec<String> = face.servers.iter().map(|it| it.build.to_string()).collect();
            let (name, behaviour, tls) = (&face.name, face.behaviour, face.tls);
            format!("{} {name} {behaviour} {tls:?} {} {builds:?}", face.target(), face.iis)
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    127.1.0.1:8443 mail.juniper00000.lab.test healthy Modern 10.0 ["15.1.2507.6"]
    127.1.0.2:8443 mail.hazel00001.lab.test phishing Modern 10.0 []
    127.1.0.3:8443 mail.alder00002.lab.test other-server Modern 10.0 []
    127.1.0.4:8443 mail.birch00003.lab.test healthy Server2012R2 8.5 ["15.0.1497.45"]
    127.1.0.5:8443 mail.opal00004.lab.test pre-auth Modern 10.0 ["15.2.2562.17"]
    127.1.0.6:8443 mail.ivory00005.lab.test healthy Modern 10.0 ["15.2.792.15"]
    127.1.0.7:8443 mail.ivory00006.lab.test healthy Server2012R2 8.5 ["15.0.1497.10"]
    127.1.0.8:8443 mail.ivory00007.lab.test healthy Ssl3 6.0 ["8.3.83.6"]
    "#);
}

#[test]
fn every_behaviour_and_product_occurs() {
    let estate = Estate::new(catalog(), 7, 4000, &Profile::named("hostile").unwrap(), 8443);
    let behaviours: BTreeSet<_> = estate.faces.iter().map(|it| it.behaviour).collect();
    assert_eq!(behaviours.len(), crate::behaviour::BEHAVIOURS.len());
    let products: BTreeSet<_> =
        estate.faces.iter().flat_map(|it| &it.servers).map(|it| it.product).collect();
    assert_eq!(products.len(), 6);
    let services: BTreeSet<_> = estate.faces.iter().map(|it| it.service).collect();
    assert_eq!(services.len(), 4);
    let dags: BTreeSet<_> = estate.faces.iter().filter_map(|it| it.dag.as_ref()).collect();
    assert!(!dags.is_empty());
    let mixed = |face: &&Face| {
        let builds: BTreeSet<_> = face.servers.iter().map(|it| it.build).collect();
        builds.len() > 1
    };
    assert!(estate.faces.iter().any(|it| mixed(&it)), "no balanced face is in mid-update");
}
