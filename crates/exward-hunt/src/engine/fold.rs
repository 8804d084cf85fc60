//! Lower case, and percent-encoding that hides ordinary letters.

use memchr::memchr;

/// Writes `bytes` in ASCII lower case over `folded`.
pub(super) fn lower_into(bytes: &[u8], folded: &mut Vec<u8>) {
    folded.clear();
    folded.extend(bytes.iter().map(u8::to_ascii_lowercase));
}

/// The place of the next escape at or after `from` behind which a needle may stand unseen: it hides a character
/// which nobody has to encode (`%61`, `%2e`, `%u0061`, overlong `%c0%ae`), or another escape (`%253d`). The bytes are
/// lower case.
pub(super) fn next_disguise(folded: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let rest = folded.get(at..)?;
        at = at.saturating_add(memchr(b'%', rest)?);
        if is_disguise(folded.get(at.saturating_add(1)..).unwrap_or_default()) {
            return Some(at);
        }
        at = at.saturating_add(1);
    }
}

/// Whether what follows a percent sign hides an ordinary character.
fn is_disguise(after: &[u8]) -> bool {
    match after {
        [b'2', b'5', high, low, ..] => hex(*high).is_some() && hex(*low).is_some(),
        [b'u', ..] => true,
        [b'c', b'0' | b'1', b'%', ..] | [b'e', b'0', b'%', ..] => true,
        [high, low, ..] => match (hex(*high), hex(*low)) {
            (Some(high), Some(low)) => is_ordinary((high << 4) | low),
            _ => false,
        },
        _ => false,
    }
}

/// What RFC 3986 calls unreserved: nobody has to encode it.
fn is_ordinary(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok())
}

/// As often as anything on the server decodes a URL.
pub(super) const DECODINGS: usize = 2;

/// Percent-decodes in place, in lower case; whether anything changed.
pub(super) fn decode_once(bytes: &mut Vec<u8>) -> bool {
    let mut written = 0_usize;
    let mut at = 0_usize;
    let mut changed = false;
    while let Some(byte) = bytes.get(at).copied() {
        let (value, len) = escape(bytes.get(at..).unwrap_or_default()).unwrap_or((byte, 1));
        changed |= len > 1;
        if let Some(place) = bytes.get_mut(written) {
            *place = value.to_ascii_lowercase();
        }
        written = written.saturating_add(1);
        at = at.saturating_add(len);
    }
    bytes.truncate(written);
    changed
}

/// The byte that an escape stands for, and its length: `%61`, `%u0061`, `%c1%a1`.
fn escape(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [b'%', b'u', a, b, c, d, ..] => {
            let (high, low) = ((hex(*a)? << 4) | hex(*b)?, (hex(*c)? << 4) | hex(*d)?);
            // IIS maps the full-width forms onto ASCII too; anything else is no needle.
            match high {
                0 => Some((low, 6)),
                0xff if low < 0x5f => Some((low.saturating_add(0x20), 6)),
                _ => Some((b'?', 6)),
            }
        }
        [b'%', b'c', lead @ (b'0' | b'1'), b'%', c, d, ..] => {
            let tail = (hex(*c)? << 4) | hex(*d)?;
            let top = if *lead == b'1' { 0x40 } else { 0 };
            (tail & 0xc0 == 0x80).then_some((top | (tail & 0x3f), 6))
        }
        [b'%', a, b, ..] => Some(((hex(*a)? << 4) | hex(*b)?, 3)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, disguise: Option<usize>, decoded: &str) {
        assert_eq!(next_disguise(text.as_bytes(), 0), disguise, "{text}");
        let mut buffer = text.as_bytes().to_vec();
        let _once = decode_once(&mut buffer) && decode_once(&mut buffer);
        assert_eq!(String::from_utf8_lossy(&buffer), decoded, "{text}");
    }

    #[test]
    fn ordinary_letters_in_disguise_are_found_and_decoded() {
        check("/owa/?q=a%20b%2fc%3d", None, "/owa/?q=a b/c=");
        check("/%61utodiscover", Some(1), "/autodiscover");
        check("/%2561utodiscover", Some(1), "/autodiscover");
        check("x%25%36%31", Some(4), "xa");
        check("/%u0061%uff41", Some(1), "/aa");
        check("/a%c0%aeb", Some(2), "/a.b");
        check("100% %zz %", None, "100% %zz %");
        check("%252f %2520", Some(0), "/  ");
        check("100%25", None, "100%");
    }
}
