//! The address of a receiver.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;

use crate::endpoint::{Endpoint, EndpointError, Host, Service};
use crate::limits::OUTBOUND_URL_BYTES_MAX;

/// A URL that a message can be sent to: `https://host/path`, with a port or a query if need be.
///
/// Path and query are secrets in many services; what is displayed is without them (X5).
#[derive(Clone, PartialEq, Eq)]
pub struct OutboundUrl {
    endpoint: Endpoint,
    /// Path and query, as they are sent.
    target: Uri,
}

/// A text that is no such URL. It does not repeat the text (X5).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundUrlError {
    /// Too long.
    #[error("the URL has {bytes} bytes, and {OUTBOUND_URL_BYTES_MAX} is the limit")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A character that stands in no URL.
    #[error("a URL is ASCII without spaces; write an international name in its `xn--` form")]
    Characters,
    /// Neither `https://` nor `http://`.
    #[error("a URL to send to begins with https:// (or http://, where that is allowed)")]
    Scheme,
    /// `user:password@`.
    #[error("leave `user:password@` out of the URL")]
    UserInfo,
    /// `#…`.
    #[error("leave `#` and what follows it out of the URL: it is never sent")]
    Fragment,
    /// No host, or no port.
    #[error("the URL names no host that can be told")]
    Host(#[source] EndpointError),
    /// No path.
    #[error("what follows the host is no path")]
    Path,
}

impl OutboundUrl {
    /// The whole URL, path and query included: for keeping, not for showing.
    #[must_use]
    pub fn secret_text(&self) -> String {
        format!("{}://{}{}", self.endpoint.service.scheme(), self.authority(), self.target)
    }

    /// Whom it names, for people: `hooks.example.net`, `10.0.0.1`.
    #[must_use]
    pub fn host(&self) -> String {
        self.endpoint.host.to_string()
    }

    /// True for `https://`.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.endpoint.service == Service::Https
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn target(&self) -> Uri {
        self.target.clone()
    }

    /// Host and port, as in the header `Host`.
    pub(super) fn authority(&self) -> String {
        let host = match &self.endpoint.host {
            Host::Address(IpAddr::V6(address)) => format!("[{address}]"),
            host @ (Host::Address(_) | Host::Name(_) | Host::Range(_)) => host.to_string(),
        };
        let port = self.endpoint.port;
        let is_usual = port == self.endpoint.service.default_port();
        if is_usual { host } else { format!("{host}:{port}") }
    }
}

impl FromStr for OutboundUrl {
    type Err = OutboundUrlError;

    fn from_str(text: &str) -> Result<Self, OutboundUrlError> {
        if text.len() > OUTBOUND_URL_BYTES_MAX {
            return Err(OutboundUrlError::TooLong { bytes: text.len() });
        }
        if !text.bytes().all(|it| it.is_ascii_graphic() && it != b'\\') {
            return Err(OutboundUrlError::Characters);
        }
        let (scheme, rest) = text.split_once("://").ok_or(OutboundUrlError::Scheme)?;
        let service = Service::by_scheme(scheme);
        if !matches!(service, Some(Service::Https | Service::Http)) {
            return Err(OutboundUrlError::Scheme);
        }
        if rest.contains('#') {
            return Err(OutboundUrlError::Fragment);
        }
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if authority.contains('@') {
            return Err(OutboundUrlError::UserInfo);
        }
        let endpoint = format!("{scheme}://{authority}").parse();
        let endpoint: Endpoint = endpoint.map_err(OutboundUrlError::Host)?;
        let slash = if target.starts_with('/') { "" } else { "/" };
        let target = format!("{slash}{target}").parse().map_err(|_| OutboundUrlError::Path)?;
        Ok(Self { endpoint, target })
    }
}

impl fmt::Display for OutboundUrl {
    /// Without path and query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = if self.target == "/" { "/" } else { "/…" };
        write!(f, "{}://{}{rest}", self.endpoint.service.scheme(), self.authority())
    }
}

impl fmt::Debug for OutboundUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text is read as: what people see, a space, and what is sent.
    #[track_caller]
    fn check(text: &str, want: &str) {
        let said = match text.parse::<OutboundUrl>() {
            Ok(url) => format!("{url} {}", url.secret_text()),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, want, "{text}");
    }

    #[test]
    fn a_url_is_read_and_shown_without_its_secrets() {
        check("https://hooks.example.net", "https://hooks.example.net/ https://hooks.example.net/");
        check(
            "HTTPS://Hooks.Example.NET:443/services/T0/B0?key=s3cret",
            "https://hooks.example.net/… https://hooks.example.net/services/T0/B0?key=s3cret",
        );
        check("http://10.0.0.1:8080/a", "http://10.0.0.1:8080/… http://10.0.0.1:8080/a");
        check("https://[2001:db8::1]?a", "https://[2001:db8::1]/… https://[2001:db8::1]/?a");
        check("https://[::ffff:10.0.0.1]/", "https://10.0.0.1/ https://10.0.0.1/");
        check("https://a.example//b.example/", "https://a.example/… https://a.example//b.example/");
        let url: OutboundUrl = "https://a.example/s3cret?s3cret".parse().unwrap();
        assert_eq!(format!("{url:?}"), "https://a.example/…", "X5");
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        let host = "the URL names no host that can be told";
        for text in [
            "https://",
            "https:///a",
            "https://a:0/",
            "https://a:99999/",
            "https://1.2.3/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1%25eth0]/",
            "https://a..b/",
            "https://a.example:80:90/",
        ] {
            check(text, host);
        }
        let user = "leave `user:password@` out of the URL";
        check("https://ann:secret@a.example/", user);
        check("https://a.example@127.0.0.1/", user);
        let characters =
            "a URL is ASCII without spaces; write an international name in its `xn--` form";
        for text in [
            "https://a.example\\@b.example/",
            "https://a.example/\r\nHost:b",
            "https://\u{e4}.example/",
        ] {
            check(text, characters);
        }
        let scheme = "a URL to send to begins with https:// (or http://, where that is allowed)";
        for text in
            ["", "a.example/hook", "ftp://a.example/", "file:///etc/passwd", "smtp://a.example/"]
        {
            check(text, scheme);
        }
        check(
            "https://a.example/#x",
            "leave `#` and what follows it out of the URL: it is never sent",
        );
        let long = format!("https://a.example/{}", "x".repeat(OUTBOUND_URL_BYTES_MAX));
        assert!(long.parse::<OutboundUrl>().is_err());
    }
}
