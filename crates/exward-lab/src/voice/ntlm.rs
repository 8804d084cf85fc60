//! A made-up NTLM challenge: the Windows version and the names of a server.
//!
//! There is no key and no account behind it: whatever a client answers to it is refused.
//! Layout: [MS-NLMP] 2.2.1.2.

use exward_core::product::Product;

use crate::estate::Server;
use crate::seed::mix;

/// Base64 of an NTLM type-1 message begins so.
const TYPE_1: &str = "NTLM TlRMTVNTUAAB";

/// Unicode, NTLM, target is a domain, target information, version.
const FLAGS: u32 = 0x0281_0205 | 0x0080_0000;

/// Bytes before the payload: the fixed fields and VERSION.
const HEAD_BYTES: u16 = 56;

/// NetBIOS name of the simulated domain.
const DOMAIN: &str = "LAB";

/// True if the request asks for a challenge.
pub(super) fn is_negotiate(authorization: Option<&str>) -> bool {
    authorization.is_some_and(|it| it.starts_with(TYPE_1))
}

/// A challenge in base64, as a server on the Windows of this IIS gives it.
pub(super) fn challenge(server: &Server, iis: &str, number: u64) -> String {
    let domain = utf16(DOMAIN);
    let mut information = Vec::new();
    let fqdn = format!("{}.corp.lab.test", server.host);
    for (id, text) in [(2_u16, DOMAIN), (1, &server.host), (4, "corp.lab.test"), (3, &fqdn)] {
        let text = utf16(text);
        information.extend(id.to_le_bytes());
        information.extend(short(text.len()).to_le_bytes());
        information.extend(text);
    }
    information.extend([0; 4]);
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    field(&mut message, domain.len(), HEAD_BYTES);
    message.extend(FLAGS.to_le_bytes());
    message.extend(mix(number).to_le_bytes());
    message.extend([0; 8]);
    field(&mut message, information.len(), HEAD_BYTES.saturating_add(short(domain.len())));
    let (major, minor, build) = windows(server.product, iis);
    message.extend([major, minor]);
    message.extend(build.to_le_bytes());
    message.extend([0, 0, 0, 15]);
    message.extend(domain);
    message.extend(information);
    base64(&message)
}

/// The Windows that has this IIS and runs this product.
fn windows(product: Product, iis: &str) -> (u8, u8, u16) {
    match iis {
        "6.0" => (5, 2, 3790),
        "7.0" => (6, 0, 6002),
        "7.5" => (6, 1, 7601),
        "8.5" => (6, 3, 9600),
        _ if product == Product::E2016 => (10, 0, 14393),
        _ if product == Product::Se => (10, 0, 20348),
        _ => (10, 0, 17763),
    }
}

/// Length, room and offset of a payload.
fn field(message: &mut Vec<u8>, len: usize, offset: u16) {
    message.extend(short(len).to_le_bytes());
    message.extend(short(len).to_le_bytes());
    message.extend(u32::from(offset).to_le_bytes());
}

/// Our names are short; a longer one would be cut by its field.
fn short(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for block in bytes.chunks(3) {
        let at = |index: usize| u32::from(block.get(index).copied().unwrap_or(0));
        let bits = (at(0) << 16) | (at(1) << 8) | at(2);
        for place in 0_usize..4 {
            let letter = (bits >> [18, 12, 6, 0].get(place).copied().unwrap_or(0)) & 63;
            let known = usize::try_from(letter).ok().and_then(|it| LETTERS.get(it));
            let letter = known.filter(|_| place <= block.len());
            text.push(letter.map_or('=', |it| char::from(*it)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use exward_core::build::Build;

    use super::*;

    #[track_caller]
    fn check(product: Product, iis: &str, want: &str) {
        let build = Build::new(15, 2, 1544, 14);
        let host = "EX00001A".to_owned();
        let server = Server { host, product, build, base: build, sends_version: true };
        let evidence = exward_read::answer::ntlm(&challenge(&server, iis, 7)).unwrap();
        let got: Vec<&str> = evidence.iter().map(|it| it.value.as_str()).collect();
        assert_eq!(got[0], want);
        assert_eq!(got[2], "NetBIOS computer EX00001A");
        assert_eq!(got[4], "DNS computer EX00001A.corp.lab.test");
    }

    #[test]
    fn a_challenge_tells_windows_and_names() {
        check(Product::E2007, "6.0", "Windows 5.2.3790");
        check(Product::E2010, "7.5", "Windows 6.1.7601");
        check(Product::E2013, "8.5", "Windows 6.3.9600");
        check(Product::E2016, "10.0", "Windows 10.0.14393");
        check(Product::E2019, "10.0", "Windows 10.0.17763");
        check(Product::Se, "10.0", "Windows 10.0.20348");
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(
            ["", "f", "fo", "foo"].map(|it| base64(it.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v"]
        );
    }
}
