//! What a TLS handshake told: the protocol, the suite, the certificate, and what is weak about them.
//!
//! # Invariants
//! * **T1 seen, not trusted.** Nothing here is a sign of Exchange, and no certificate is verified:
//!   old servers have self-signed ones, and any server can show any name.
//!
//! Sources: RFC 8996 (TLS 1.0 and 1.1 deprecated), RFC 7568 (SSLv3), RFC 7465 (RC4), NIST SP 800-131A
//! (RSA of 2048 bits, no SHA-1 signatures), SWEET32 (3DES).

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// A protocol version. Ordered from old to new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0
    Ssl3,
    /// TLS 1.0
    Tls10,
    /// TLS 1.1
    Tls11,
    /// TLS 1.2
    Tls12,
    /// TLS 1.3
    Tls13,
}

/// Every version, from old to new.
pub const TLS_VERSIONS: [TlsVersion; 5] =
    [TlsVersion::Ssl3, TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13];

impl TlsVersion {
    /// Name in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        }
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Facts of the server's own certificate, as it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certificate {
    /// Common name and DNS names, each once, the common name first. Empty if it names nothing.
    pub names: Vec<String>,
    /// Common name or organisation of the issuer; empty if it names neither.
    pub issuer: String,
    /// True if subject and issuer are the same.
    pub self_signed: bool,
    /// First moment of validity, if it could be read.
    pub not_before: Option<Timestamp>,
    /// Last moment of validity, if it could be read.
    pub not_after: Option<Timestamp>,
    /// Kind of the key: `RSA`, `EC`, `DSA`, …; empty if it is not known.
    pub key: String,
    /// Size of the key in bits; 0 if it is not known.
    pub key_bits: u32,
    /// Algorithm of the signature: `sha1WithRSAEncryption`, …; empty if it is not known.
    pub signature: String,
}

/// What one handshake told, whether or not it came to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TlsFacts {
    /// The version the server chose. It was offered everything from SSL 3.0 to TLS 1.3, so this is the
    /// newest it has, unless [`TlsFacts::old_hello`].
    pub version: Option<TlsVersion>,
    /// The cipher suite it chose, by its IANA name; empty if none was chosen.
    pub suite: String,
    /// The certificate, if one was shown.
    pub certificate: Option<Certificate>,
    /// Why the handshake did not come to its end; `None` if it did.
    pub failure: Option<String>,
    /// True if it answered only a second, old-style hello, which offers nothing newer than TLS 1.0.
    pub old_hello: bool,
}

/// Something weak about a server's TLS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsWeakness {
    /// The newest version it has is this one, deprecated since long.
    NewestVersion(TlsVersion),
    /// It chose RC4.
    Rc4,
    /// It chose 3DES.
    TripleDes,
    /// It chose RSA key exchange: whoever gets the key later can read what was recorded.
    NoForwardSecrecy,
    /// An RSA or DSA key shorter than 2048 bits.
    ShortKey(u32),
    /// A signature made with SHA-1, MD5 or one older still.
    WeakSignature(String),
    /// The certificate has run out.
    Expired(Timestamp),
}

impl fmt::Display for TlsWeakness {
    /// `TLS 1.0 only`, `RSA key of 1024 bits`, …
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewestVersion(version) => write!(f, "{version} only"),
            Self::Rc4 => f.write_str("RC4"),
            Self::TripleDes => f.write_str("3DES"),
            Self::NoForwardSecrecy => f.write_str("no forward secrecy"),
            Self::ShortKey(bits) => write!(f, "key of {bits} bits"),
            Self::WeakSignature(name) => write!(f, "signature {name}"),
            Self::Expired(at) => write!(f, "certificate expired {}", at.strftime("%Y-%m-%d")),
        }
    }
}

/// Shortest RSA or DSA key that is not called short.
const KEY_BITS_MIN: u32 = 2048;

impl TlsFacts {
    /// What is weak, in the order of [`TlsWeakness`]. `now` decides about the end of validity.
    #[must_use]
    pub fn weaknesses(&self, now: Timestamp) -> Vec<TlsWeakness> {
        let mut found = Vec::new();
        if let Some(version) = self.version.filter(|it| *it < TlsVersion::Tls12) {
            found.push(TlsWeakness::NewestVersion(version));
        }
        if self.suite.contains("RC4") {
            found.push(TlsWeakness::Rc4);
        }
        if self.suite.contains("3DES") {
            found.push(TlsWeakness::TripleDes);
        }
        if self.suite.starts_with("TLS_RSA_") {
            found.push(TlsWeakness::NoForwardSecrecy);
        }
        if let Some(certificate) = &self.certificate {
            found.extend(certificate.weaknesses(now));
        }
        found
    }
}

