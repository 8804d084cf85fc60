//! `X-Rps-CAT`: the token by which Exchange's front end tells the back end who asks. In a query it comes from
//! outside, and makes the sender whoever it names.
//!
//! Form: `V` and two bytes, then parts of a letter and (except `C`, one byte) a length and a text: `T` type,
//! `C` compressed, `A` authentication, `L` logon name, `U` SID, `G` groups.
//! Source: requests of a ProxyShell case (DebugPrivilege, InsightEngineering); Zero Day Initiative, 2021-08-17.

use std::net::IpAddr;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::TypedHit;
use super::request::{Asked, forms};
use super::rules::TypedRule;
use crate::{Confidence, Record, Stage};

/// The parameter, in lower case.
pub(super) const NAME: &str = "x-rps-cat";

/// Characters of a token that are looked at; a real one has some hundreds.
const TOKEN_CHARS_MAX: usize = 8192;
/// Characters of a name that are told.
const NAME_CHARS_MAX: usize = 100;

/// Tokens in logs are cut anywhere.
const CUT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Whom a token names. A cut token names less.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Option<String>,
    pub(super) logon: Option<String>,
    pub(super) sid: Option<String>,
}

/// Whether a path may hold a token: a `?` that was encoded makes the query a part of the path.
pub(super) fn may_stand_in(path: &str) -> bool {
    path.to_ascii_lowercase().contains(NAME)
}

/// A request with a token.
pub(super) fn in_request(record: &dyn Record) -> Option<TypedHit> {
    let forms = forms(record, "cs-uri-query");
    let value = forms.iter().find_map(|it| value(it))?;
    let asked = Asked::of(record);
    let token = Token::of(&value);
    let confidence = if token.is_some() { Confidence::High } else { Confidence::Medium };
    let stage = if asked.status == Some(200) { Stage::Success } else { Stage::Attempt };
    let whom = token.map_or_else(|| "cannot be read".to_owned(), |it| it.whom());
    let mut why = format!("a token in the query {whom}; {}", asked.answer());
    if is_straight(&asked.stem, &forms) && is_neighbour(record) {
        why.push_str("; another Exchange server of this network may send one for a cmdlet, too");
        return Some(TypedRule::Token.hit(stage, Confidence::Low, why));
    }
    Some(TypedRule::Token.hit(stage, confidence, why))
}

/// Whether PowerShell was asked for by its own path, and nothing shows a way round it.
fn is_straight(stem: &str, queries: &[String]) -> bool {
    let stem = stem.to_ascii_lowercase();
    let is_round = |it: &String| it.to_ascii_lowercase().contains("autodiscover");
    matches!(stem.as_str(), "/powershell" | "/powershell/") && !queries.iter().any(is_round)
}

/// Whether the sender is a machine of this network, and not this server: the attack makes this server's front end
/// ask its own back end.
fn is_neighbour(record: &dyn Record) -> bool {
    let Some(actor) = record.actor() else { return false };
    let is_private = match actor.parse::<IpAddr>().map(|it| it.to_canonical()) {
        Ok(IpAddr::V4(it)) => it.is_private(),
        Ok(IpAddr::V6(it)) => it.is_unique_local(),
        Err(_) => false,
    };
    is_private && record.values("s-ip").raw().is_some_and(|own| own != actor)
}

/// The token as it stands; `None` if there is none, or an empty one.
fn value(query: &str) -> Option<String> {
    let lower = query.to_ascii_lowercase();
    let after = lower.find(NAME)?.saturating_add(NAME.len());
    let rest = query.get(after..)?;
    let rest = rest.strip_prefix('=').or_else(|| {
        rest.get(..3).filter(|it| it.eq_ignore_ascii_case("%3d")).and_then(|_| rest.get(3..))
    })?;
    let value = rest.split(['&', ' ', ';']).next().unwrap_or_default();
    (!value.is_empty()).then(|| value.chars().take(TOKEN_CHARS_MAX).collect())
}

impl Token {
    /// Decodes what is there of a token. `None` if it is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let once = percent_decoded(text);
        let mut text = percent_decoded(&once).replace(' ', "+");
        text.retain(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '/'));
        if text.len() % 4 == 1 {
            text.pop();
        }
        let bytes = CUT_BASE64.decode(text).ok()?;
        let mut rest = bytes.strip_prefix(b"V")?.get(2..)?;
        let mut token = Self::default();
        while let Some((letter, after)) = rest.split_first() {
            if *letter == b'C' {
                rest = after.get(1..).unwrap_or_default();
                continue;
            }
            let Some((length, after)) = after.split_first() else { break };
            let Some((text, after)) = after.split_at_checked(usize::from(*length)) else { break };
            let text = Some(shown(text));
            match letter {
                b'T' => token.kind = text,
                b'A' => {}
                b'L' => token.logon = text,
                b'U' => token.sid = text,
                _ => break,
            }
            rest = after;
        }
        token.kind.is_some().then_some(token)
    }

    /// A part of a sentence that begins with "a token".
    fn whom(&self) -> String {
        let logon = self.logon.as_deref().map(|it| format!("names the user {it}"));
        let sid = self.sid.as_deref().map(|it| match it.rsplit_once('-') {
            Some((domain, "500")) if domain.starts_with("S-1-5-21-") => {
                format!("SID {it}, the built-in administrator")
            }
            _ => format!("SID {it}"),
        });
        match (logon, sid) {
            (Some(logon), Some(sid)) => format!("{logon} ({sid})"),
            (Some(logon), None) => logon,
            (None, Some(sid)) => format!("names {sid}"),
            (None, None) => "is cut off before it names a user".to_owned(),
        }
    }
}

fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let plain = |it: char| if it.is_control() { '\u{FFFD}' } else { it };
    text.chars().take(NAME_CHARS_MAX).map(plain).collect()
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 16).ok());
        match byte {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
