//! Why a handshake did not come to its end, in words for a person.

use std::io::ErrorKind;
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl;

use super::kept::End;
use super::record::{Alert, Seen};

/// Characters shown of an answer that is not TLS: enough for a status line or a greeting.
const FOREIGN_CHARS_MAX: usize = 40;

/// OpenSSL's reasons from here on are alerts of the other side (`SSL_AD_REASON_OFFSET`).
const ALERT_REASON_MIN: i32 = 1000;

/// What ended a handshake, as seen from here.
#[derive(Debug)]
pub(super) enum Failure {
    /// The deadline, after so long.
    Timeout(Duration),
    /// The connection.
    Ended(End),
    /// The library: an alert came, or it could not go on.
    Library(ErrorStack),
}

impl Failure {
    /// Tells the connection's end from the library's own refusal.
    pub(super) fn new(error: &ssl::Error, end: Option<End>) -> Self {
        match (error.ssl_error(), end) {
            (Some(stack), _) if !stack.errors().is_empty() => Self::Library(stack.clone()),
            (_, Some(end)) => Self::Ended(end),
            (_, None) => Self::Ended(match error.io_error() {
                Some(error) => End::Failed(error.kind()),
                None => End::Closed,
            }),
        }
    }

    /// A fragment for a person. `bytes` are the server's first ones, `seen` what they say.
    pub(super) fn text(&self, seen: &Seen, bytes: &[u8]) -> String {
        if seen.is_foreign {
            return format!("not TLS: it answered \"{}\"", printable(bytes));
        }
        if let Self::Timeout(after) = self {
            // Rounded: the caller counted from a moment earlier.
            let seconds = (after.as_secs_f64() * 10.0).round() / 10.0;
            return format!("no end of the handshake within {seconds} s");
        }
        if let Some(alert) = self.alert(seen) {
            return format!("the server sent alert {alert}");
        }
        match self {
            Self::Ended(End::Closed) if bytes.is_empty() => "closed without a word".to_owned(),
            Self::Ended(End::Closed) => "closed during the handshake".to_owned(),
            Self::Ended(End::Failed(kind)) if is_reset(*kind) => {
                "connection reset during the handshake".to_owned()
            }
            Self::Ended(End::Failed(kind)) => format!("the connection failed: {kind}"),
            Self::Timeout(_) | Self::Library(_) => format!("we ended it: {}", self.reason()),
        }
    }

    /// True if a server refused the full hello before it said anything about it.
    pub(super) fn is_refusal(&self, seen: &Seen) -> bool {
        let refused = match self {
            Self::Timeout(_) => false,
            Self::Ended(End::Closed) => true,
            Self::Ended(End::Failed(kind)) => is_reset(*kind),
            Self::Library(_) => self.alert(seen).is_some(),
        };
        refused && seen.hello.is_none() && !seen.is_foreign
    }

    /// The alert that ended it: one in the clear, or one that only the library could decrypt. A
    /// warning counts if the connection ended after it.
    fn alert(&self, seen: &Seen) -> Option<Alert> {
        let ended = matches!(self, Self::Ended(_));
        let clear = seen.alert.filter(|it| it.is_fatal || ended);
        let Self::Library(stack) = self else { return clear };
        let code = |reason: i32| u8::try_from(reason.checked_sub(ALERT_REASON_MIN)?).ok();
        let mut encrypted = stack.errors().iter().filter_map(|it| code(it.reason_code()));
        clear.or_else(|| encrypted.next().map(|code| Alert { is_fatal: true, code }))
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Library(stack) => stack.errors().iter().rev().find_map(|it| it.reason()),
            Self::Timeout(_) | Self::Ended(_) => None,
        }
        .unwrap_or("the library gives no reason")
    }
}

/// A reset shows as one of these, depending on what was under way.
const fn is_reset(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    )
}

/// The first line, with a dot for every byte that is no printable ASCII character.
fn printable(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii_start();
    let line = bytes.iter().take(FOREIGN_CHARS_MAX).take_while(|it| !matches!(it, b'\r' | b'\n'));
    line.map(|it| if matches!(it, b' '..=b'~') { char::from(*it) } else { '.' }).collect()
}
