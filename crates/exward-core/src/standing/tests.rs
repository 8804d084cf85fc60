//! What stays of evidence piece by piece, and the order of ranks. D1 over random evidence and the shipped
//! catalog is `exward-read`'s test.

use proptest::prelude::*;

use super::*;
use crate::assess::VERDICTS;
use crate::config::{ConfigItem, ConfigState, SettingOverride};
use crate::product::ProductRange;

fn seen(kind: EvidenceKind, value: &str, claim: Claim) -> Evidence {
    let at = "2026-11-24T08:00:00Z".parse().unwrap();
    Evidence::new(kind, value, claim).at_endpoint("https://mail.example.org/owa/").at_time(Some(at))
}

/// What stays, as `kind value claim`.
#[track_caller]
fn check(evidence: &[Evidence], want: &[&str]) {
    let kept = decisive(evidence);
    assert!(kept.iter().all(|it| it.endpoint.is_none() && it.at.is_none()), "no place, no time");
    let show = |it: &Evidence| format!("{} `{}` {:?}", it.kind, it.value, it.claim);
    assert_eq!(kept.iter().map(show).collect::<Vec<_>>(), want);
}

#[test]
fn what_is_only_shown_is_not_kept() {
    use EvidenceKind::{Discovery, HttpStatus, ServerName, Simulated, Tls};
    check(&[], &[]);
    check(&[seen(HttpStatus, "200", Claim::Shown)], &[]);
    check(&[seen(Simulated, "x", Claim::Shown), seen(Discovery, "mx", Claim::Shown)], &[]);
    check(&[seen(Tls, "TLS 1.2", Claim::Tls(Box::default()))], &[]);
    check(&[seen(ServerName, "EX01", Claim::Name("EX01".to_owned()))], &[]);
}

#[test]
fn values_stay_only_where_the_identity_quotes_them() {
    use EvidenceKind::{FrontEnd, OwaHeader, PageTitle, ServerHeader};
    let build = "15.2.1544.14".parse().unwrap();
    let range = ProductRange::from(Product::E2016);
    check(
        &[
            seen(OwaHeader, "15.02.1544.014", Claim::Version(build)),
            seen(FrontEnd, "EX01", Claim::Fits),
            seen(ServerHeader, "Microsoft-IIS/10.0", Claim::Host(range)),
            seen(PageTitle, "Hi", Claim::ForeignTitle),
            seen(EvidenceKind::FeedFinding, "row 7", Claim::ReportedCve("cve-2021-1".to_owned())),
        ],
        &[
            "owa-header `` Version(Full(Build { major: 15, minor: 2, third: 1544, fourth: 14 }))",
            "page-title `Hi` ForeignTitle",
            "front-end `` Fits",
            "server-header `Microsoft-IIS/10.0` Host(ProductRange { at_least: E2016, at_most: Se })",
            "feed-finding `` ReportedCve(\"CVE-2021-1\")",
        ],
    );
}

#[test]
fn a_question_without_an_answer_stays_whatever_it_claims() {
    let why = |kind, text: &str| seen(kind, text, Claim::Shown);
    check(
        &[
            why(EvidenceKind::NotAsked, "outside"),
            why(EvidenceKind::NoAnswer, "timed out"),
            why(EvidenceKind::NoAnswer, "refused"),
        ],
        &["no-answer `` Shown", "not-asked `` Shown"],
    );
    let name = Claim::Name("EX01".to_owned());
    check(&[seen(EvidenceKind::NoAnswer, "EX01", name)], &["no-answer `` Shown"]);
}

#[test]
fn what_is_said_of_mitigations_stays_and_decides_nothing() {
    let said = |text: &str| seen(EvidenceKind::Mitigation, text, Claim::Shown);
    check(&[said("off"), said("off")], &["mitigation `off` Shown"]);
    assert_eq!(mitigation(&[said("on; applied: M1"), said("off")]).as_deref(), Some("off"));
    assert_eq!(mitigation(&[seen(EvidenceKind::Service, "off", Claim::Shown)]), None);
}

