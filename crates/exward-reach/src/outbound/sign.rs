//! The signature of a message, by which its receiver knows whose it is and that nobody has changed it.
//!
//! HMAC-SHA-256 over id, time and content, as the specification "Standard Webhooks" has it (1.0, symmetric
//! signatures): receivers have libraries that check it.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

/// Shortest and longest secret, in bytes (Standard Webhooks: 24 to 64).
pub const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// What a secret begins with as text.
const PREFIX: &str = "whsec_";

/// A secret that sender and receiver share. Its text is `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

/// Why there is no signature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// No secret.
    #[error("a secret is `whsec_` and then 24 to 64 bytes in base64")]
    Secret,
    /// An id that could be mixed up with the time behind it.
    #[error("the id of a message has letters, digits, `-` and `_` only")]
    Id,
}

impl WebhookSecret {
    /// A secret of these bytes, which must come from a good source of chance.
    ///
    /// # Errors
    /// [`SignError::Secret`]: too short or too long.
    pub fn new(bytes: &[u8]) -> Result<Self, SignError> {
        if SECRET_BYTES.contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(SignError::Secret)
        }
    }

    /// The secret as its text, to be shown once to whoever sets the receiver up.
    #[must_use]
    pub fn secret_text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The value of `webhook-signature` for this message.
    ///
    /// # Errors
    /// [`SignError::Id`].
    pub fn sign(&self, id: &str, at: Timestamp, body: &[u8]) -> Result<String, SignError> {
        let known = |it: u8| it.is_ascii_alphanumeric() || it == b'-' || it == b'_';
        if id.is_empty() || !id.bytes().all(known) {
            return Err(SignError::Id);
        }
        let mac = Hmac::<Sha256>::new_from_slice(&self.0);
        let mut mac = mac.map_err(|_| SignError::Secret)?;
        mac.update(format!("{id}.{}.", at.as_second()).as_bytes());
        mac.update(body);
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }

    /// The headers of this message: its id, which stays the same when it is sent again; when it is sent; and
    /// the signature.
    ///
    /// # Errors
    /// [`SignError::Id`].
    pub fn headers(
        &self,
        id: &str,
        at: Timestamp,
        body: &[u8],
    ) -> Result<[(&'static str, String); 3], SignError> {
        let signature = self.sign(id, at, body)?;
        Ok([
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.as_second().to_string()),
            ("webhook-signature", signature),
        ])
    }
}

impl FromStr for WebhookSecret {
    type Err = SignError;

    fn from_str(text: &str) -> Result<Self, SignError> {
        let bytes = text.strip_prefix(PREFIX).ok_or(SignError::Secret)?;
        Self::new(&STANDARD.decode(bytes).map_err(|_| SignError::Secret)?)
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that implementations of Standard Webhooks are tested with; computed again with Python's
    /// `hmac`, which gave the same.
    #[test]
    fn the_published_example_has_the_published_signature() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let at = Timestamp::from_second(1_614_265_330).unwrap();
        let [id, time, signature] =
            secret.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, br#"{"test": 2432232314}"#).unwrap();
        assert_eq!(id, ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned()));
        assert_eq!(time, ("webhook-timestamp", "1614265330".to_owned()));
        let want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned();
        assert_eq!(signature, ("webhook-signature", want));
    }

    #[test]
    fn a_signature_depends_on_all_of_the_message_and_the_secret() {
        let secret = WebhookSecret::new(&[7; 24]).unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        let one = secret.sign("a", at(1), b"body").unwrap();
        let others = [
            secret.sign("b", at(1), b"body"),
            secret.sign("a", at(2), b"body"),
            secret.sign("a", at(1), b"bodY"),
            WebhookSecret::new(&[8; 24]).unwrap().sign("a", at(1), b"body"),
        ];
        assert!(!others.contains(&Ok(one)), "{others:?}");
        assert_eq!(secret.sign("a.1", at(2), b""), Err(SignError::Id));
        assert_eq!(secret.sign("", at(2), b""), Err(SignError::Id));
    }

    #[test]
    fn a_secret_is_read_as_it_was_written_and_never_shown() {
        let secret = WebhookSecret::new(&[9; 32]).unwrap();
        assert_eq!(secret.secret_text().parse(), Ok(secret.clone()));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)", "X5");
        for text in ["", "whsec_", "whsec_AAAA", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_~"] {
            assert_eq!(text.parse::<WebhookSecret>(), Err(SignError::Secret), "{text}");
        }
        assert!(WebhookSecret::new(&[0; 65]).is_err());
    }
}
