//! Every kind and every claim there and back, and D1 of the core over the shipped catalog.

use std::sync::{Arc, LazyLock};

use exward_core::assess::assess;
use exward_core::catalog::Catalog;
use exward_core::config::{CONFIG_ITEMS, ConfigState, SettingOverride};
use exward_core::evidence::Claim;
use exward_core::product::{PRODUCTS, ProductRange};
use exward_core::report::{ServerReport, report};
use exward_core::standing::{Standing, decisive};
use exward_core::tls::{Certificate, TLS_VERSIONS, TlsFacts};
use proptest::prelude::*;

use super::names::KINDS;
use super::*;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| crate::catalog::built_in().unwrap());

fn text() -> impl Strategy<Value = String> {
    let any = prop::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter);
    prop_oneof![Just("EX01".to_owned()), Just("ex02".to_owned()), Just(String::new()), any]
}

fn moment() -> impl Strategy<Value = jiff::Timestamp> {
    (-60_000_000_000_i64..250_000_000_000, 0_i32..1_000_000_000)
        .prop_map(|(second, nano)| jiff::Timestamp::new(second, nano).unwrap())
}

fn build() -> impl Strategy<Value = exward_core::build::Build> {
    let listed: Vec<_> = CATALOG.releases().iter().map(|it| it.build).collect();
    prop_oneof![
        4 => prop::sample::select(listed),
        1 => Just("15.20.1.1".parse().unwrap()),
        1 => Just("15.2.2562.65000".parse().unwrap()),
        1 => Just("10.0.1.1".parse().unwrap()),
    ]
}

fn range() -> impl Strategy<Value = ProductRange> {
    let product = || prop::sample::select(PRODUCTS.to_vec());
    (product(), product()).prop_map(|(a, b)| ProductRange::between(a.min(b), a.max(b)))
}

fn setting_override() -> impl Strategy<Value = SettingOverride> {
    let pairs = prop::collection::vec((text(), text()), 0..3);
    let servers = prop::collection::vec(text(), 0..2);
    let bounds = (prop::option::of(build()), prop::option::of(build()));
    ((text(), text(), text()), pairs, bounds, servers).prop_map(
        |((name, component, section), parameters, (min_version, max_version), servers)| {
            SettingOverride {
                name,
                component,
                section,
                parameters,
                min_version,
                max_version,
                servers,
            }
        },
    )
}

fn tls() -> impl Strategy<Value = TlsFacts> {
    let ends = (prop::option::of(moment()), prop::option::of(moment()));
    let certificate = (prop::collection::vec(text(), 0..3), text(), ends, any::<(u32, bool)>())
        .prop_map(|(names, word, (not_before, not_after), (key_bits, self_signed))| Certificate {
            names,
            issuer: word.clone(),
            self_signed,
            not_before,
            not_after,
            key: word.clone(),
            key_bits,
            signature: word,
        });
    let version = prop::option::of(prop::sample::select(TLS_VERSIONS.to_vec()));
    let parts = (version, text(), prop::option::of(certificate), prop::option::of(text()));
    (parts, any::<bool>()).prop_map(|((version, suite, certificate, failure), old_hello)| {
        TlsFacts { version, suite, certificate, failure, old_hello }
    })
}

fn claim() -> impl Strategy<Value = Claim> {
    use exward_core::build::SeenBuild;
    let states = vec![ConfigState::Unknown, ConfigState::Done, ConfigState::NotDone];
    let config = (prop::sample::select(CONFIG_ITEMS.to_vec()), prop::sample::select(states));
    let cves: Vec<_> = CATALOG.advisories().iter().map(|it| it.id.to_lowercase()).collect();
    let plain = vec![
        Claim::Fits,
        Claim::ExchangeOnline,
        Claim::ForeignTitle,
        Claim::OverridesRead,
        Claim::ReportedWebShell,
        Claim::Shown,
    ];
    prop_oneof![
        6 => build().prop_map(|it| Claim::Version(SeenBuild::Full(it))),
        2 => build().prop_map(|it| Claim::Version(SeenBuild::Prefix(it.prefix()))),
        1 => build().prop_map(Claim::AtLeast),
        1 => range().prop_map(Claim::Products),
        1 => range().prop_map(Claim::Host),
        4 => prop::sample::select(plain),
        1 => text().prop_map(Claim::NotExchange),
        1 => text().prop_map(Claim::Imitation),
        1 => text().prop_map(Claim::Doubt),
        1 => text().prop_map(Claim::Name),
        1 => prop::sample::select(cves).prop_map(Claim::ReportedCve),
        1 => config.prop_map(|(item, state)| Claim::Config(item, state)),
        1 => setting_override().prop_map(Claim::Override),
        1 => tls().prop_map(|it| Claim::Tls(Box::new(it))),
    ]
}

fn evidence() -> impl Strategy<Value = Vec<Evidence>> {
    let kind = prop::sample::select(KINDS.to_vec());
    let place = (prop::option::of(text()), prop::option::of(moment()));
    let one = (kind, text(), place, claim()).prop_map(|(kind, value, (endpoint, at), claim)| {
        Evidence { kind, value, endpoint, at, claim }
    });
    prop::collection::vec(one, 0..7)
}

fn judged(evidence: Vec<Evidence>) -> ServerReport<'static> {
    let today = jiff::civil::date(2026, 11, 24);
    report(&CATALOG, String::new(), evidence, today, |candidates, facts| {
        Arc::new(assess(&CATALOG, candidates, facts))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_was_written_is_read_as_the_same(evidence in evidence()) {
        let text = write(&evidence);
        let read = read(&text).unwrap();
        prop_assert_eq!(write(&read), text, "K2");
        prop_assert_eq!(read, evidence, "K1");
    }

    #[test]
    fn what_is_decisive_decides_the_same(evidence in evidence()) {
        let kept = decisive(&evidence);
        prop_assert_eq!(&decisive(&kept), &kept, "D2");
        let turned: Vec<_> = evidence.iter().rev().cloned().collect();
        prop_assert_eq!(&decisive(&turned), &kept, "D2");
        let (all, part) = (judged(evidence), judged(kept));
        prop_assert_eq!(&part.identity, &all.identity, "D1");
        prop_assert_eq!(&part.assessment, &all.assessment, "D1");
        prop_assert_eq!(Standing::of(&part), Standing::of(&all), "D1");
        let mut config = all.config;
        let named = |it: &SettingOverride| !it.servers.is_empty();
        if part.config.server.is_none() {
            prop_assert!(!config.overrides.iter().flatten().any(named) || config.server.is_none());
            config.server = None;
        }
        prop_assert_eq!(&part.config, &config, "D1");
    }
}

#[track_caller]
fn check_wrong(text: &str, want: &str) {
    assert_eq!(read(text).unwrap_err().to_string(), want, "K3");
}

#[test]
fn what_a_newer_program_kept_is_named() {
    let newer = "is unknown to this program; a newer one kept it";
    check_wrong(r#"[{"kind":"crystal"}]"#, &format!("evidence of kind `crystal` {newer}"));
    check_wrong(r#"[{"kind":"tls","claim":"curse"}]"#, &format!("a claim `curse` {newer}"));
    check_wrong(r#"[{"kind":"tls","claim":"version"}]"#, "piece 1: `build` is missing");
    check_wrong(
        r#"[{"kind":"tls","build":"1.2.3"}]"#,
        "piece 1: something stands beside its claim",
    );
    assert!(matches!(read(r#"[{"kind":"tls","spell":1}]"#), Err(KeptError::Json { .. })), "K3");
}
