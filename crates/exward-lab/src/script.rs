//! What a face sends, and what it does then.

use std::borrow::Cow;
use std::time::Duration;

use crate::request::Request;

/// What to do about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Wait this long first.
    pub wait: Duration,
    /// Then send this.
    pub bytes: Vec<u8>,
    /// Then do this.
    pub then: Then,
}

/// What follows after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// Wait for the next request.
    KeepAlive,
    /// Close in good order.
    Close,
    /// Reset the connection.
    Reset,
    /// Send this again and again until the client goes or the connection's time is over.
    Repeat {
        /// What is sent.
        chunk: &'static [u8],
        /// After how long each time.
        every: Duration,
    },
}

impl Script {
    /// Sends this at once, then does that.
    pub(crate) fn send(bytes: impl Into<Vec<u8>>, then: Then) -> Self {
        Self { wait: Duration::ZERO, bytes: bytes.into(), then }
    }
}

/// An HTTP answer that middle boxes can still change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: String,
}

impl Answer {
    /// An answer without headers and body.
    pub(crate) const fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: String::new() }
    }

    /// The same with one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with this page as its body.
    pub(crate) fn page(mut self, body: String) -> Self {
        self.body = body;
        self.with("Content-Type", "text/html; charset=utf-8")
    }

    /// The same without any header of this name.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(it, _)| !it.eq_ignore_ascii_case(name));
        self
    }

    /// The status code.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// The answer as it goes over the wire; to HEAD without its body.
    pub(crate) fn bytes(&self, request: &Request<'_>) -> Vec<u8> {
        const HEAD_BYTES: usize = 1024;
        let room = self.body.len().saturating_add(HEAD_BYTES);
        let mut text = String::with_capacity(room);
        text.push_str("HTTP/1.1 ");
        text.push_str(&self.status.to_string());
        text.push(' ');
        text.push_str(reason(self.status));
        text.push_str("\r\n");
        for (name, value) in &self.headers {
            for part in [name, ": ", value, "\r\n"] {
                text.push_str(part);
            }
        }
        text.push_str("X-Simulated: exward lab\r\nContent-Length: ");
        text.push_str(&self.body.len().to_string());
        text.push_str(if request.last { "\r\nConnection: close\r\n\r\n" } else { "\r\n\r\n" });
        if request.method != "HEAD" {
            text.push_str(&self.body);
        }
        text.into_bytes()
    }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        421 => "Misdirected Request",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        _ => "",
    }
}
