//! Why a message did not go out, in words for a person.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio_rustls::rustls::{CertificateError, Error as TlsError};

use super::OutboundUrl;
use crate::dns::DnsError;
use crate::limits::OUTBOUND_BODY_BYTES_MAX;

/// Why a message did not go out, or got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundError {
    /// `http://`, where only TLS is allowed.
    #[error(
        "{host} would be told over http://, which can be read and changed on the way; use https://, or allow plain HTTP"
    )]
    Plain {
        /// Who.
        host: String,
    },
    /// An address of it is one that nothing is sent to (X1).
    #[error(
        "nothing is sent to {host}: its address {address} is refused ({why}); if a private network is meant, allow it by name"
    )]
    Refused {
        /// Who.
        host: String,
        /// Which of its addresses.
        address: IpAddr,
        /// What it is, or in which block it lies.
        why: &'static str,
    },
    /// Its name has no address.
    #[error("{host} could not be looked up")]
    Name {
        /// Who.
        host: String,
        /// Why.
        source: Box<DnsError>,
    },
    /// There is no name server.
    #[error("names cannot be looked up")]
    Resolver {
        /// Why.
        source: Box<DnsError>,
    },
    /// No connection.
    #[error("no connection to {host} ({at})")]
    Connect {
        /// Who.
        host: String,
        /// Where.
        at: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Its certificate is not to be trusted.
    #[error("{host} cannot prove that it is {host}: {why}")]
    Certificate {
        /// Who.
        host: String,
        /// What is wrong with the certificate.
        why: String,
    },
    /// TLS failed for another reason.
    #[error("no TLS with {host}: {why}")]
    Tls {
        /// Who.
        host: String,
        /// Why.
        why: String,
    },
    /// No answer in time.
    #[error("no answer from {host} within {} s", within.as_secs_f32())]
    Silent {
        /// Who.
        host: String,
        /// How long was waited.
        within: Duration,
    },
    /// The connection broke, or what came over it was no HTTP.
    #[error("no answer from {host}: {why}")]
    Broken {
        /// Who.
        host: String,
        /// Why.
        why: String,
    },
    /// A header that cannot be sent.
    #[error("the header `{name}` cannot be sent, or is not yours to set")]
    Header {
        /// Which.
        name: String,
    },
    /// A message that is too long.
    #[error("the message has {bytes} bytes, and {OUTBOUND_BODY_BYTES_MAX} is the limit")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// The certificates that are to be trusted are none.
    #[error("the certificates to be trusted cannot be used: {why}")]
    Ca {
        /// Why.
        why: String,
    },
}

impl OutboundError {
    /// True if the same message may get through later, without anybody changing the configuration here. A
    /// certificate may be renewed meanwhile.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Name { source, .. } => source.is_passing(),
            Self::Connect { .. }
            | Self::Certificate { .. }
            | Self::Tls { .. }
            | Self::Silent { .. }
            | Self::Broken { .. } => true,
            Self::Plain { .. }
            | Self::Refused { .. }
            | Self::Resolver { .. }
            | Self::Header { .. }
            | Self::TooLarge { .. }
            | Self::Ca { .. } => false,
        }
    }

    pub(super) fn broken(url: &OutboundUrl, error: &hyper::Error) -> Self {
        let why = if error.is_parse() {
            format!("what it said is not HTTP/1.1 ({})", innermost(error))
        } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            "it closed the connection".to_owned()
        } else {
            innermost(error)
        };
        Self::Broken { host: url.host(), why }
    }

    pub(super) fn handshake(url: &OutboundUrl, error: io::Error) -> Self {
        let host = url.host();
        match error.get_ref().and_then(|it| it.downcast_ref::<TlsError>()) {
            Some(TlsError::InvalidCertificate(fault)) => {
                Self::Certificate { host, why: meaning(fault) }
            }
            Some(fault) => Self::Tls { host, why: fault.to_string() },
            None => Self::Tls { host, why: error.to_string() },
        }
    }
}

/// What is wrong with a certificate.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is rare, and rustls says it well")]
fn meaning(fault: &CertificateError) -> String {
    match fault {
        CertificateError::UnknownIssuer => {
            "nobody whom we trust has signed its certificate; name its CA".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock right?".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => other.to_string(),
    }
}

/// The innermost reason: the outer ones say only that something went wrong.
fn innermost(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
