//! The head of an HTTP/1.1 request, as far as the lab looks at it.
//!
//! # Invariants
//! * **Q1 any bytes.** A head is read or refused; what is refused gets 400 and the connection ends.
//!
//! Source: RFC 9112 sections 2 to 6.

/// Longest request head. Exward sends under 1 KB; browsers stay under 8 KB.
pub const HEAD_BYTES_MAX: usize = 16 << 10;

/// Longest host that is echoed: that of a DNS name, with a port.
const HOST_CHARS_MAX: usize = 260;

/// What a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// `GET`, `HEAD`, …
    pub method: &'a str,
    /// The path without its query.
    pub path: &'a str,
    /// The `Host` header, if there is one that a name or address can be.
    pub host: Option<&'a str>,
    /// The `Authorization` header, if there is one.
    pub authorization: Option<&'a str>,
    /// True if the client does not want to go on after this answer, or sends a body, which the lab
    /// never reads.
    pub last: bool,
}

impl<'a> Request<'a> {
    /// Reads a head up to, and without, its empty line. `None` if it is none (Q1).
    #[must_use]
    pub fn parse(head: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(head).ok()?;
        let mut lines = text.split("\r\n");
        let mut words = lines.next()?.split(' ');
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        let is_method = !method.is_empty() && method.bytes().all(|it| it.is_ascii_uppercase());
        if !is_method || !target.starts_with('/') || !version.starts_with("HTTP/1.") {
            return None;
        }
        let path = target.split(['?', '#']).next()?;
        let mut request = Self { method, path, last: version == "HTTP/1.0", ..Self::default() };
        for line in lines {
            let (name, value) = line.split_once(':')?;
            request.header(name, value.trim());
        }
        Some(request)
    }

    fn header(&mut self, name: &str, value: &'a str) {
        let is = |it: &str| name.eq_ignore_ascii_case(it);
        if is("host") {
            let usable = |it: char| it.is_ascii_alphanumeric() || ".:-[]".contains(it);
            let good = value.len() <= HOST_CHARS_MAX && value.chars().all(usable);
            self.host = Some(value).filter(|_| good && !value.is_empty());
        } else if is("authorization") {
            self.authorization = Some(value);
        } else if is("connection") {
            self.last |= value.eq_ignore_ascii_case("close");
        } else if is("transfer-encoding") {
            self.last = true;
        } else if is("content-length") {
            self.last |= value != "0";
        }
    }

    /// The host without its port; the brackets of an IPv6 address stay.
    #[must_use]
    pub fn name(&self) -> Option<&'a str> {
        let host = self.host?;
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => Some(name),
            _ => Some(host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, want: &str) {
        let got = Request::parse(head.as_bytes()).map_or_else(
            || "none".to_owned(),
            |it| format!("{} {} {:?} {:?} {}", it.method, it.path, it.name(), it.host, it.last),
        );
        assert_eq!(got, want, "{head}");
    }

    #[test]
    fn heads_are_read_or_refused() {
        check(
            "GET /owa/?a=b HTTP/1.1\r\nHost: 127.1.0.1:8443",
            "GET /owa/ Some(\"127.1.0.1\") Some(\"127.1.0.1:8443\") false",
        );
        check("HEAD / HTTP/1.1\r\nhost: [::1]:1", "HEAD / Some(\"[::1]\") Some(\"[::1]:1\") false");
        check("GET / HTTP/1.1\r\nHost: a\"b", "GET / None None false");
        check("GET / HTTP/1.0", "GET / None None true");
        check("GET / HTTP/1.1\r\nConnection: Close", "GET / None None true");
        check("POST / HTTP/1.1\r\nContent-Length: 5", "POST / None None true");
        check("GET http://a/ HTTP/1.1", "none");
        check("GET /", "none");
        check("GET / HTTP/1.1\r\nno colon", "none");
        check("\u{16}\u{3}", "none");
        check("", "none");
    }

    proptest::proptest! {
        #[test]
        fn any_head_is_read_or_refused(head in "(GET|/|\\?| |HTTP/1.1|\r\n|Host|:|\\PC){0,40}") {
            let name = Request::parse(head.as_bytes()).and_then(|it| it.name());
            proptest::prop_assert!(name.is_none_or(|it| head.contains(it)), "Q1");
        }
    }
}
