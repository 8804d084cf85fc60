//! Reads hosts and endpoints from what a person wrote (U2).

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

use super::{
    Endpoint, EndpointError, Host, LABEL_BYTES_MAX, NAME_BYTES_MAX, Service, TEXT_BYTES_MAX,
};

impl Host {
    /// Reads a host without service and port: `mail.example.net`, `2001:db8::1`, `10.0.0.0/24`.
    ///
    /// # Errors
    /// [`EndpointError`] as of an endpoint.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        check_text(text)?;
        if text.contains('/') { range(text) } else { single(text) }
    }
}

impl FromStr for Endpoint {
    type Err = EndpointError;

    /// Reads `host`, `host:port`, `[address]:port`, `range`, each with or without `scheme://`. With a
    /// scheme, a path may follow; it is dropped.
    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let text = text.trim();
        check_text(text)?;
        let Some((scheme, rest)) = text.split_once("://") else {
            if text.contains('/') {
                return Ok(with_default_port(Service::Https, range(text)?));
            }
            let (host, port) = host_and_port(text)?;
            let service = port.map_or(Service::Https, Service::by_port);
            return Ok(Self { service, host, port: port.unwrap_or(service.default_port()) });
        };
        let service = Service::by_scheme(scheme)
            .ok_or_else(|| EndpointError::Scheme { scheme: scheme.to_owned() })?;
        if looks_like_range(rest) {
            return Ok(with_default_port(service, range(rest)?));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = host_and_port(authority)?;
        Ok(Self { service, host, port: port.unwrap_or(service.default_port()) })
    }
}

const fn with_default_port(service: Service, host: Host) -> Endpoint {
    Endpoint { service, host, port: service.default_port() }
}

fn check_text(text: &str) -> Result<(), EndpointError> {
    if text.is_empty() {
        return Err(EndpointError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(EndpointError::TooLong { bytes: text.len() });
    }
    if !text.is_ascii() {
        return Err(EndpointError::NotAscii { text: text.to_owned() });
    }
    Ok(())
}

/// `10.0.0.0/24` behind a scheme is a range; `10.0.0.1/owa/` is a path.
fn looks_like_range(rest: &str) -> bool {
    rest.split_once('/').is_some_and(|(address, length)| {
        let length = length.split(':').next().unwrap_or_default();
        let digits = !length.is_empty() && length.bytes().all(|it| it.is_ascii_digit());
        digits && address.parse::<IpAddr>().is_ok()
    })
}

fn range(text: &str) -> Result<Host, EndpointError> {
    let not_a_range = || EndpointError::Range { text: text.to_owned() };
    let (address, length) = text.split_once('/').ok_or_else(not_a_range)?;
    let address: IpAddr = address.parse().map_err(|_| not_a_range())?;
    if length.contains(':') {
        return Err(EndpointError::RangePort { text: text.to_owned() });
    }
    let length: u8 = length.parse().map_err(|_| not_a_range())?;
    let range = IpNet::new(address, length).map_err(|_| not_a_range())?;
    if range.network() != address {
        let range = range.trunc();
        return Err(EndpointError::HostBits { text: text.to_owned(), range, address });
    }
    let range = mapped(range).unwrap_or(range);
    let one = range.prefix_len() == range.max_prefix_len();
    Ok(if one { Host::Address(range.addr()) } else { Host::Range(range) })
}

/// The IPv4 range that is written as a range of `::ffff:0:0/96` (U1).
fn mapped(range: IpNet) -> Option<IpNet> {
    let IpNet::V6(outer) = range else { return None };
    let length = outer.prefix_len().checked_sub(96)?;
    IpNet::new(outer.addr().to_ipv4_mapped()?.into(), length).ok()
}

/// A host with an optional port. An IPv6 address needs brackets for the port.
fn host_and_port(text: &str) -> Result<(Host, Option<u16>), EndpointError> {
    let name_error = |why| EndpointError::Name { text: text.to_owned(), why };
    if text.contains('@') {
        return Err(name_error("leave the user name before `@` out"));
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (address, rest) =
            rest.split_once(']').ok_or_else(|| name_error("the `]` is missing"))?;
        if address.contains('%') {
            return Err(EndpointError::Zone { text: text.to_owned() });
        }
        let address: Ipv6Addr = address
            .parse()
            .map_err(|_| name_error("no IPv6 address stands between `[` and `]`"))?;
        let host = Host::Address(IpAddr::V6(address).to_canonical());
        if rest.is_empty() {
            return Ok((host, None));
        }
        let given = rest.strip_prefix(':').ok_or_else(|| name_error("after `]` comes `:port`"))?;
        return Ok((host, Some(port(given, text)?)));
    }
    match text.split_once(':') {
        Some((host, given)) if !given.contains(':') => {
            Ok((single(host)?, Some(port(given, text)?)))
        }
        Some(_) | None => Ok((single(text)?, None)),
    }
}

fn port(given: &str, text: &str) -> Result<u16, EndpointError> {
    let bad = || EndpointError::Port { port: given.to_owned(), text: text.to_owned() };
    let digits = given.bytes().all(|it| it.is_ascii_digit());
    given.parse().ok().filter(|port| digits && *port != 0).ok_or_else(bad)
}

/// An address, or a name that no resolver takes for an address.
fn single(text: &str) -> Result<Host, EndpointError> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Host::Address(address.to_canonical()));
    }
    if text.contains('%') {
        return Err(EndpointError::Zone { text: text.to_owned() });
    }
    if text.contains(':') {
        return Err(EndpointError::Name {
            text: text.to_owned(),
            why: "neither an IPv6 address nor a name with one port",
        });
    }
    if text.contains('*') {
        return Err(EndpointError::Wildcard { text: text.to_owned() });
    }
    let name = text.strip_suffix('.').unwrap_or(text);
    match name_fault(name) {
        Some(why) => Err(EndpointError::Name { text: text.to_owned(), why }),
        None if ends_in_number(name) => Err(EndpointError::Numeric { text: text.to_owned() }),
        None => Ok(Host::Name(name.to_ascii_lowercase())),
    }
}

fn name_fault(name: &str) -> Option<&'static str> {
    let known = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_' | b'.');
    let hyphen = |label: &str| label.starts_with('-') || label.ends_with('-');
    if name.len() > NAME_BYTES_MAX {
        Some("a name has at most 253 bytes")
    } else if !name.bytes().all(known) {
        Some("a name has letters, digits, `-`, `_` and `.` only")
    } else if name.split('.').any(str::is_empty) {
        Some("a label of the name is empty")
    } else if name.split('.').any(|label| label.len() > LABEL_BYTES_MAX) {
        Some("a label of a name has at most 63 bytes")
    } else if name.split('.').any(hyphen) {
        Some("a label begins or ends with `-`")
    } else {
        None
    }
}

/// Old resolvers read `1.2.3` and `0x7f.1` as addresses; no public name ends in a number.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let hex = last.strip_prefix("0x").is_some_and(|it| it.bytes().all(|it| it.is_ascii_hexdigit()));
    hex || last.bytes().all(|it| it.is_ascii_digit())
}
