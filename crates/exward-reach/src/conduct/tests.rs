//! Tests of the rules: each refusal with its words, and G3 to G5. Pure functions; nothing is sent.

use std::error::Error;
use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;

const SCOPE: &str = "owner = 'Contoso'\npurpose = 'updates'\ncontact = 'soc@contoso.com'\n\
    until = 2026-11-30\nranges = ['9.9.8.0/23', '10.1.0.0/16', '127.0.0.0/8']\n\
    names = ['*.contoso.com', 'localhost']\n\
    exclude = ['9.9.9.64/26', '10.1.2.3', 'old.contoso.com']";
const NAMES_ONLY: &str = "owner = 'Contoso'\npurpose = 'updates'\n\
    contact = 'https://contoso.com/scan'\nuntil = 2026-11-30\nnames = ['*.contoso.com']";

fn conduct(scope: Option<&str>) -> Conduct {
    Conduct {
        scope: scope.map(|text| Scope::parse(text).unwrap()),
        contact: None,
        allow_loopback: false,
        rate: 100,
        today: Date::constant(2026, 11, 24),
    }
}

fn endpoints(words: &str) -> Vec<Endpoint> {
    words.split_whitespace().map(|word| word.parse().unwrap()).collect()
}

fn said(refusal: &Refusal) -> String {
    let source = refusal.source().map(|it| format!(": {it}")).unwrap_or_default();
    format!("{refusal}{source}\n{}", refusal.help())
}

fn verdict(conduct: &Conduct, targets: &str) -> String {
    conduct.admit(&endpoints(targets)).map_or_else(|it| said(&it), |()| "admitted".to_owned())
}

fn hosts(front: &str, count: usize) -> String {
    (0..count).map(|at| format!("{front}.{}.{} ", at / 250, at % 250)).collect()
}

