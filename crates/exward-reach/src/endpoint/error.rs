//! Why a text names no endpoint, each with the spelling that does.

use std::net::IpAddr;

use ipnet::IpNet;

use super::TEXT_BYTES_MAX;

/// Why a text names no endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Nothing is there.
    #[error("the target is empty; name a host, such as `mail.contoso.com`")]
    Empty,
    /// More than [`TEXT_BYTES_MAX`].
    #[error("the target is {bytes} bytes long, and {TEXT_BYTES_MAX} is the limit")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// A character outside ASCII.
    #[error("`{text}` is not ASCII; write an international name in its `xn--` form")]
    NotAscii {
        /// The text as given.
        text: String,
    },
    /// The scheme is none of ours.
    #[error("`{scheme}://` is not asked; use https, http, smtp, smtps, imap, imaps, pop3 or pop3s")]
    Scheme {
        /// The scheme as given.
        scheme: String,
    },
    /// No port between 1 and 65535.
    #[error("`{port}` in `{text}` is no port; use a number from 1 to 65535")]
    Port {
        /// The port as given.
        port: String,
        /// The whole target.
        text: String,
    },
    /// A range with a port.
    #[error("`{text}` is a range with a port; leave the port out, or name the service: `smtp://…`")]
    RangePort {
        /// The text as given.
        text: String,
    },
    /// A range whose address has bits beyond its length.
    #[error("`{text}` is not the start of its range; write `{range}` or `{address}`")]
    HostBits {
        /// The text as given.
        text: String,
        /// The range that holds the address.
        range: IpNet,
        /// The address alone.
        address: IpAddr,
    },
    /// Something with `/` that is no range.
    #[error(
        "`{text}` is no range; write `10.0.0.0/24`, and a web address with `https://` before it"
    )]
    Range {
        /// The text as given.
        text: String,
    },
    /// An IPv6 address with a zone.
    #[error("`{text}` has a zone (`%`); it is valid on one machine only, use a routed address")]
    Zone {
        /// The text as given.
        text: String,
    },
    /// A name with `*`.
    #[error("`{text}` is not a host; a `*` is for scope files, name each host here")]
    Wildcard {
        /// The text as given.
        text: String,
    },
    /// A number where a name or address belongs.
    #[error("`{text}` ends in a number and is no address; write an IPv4 address as four decimals")]
    Numeric {
        /// The text as given.
        text: String,
    },
    /// Neither an address nor a name.
    #[error("`{text}` is no host: {why}")]
    Name {
        /// The text as given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}
