//! Tests of endpoints: the table of spellings, and U1.

use std::net::IpAddr;

use ipnet::IpNet;
use proptest::prelude::*;

use super::*;

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = match text.parse::<Endpoint>() {
        Ok(it) => format!("{:?} {} {it}", it.service, it.port),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn endpoints_read_and_display() {
    for (text, expected) in [
        ("mail.example.net", "Https 443 mail.example.net"),
        (" Mail.Example.NET. ", "Https 443 mail.example.net"),
        ("host:8443", "Https 8443 host:8443"),
        ("host:587", "Smtp 587 smtp://host:587"),
        ("host:25", "Smtp 25 smtp://host"),
        ("host:80", "Http 80 http://host"),
        ("https://host:25", "Https 25 https://host:25"),
        ("[2001:db8::1]:443", "Https 443 2001:db8::1"),
        ("[2001:db8::1]", "Https 443 2001:db8::1"),
        ("2001:DB8::1", "Https 443 2001:db8::1"),
        ("[2001:db8::1]:8443", "Https 8443 [2001:db8::1]:8443"),
        ("imaps://[2001:db8::1]", "Imaps 993 imaps://[2001:db8::1]"),
        ("smtp://2001:db8::1", "Smtp 25 smtp://[2001:db8::1]"),
        ("::ffff:10.0.0.1", "Https 443 10.0.0.1"),
        ("SMTP://host:2525", "Smtp 2525 smtp://host:2525"),
        ("pop3s://host/", "Pops 995 pop3s://host"),
        ("https://host:8443/owa/?x=1#y", "Https 8443 host:8443"),
        ("https://10.0.0.1/owa/", "Https 443 10.0.0.1"),
        ("10.0.0.0/24", "Https 443 10.0.0.0/24"),
        ("smtp://10.0.0.0/24", "Smtp 25 smtp://10.0.0.0/24"),
        ("2001:db8::/112", "Https 443 2001:db8::/112"),
        ("::ffff:10.0.0.0/120", "Https 443 10.0.0.0/24"),
        ("10.0.0.7/32", "Https 443 10.0.0.7"),
        ("_dmz.host-1.3com.example", "Https 443 _dmz.host-1.3com.example"),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_no_endpoint_says_how_to_write_it() {
    let ends = "ends in a number and is no address; write an IPv4 address as four decimals";
    let numeric = |text: &str| format!("`{text}` {ends}");
    let no_range = |text: &str| EndpointError::Range { text: text.to_owned() }.to_string();
    let no_host = |text: &str, why: &str| format!("`{text}` is no host: {why}");
    let port = |port: &str, text: &str| {
        EndpointError::Port { port: port.to_owned(), text: text.to_owned() }.to_string()
    };
    let long_label = format!("{}.net", "a".repeat(64));
    let long_name = ["a"; 128].join(".");
    let zone = |text: &str| EndpointError::Zone { text: text.to_owned() }.to_string();
    for (text, expected) in [
        ("", "the target is empty; name a host, such as `mail.contoso.com`".to_owned()),
        ("8443", numeric("8443")),
        ("1.2.3", numeric("1.2.3")),
        ("0x7f.1", numeric("0x7f.1")),
        ("127.0x1", numeric("127.0x1")),
        ("300.1.1.1", numeric("300.1.1.1")),
        ("10.0.0.0/33", no_range("10.0.0.0/33")),
        ("10.0.0.0/255.0.0.0", no_range("10.0.0.0/255.0.0.0")),
        ("mail.example.net/owa", no_range("mail.example.net/owa")),
        ("host:0", port("0", "host:0")),
        ("host:", port("", "host:")),
        ("host:+80", port("+80", "host:+80")),
        ("host:65536", port("65536", "host:65536")),
        ("fe80::1%eth0", zone("fe80::1%eth0")),
        ("[fe80::1%eth0]:443", zone("[fe80::1%eth0]:443")),
        ("[host]:443", no_host("[host]:443", "no IPv6 address stands between `[` and `]`")),
        ("a:1:2", no_host("a:1:2", "neither an IPv6 address nor a name with one port")),
        ("a@host", no_host("a@host", "leave the user name before `@` out")),
        ("a..b", no_host("a..b", "a label of the name is empty")),
        ("https://", no_host("", "a label of the name is empty")),
        ("-x.net", no_host("-x.net", "a label begins or ends with `-`")),
        ("a b", no_host("a b", "a name has letters, digits, `-`, `_` and `.` only")),
        (&long_label, no_host(&long_label, "a label of a name has at most 63 bytes")),
        (&long_name, no_host(&long_name, "a name has at most 253 bytes")),
        (&"a".repeat(2_049), "the target is 2049 bytes long, and 2048 is the limit".to_owned()),
    ] {
        check(text, &expected);
    }
}

#[test]
fn some_faults_name_the_right_spelling() {
    for (text, expected) in [
        (
            "10.0.0.5/24",
            "`10.0.0.5/24` is not the start of its range; write `10.0.0.0/24` or `10.0.0.5`",
        ),
        (
            "10.0.0.0/24:8443",
            "`10.0.0.0/24:8443` is a range with a port; leave the port out, or name the service: `smtp://…`",
        ),
        (
            "bücher.example",
            "`bücher.example` is not ASCII; write an international name in its `xn--` form",
        ),
        (
            "*.example.net",
            "`*.example.net` is not a host; a `*` is for scope files, name each host here",
        ),
        (
            "ftp://host",
            "`ftp://` is not asked; use https, http, smtp, smtps, imap, imaps, pop3 or pop3s",
        ),
    ] {
        check(text, expected);
    }
}

proptest! {
    #[test]
    fn any_endpoint_reads_back(
        service in prop::sample::select(SERVICES.as_slice()),
        port in 1_u16..,
        host in prop_oneof![
            "[a-z0-9_]{1,9}(\\.[a-z][a-z0-9]{0,9}){1,3}".prop_map(Host::Name),
            any::<IpAddr>().prop_map(|it| Host::Address(it.to_canonical())),
            (any::<IpAddr>(), 0_u8..32)
                .prop_map(|(ip, length)| Host::Range(IpNet::new(ip, length).unwrap().trunc())),
        ],
    ) {
        let port = if matches!(host, Host::Range(_)) { service.default_port() } else { port };
        let endpoint = Endpoint { service, host, port };
        prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint), "U1");
    }

    #[test]
    fn any_text_reads_or_says_why(text in "\\PC{0,40}|[a0.:/\\[\\]*%@-]{0,20}") {
        if let Ok(endpoint) = text.parse::<Endpoint>() {
            prop_assert_eq!(endpoint.to_string().parse(), Ok(endpoint), "U1");
        }
    }
}
