//! What a server said before encryption began, read from its first bytes: pure, and without a
//! library.
//!
//! # Invariants
//! * **T-R1 total.** Any bytes give an answer. Nothing panics, and nothing is held beyond a copy of
//!   the input.
//! * **T-R2 steady.** More bytes add facts. They never change a hello, a certificate or a fatal alert
//!   that was read already, however the server cut its records.
//!
//! Sources: RFC 6101 (SSL 3.0), RFC 5246 (TLS 1.2), RFC 8446 (TLS 1.3) §4.1.3, §4.2.1, §5.1, §6.

use std::fmt;

use exward_core::tls::TlsVersion;

/// What a server's first bytes say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Its ServerHello, if it came whole.
    pub hello: Option<ServerHello>,
    /// Its first certificate as DER, if it came whole and in the clear (up to TLS 1.2).
    pub certificate: Option<Vec<u8>>,
    /// Its first fatal alert, or else its last warning.
    pub alert: Option<Alert>,
    /// True if the bytes do not begin like TLS. False for no bytes at all.
    pub is_foreign: bool,
}

/// The choice of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version it chose; `None` for one that was never published (drafts, DTLS).
    pub version: Option<TlsVersion>,
    /// Number of the suite it chose.
    pub suite: u16,
}

/// An alert in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// True if it ends the connection.
    pub is_fatal: bool,
    /// Its number.
    pub code: u8,
}

impl fmt::Display for Alert {
    /// `handshake_failure`, or the number where it has no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match ALERTS.iter().find(|(code, _)| *code == self.code) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "{}", self.code),
        }
    }
}

/// IANA, "TLS Alerts".
const ALERTS: [(u8, &str); 33] = [
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
];

/// Longest record: 2^14 bytes and what encryption may add to them (RFC 5246 §6.2.3).
const RECORD_BYTES_MAX: usize = (1 << 14) + (1 << 11);

const CHANGE_CIPHER_SPEC: u8 = 20;
const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SUPPORTED_VERSIONS: u16 = 43;

/// Reads what stands in the clear. Bytes that break off are read as far as they go.
#[must_use]
pub fn read(bytes: &[u8]) -> Seen {
    let mut seen = Seen { is_foreign: !begins_like_tls(bytes), ..Seen::default() };
    if seen.is_foreign {
        return seen;
    }
    let mut handshake = Vec::new();
    let mut is_clear = true;
    let mut rest = Bytes(bytes);
    while let Some((kind, length, body)) = rest.record() {
        match kind {
            HANDSHAKE if is_clear => handshake.extend_from_slice(body),
            ALERT if length == 2 => seen.note_alert(body),
            CHANGE_CIPHER_SPEC => is_clear = false,
            _ => {}
        }
    }
    seen.read_messages(&handshake);
    seen
}

/// True if the bytes are the beginning of a record; also for none.
fn begins_like_tls(bytes: &[u8]) -> bool {
    let is_kind = |it: &u8| (CHANGE_CIPHER_SPEC..=APPLICATION_DATA).contains(it);
    bytes.first().is_none_or(is_kind)
        && bytes.get(1).is_none_or(|it| *it == 3)
        && bytes.get(2).is_none_or(|it| *it <= 4)
        && bytes
            .get(3..5)
            .is_none_or(|it| Bytes(it).number(2).is_some_and(|n| n <= RECORD_BYTES_MAX))
}

impl Seen {
    fn note_alert(&mut self, body: &[u8]) {
        let &[level, code] = body else { return };
        if self.alert.is_none_or(|it| !it.is_fatal) {
            self.alert = Some(Alert { is_fatal: level != 1, code });
        }
    }

    /// The first hello and the first certificate count. A certificate is read from the front of a
    /// chain that breaks off, a hello only as a whole: its version stands at its end.
    fn read_messages(&mut self, handshake: &[u8]) {
        let mut rest = Bytes(handshake);
        while let Some((kind, length, body)) = rest.message() {
            match kind {
                SERVER_HELLO if self.hello.is_none() && body.len() == length => {
                    self.hello = server_hello(Bytes(body));
                }
                // Before a hello it is no answer to ours.
                CERTIFICATE if self.certificate.is_none() && self.hello.is_some() => {
                    self.certificate = certificate(Bytes(body));
                }
                _ => {}
            }
        }
    }
}

