//! The pages of signing in, setting up, a new password and errors, as plain as they can be: they have to work when
//! nothing else does. Every text is escaped by the template.

use askama::Template;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::access::{Caller, Kind};
use super::error::WebError;
use super::limits::PASSWORD_MIN;
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

#[derive(Template)]
#[template(path = "way_in/sign_in.html")]
struct SignIn {
    name: String,
    failure: Option<&'static str>,
}

/// Name and password.
pub(crate) fn sign_in(name: &str, failure: Option<&'static str>) -> impl IntoResponse + use<> {
    Page(SignIn { name: plain::line(name).into_owned(), failure })
}

#[derive(Template)]
#[template(path = "way_in/set_up.html")]
struct SetUp {
    link: String,
    failure: Option<String>,
    password_min: usize,
}

/// The first admin.
pub(crate) fn set_up(link: &str, failure: Option<&str>) -> impl IntoResponse + use<> {
    let failure = failure.map(str::to_owned);
    Page(SetUp { link: link.to_owned(), failure, password_min: PASSWORD_MIN })
}

#[derive(Template)]
#[template(path = "way_in/password.html")]
struct Password {
    form_key: String,
    failure: Option<String>,
    password_min: usize,
}

/// A new password.
pub(crate) fn password(caller: &Caller, failure: Option<&str>) -> impl IntoResponse + use<> {
    let failure = failure.map(str::to_owned);
    Page(Password { form_key: form_key(caller), failure, password_min: PASSWORD_MIN })
}

/// What every form carries.
fn form_key(caller: &Caller) -> String {
    match &caller.kind {
        Kind::Session { form_key, .. } => form_key.clone(),
        Kind::Token => String::new(),
    }
}
