//! Tests of scopes: what a file must say, what it holds, S2 and S3.

use std::error::Error;

use proptest::prelude::*;

use super::*;
use crate::endpoint::Host;

const HEAD: &str = "owner = 'Contoso'\npurpose = 'updates'\ncontact = 'soc@contoso.com'\n\
                    until = 2027-01-31\n";

fn scope(lists: &str) -> Scope {
    Scope::parse(&format!("{HEAD}{lists}")).unwrap()
}

#[track_caller]
fn check_error(text: &str, expected: &str) {
    let error = Scope::parse(text).unwrap_err();
    let mut found = error.to_string();
    if let Some(source) = error.source() {
        found = format!("{found}: {source}");
    }
    assert_eq!(found, expected, "{text}");
}

#[test]
fn what_a_file_must_say() {
    let with = |line: &str| format!("{HEAD}ranges = ['10.0.0.0/8']\n{line}");
    let instead = |old: &str, new: &str| with("").replace(old, new);
    for (text, expected) in [
        (instead("owner = 'Contoso'\n", ""), "missing field `owner`"),
        (instead("until = 2027-01-31\n", ""), "missing field `until`"),
        (
            with("ownr = 'x'"),
            "line 6: unknown field `ownr`, expected one of `owner`, `purpose`, `contact`, `until`, `ranges`, `names`, `exclude`",
        ),
        (with("exclude = 'x.net'"), "line 6: invalid type: string \"x.net\", expected a sequence"),
        (instead("'Contoso'", "' '"), "line 1: `owner` is empty; say it in a few words"),
        (instead("'updates'", "''"), "line 2: `purpose` is empty; say it in a few words"),
        (
            instead("2027-01-31", "2027-01-31T10:00:00Z"),
            "line 4: `until` is no day; write one as 2027-01-31, without quotes and time",
        ),
        (
            with("names = ['10.0.0.1']"),
            "line 6: `10.0.0.1` does not belong into `names`; write it into `ranges`",
        ),
        (
            instead("10.0.0.0/8", "x.net"),
            "line 5: `x.net` does not belong into `ranges`; write it into `names`",
        ),
        (
            with("exclude = ['a.net',\n'10.0.0.9/24']"),
            "line 7: an entry of `exclude` cannot be read: `10.0.0.9/24` is not the start of its range; write `10.0.0.0/24` or `10.0.0.9`",
        ),
        (
            with("names = ['*.*.net']"),
            "line 6: an entry of `names` cannot be read: `*.net` is not a host; a `*` is for scope files, name each host here",
        ),
        (
            instead("10.0.0.0/8", "0.0.0.0/1"),
            "line 5: `0.0.0.0/1` is wider than any owner's range (/8 in IPv4, /16 in IPv6); list the ranges you answer for",
        ),
        (
            HEAD.to_owned(),
            "the scope lists nobody; add `ranges = [\"10.20.0.0/16\"]` or `names = [\"mail.contoso.com\"]`",
        ),
        (
            instead("soc@contoso.com", "our soc"),
            "line 3: `contact` cannot be used: `our soc` is no contact: it has blanks, brackets, quotes or characters outside ASCII; give `mailto:soc@contoso.com`, or a page such as `https://contoso.com/scan` that says who asks and how to object",
        ),
    ] {
        check_error(&text, expected);
    }
}