fn server_hello(mut body: Bytes<'_>) -> Option<ServerHello> {
    let mut version = body.number(2)?;
    let _random = body.take(32)?;
    let session_bytes = body.number(1)?;
    let _session = body.take(session_bytes)?;
    let suite = u16::try_from(body.number(2)?).ok()?;
    let _compression = body.number(1)?;
    if let Some(it) = chosen_version(body) {
        version = it;
    }
    Some(ServerHello { version: version_of(version), suite })
}

/// The version in the extension of TLS 1.3, if there is one.
fn chosen_version(mut body: Bytes<'_>) -> Option<usize> {
    let bytes = body.number(2)?;
    let mut extensions = Bytes(body.take(bytes)?);
    loop {
        let kind = extensions.number(2)?;
        let bytes = extensions.number(2)?;
        let mut data = Bytes(extensions.take(bytes)?);
        if kind == usize::from(SUPPORTED_VERSIONS) {
            return data.number(2);
        }
    }
}

fn version_of(number: usize) -> Option<TlsVersion> {
    match number {
        0x0300 => Some(TlsVersion::Ssl3),
        0x0301 => Some(TlsVersion::Tls10),
        0x0302 => Some(TlsVersion::Tls11),
        0x0303 => Some(TlsVersion::Tls12),
        0x0304 => Some(TlsVersion::Tls13),
        _ => None,
    }
}

fn certificate(mut body: Bytes<'_>) -> Option<Vec<u8>> {
    let _list_bytes = body.number(3)?;
    let bytes = body.number(3)?;
    body.take(bytes).filter(|it| !it.is_empty()).map(<[u8]>::to_vec)
}

