//! The cipher suites that probes offer: every kind an Exchange server since 2003 may insist on.
//!
//! # Invariants
//! * **T-S1 few.** With the renegotiation signal, at most thirty: Schannel of Windows Server 2003
//!   looks only at the first 64 suites.
//!
//! No anonymous suite and no export suite: what they would reach has no certificate to look at.
//!
//! Source: IANA, "TLS Cipher Suites"; OpenSSL, `openssl ciphers -stdname`.

/// In which hello a suite is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offer {
    /// TLS 1.3, which has a list of its own.
    Tls13,
    /// The full hello alone.
    Full,
    /// The full hello and the old one.
    Old,
}

/// A suite: its number, IANA's name, OpenSSL's name, and where it is offered.
type Suite = (u16, &'static str, &'static str, Offer);

/// Best first; within a kind AES-128 first, which costs both sides less.
const SUITES: [Suite; 29] = [
    (0x1301, "TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", Offer::Tls13),
    (0x1302, "TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", Offer::Tls13),
    (0x1303, "TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", Offer::Tls13),
    (0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", FULL),
    (0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", FULL),
    (0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", FULL),
    (0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", FULL),
    (0x009e, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", FULL),
    (0x009f, "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", FULL),
    (0xc023, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", FULL),
    (0xc027, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", FULL),
    (0xc024, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384", FULL),
    (0xc028, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384", FULL),
    (0xc009, "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA-AES128-SHA", FULL),
    (0xc013, "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA-AES128-SHA", FULL),
    (0xc00a, "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA-AES256-SHA", FULL),
    (0xc014, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA-AES256-SHA", FULL),
    (0x0033, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "DHE-RSA-AES128-SHA", OLD),
    (0x0039, "TLS_DHE_RSA_WITH_AES_256_CBC_SHA", "DHE-RSA-AES256-SHA", OLD),
    (0x009c, "TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256", FULL),
    (0x009d, "TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", FULL),
    (0x003c, "TLS_RSA_WITH_AES_128_CBC_SHA256", "AES128-SHA256", FULL),
    (0x003d, "TLS_RSA_WITH_AES_256_CBC_SHA256", "AES256-SHA256", FULL),
    (0x002f, "TLS_RSA_WITH_AES_128_CBC_SHA", "AES128-SHA", OLD),
    (0x0035, "TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA", OLD),
    (0x000a, "TLS_RSA_WITH_3DES_EDE_CBC_SHA", "DES-CBC3-SHA", OLD),
    (0xc011, "TLS_ECDHE_RSA_WITH_RC4_128_SHA", "ECDHE-RSA-RC4-SHA", FULL),
    (0x0005, "TLS_RSA_WITH_RC4_128_SHA", "RC4-SHA", OLD),
    (0x0004, "TLS_RSA_WITH_RC4_128_MD5", "RC4-MD5", OLD),
];

const FULL: Offer = Offer::Full;
const OLD: Offer = Offer::Old;

/// IANA's name of a suite; `0xC0FF` for one that is never offered.
#[must_use]
pub(super) fn name(number: u16) -> String {
    match SUITES.iter().find(|suite| suite.0 == number) {
        Some((_, name, _, _)) => (*name).to_owned(),
        None => format!("0x{number:04X}"),
    }
}

/// OpenSSL's list for TLS 1.3.
pub(super) fn tls13_list() -> String {
    list(|it| it == Offer::Tls13)
}

/// OpenSSL's list for SSL 3.0 to TLS 1.2 in the full hello.
pub(super) fn full_list() -> String {
    list(|it| it != Offer::Tls13)
}

/// OpenSSL's list for the old hello. Without elliptic curves, and so without their extensions.
pub(super) fn old_list() -> String {
    list(|it| it == Offer::Old)
}

fn list(wanted: impl Fn(Offer) -> bool) -> String {
    let named = SUITES.iter().filter(|suite| wanted(suite.3)).map(|suite| suite.2);
    named.collect::<Vec<&str>>().join(":")
}

/// Numbers in the full hello and in the old one, in order, for the tests of what is really sent.
#[cfg(test)]
pub(super) fn numbers(old: bool) -> Vec<u16> {
    let wanted = |suite: &&Suite| !old || suite.3 == Offer::Old;
    SUITES.iter().filter(wanted).map(|suite| suite.0).collect()
}
