//! Addresses and accounts that belong to somebody.

use std::net::IpAddr;

/// The address in its plain form, if it belongs to one party: not loopback, private, link-local or shared,
/// which a proxy or half a company may have.
pub(super) fn of_one_party(text: &str) -> Option<String> {
    let address = address(text)?.to_canonical();
    let is_shared = match address {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let is_carriers = first == 100 && (64..128).contains(&second);
            it.is_loopback()
                || it.is_private()
                || it.is_link_local()
                || it.is_unspecified()
                || is_carriers
        }
        IpAddr::V6(it) => {
            let [first, ..] = it.segments();
            let is_local = first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80;
            it.is_loopback() || it.is_unspecified() || is_local
        }
    };
    (!is_shared).then(|| address.to_string())
}

/// Accepts a port behind the address, and brackets around it.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let (host, port) = text.rsplit_once(':')?;
        let host = host.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(host);
        port.bytes().all(|it| it.is_ascii_digit()).then_some(())?;
        host.parse().ok()
    })
}

/// The account by its bare name in lower case, if it is a person's or an intruder's: `CONTOSO\anna`,
/// `contoso.com/Users/Anna` and `anna@contoso.com` are one. Machine, service and health accounts are none.
pub(super) fn account(text: &str) -> Option<String> {
    const BUILT_IN: [&str; 9] = [
        "system",
        "systeme",
        "système",
        "local service",
        "network service",
        "anonymous",
        "anonymous logon",
        "iusr",
        "-",
    ];
    let text = text.trim().to_lowercase();
    if text.starts_with("iis apppool\\") || text.starts_with("s-1-5-18") {
        return None;
    }
    let bare = text.rsplit(['\\', '/']).next().unwrap_or_default();
    let bare = bare.split('@').next().unwrap_or_default().trim();
    let is_nobody = bare.is_empty()
        || bare.ends_with('$')
        || bare.starts_with("healthmailbox")
        || bare.starts_with("extest_")
        || BUILT_IN.contains(&bare);
    (!is_nobody).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{account, of_one_party};

    #[track_caller]
    fn check_address(text: &str, want: Option<&str>) {
        assert_eq!(of_one_party(text).as_deref(), want, "{text}");
    }

    #[test]
    fn addresses_that_many_share_are_nobodys() {
        check_address("203.0.113.9", Some("203.0.113.9"));
        check_address("203.0.113.9:50123", Some("203.0.113.9"));
        check_address("::ffff:203.0.113.9", Some("203.0.113.9"));
        check_address("[2001:db8::1]:443", Some("2001:db8::1"));
        for shared in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.0.1",
            "172.16.9.9",
            "169.254.1.1",
            "100.64.0.1",
        ] {
            check_address(shared, None);
        }
        for other in ["fe80::1", "fd00::1", "::", "0.0.0.0", "-", "", "ex01", "::ffff:10.0.0.1"] {
            check_address(other, None);
        }
    }

    #[track_caller]
    fn check_account(text: &str, want: Option<&str>) {
        assert_eq!(account(text).as_deref(), want, "{text}");
    }

    #[test]
    fn one_account_has_many_spellings() {
        check_account("CONTOSO\\Anna", Some("anna"));
        check_account("anna@contoso.com", Some("anna"));
        check_account("contoso.com/Users/Anna", Some("anna"));
        for nobody in
            ["NT AUTHORITY\\SYSTEM", "AUTORITE NT\\Systeme", "EX01$", "CONTOSO\\EX01$", "-", " "]
        {
            check_account(nobody, None);
        }
        check_account("IIS APPPOOL\\MSExchangeOWAAppPool", None);
        check_account("HealthMailbox0123@contoso.com", None);
    }
}