/// What is weak in any of several handshakes, each thing once, in the order of [`TlsWeakness`].
#[must_use]
pub fn weaknesses<'a>(all: impl Iterator<Item = &'a TlsFacts>, today: Date) -> Vec<TlsWeakness> {
    let Ok(midnight) = today.to_zoned(TimeZone::UTC) else { return Vec::new() };
    let mut found: Vec<TlsWeakness> =
        all.flat_map(|facts| facts.weaknesses(midnight.timestamp())).collect();
    found.sort();
    found.dedup();
    found
}

impl Certificate {
    fn weaknesses(&self, now: Timestamp) -> Vec<TlsWeakness> {
        let mut found = Vec::new();
        if matches!(self.key.as_str(), "RSA" | "DSA") && (1..KEY_BITS_MIN).contains(&self.key_bits)
        {
            found.push(TlsWeakness::ShortKey(self.key_bits));
        }
        let signature = self.signature.to_ascii_lowercase();
        if ["md2", "md4", "md5", "sha1"].iter().any(|it| signature.contains(it)) {
            found.push(TlsWeakness::WeakSignature(self.signature.clone()));
        }
        if let Some(end) = self.not_after.filter(|end| *end < now) {
            found.push(TlsWeakness::Expired(end));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T00:00:00Z";

    #[track_caller]
    fn check(facts: &TlsFacts, want: &[&str]) {
        let found = facts.weaknesses(NOW.parse().unwrap());
        assert!(found.is_sorted(), "{facts:?}");
        let got: Vec<String> = found.iter().map(TlsWeakness::to_string).collect();
        assert_eq!(got, want, "{facts:?}");
    }

    fn facts(version: TlsVersion, suite: &str) -> TlsFacts {
        TlsFacts { version: Some(version), suite: suite.to_owned(), ..TlsFacts::default() }
    }

    #[test]
    fn versions_and_suites_can_be_weak() {
        check(&TlsFacts::default(), &[]);
        check(&facts(TlsVersion::Tls13, "TLS_AES_128_GCM_SHA256"), &[]);
        check(&facts(TlsVersion::Tls12, "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"), &[]);
        check(
            &facts(TlsVersion::Tls12, "TLS_RSA_WITH_AES_256_GCM_SHA384"),
            &["no forward secrecy"],
        );
        check(&facts(TlsVersion::Tls11, "TLS_DHE_RSA_WITH_AES_128_CBC_SHA"), &["TLS 1.1 only"]);
        check(
            &facts(TlsVersion::Tls10, "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
            &["TLS 1.0 only", "3DES", "no forward secrecy"],
        );
        check(
            &facts(TlsVersion::Ssl3, "TLS_RSA_WITH_RC4_128_MD5"),
            &["SSL 3.0 only", "RC4", "no forward secrecy"],
        );
    }

    #[track_caller]
    fn check_certificate(key: (&str, u32), signature: &str, end: Option<&str>, want: &[&str]) {
        let certificate = Certificate {
            key: key.0.to_owned(),
            key_bits: key.1,
            signature: signature.to_owned(),
            not_after: end.map(|it| it.parse().unwrap()),
            ..Certificate::default()
        };
        check(&TlsFacts { certificate: Some(certificate), ..TlsFacts::default() }, want);
    }

    #[test]
    fn certificates_can_be_weak() {
        check_certificate(("", 0), "", None, &[]); // nothing is known, and nothing said
        check_certificate(("EC", 256), "ecdsa-with-SHA256", Some("2030-01-01T00:00:00Z"), &[]);
        check_certificate(("RSA", 2048), "sha256WithRSAEncryption", Some(NOW), &[]);
        check_certificate(("RSA", 2047), "rsassaPss", None, &["key of 2047 bits"]);
        let sha1 = ["key of 1024 bits", "signature sha1WithRSAEncryption"];
        check_certificate(("RSA", 1024), "sha1WithRSAEncryption", None, &sha1);
        check_certificate(("EC", 256), "ecdsa-with-SHA1", None, &["signature ecdsa-with-SHA1"]);
        let md2 = ["signature md2WithRSAEncryption", "certificate expired 2013-01-01"];
        let (key, end) = (("RSA", 4096), Some("2013-01-01T00:00:00Z"));
        check_certificate(key, "md2WithRSAEncryption", end, &md2);
    }
}
