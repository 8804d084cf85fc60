//! Secrets: drawn at random, kept as digests only.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::serve::error::WebError;

/// Bytes of a session, a token or a set-up link: 256 bits cannot be guessed.
const SECRET_BYTES: usize = 32;

/// How a token begins, so that scanners for lost secrets find it.
const TOKEN_PREFIX: &str = "exward_";

/// So many random bytes.
///
/// # Errors
/// [`WebError::Internal`]: the system has none.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], WebError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| WebError::Internal)?;
    Ok(bytes)
}

/// A new secret in hexadecimal digits.
///
/// # Errors
/// As [`random`].
pub(crate) fn draw() -> Result<String, WebError> {
    random::<SECRET_BYTES>().map(|it| hex(&it))
}

/// A new secret that a person can copy by hand: 80 random bits, enough where guesses are paced.
///
/// # Errors
/// As [`random`].
pub(crate) fn draw_short() -> Result<String, WebError> {
    random::<10>().map(|it| hex(&it))
}

/// A new token: `exward_` and a secret.
///
/// # Errors
/// As [`random`].
pub(crate) fn draw_token() -> Result<String, WebError> {
    draw().map(|it| format!("{TOKEN_PREFIX}{it}"))
}

/// What is kept of a secret. It has 256 random bits, so one pass without salt is enough.
pub(crate) fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// Whether two texts are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &str, other: &str) -> bool {
    let (one, other) = (digest(one), digest(other));
    one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a text cannot fail.
        let _written = write!(text, "{byte:02x}");
        text
    })
}

/// The bytes of hexadecimal digits.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digits = text.as_bytes().chunks_exact(2);
    digits.map(|it| u8::from_str_radix(std::str::from_utf8(it).ok()?, 16).ok()).collect()
}