/// Bytes still to be read, from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of at most three bytes, most significant first.
    fn number(&mut self, bytes: usize) -> Option<usize> {
        let digits = self.take(bytes)?;
        Some(digits.iter().fold(0, |number, digit| number << 8 | usize::from(*digit)))
    }

    /// Kind, stated length and body of the next record; the body is short where the bytes break off.
    fn record(&mut self) -> Option<(u8, usize, &'a [u8])> {
        if !begins_like_tls(self.0) {
            return None;
        }
        let (kind, _version, length) = (self.number(1)?, self.number(2)?, self.number(2)?);
        let body = self.take(length.min(self.0.len()))?;
        Some((u8::try_from(kind).ok()?, length, body))
    }

    /// Kind, stated length and body of the next handshake message; the body may be short as well.
    fn message(&mut self) -> Option<(u8, usize, &'a [u8])> {
        let (kind, length) = (self.number(1)?, self.number(3)?);
        let body = self.take(length.min(self.0.len()))?;
        Some((u8::try_from(kind).ok()?, length, body))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A record with its length.
    fn record(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind, 3, 1], length.as_slice(), body].concat()
    }

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        [&[kind], &length[1..], body].concat()
    }

    fn hello(version: [u8; 2], suite: [u8; 2], extensions: &[u8]) -> Vec<u8> {
        let session = [&[4], [9_u8; 4].as_slice()].concat();
        message(2, &[&version, [7; 32].as_slice(), &session, &suite, &[0], extensions].concat())
    }

    fn certificate_of(der: &[u8]) -> Vec<u8> {
        let one = [&u32::try_from(der.len()).unwrap().to_be_bytes()[1..], der].concat();
        message(11, &[&u32::try_from(one.len()).unwrap().to_be_bytes()[1..], &one].concat())
    }

    /// Hello, certificate and end of a TLS 1.0 server's first flight.
    fn flight() -> Vec<u8> {
        [hello([3, 1], [0, 0x2f], &[]), certificate_of(b"the certificate"), message(14, &[])]
            .concat()
    }

    #[track_caller]
    fn check(bytes: &[u8], want: &str) {
        let seen = read(bytes);
        let mut got = Vec::new();
        if let Some(hello) = seen.hello {
            let version = hello.version.map_or("unknown", TlsVersion::name);
            got.push(format!("{version} {:04x}", hello.suite));
        }
        got.extend(seen.certificate.map(|it| String::from_utf8_lossy(&it).into_owned()));
        got.extend(
            seen.alert.map(|it| format!("{}{it}", if it.is_fatal { "" } else { "warning " })),
        );
        got.extend(seen.is_foreign.then(|| "foreign".to_owned()));
        assert_eq!(got.join(", "), want, "{bytes:02x?}");
    }

    /// Extensions of TLS 1.3: a share of a key, then the version.
    const TLS13: [u8; 16] = [0, 14, 0, 51, 0, 4, 0, 29, 0, 0, 0, 43, 0, 2, 3, 4];

    #[test]
    fn first_bytes_are_read() {
        let cut: Vec<u8> = flight().chunks(7).flat_map(|it| record(22, it)).collect();
        let encrypted = [record(20, &[1]), record(22, &hello([3, 1], [0, 5], &[]))].concat();
        check(b"", "");
        check(&record(22, &flight()), "TLS 1.0 002f, the certificate");
        check(&cut, "TLS 1.0 002f, the certificate"); // messages across records
        check(&record(22, &flight())[..76], "TLS 1.0 002f, the certificate"); // cut short
        check(&record(22, &flight())[..75], "TLS 1.0 002f");
        check(&record(22, &flight())[..47], "");
        check(&record(22, &hello([3, 3], [0x13, 1], &TLS13)), "TLS 1.3 1301");
        check(&record(22, &hello([3, 3], [0xc0, 0x30], &[0, 4, 0xff, 1, 0, 0])), "TLS 1.2 c030");
        check(&record(22, &hello([0x7f, 0x1c], [0x13, 1], &[])), "unknown 1301");
        check(&record(22, &certificate_of(b"no hello before it")), "");
        check(&encrypted, ""); // what follows the change of ciphers is no message
    }

    #[test]
    fn alerts_and_other_protocols_are_read() {
        let (warning, fatal) = (record(21, &[1, 112]), record(21, &[2, 40]));
        check(&record(21, &[2, 70]), "protocol_version");
        check(&record(21, &[2, 199]), "199");
        check(&warning, "warning unrecognized_name");
        check(&[warning.clone(), fatal.clone()].concat(), "handshake_failure");
        check(&[fatal, warning.clone()].concat(), "handshake_failure");
        check(
            &[warning, record(22, &flight())].concat(),
            "TLS 1.0 002f, the certificate, warning unrecognized_name",
        );
        check(&record(21, &[2, 40, 0]), ""); // an encrypted alert is longer
        check(b"HTTP/1.1 400 Bad Request", "foreign");
        check(b"\x16\x02", "foreign");
        check(b"\x16\x03\x01\xff\xff", "foreign"); // no record is so long
    }

    /// Bytes near what servers send: a flight or alerts, cut into records, some bytes changed.
    fn almost_tls() -> impl Strategy<Value = Vec<u8>> {
        let kinds =
            prop::collection::vec((20_u8..24, prop::collection::vec(any::<u8>(), 0..40)), 0..6);
        let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
        let flights = prop_oneof![Just(flight()), Just(hello([3, 3], [0x13, 1], &TLS13))];
        (1_usize..90, flights, kinds, changes).prop_map(|(size, flight, kinds, changes)| {
            let mut bytes: Vec<u8> = flight.chunks(size).flat_map(|it| record(22, it)).collect();
            bytes.extend(kinds.into_iter().flat_map(|(kind, body)| record(kind, &body)));
            for (at, value) in changes {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn any_bytes_have_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let held = read(&bytes).certificate.map_or(0, |it| it.len());
            prop_assert!(held <= bytes.len(), "T-R1");
        }

        #[test]
        fn more_bytes_only_add(bytes in almost_tls(), at in any::<prop::sample::Index>()) {
            let part = read(&bytes[..at.index(bytes.len())]);
            let whole = read(&bytes);
            prop_assert!(part.hello.is_none() || part.hello == whole.hello, "T-R2");
            prop_assert!(part.certificate.is_none() || part.certificate == whole.certificate, "T-R2");
            let fatal = part.alert.filter(|it| it.is_fatal);
            prop_assert!(fatal.is_none() || fatal == whole.alert, "T-R2");
            prop_assert!(!part.is_foreign || whole.is_foreign, "T-R2");
        }
    }
}