#[test]
fn a_run_that_breaks_a_rule_is_refused_with_what_to_do() {
    let open = conduct(None);
    let scoped = conduct(Some(SCOPE));
    let free = Conduct { rate: 0, allow_loopback: true, ..conduct(None) };
    let badly = Conduct { contact: Some("the soc".to_owned()), ..conduct(None) };
    let named = Conduct { contact: Some("soc@contoso.com".to_owned()), ..conduct(None) };
    let expired = Conduct { today: Date::constant(2026, 12, 1), ..conduct(Some(SCOPE)) };
    let all = [
        verdict(&open, "mail.contoso.com 9.9.8.0/30"),
        verdict(&open, &hosts("9.9", 300)),
        verdict(&named, &hosts("9.9", 257)),
        verdict(&open, &hosts("10.1", 257)),
        verdict(&scoped, "9.9.9.1 9.9.7.1 9.9.0.0/16"),
        verdict(&scoped, "1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5"),
        verdict(&conduct(Some(NAMES_ONLY)), "mail.contoso.com mail.fabrikam.com"),
        verdict(&expired, "9.9.9.1"),
        verdict(&free, "127.0.0.1 mail.contoso.com"),
        verdict(&badly, "9.9.9.1"),
    ];
    insta::assert_snapshot!(all.join("\n\n"), @r"
    `9.9.8.0/30` is a range, and ranges need a scope
    write a scope file and give it with `--scope FILE`; docs/probing.md has an example

    these are more than 256 public hosts, and so many need a scope
    write a scope file and give it with `--scope FILE`; docs/probing.md has an example

    these are more than 256 public hosts, and so many need a scope
    write a scope file and give it with `--scope FILE`; docs/probing.md has an example

    these are more than 256 hosts, and so many need a contact
    say whom to ask about this run with `--contact`, a mail address or a web page

    2 targets lie outside the scope: `9.9.7.1`, `9.9.0.0/16`
    take what is outside off the list, or, if its owner agrees, add it to `ranges` or `names` of the scope file

    5 targets lie outside the scope: `1.1.1.1`, `1.1.1.2`, `1.1.1.3` and 2 more
    take what is outside off the list, or, if its owner agrees, add it to `ranges` or `names` of the scope file

    `mail.fabrikam.com` lies outside the scope
    take what is outside off the list, or, if its owner agrees, add it to `ranges` or `names` of the scope file

    the scope ended on 2026-11-30, and today is 2026-12-01
    ask the owner whether the scope still holds, and write the new day into `until`

    `mail.contoso.com` is not loopback, and `--rate 0` lifts every limit
    leave `--rate 0` out, or give a number of new hosts a second; 0 is for tests on this machine

    the contact cannot be used: `the soc` is no contact: it has blanks, brackets, quotes or characters outside ASCII; give `mailto:soc@contoso.com`, or a page such as `https://contoso.com/scan` that says who asks and how to object
    correct `--contact`; a plain mail address will do
    ");
}

#[test]
fn a_target_that_breaks_a_rule_is_refused_with_what_to_do() {
    let scoped = conduct(Some(SCOPE));
    let targets = "192.0.2.1 169.254.169.254 198.18.0.0/24 mail.example.org 127.0.0.1 localhost:8443 \
                   9.9.9.64/27 old.contoso.com 9.9.10.0";
    let all: Vec<String> = endpoints(targets)
        .iter()
        .map(|it| scoped.refuse_endpoint(it).map_or_else(|| format!("{it}: fine"), |it| said(&it)))
        .collect();
    insta::assert_snapshot!(all.join("\n\n"), @r"
    `192.0.2.1` is never asked: documentation range (RFC 5737)
    no server of yours can be there; name its real address

    `169.254.169.254` is never asked: link-local range (RFC 3927)
    no server of yours can be there; name its real address

    `198.18.0.0/24` is never asked: benchmark range (RFC 2544)
    no server of yours can be there; name its real address

    `mail.example.org` is never asked: documentation name (RFC 2606)
    no server of yours can be there; name its real address

    `127.0.0.1` is this machine itself
    add `--allow-loopback` if this machine is meant

    `localhost` is this machine itself
    add `--allow-loopback` if this machine is meant

    `9.9.9.64/27` is excluded by the scope
    nothing to do; only the owner takes an entry off `exclude` in the scope file

    `old.contoso.com` is excluded by the scope
    nothing to do; only the owner takes an entry off `exclude` in the scope file

    `9.9.10.0` lies outside the scope
    take what is outside off the list, or, if its owner agrees, add it to `ranges` or `names` of the scope file
    ");
}

#[test]
fn what_the_rules_allow_is_admitted() {
    let open = conduct(None);
    let loopback = Conduct { allow_loopback: true, rate: 0, ..conduct(None) };
    let named = Conduct { contact: Some("soc@contoso.com".to_owned()), ..conduct(None) };
    let last_day = Conduct { today: Date::constant(2026, 11, 30), ..conduct(Some(SCOPE)) };
    let ports: String = (1_000..1_400).map(|port| format!("9.9.9.9:{port} ")).collect();
    for (conduct, targets) in [
        (&open, ""),
        (&open, "mail.contoso.com 9.9.9.9 10.0.0.1 100.64.0.1 fd00::1"),
        (&open, hosts("9.9", 256).as_str()),
        (&open, ports.as_str()),
        (&named, hosts("10.1", 2_000).as_str()),
        (&loopback, "127.0.0.0/8 ::1 localhost"),
        // Faults of their own do not stop the others.
        (&open, "192.0.2.0/24 127.0.0.0/24 9.9.9.9"),
        (&last_day, "9.9.8.0/23 9.9.9.70 10.1.0.0/16 mail.contoso.com mail.fabrikam.com"),
    ] {
        assert_eq!(verdict(conduct, targets), "admitted", "{targets}");
    }
}

#[track_caller]
fn check_address(conduct: &Conduct, name: &str, address: &str, expected: &str) {
    let name = (!name.is_empty()).then_some(name);
    let refusal = conduct.refuse_address(name, address.parse().unwrap());
    let found = refusal.map_or_else(|| "fine".to_owned(), |it| it.to_string());
    assert_eq!(found, expected, "{name:?} {address}");
}

#[test]
fn addresses_are_judged_once_they_are_known() {
    let scoped = conduct(Some(SCOPE));
    for (name, address, expected) in [
        ("", "9.9.8.1", "fine"),
        ("mail.contoso.com", "5.5.5.5", "fine"),
        ("mail.fabrikam.com", "9.9.8.1", "fine"),
        ("mail.fabrikam.com", "5.5.5.5", "`mail.fabrikam.com (5.5.5.5)` lies outside the scope"),
        ("mail.contoso.com", "9.9.9.65", "`mail.contoso.com (9.9.9.65)` is excluded by the scope"),
        ("old.contoso.com", "9.9.8.1", "`old.contoso.com (9.9.8.1)` is excluded by the scope"),
        ("", "64:ff9b::a01:203", "`64:ff9b::a01:203` is excluded by the scope"),
        ("mail.contoso.com", "127.0.0.1", "`mail.contoso.com (127.0.0.1)` is this machine itself"),
        (
            "mail.contoso.com",
            "::ffff:169.254.169.254",
            "`mail.contoso.com (169.254.169.254)` is never asked: link-local range (RFC 3927)",
        ),
        (
            "mail.example.com",
            "9.9.8.1",
            "`mail.example.com (9.9.8.1)` is never asked: documentation name (RFC 2606)",
        ),
    ] {
        check_address(&scoped, name, address, expected);
    }
    let free = Conduct { rate: 0, allow_loopback: true, ..conduct(None) };
    check_address(&free, "localhost", "127.0.0.1", "fine");
    let lifted = "`localhost (9.9.9.9)` is not loopback, and `--rate 0` lifts every limit";
    check_address(&free, "localhost", "9.9.9.9", lifted);
}

#[test]
fn the_program_says_who_asks() {
    let with = |scope, contact: Option<&str>| {
        let conduct = Conduct { contact: contact.map(str::to_owned), ..conduct(scope) };
        conduct.user_agent("0.1.0")
    };
    assert_eq!(with(None, None), "exward/0.1.0");
    assert_eq!(with(Some(SCOPE), None), "exward/0.1.0 (+mailto:soc@contoso.com)");
    assert_eq!(
        with(Some(SCOPE), Some("https://contoso.com/scan")),
        "exward/0.1.0 (+https://contoso.com/scan)"
    );
}

/// G4: names may lead to more public addresses than there are names.
#[test]
fn a_crowd_behind_names_needs_a_scope() {
    let mut crowd = Crowd::default();
    let mut refused =
        |conduct: &Conduct, bits: u32| crowd.refuse(conduct, IpAddr::V4(Ipv4Addr::from_bits(bits)));
    let bare = conduct(None);
    for at in 0..256 {
        assert_eq!(refused(&bare, 0x0909_0000 + at), None, "{at}");
    }
    assert_eq!(refused(&bare, 0x0909_0100), Some(Refusal::CrowdWithoutScope));
    assert_eq!(refused(&bare, 0x0909_0000), None, "it was counted already");
    assert_eq!(refused(&bare, 0x0a01_0101), None, "private");
    assert_eq!(refused(&conduct(Some(SCOPE)), 0x0909_0100), None, "the scope answers for it");
    let disguised = IpAddr::V6(Ipv4Addr::from_bits(0x0909_0000).to_ipv6_mapped());
    assert_eq!(crowd.refuse(&bare, disguised), None, "counted already, too");
}

proptest! {
    #[test]
    fn no_address_slips_through(
        bits in prop_oneof![any::<u32>(), 0x0909_0800_u32..0x0909_0a00, 0x0a01_0200_u32..0x0a01_0300],
        listed in any::<bool>(),
        disguised in any::<bool>(),
    ) {
        let scoped = conduct(Some(SCOPE));
        let scope = scoped.scope.as_ref().unwrap();
        let plain = IpAddr::V4(Ipv4Addr::from_bits(bits));
        let address = match plain {
            IpAddr::V4(it) if disguised => IpAddr::V6(it.to_ipv6_mapped()),
            IpAddr::V4(_) | IpAddr::V6(_) => plain,
        };
        let refused = scoped.refuse_address(listed.then_some("mail.contoso.com"), address).is_some();
        if scope.excludes_address(plain) {
            prop_assert!(refused, "G3: {}", address);
        }
        if !matches!(class(plain), Class::Public | Class::Private) {
            prop_assert!(refused, "G5: {}", address);
        }
        if !listed && !scope.holds_address(plain) {
            prop_assert!(refused, "G4: {}", address);
        }
        if class(plain) == Class::Public && listed && !scope.excludes_address(plain) {
            prop_assert!(!refused, "a listed name is asked where it leads: {}", address);
        }
    }

    #[test]
    fn no_crowd_without_a_scope(count in 0_usize..600, private in 0_usize..600) {
        let targets = hosts("9.9", count) + &hosts("10.1", private);
        let expected = count.saturating_add(private) <= HOSTS_MAX;
        let admitted = conduct(None).admit(&endpoints(&targets)).is_ok();
        prop_assert_eq!(admitted, expected, "G4: {} and {}", count, private);
        let named = Conduct { contact: Some("soc@contoso.com".to_owned()), ..conduct(None) };
        let admitted = named.admit(&endpoints(&targets)).is_ok();
        prop_assert_eq!(admitted, count <= HOSTS_MAX, "G4: {} and a contact", count);
    }
}