#[test]
fn names_stay_where_they_decide() {
    let name = |it: &str| seen(EvidenceKind::ServerName, it, Claim::Name(it.to_owned()));
    let two = ["server-name `` Name(\"EX01\")", "server-name `` Name(\"EX02\")"];
    check(&[name("EX02"), name("EX01")], &two);
    check(&[name("EX01"), name("ex01")], &[]); // one server, written twice

    let found = |servers: &[&str]| {
        let servers = servers.iter().map(|&it| it.to_owned()).collect();
        let it = SettingOverride { servers, ..SettingOverride::default() };
        seen(EvidenceKind::SettingOverride, "off", Claim::Override(it))
    };
    let names = |evidence: &[Evidence]| {
        decisive(evidence).iter().filter(|it| matches!(it.claim, Claim::Name(_))).count()
    };
    assert_eq!(names(&[name("EX01"), found(&[])]), 0, "it is for all servers");
    assert_eq!(names(&[name("EX01"), found(&["ex02"])]), 1);
}

#[test]
fn every_state_of_the_configuration_stays() {
    let state = |state| {
        let claim = Claim::Config(ConfigItem::ExtendedProtection, state);
        seen(EvidenceKind::Config, "EP", claim)
    };
    let all = [ConfigState::Done, ConfigState::NotDone, ConfigState::Unknown];
    assert_eq!(decisive(&all.map(state)).len(), 3);
}

const WORST: Rank = Rank {
    urgency: Urgency::Act,
    web_shell: true,
    verdict: Verdict::Vulnerable,
    kev_open: u32::MAX,
    open: u32::MAX,
    severity: u8::MAX,
    age: u16::MAX,
};

#[test]
fn what_asks_for_more_comes_first() {
    let base = Rank {
        urgency: Urgency::NothingToDo,
        web_shell: false,
        verdict: Verdict::NotExchange,
        kev_open: 0,
        open: 0,
        severity: 0,
        age: 0,
    };
    let ascending = [
        base,
        Rank { age: 9, ..base },
        Rank { severity: 1, ..base },
        Rank { open: 1, ..base },
        Rank { kev_open: 1, ..base },
        Rank { verdict: Verdict::Patched, ..base },
        Rank { verdict: Verdict::Vulnerable, ..base },
        Rank { web_shell: true, ..base },
        Rank { urgency: Urgency::CannotTell, ..base },
        Rank { urgency: Urgency::Act, ..base },
        WORST,
    ];
    let packed = ascending.map(Rank::packed);
    assert!(packed.is_sorted_by(|a, b| a < b) && packed[0] == 0, "D3 {packed:?}");
    // 2 + 1 + 4 + 12 + 12 + 7 + 16 bits: 54, so that it is never negative, and exact in a double but one bit.
    assert!(WORST.packed() < 1 << 54, "D3");
}

fn any_rank() -> impl Strategy<Value = Rank> {
    let urgency =
        prop_oneof![Just(Urgency::NothingToDo), Just(Urgency::CannotTell), Just(Urgency::Act)];
    let count = || prop_oneof![0_u32..4, 4090_u32..4100, any::<u32>()];
    let verdict = prop::sample::select(VERDICTS.to_vec());
    let severity = prop_oneof![0_u8..4, 98_u8..=100, any::<u8>()];
    let age = prop_oneof![0_u16..4, any::<u16>()];
    (urgency, any::<bool>(), verdict, count(), count(), severity, age).prop_map(
        |(urgency, web_shell, verdict, kev_open, open, severity, age)| Rank {
            urgency,
            web_shell,
            verdict,
            kev_open,
            open,
            severity,
            age,
        },
    )
}

/// What the packed form can tell apart.
fn within_its_widths(rank: Rank) -> Rank {
    let (kev_open, open) = (rank.kev_open.min(4095), rank.open.min(4095));
    Rank { kev_open, open, severity: rank.severity.min(127), ..rank }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn packed_ranks_compare_as_ranks(a in any_rank(), b in any_rank()) {
        let want = within_its_widths(a).cmp(&within_its_widths(b));
        prop_assert_eq!(a.packed().cmp(&b.packed()), want, "D3");
        prop_assert!(a.packed() >= 0, "D3");
    }
}

#[test]
fn the_longer_exposure_is_worse() {
    let age = |text: &str| rank::age(text.parse().unwrap());
    assert!(age("2021-03-02") > age("2021-03-03") && age("2021-03-03") > age("2026-11-24"));
    assert!(age("1969-01-01") == age("1970-01-01") && age("9999-12-31") == 1);
}
