//! What modifiers make of a text: one value of a rule to the texts that are looked for.
//!
//! Source: Sigma specification v2, appendix "Modifiers": `windash`, `base64`, `base64offset`, `wide`.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::glob::{Glob, Symbol};
use super::modifier::{Change, Utf16};
use crate::limits::RULE_DASHES_MAX;

/// What Windows programs take for the dash before an option.
const DASHES: [char; 5] = ['-', '/', '\u{2013}', '\u{2014}', '\u{2015}'];

/// The texts that the changes, in their order, make of one text.
///
/// # Errors
/// A change cannot be made.
pub(super) fn transform(value: Glob, changes: &[Change]) -> Result<Vec<Glob>, String> {
    let mut texts = vec![value];
    let mut are_bytes = false;
    for change in changes {
        let mut next = Vec::new();
        for text in texts {
            next.extend(apply(*change, text, are_bytes)?);
        }
        texts = next;
        are_bytes = match change {
            Change::Utf16(_) => true,
            Change::Base64 | Change::Base64Offset => false,
            Change::Contains
            | Change::StartsWith
            | Change::EndsWith
            | Change::Expand
            | Change::WinDash => are_bytes,
        };
    }
    if are_bytes && !texts.iter().all(|it| it.texts().iter().all(|it| it.is_ascii())) {
        return Err(
            "`wide` and `utf16` of this text need `base64` or `base64offset` after them".to_owned()
        );
    }
    Ok(texts)
}

fn apply(change: Change, text: Glob, are_bytes: bool) -> Result<Vec<Glob>, String> {
    Ok(match change {
        Change::Contains => vec![text.open(true, true)],
        Change::StartsWith => vec![text.open(false, true)],
        Change::EndsWith => vec![text.open(true, false)],
        Change::WinDash => win_dash(&text)?,
        Change::Base64 => {
            let encoded = STANDARD.encode(bytes(&text, are_bytes)?);
            vec![Glob::literal(&encoded)]
        }
        Change::Base64Offset => base64_offset(&bytes(&text, are_bytes)?)?,
        Change::Utf16(order) => vec![utf16(&text, order)],
        Change::Expand => {
            no_placeholder(&text.texts().concat())?;
            vec![text]
        }
    })
}

/// `%name%` would be filled in from a list that only its author has.
pub(super) fn no_placeholder(text: &str) -> Result<(), String> {
    for (index, part) in text.split('%').enumerate().skip(1) {
        let closed = text.split('%').count() > index.saturating_add(1);
        let is_name = !part.is_empty() && part.chars().all(|it| it.is_alphanumeric() || it == '_');
        if closed && is_name {
            return Err(format!(
                "the placeholder `%{part}%` is filled in by nobody here; write its values into the rule"
            ));
        }
    }
    Ok(())
}

fn win_dash(text: &Glob) -> Result<Vec<Glob>, String> {
    let symbols = text.symbols();
    let word = |it: Option<&Symbol>| match it {
        Some(Symbol::Char(it)) => it.is_alphanumeric() || *it == '_',
        Some(Symbol::One | Symbol::Any) | None => false,
    };
    let mut forms = vec![Glob::default()];
    let mut dashes = 0_usize;
    for (index, symbol) in symbols.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|it| symbols.get(it));
        let after = symbols.get(index.saturating_add(1));
        let is_dash = matches!(symbol, Symbol::Char('-' | '/'));
        if !is_dash || word(before) || !word(after) {
            forms.iter_mut().for_each(|it| it.push(*symbol));
            continue;
        }
        dashes = dashes.saturating_add(1);
        if dashes > RULE_DASHES_MAX {
            return Err(format!(
                "`windash` takes at most {RULE_DASHES_MAX} dashes in one value; split it"
            ));
        }
        let with = |form: &Glob, dash: char| {
            let mut form = form.clone();
            form.push(Symbol::Char(dash));
            form
        };
        forms = forms.iter().flat_map(|form| DASHES.map(|dash| with(form, dash))).collect();
    }
    Ok(forms)
}

fn bytes(text: &Glob, are_bytes: bool) -> Result<Vec<u8>, String> {
    let text = text.text().ok_or("`base64` cannot be made of a value with wildcards")?;
    if !are_bytes {
        return Ok(text.into_bytes());
    }
    Ok(text.chars().filter_map(|it| u8::try_from(it).ok()).collect())
}

/// The part of the encoding that stands whatever comes before and after, for each of three places.
fn base64_offset(bytes: &[u8]) -> Result<Vec<Glob>, String> {
    let mut forms = Vec::new();
    for (shift, start) in [0_usize, 2, 3].into_iter().enumerate() {
        let padded = [b" ".repeat(shift), bytes.to_vec()].concat();
        let cut = match padded.len().checked_rem(3) {
            Some(1) => 3,
            Some(2) => 2,
            _ => 0,
        };
        let encoded = STANDARD.encode(&padded);
        let end = encoded.len().saturating_sub(cut);
        match encoded.get(start..end) {
            Some(it) if !it.is_empty() => forms.push(Glob::literal(it)),
            _ => return Err("is too short for `base64offset`".to_owned()),
        }
    }
    Ok(forms)
}

/// Each byte as the character with its number.
fn utf16(text: &Glob, order: Utf16) -> Glob {
    let mark = if order == Utf16::Marked { vec![0xff, 0xfe] } else { Vec::new() };
    let mut glob = Glob::of(mark.into_iter().map(|it: u8| Symbol::Char(char::from(it))));
    for symbol in text.symbols() {
        let Symbol::Char(it) = symbol else {
            glob.push(*symbol);
            continue;
        };
        for unit in it.encode_utf16(&mut [0; 2]) {
            let pair = if order == Utf16::Big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            pair.into_iter().for_each(|it| glob.push(Symbol::Char(char::from(it))));
        }
    }
    glob
}
