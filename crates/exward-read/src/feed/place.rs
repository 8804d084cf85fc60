//! Where a URL or a `host:port` of an export points.

use crate::record::host_and_port;

/// Host, port and path of a URL; an address or a name alone is a host without port and path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Name or address, IPv6 without brackets; may be empty.
    pub(super) host: &'a str,
    /// The port written, or the one that the scheme implies.
    pub(super) port: Option<u16>,
    /// Path without query, if there is one: `/owa/`.
    pub(super) path: Option<&'a str>,
}

impl<'a> Place<'a> {
    /// Takes a URL apart. Never fails: what is not understood stays in the host.
    pub(super) fn of(text: &'a str) -> Self {
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let (host, port) = host_port(authority);
        let implied = if scheme.eq_ignore_ascii_case("https") {
            Some(443)
        } else if scheme.eq_ignore_ascii_case("http") {
            Some(80)
        } else {
            None
        };
        let path = tail.split(['?', '#']).next().filter(|path| !path.is_empty());
        Self { host, port: port.or(implied), path }
    }

    /// The target that this place names, with another port where the place names none.
    pub(super) fn target(self, port: Option<u16>) -> Result<String, String> {
        if self.host.is_empty() {
            return Err("no target".to_owned());
        }
        Ok(host_and_port(self.host, self.port.or(port)))
    }
}

/// `[2001:db8::1]:443`, `192.0.2.1:443`, `mail.example.org`, `2001:db8::1`.
fn host_port(text: &str) -> (&str, Option<u16>) {
    if let Some((host, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (host, rest.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match text.split_once(':') {
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (text, None),
        },
        None => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, target: &str, path: Option<&str>) {
        let place = Place::of(text);
        let got = place.target(None).unwrap_or_default();
        assert_eq!((got.as_str(), place.path), (target, path), "`{text}`");
    }

    #[test]
    fn places_are_taken_apart() {
        check("https://mail.example.org", "mail.example.org:443", None);
        check("http://mail.example.org/owa/?a=b", "mail.example.org:80", Some("/owa/"));
        check("https://mail.example.org:8443/owa/", "mail.example.org:8443", Some("/owa/"));
        check("https://[2001:db8::1]:8443/", "[2001:db8::1]:8443", Some("/"));
        check("https://user@192.0.2.1", "192.0.2.1:443", None);
        check("192.0.2.1:25", "192.0.2.1:25", None);
        check("2001:db8::1", "2001:db8::1", None);
        check("mail.example.org", "mail.example.org", None);
        check("https://", "", None);
        check("", "", None);
    }
}
