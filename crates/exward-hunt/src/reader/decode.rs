//! The forms that an attacker may have sent, from the form that a log shows.
//!
//! * **D1** The value as it stands comes first, and no form stands there twice.
//! * **D2** What holds no `%` (and no `+`, where it may be a blank) has one form only.

use std::borrow::Cow;

/// What a log does to blanks in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blanks {
    /// Nothing.
    AsTheyAre,
    /// It writes `+`, or the sender did.
    Plus,
    /// It writes two blanks for a comma and a blank.
    ForCommas,
}

/// Adds a value as it stands, decoded once, and decoded twice, without what is there already.
pub(super) fn add<'a>(forms: &mut Vec<Cow<'a, str>>, value: Cow<'a, str>, blanks: Blanks) {
    let spaced = match blanks {
        Blanks::Plus if value.contains('+') => Some(value.replace('+', " ")),
        Blanks::ForCommas if value.contains("  ") => Some(value.replace("  ", ", ")),
        Blanks::AsTheyAre | Blanks::Plus | Blanks::ForCommas => None,
    };
    add_decoded(forms, value);
    if let Some(spaced) = spaced {
        add_decoded(forms, Cow::Owned(spaced));
    }
}

fn add_decoded<'a>(forms: &mut Vec<Cow<'a, str>>, value: Cow<'a, str>) {
    let once = percent(&value);
    let twice = once.as_deref().and_then(percent);
    for form in [Some(value), once.map(Cow::Owned), twice.map(Cow::Owned)].into_iter().flatten() {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
}

/// Percent-decoded, `%uXXXX` of IIS too; overlong UTF-8 of two bytes, as IIS once took it, becomes the character
/// that it hides. `None` if nothing is encoded.
pub(super) fn percent(text: &str) -> Option<String> {
    if !text.contains('%') {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut changed = false;
    while let Some((first, after)) = rest.split_first() {
        if *first == b'%'
            && let Some((character, after)) = escape(after)
        {
            match character {
                Escaped::Byte(byte) => bytes.push(byte),
                Escaped::Char(it) => bytes.extend(it.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            changed = true;
            rest = after;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    changed.then(|| text_of(bytes))
}

enum Escaped {
    Byte(u8),
    Char(char),
}

/// What stands after a `%`.
fn escape(after: &[u8]) -> Option<(Escaped, &[u8])> {
    match after {
        [b'u' | b'U', a, b, c, d, rest @ ..] => {
            let unit =
                [a, b, c, d].iter().try_fold(0u32, |all, it| Some((all << 4) | hex(**it)?))?;
            Some((Escaped::Char(narrow(char::from_u32(unit)?)), rest))
        }
        [a, b, rest @ ..] => {
            let byte = u8::try_from((hex(*a)? << 4) | hex(*b)?).ok()?;
            Some((Escaped::Byte(byte), rest))
        }
        _ => None,
    }
}

fn hex(digit: u8) -> Option<u32> {
    char::from(digit).to_digit(16)
}

/// IIS takes the full-width forms of ASCII for ASCII.
fn narrow(character: char) -> char {
    match u32::from(character) {
        code @ 0xFF01..=0xFF5E => char::from_u32(code.saturating_sub(0xFEE0)).unwrap_or(character),
        _ => character,
    }
}

/// UTF-8 in which overlong sequences stand for their character; anything else that is no UTF-8 is U+FFFD.
fn text_of(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(&without_overlong(error.as_bytes())).into_owned(),
    }
}

fn without_overlong(mut rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rest.len());
    let mut buffer = [0; 4];
    while let Some((first, after)) = rest.split_first() {
        let (code, after) = match rest {
            [0xC0 | 0xC1, b @ 0x80..=0xBF, after @ ..] => (low_bits(&[*first, *b]), after),
            _ => (None, after),
        };
        match code {
            Some(it) => out.extend(it.encode_utf8(&mut buffer).as_bytes()),
            None => out.push(*first),
        }
        rest = after;
    }
    out
}

/// The character of the low six bits of two bytes; of a two-byte lead only its last bit is one.
fn low_bits(pair: &[u8; 2]) -> Option<char> {
    let [a, b] = pair.map(u32::from);
    char::from_u32(((a & 0x1F) << 6) | (b & 0x3F))
}

#[cfg(test)]
mod tests;
