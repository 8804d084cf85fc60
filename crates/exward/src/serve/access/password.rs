//! Passwords: hashed with Argon2id, beside the async threads, a few at a time.
//!
//! Kept as `argon2id$m=19456,t=2,p=1$SALT$HASH` (salt and hash in hexadecimal digits), so that stronger parameters
//! can come later.
//!
//! # Invariants
//! * **W5 the same work.** A sign-in costs the same whether or not there is somebody of that name.

use std::sync::LazyLock;

use argon2::{Algorithm, Argon2, Params, Version};
use tokio::time::timeout;

use super::secret::{hex, random, same, unhex};
use crate::serve::error::WebError;
use crate::serve::limits::{HASH_WAIT_MAX, PASSWORD_MAX, PASSWORD_MIN};
use crate::serve::state::App;

/// KiB of memory, passes, lanes. Source: OWASP Password Storage Cheat Sheet, Argon2id: "m=19456 (19 MiB), t=2,
/// p=1" (read 2026-11-24).
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// Parameters of a hash that is kept may be this much stronger, but no more: it must not stop the server.
const MEMORY_KIB_MAX: u32 = 1_048_576;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// Whether a password is good enough to be set.
///
/// # Errors
/// [`WebError::Bad`] with what is wrong.
pub(crate) fn fit(password: &str, name: &str) -> Result<(), WebError> {
    let bad = |what: String| Err(WebError::Bad(what));
    if password.chars().count() < PASSWORD_MIN {
        return bad(format!("A password has at least {PASSWORD_MIN} characters"));
    }
    if password.len() > PASSWORD_MAX {
        return bad(format!("A password has at most {PASSWORD_MAX} bytes"));
    }
    let small = password.to_lowercase();
    let first = small.chars().next();
    if small.chars().all(|it| Some(it) == first) {
        return bad("A password of one repeated character can be guessed".into());
    }
    if small.replace(&name.to_lowercase(), "").chars().count() < PASSWORD_MIN / 2 {
        return bad("A password made of the name can be guessed".into());
    }
    Ok(())
}

/// The hash of a password, to be kept.
///
/// # Errors
/// [`WebError::TooMany`]: too many are being hashed.
pub(crate) async fn hashed(app: &App, password: String) -> Result<String, WebError> {
    let salt = random::<SALT_BYTES>()?;
    let work = move || {
        let mut hash = [0; HASH_BYTES];
        derive(password.as_bytes(), &salt, (MEMORY_KIB, PASSES, LANES), &mut hash)?;
        Some(kept(&salt, &hash))
    };
    beside(app, work).await?.ok_or(WebError::Internal)
}

/// Whether this password belongs to the kept hash. `None`: there is no such person, and the work is the same (W5).
///
/// # Errors
/// As [`hashed`].
pub(crate) async fn belongs(
    app: &App,
    password: String,
    kept: Option<String>,
) -> Result<bool, WebError> {
    beside(app, move || {
        let is_somebody = kept.is_some();
        let kept = kept.as_deref().unwrap_or(&NOBODY);
        // Evaluated in any case.
        let is_right = is_of(&password, kept);
        is_right && is_somebody
    })
    .await
}

/// A hash that no password has.
static NOBODY: LazyLock<String> = LazyLock::new(|| kept(&[0; SALT_BYTES], &[0; HASH_BYTES]));

fn kept(salt: &[u8], hash: &[u8]) -> String {
    format!("argon2id$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}", hex(salt), hex(hash))
}

fn is_of(password: &str, kept: &str) -> bool {
    let Some((parameters, salt, want)) = parts(kept) else { return false };
    let mut hash = [0; HASH_BYTES];
    derive(password.as_bytes(), &salt, parameters, &mut hash).is_some() && same(&hex(&hash), want)
}

type Parameters = (u32, u32, u32);

fn parts(kept: &str) -> Option<(Parameters, Vec<u8>, &str)> {
    let mut parts = kept.strip_prefix("argon2id$")?.split('$');
    let (parameters, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let mut numbers = parameters.split(',');
    let mut number = |name: &str, max: u32| {
        let text = numbers.next()?.strip_prefix(name)?;
        text.parse::<u32>().ok().filter(|it| *it <= max)
    };
    let memory = number("m=", MEMORY_KIB_MAX)?;
    let parameters = (memory, number("t=", PASSES_MAX)?, number("p=", LANES_MAX)?);
    Some((parameters, unhex(salt)?, hash))
}

fn derive(password: &[u8], salt: &[u8], (m, t, p): Parameters, hash: &mut [u8]) -> Option<()> {
    let parameters = Params::new(m, t, p, Some(hash.len())).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    argon2.hash_password_into(password, salt, hash).ok()
}

/// Works on a thread of its own, once there is a place.
async fn beside<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, WebError> {
    let place = timeout(HASH_WAIT_MAX, app.hashing.acquire()).await;
    let Ok(Ok(_place)) = place else {
        return Err(WebError::TooMany(HASH_WAIT_MAX.as_secs()));
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| WebError::Internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_hash_knows_its_password_alone() {
        let salt = [7; SALT_BYTES];
        let mut hash = [0; HASH_BYTES];
        derive(b"correct horse battery", &salt, (MEMORY_KIB, PASSES, LANES), &mut hash).unwrap();
        let kept = kept(&salt, &hash);
        assert!(kept.starts_with("argon2id$m=19456,t=2,p=1$0707"), "{kept}");
        assert!(is_of("correct horse battery", &kept));
        assert!(!is_of("correct horse batterz", &kept));
        assert!(!is_of("", &NOBODY));
        for damaged in ["", "argon2id$", "argon2id$m=9999999,t=2,p=1$00$00", "plain"] {
            assert!(!is_of("correct horse battery", damaged), "{damaged}");
        }
    }

    #[track_caller]
    fn check(password: &str, want: Result<(), &str>) {
        let got = fit(password, "alice").map_err(|it| it.help());
        assert_eq!(got, want.map_err(str::to_owned), "{password:?}");
    }

    #[test]
    fn what_can_be_guessed_is_no_password() {
        check("correct horse battery", Ok(()));
        check("ünïcödë-fünfzehn", Ok(()));
        check("short", Err("A password has at least 15 characters."));
        check("aaaaaaaaaaaaaaaaaaa", Err("A password of one repeated character can be guessed."));
        check("AliceAliceAlice1", Err("A password made of the name can be guessed."));
        check(&"ab".repeat(600), Err("A password has at most 1024 bytes."));
    }
}
