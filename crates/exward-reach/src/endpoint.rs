//! What a person names as a target: a service on a host, or on every address of a range.
//!
//! # Invariants
//! * **U1 one spelling.** An endpoint displays in a form that reads back as the same endpoint; names
//!   are lower-case without a final dot, IPv4 never hides inside IPv6 (`::ffff:10.0.0.1`), and a range
//!   of one address is that address.
//! * **U2 nothing is guessed.** What a resolver could read as something else (`0x7f.1`, `8443`,
//!   `10.0.0.5/24`) is an error that says how to write it.
//!
//! Sources: RFC 1123 §2.1 (names), RFC 3986 §3.2.2 (brackets), WHATWG URL "ends in a number".

mod error;
mod read;

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

pub use error::EndpointError;

/// Longest text of a target: a name of 253 bytes with a long path behind it. Longer is no target.
pub const TEXT_BYTES_MAX: usize = 2_048;
/// Longest host name (RFC 1035 §2.3.4, without the final dot).
pub const NAME_BYTES_MAX: usize = 253;
/// Longest label of a host name (RFC 1035 §2.3.4).
pub const LABEL_BYTES_MAX: usize = 63;

/// What is asked for at an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// HTTP over TLS, port 443.
    Https,
    /// HTTP, port 80.
    Http,
    /// SMTP with STARTTLS, ports 25 and 587.
    Smtp,
    /// SMTP over TLS, port 465.
    Smtps,
    /// IMAP with STARTTLS, port 143.
    Imap,
    /// IMAP over TLS, port 993.
    Imaps,
    /// POP3 with STLS, port 110.
    Pop,
    /// POP3 over TLS, port 995.
    Pops,
}

/// Every service, in the order of the type.
pub const SERVICES: [Service; 8] = [
    Service::Https,
    Service::Http,
    Service::Smtp,
    Service::Smtps,
    Service::Imap,
    Service::Imaps,
    Service::Pop,
    Service::Pops,
];

impl Service {
    /// The scheme that names this service before `://`.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
            Self::Smtp => "smtp",
            Self::Smtps => "smtps",
            Self::Imap => "imap",
            Self::Imaps => "imaps",
            Self::Pop => "pop3",
            Self::Pops => "pop3s",
        }
    }

    /// The port if none is named.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
            Self::Smtp => 25,
            Self::Smtps => 465,
            Self::Imap => 143,
            Self::Imaps => 993,
            Self::Pop => 110,
            Self::Pops => 995,
        }
    }

    /// The service that a port without a scheme means; HTTPS for every port not known here.
    #[must_use]
    pub const fn by_port(port: u16) -> Self {
        match port {
            80 => Self::Http,
            25 | 587 => Self::Smtp,
            465 => Self::Smtps,
            143 => Self::Imap,
            993 => Self::Imaps,
            110 => Self::Pop,
            995 => Self::Pops,
            _ => Self::Https,
        }
    }

    /// The service of a scheme in any case; none if it is not one of ours.
    #[must_use]
    pub fn by_scheme(scheme: &str) -> Option<Self> {
        SERVICES.into_iter().find(|it| it.scheme().eq_ignore_ascii_case(scheme))
    }
}

/// Where an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Host {
    /// One address; never an IPv4 address mapped into IPv6.
    Address(IpAddr),
    /// A name in lower case, without a final dot.
    Name(String),
    /// Every address of a range of at least two; host bits are zero.
    Range(IpNet),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
            Self::Range(range) => range.fmt(f),
        }
    }
}

/// A service at a host or at every address of a range.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// What is asked for.
    pub service: Service,
    /// Where.
    pub host: Host,
    /// TCP port, never 0; the service's default for a range.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own_port = self.port == self.service.default_port();
        let plain = self.service == Service::Https
            && (own_port || Service::by_port(self.port) == Service::Https);
        if !plain {
            write!(f, "{}://", self.service.scheme())?;
        }
        match &self.host {
            Host::Range(range) => write!(f, "{range}"),
            Host::Address(IpAddr::V6(address)) if !own_port || !plain => {
                write!(f, "[{address}]")?;
                port_unless(f, own_port, self.port)
            }
            host @ (Host::Address(_) | Host::Name(_)) => {
                write!(f, "{host}")?;
                port_unless(f, own_port, self.port)
            }
        }
    }
}

fn port_unless(f: &mut fmt::Formatter<'_>, own_port: bool, port: u16) -> fmt::Result {
    if own_port { Ok(()) } else { write!(f, ":{port}") }
}

#[cfg(test)]
mod tests;