#[test]
fn contacts_are_reachable() {
    for (text, expected) in [
        ("soc@contoso.com", Ok("mailto:soc@contoso.com")),
        ("mailto:soc@contoso.com?subject=scan", Ok("mailto:soc@contoso.com?subject=scan")),
        ("https://contoso.com/scan", Ok("https://contoso.com/scan")),
        ("http://9.9.9.9:8080", Ok("http://9.9.9.9:8080")),
        ("https://[2001:db8::1]/", Ok("https://[2001:db8::1]/")),
        ("", Err("it is empty")),
        ("https://intranet/", Err("it names no web site")),
        ("https://", Err("it names no web site")),
        ("soc@contoso", Err("it is no mail address")),
        ("@contoso.com", Err("it is no mail address")),
        ("tel:110", Err("it is neither a web nor a mail address")),
        ("soc", Err("it is neither a web nor a mail address")),
        (
            "https://contoso.com/(a)",
            Err("it has blanks, brackets, quotes or characters outside ASCII"),
        ),
        (
            "https://contoso.com/\r\nX: y",
            Err("it has blanks, brackets, quotes or characters outside ASCII"),
        ),
    ] {
        let found = Contact::parse(text);
        let found = found.as_ref().map(Contact::as_str).map_err(|error| error.why);
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn a_scope_holds_and_excludes() {
    let scope = scope(
        "ranges = ['10.1.0.0/17', '10.1.128.0/17', '9.9.9.9', '2001:db8::/48', 'fc00::/7']\n\
         names = ['Mail.contoso.com.', '*.fabrikam.com']\n\
         exclude = ['10.1.2.0/24', '2001:db8::66', '64:ff9b::a01:909', 'old.fabrikam.com', '*.lab.fabrikam.com']",
    );
    assert_eq!(scope.contact().as_str(), "mailto:soc@contoso.com");
    for (host, holds, excludes) in [
        ("10.1.0.0/16", true, true),
        ("10.1.4.0/22", true, false),
        ("10.1.8.0/22", true, true),
        ("10.0.0.0/15", false, true),
        ("10.2.0.0/24", false, false),
        ("10.1.2.255", true, true),
        ("10.1.9.9", true, true),
        ("10.1.3.0", true, false),
        ("9.9.9.9", true, false),
        ("9.9.9.10", false, false),
        ("::ffff:10.1.2.3", true, true),
        ("64:ff9b::a01:203", true, true),
        ("2002:a01:203::1", true, true),
        ("2001:db8::66", true, true),
        ("2001:db8::/64", true, true),
        ("2001:db8:1::1", false, false),
        ("mail.contoso.com", true, false),
        ("contoso.com", false, false),
        ("fabrikam.com", false, false),
        ("a.b.fabrikam.com", true, false),
        ("notfabrikam.com", false, false),
        ("old.fabrikam.com", true, true),
        ("a.lab.fabrikam.com", true, true),
        ("lab.fabrikam.com", true, false),
    ] {
        let found = match Host::parse(host).unwrap() {
            Host::Address(it) => (scope.holds_address(it), scope.excludes_address(it)),
            Host::Name(it) => (scope.holds_name(&it), scope.excludes_name(&it)),
            Host::Range(it) => (scope.holds_range(it), scope.excludes_any_of(it)),
        };
        assert_eq!(found, (holds, excludes), "S2: {host}");
    }
}

proptest! {
    #[test]
    fn merged_ranges_hold_what_the_list_held(
        list in prop::collection::vec((any::<u16>(), 16_u8..=32), 0..12),
        asked in (any::<u16>(), 16_u8..=32),
    ) {
        // All in one small corner, so that ranges meet, overlap and touch.
        let net = |(low, length): (u16, u8)| {
            let address = std::net::Ipv4Addr::from_bits(0x0a00_0000 | u32::from(low));
            IpNet::new(address.into(), length).unwrap().trunc()
        };
        let list: Vec<IpNet> = list.into_iter().map(net).collect();
        let asked = net(asked);
        let held = |it: &IpAddr| list.iter().any(|range| range.contains(it));
        let all: Vec<IpAddr> = {
            let IpNet::V4(range) = asked else { unreachable!() };
            let bits = range.network().to_bits()..=range.broadcast().to_bits();
            bits.map(|it| std::net::Ipv4Addr::from_bits(it).into()).collect()
        };
        let blocks = Blocks::new(list.clone());
        prop_assert_eq!(blocks.holds_all_of(asked), all.iter().all(held), "S3: all of {}", asked);
        prop_assert_eq!(blocks.touches(asked), all.iter().any(held), "S3: any of {}", asked);
        prop_assert_eq!(blocks.holds(all[0]), held(&all[0]), "S3: {}", all[0]);
    }
}
