//! Evidence from an NTLM type-2 message: the Windows version and the names it gives away.
//!
//! It says nothing about the Exchange build. Layout: [MS-NLMP] 2.2.1.2.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use exward_core::evidence::{Claim, Evidence, EvidenceKind};

use super::windows_host;
use crate::record::kept;

/// Longest challenge that is decoded. Real ones have a few hundred bytes.
const CHALLENGE_CHARS_MAX: usize = 16 << 10;

/// `NTLMSSP_NEGOTIATE_VERSION`: the message has a VERSION field.
const FLAG_VERSION: u32 = 0x0200_0000;

/// Why a text is not a type-2 message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NtlmError {
    /// Not base64, or too long.
    #[error("not base64, or too long for an NTLM challenge")]
    Base64,
    /// Not an NTLM type-2 message.
    #[error("not an NTLM type-2 message")]
    NotType2,
}

/// Evidence from a base64 NTLM type-2 message.
///
/// # Errors
/// [`NtlmError`] if it is none. A message with broken fields gives what can be read of it.
pub fn ntlm(base64: &str) -> Result<Vec<Evidence>, NtlmError> {
    let text = base64.trim();
    if text.len() > CHALLENGE_CHARS_MAX {
        return Err(NtlmError::Base64);
    }
    let bytes = STANDARD.decode(text).map_err(|_| NtlmError::Base64)?;
    let message = Message(&bytes);
    if message.bytes(0, 8) != Some(b"NTLMSSP\0") || message.u32(8) != Some(2) {
        return Err(NtlmError::NotType2);
    }
    let mut evidence = Vec::new();
    match message.windows() {
        Some((major, minor, build)) => {
            let claim = windows_host(major, minor, build).map_or(Claim::Shown, Claim::Host);
            let value = format!("Windows {major}.{minor}.{build}");
            evidence.push(Evidence::new(EvidenceKind::Ntlm, value, claim));
        }
        None => {
            let value = "no Windows version in the challenge";
            evidence.push(Evidence::new(EvidenceKind::Ntlm, value, Claim::Shown));
        }
    }
    for (label, name) in message.names() {
        let value = kept(&format!("{label} {name}"));
        evidence.push(Evidence::new(EvidenceKind::Ntlm, value, Claim::Shown));
    }
    Ok(evidence)
}

/// A type-2 message; every access is checked.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    fn bytes(&self, at: usize, len: usize) -> Option<&'a [u8]> {
        self.0.get(at..at.checked_add(len)?)
    }

    fn u16(&self, at: usize) -> Option<u16> {
        self.bytes(at, 2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        self.bytes(at, 4)?.try_into().ok().map(u32::from_le_bytes)
    }

    /// The payload that a field (length, room, offset) points to.
    fn field(&self, at: usize) -> Option<&'a [u8]> {
        let len = usize::from(self.u16(at)?);
        let offset = usize::try_from(self.u32(at.checked_add(4)?)?).ok()?;
        self.bytes(offset, len)
    }

    /// The payload may begin at offset 48, where VERSION would stand: then there is none.
    fn windows(&self) -> Option<(u32, u32, u32)> {
        let flagged = self.u32(20)? & FLAG_VERSION != 0;
        let payload = self.u32(16)?;
        let version = self.bytes(48, 4).filter(|_| flagged && payload >= 56)?;
        match version {
            [major, minor, low, high] => {
                let build = u16::from_le_bytes([*low, *high]);
                Some((u32::from(*major), u32::from(*minor), u32::from(build)))
            }
            _ => None,
        }
    }

    /// Names in the target information, each once, or the target name alone in old messages.
    fn names(&self) -> Vec<(&'static str, String)> {
        let mut names = Vec::new();
        let mut pairs = Message(self.field(40).unwrap_or_default());
        while let (Some(id), Some(len)) = (pairs.u16(0), pairs.u16(2)) {
            let len = usize::from(len);
            let label = match id {
                1 => "NetBIOS computer",
                2 => "NetBIOS domain",
                3 => "DNS computer",
                4 => "DNS domain",
                5 => "DNS forest",
                _ => "",
            };
            if id == 0 {
                break;
            }
            let is_new = !label.is_empty() && names.iter().all(|(it, _)| *it != label);
            if let Some(text) = pairs.bytes(4, len).filter(|_| is_new) {
                names.push((label, utf16(text)));
            }
            let rest = len.checked_add(4).and_then(|next| pairs.0.get(next..));
            pairs = Message(rest.unwrap_or_default());
        }
        if names.is_empty()
            && let Some(target) = self.field(12).filter(|it| !it.is_empty())
        {
            names.push(("target", utf16(target)));
        }
        names
    }
}

/// UTF-16LE, or OEM text where every second byte is not the high half of a letter.
fn utf16(bytes: &[u8]) -> String {
    let units =
        bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(u16::from_le_bytes));
    let is_wide =
        bytes.len().is_multiple_of(2) && bytes.iter().skip(1).step_by(2).all(|high| *high == 0);
    if is_wide {
        char::decode_utf16(units).map(|it| it.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_challenge_is_refused() {
        assert_eq!(ntlm("!!!"), Err(NtlmError::Base64));
        assert_eq!(ntlm(""), Err(NtlmError::NotType2));
        assert_eq!(ntlm("TlRMTVNTUAABAAAA"), Err(NtlmError::NotType2));
        assert_eq!(ntlm(&"A".repeat(1 << 20)), Err(NtlmError::Base64));
    }

    #[test]
    fn a_cut_challenge_gives_what_it_has() {
        let evidence = ntlm("TlRMTVNTUAACAAAA").unwrap();
        assert_eq!(evidence.len(), 1);
        assert_eq!(evidence[0].value, "no Windows version in the challenge");
    }

    #[test]
    fn each_name_is_taken_once() {
        let pairs = [1, 0, 2, 0, b'A', 0].repeat(1000);
        let len = u16::try_from(pairs.len()).unwrap().to_le_bytes();
        let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
        message.resize(40, 0);
        message.extend(len.iter().chain(&len).chain(&48_u32.to_le_bytes()));
        message.extend(pairs);
        let evidence = ntlm(&STANDARD.encode(message)).unwrap();
        let values: Vec<&str> = evidence.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(values, ["no Windows version in the challenge", "NetBIOS computer A"]);
    }

    proptest::proptest! {
        /// Any bytes after the signature are read or refused; never a panic, never a read outside.
        #[test]
        fn any_challenge_is_read(tail in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let mut bytes = b"NTLMSSP\0\x02\0\0\0".to_vec();
            bytes.extend(tail);
            proptest::prop_assert!(ntlm(&STANDARD.encode(bytes)).is_ok());
        }
    }
}
