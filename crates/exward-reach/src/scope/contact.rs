//! Whom somebody can ask who sees a probe in their logs.
//!
//! # Invariants
//! * **S4 fit for a header.** A contact is printable ASCII without blanks, brackets and quotes, so that
//!   it stands in a `User-Agent` comment as it is (RFC 9110 §5.6.5).

use std::fmt;
use std::net::Ipv6Addr;

use crate::endpoint::Host;

/// Longest contact. It goes out with every request, and longer is no address a person types.
pub const CONTACT_BYTES_MAX: usize = 200;

/// A web address or a `mailto:` address. Displays as such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact(String);

/// Why a text is no contact.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is no contact: {why}; give `mailto:soc@contoso.com`, or a page such as \
     `https://contoso.com/scan` that says who asks and how to object"
)]
pub struct ContactError {
    pub(super) text: String,
    pub(super) why: &'static str,
}

impl Contact {
    /// Reads `https://…`, `http://…`, `mailto:…` or a plain mail address, which becomes `mailto:`.
    ///
    /// # Errors
    /// [`ContactError`] if nobody could be reached that way.
    pub fn parse(text: &str) -> Result<Self, ContactError> {
        let text = text.trim();
        let uri = match text.split_once(':') {
            None if text.contains('@') => format!("mailto:{text}"),
            Some(_) | None => text.to_owned(),
        };
        match fault(&uri) {
            Some(why) => {
                let text = text.chars().take(CONTACT_BYTES_MAX).collect();
                Err(ContactError { text, why })
            }
            None => Ok(Self(uri)),
        }
    }

    /// The contact as a URI.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn fault(uri: &str) -> Option<&'static str> {
    let fit =
        |it: u8| it.is_ascii_graphic() && !matches!(it, b'(' | b')' | b'\\' | b'"' | b'<' | b'>');
    if uri.is_empty() {
        return Some("it is empty");
    }
    if uri.len() > CONTACT_BYTES_MAX {
        return Some("it is longer than 200 bytes");
    }
    if !uri.bytes().all(fit) {
        return Some("it has blanks, brackets, quotes or characters outside ASCII");
    }
    if let Some(mail) = uri.strip_prefix("mailto:") {
        let mail = mail.split('?').next().unwrap_or_default();
        return match mail.rsplit_once('@') {
            Some((person, domain)) if mailbox(person) && is_domain(domain) => None,
            Some(_) | None => Some("it is no mail address"),
        };
    }
    let Some(rest) = uri.strip_prefix("https://").or_else(|| uri.strip_prefix("http://")) else {
        return Some("it is neither a web nor a mail address");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if is_site(authority) { None } else { Some("it names no web site") }
}

fn mailbox(person: &str) -> bool {
    !person.is_empty() && !person.contains(['@', ',', ';', ':'])
}

/// A name with a dot: nobody outside can reach `https://intranet`.
fn is_domain(text: &str) -> bool {
    matches!(Host::parse(text), Ok(Host::Name(name)) if name.contains('.'))
}

/// A domain or an address, with or without a port.
fn is_site(authority: &str) -> bool {
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().is_some_and(|it| it.parse::<Ipv6Addr>().is_ok());
    }
    let host = match authority.split_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return false,
        None => authority,
    };
    is_domain(host) || matches!(Host::parse(host), Ok(Host::Address(_)))
}
