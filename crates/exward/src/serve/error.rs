//! What a request can come to other than its answer: for programs as problem+json (RFC 9457), for people as a page.
//!
//! # Invariants
//! * **W4 nothing of the inside.** An answer names no path, no SQL and no text of an error of the system; what
//!   was the matter is said on standard error of the server.

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use exward_store::StoreError;
use serde_json::json;

use super::limits::AWAY_SECONDS;
use super::shown;
use crate::output;

/// Why a request did not get what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WebError {
    /// There is no such thing, or it belongs to another tenant: the two look alike.
    NotFound,
    /// It is there, and does not take this method.
    Method,
    /// Nobody has signed in.
    SignIn,
    /// The role is too low, or it is not for this kind of caller.
    Forbidden(&'static str),
    /// The request cannot be used as it is.
    Bad(String),
    /// It contradicts what is there.
    Conflict(String),
    /// A form that does not come from a page of ours.
    Forged,
    /// It was asked under a name that is not ours.
    Misdirected,
    TooLarge,
    /// The request did not come in time.
    TooSlow,
    /// Too many; again after so many seconds.
    TooMany(u64),
    /// The store is away.
    Away,
    /// The store can be read, and has no room to write.
    Full,
    /// It took too long.
    Overrun,
    /// A mistake of ours.
    Internal,
}

impl WebError {
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::Forged => StatusCode::FORBIDDEN,
            Self::Bad(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Away | Self::Full | Self::Overrun => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// In a few words; never changes for a kind, so that programs can go by it.
    pub(crate) const fn title(&self) -> &'static str {
        match self {
            Self::NotFound => "There is no such thing here",
            Self::Method => "This cannot be done here",
            Self::SignIn => "Nobody is signed in",
            Self::Forbidden(_) => "This is not for your role",
            Self::Bad(_) => "The request cannot be used",
            Self::Conflict(_) => "It contradicts what is there",
            Self::Forged => "The form is not from this session",
            Self::Misdirected => "This server does not have that name",
            Self::TooLarge => "The request is too large",
            Self::TooSlow => "The request took too long to come",
            Self::TooMany(_) => "Too many requests",
            Self::Away => "The store is away",
            Self::Full => "The store cannot be written",
            Self::Overrun => "The answer took too long",
            Self::Internal => "A mistake of exward",
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self) -> String {
        match self {
            Self::NotFound => "It may have been removed, or belong to somebody else.".into(),
            Self::Method => "Use the forms of the pages, or the methods of the API.".into(),
            Self::SignIn => "Sign in, or send a token as `Authorization: Bearer …`.".into(),
            Self::Forbidden(why) => (*why).into(),
            Self::Bad(what) | Self::Conflict(what) => format!("{what}."),
            Self::Forged => "Open the page again, and send the form from there.".into(),
            Self::Misdirected => "`exward serve --name NAME` makes it answer to NAME.".into(),
            Self::TooLarge => "Send less at once.".into(),
            Self::TooSlow => "Send it again.".into(),
            Self::TooMany(seconds) => format!("Try again in {seconds} seconds."),
            Self::Away => "Nothing is lost. It is tried again; reload in a few seconds.".into(),
            Self::Full => {
                "Its disk is full, or fails. Nothing that was kept is lost, and it can be read; \
                 once there is room, everything goes on by itself."
                    .into()
            }
            Self::Overrun => "Ask for less at once, or try again later.".into(),
            Self::Internal => {
                "Please report it, with what the server says on standard error.".into()
            }
        }
    }

    const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => Some(*seconds),
            Self::Away | Self::Full | Self::Overrun => Some(AWAY_SECONDS),
            Self::NotFound
            | Self::Method
            | Self::SignIn
            | Self::Forbidden(_)
            | Self::Bad(_)
            | Self::Conflict(_)
            | Self::Forged
            | Self::Misdirected
            | Self::TooLarge
            | Self::TooSlow
            | Self::Internal => None,
        }
    }

    /// As an answer to a program, or to a person who asked for `path`.
    pub(crate) fn answer(&self, to: Asking) -> Response {
        let mut response = match (to, self) {
            (Asking::Person, Self::SignIn) => {
                let to = [(LOCATION, HeaderValue::from_static("/sign-in"))];
                (StatusCode::SEE_OTHER, to).into_response()
            }
            (Asking::Person, _) => {
                let page = shown::failure(self.status().as_u16(), self.title(), &self.help());
                (self.status(), page).into_response()
            }
            (Asking::Program, _) => {
                let problem = json!({
                    "type": "about:blank",
                    "title": self.title(),
                    "status": self.status().as_u16(),
                    "detail": self.help(),
                });
                let kind = [(CONTENT_TYPE, "application/problem+json")];
                (self.status(), kind, problem.to_string()).into_response()
            }
        };
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status() == StatusCode::UNAUTHORIZED && to == Asking::Program {
            let how = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, how);
        }
        response
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "whatever else fails is no fault of the request"
)]
impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::NotFound { .. } => Self::NotFound,
            StoreError::Conflict { what } => Self::Conflict(what.clone()),
            StoreError::BeforeRetention { .. } => Self::Bad(error.to_string()),
            _ => {
                output::warn(&format!("store: {}", chain(&error)));
                match (error.is_full(), error.is_passing()) {
                    (true, _) => Self::Full,
                    (false, true) => Self::Away,
                    (false, false) => Self::Internal,
                }
            }
        }
    }
}

/// An error with what was behind it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    crate::plain::line(&text).into_owned()
}

/// Who gets an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    Person,
    Program,
}

impl Asking {
    /// By the path: what begins with `/api/`, and what monitoring asks for, is for programs.
    pub(crate) fn of(path: &str) -> Self {
        if path.starts_with("/api/") || path == "/metrics" || path == "/healthz" {
            Self::Program
        } else {
            Self::Person
        }
    }
}

/// An error of a handler carries what it is; the guard gives it its form. Outside of the table it is for a person.
impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Gives an error its form: what handlers and extractors have left as a bare status, too.
pub(crate) fn shaped(response: Response, to: Asking) -> Response {
    if let Some(error) = response.extensions().get::<WebError>() {
        return error.answer(to);
    }
    let has_form = response.headers().contains_key(CONTENT_TYPE) && !is_plain_text(&response);
    match response.status() {
        status if status.is_success() || status.is_redirection() || has_form => response,
        StatusCode::PAYLOAD_TOO_LARGE => WebError::TooLarge.answer(to),
        StatusCode::REQUEST_TIMEOUT => WebError::TooSlow.answer(to),
        StatusCode::METHOD_NOT_ALLOWED => {
            let mut shaped = WebError::Method.answer(to);
            if let Some(allow) = response.headers().get(axum::http::header::ALLOW) {
                shaped.headers_mut().insert(axum::http::header::ALLOW, allow.clone());
            }
            shaped
        }
        status if status.is_client_error() && status != StatusCode::NOT_FOUND => {
            WebError::Bad("A part of it is missing, or of another kind than expected".into())
                .answer(to)
        }
        StatusCode::NOT_FOUND => WebError::NotFound.answer(to),
        _ if response.status().is_server_error() => WebError::Internal.answer(to),
        _ => response,
    }
}

/// Refusals of the framework are plain text.
fn is_plain_text(response: &Response) -> bool {
    response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .is_some_and(|it| it.starts_with("text/plain"))
}

/// What does not stand in the table.
pub(crate) async fn nowhere(_request: Request) -> WebError {
    WebError::NotFound
}

/// A method that a path of the table does not have.
pub(crate) async fn no_method(_request: Request) -> WebError {
    WebError::Method
}
