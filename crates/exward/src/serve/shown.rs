//! A page as an answer; and the page of an error, as plain as it can be: it has to work when nothing else does, the
//! store and the catalog included. Every text is escaped by the template.

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::error::WebError;
use crate::plain;

/// A page.
pub(crate) struct Page<T>(pub(crate) T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => ([(CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response(),
            Err(_) => WebError::Internal.into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "way_in/failure.html")]
struct Failure<'a> {
    status: u16,
    title: &'a str,
    help: String,
}

/// What went wrong, and what to do about it.
pub(crate) fn failure(status: u16, title: &'static str, help: &str) -> impl IntoResponse + use<> {
    Page(Failure { status, title, help: plain::line(help).into_owned() })
}
