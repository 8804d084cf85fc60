//! First bytes that a web page does not have.
//!
//! Sources: [MS-PST] 2.2.2.6 (`!BDN`), X.690 (DER sequence), and the reports on ProxyShell of August
//! 2021: a mailbox export or a certificate request written under a web ending carries the shell in it.

/// A head that is not that of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A mailbox export.
    Pst,
    /// A certificate request or certificate.
    Der,
    /// A picture.
    Picture,
    /// An archive, program, database or document.
    Binary,
}

impl Head {
    /// The head of a file, if it is one of these.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [b'!', b'B', b'D', b'N', ..] => Some(Self::Pst),
            // A sequence that begins with a sequence; text in Chinese may begin with the outer one.
            [0x30, 0x81, _, 0x30, ..] | [0x30, 0x82, _, _, 0x30, ..] => Some(Self::Der),
            [b'G' | b'g', b'I' | b'i', b'F' | b'f', b'8', ..]
            | [0xFF, 0xD8, ..]
            | [0x89, b'P', b'N', b'G', ..]
            | [b'B', b'M', _, _, _, _, 0, 0, ..] => Some(Self::Picture),
            [b'P', b'K', 3, 4, ..]
            | [b'M', b'Z', _, _, 0..=0x1F, ..]
            | [0, 1, 0, 0, b'S', b't', b'a', b'n', b'd', b'a', b'r', b'd', ..]
            | [0xD0, 0xCF, 0x11, 0xE0, ..]
            | [b'%', b'P', b'D', b'F', ..]
            | [b'7', b'z', 0xBC, 0xAF, ..]
            | [0x1F, 0x8B, ..] => Some(Self::Binary),
            _ => None,
        }
    }

    /// For a person.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pst => "a mailbox export (PST)",
            Self::Der => "a certificate or certificate request (DER)",
            Self::Picture => "a picture",
            Self::Binary => "an archive, program, database or document",
        }
    }
}
