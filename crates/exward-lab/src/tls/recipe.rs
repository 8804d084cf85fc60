//! What the ages of Windows offer, as data.

use std::fmt;

use exward_core::tls::TlsVersion;

/// How a face speaks TLS: the age of its Windows. Ordered from new to old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsAge {
    /// TLS 1.2 and 1.3, a P-256 certificate.
    Modern,
    /// TLS 1.2 as Server 2012 R2 has it: ECDHE with CBC, RSA key exchange with GCM.
    Server2012R2,
    /// TLS 1.1 and 1.0, RSA-2048 signed with SHA-1.
    Tls11,
    /// TLS 1.0 with AES-128 and RSA key exchange, RSA-1024 signed with SHA-1.
    Tls10,
    /// TLS 1.0 with 3DES alone, as Server 2003 with RC4 turned off.
    Tls10TripleDes,
    /// TLS 1.0 with RC4 alone, as Server 2003 with every other cipher turned off.
    Tls10Rc4,
    /// SSL 3.0 with RC4 and 3DES.
    Ssl3,
}

/// Every age, from new to old.
pub const TLS_AGES: [TlsAge; 7] = [
    TlsAge::Modern,
    TlsAge::Server2012R2,
    TlsAge::Tls11,
    TlsAge::Tls10,
    TlsAge::Tls10TripleDes,
    TlsAge::Tls10Rc4,
    TlsAge::Ssl3,
];

impl TlsAge {
    /// Name in every output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Modern => "modern",
            Self::Server2012R2 => "server-2012-r2",
            Self::Tls11 => "tls-1.1",
            Self::Tls10 => "tls-1.0",
            Self::Tls10TripleDes => "tls-1.0-3des",
            Self::Tls10Rc4 => "tls-1.0-rc4",
            Self::Ssl3 => "ssl-3.0",
        }
    }

    /// The newest version it has: what a client that offers everything gets (L-T1).
    #[must_use]
    pub const fn version(self) -> TlsVersion {
        self.recipe().newest
    }

    /// What it offers.
    #[must_use]
    pub const fn recipe(self) -> Recipe {
        use TlsVersion::{Ssl3, Tls10, Tls11, Tls12, Tls13};
        let (oldest, newest, suites) = match self {
            Self::Modern => (Tls12, Tls13, "ECDHE+AESGCM"),
            Self::Server2012R2 => (Tls12, Tls12, SUITES_2012_R2),
            Self::Tls11 => (Tls10, Tls11, "ECDHE-RSA-AES256-SHA:AES256-SHA:AES128-SHA"),
            Self::Tls10 => (Tls10, Tls10, "AES128-SHA"),
            Self::Tls10TripleDes => (Tls10, Tls10, "DES-CBC3-SHA"),
            Self::Tls10Rc4 => (Tls10, Tls10, "RC4-SHA:RC4-MD5"),
            Self::Ssl3 => (Ssl3, Ssl3, "RC4-SHA:RC4-MD5:DES-CBC3-SHA"),
        };
        let (key, digest, years) = match self {
            Self::Modern => (KeyKind::P256, Digest::Sha256, [2025, 2030]),
            Self::Server2012R2 => (KeyKind::Rsa2048, Digest::Sha256, [2024, 2029]),
            Self::Tls11 => (KeyKind::Rsa2048, Digest::Sha1, [2016, 2021]),
            Self::Tls10 | Self::Tls10TripleDes | Self::Tls10Rc4 | Self::Ssl3 => {
                (KeyKind::Rsa1024, Digest::Sha1, [2008, 2013])
            }
        };
        Recipe { oldest, newest, suites, key, digest, years }
    }
}

impl fmt::Display for TlsAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The server's order of Windows Server 2012 R2, as far as an RSA key goes; no suite has both ECDHE
/// and GCM, which is why clients that know only such suites fail.
const SUITES_2012_R2: &str = "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:\
    ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA:AES256-GCM-SHA384:AES128-GCM-SHA256:\
    AES256-SHA256:AES128-SHA256:AES256-SHA:AES128-SHA:DES-CBC3-SHA";

/// Kind and size of a server's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// RSA, 1024 bits.
    Rsa1024,
    /// RSA, 2048 bits.
    Rsa2048,
    /// Elliptic curve P-256.
    P256,
}

/// Every kind of key.
pub(super) const KEY_KINDS: [KeyKind; 3] = [KeyKind::Rsa1024, KeyKind::Rsa2048, KeyKind::P256];

/// What a certificate is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Digest {
    /// MD5
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-256
    Sha256,
}

/// What a server offers and shows; the seven ages are [`TlsAge::recipe`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Oldest version it accepts.
    pub oldest: TlsVersion,
    /// Newest version it accepts.
    pub newest: TlsVersion,
    /// Suites up to TLS 1.2, best first, as OpenSSL writes them (`AES128-SHA:RC4-SHA`). TLS 1.3 has
    /// its three standard ones whatever stands here.
    pub suites: &'static str,
    /// Its key.
    pub key: KeyKind,
    /// What its certificate is signed with.
    pub digest: Digest,
    /// Validity: from the first of January of one year to that of another.
    pub years: [i16; 2],
}
