//! Style and script of the pages: the same for everybody, and part of the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::page;

/// An hour: a newer exward may bring others under the same name.
const KEPT: &str = "public, max-age=3600";

/// `GET /assets/exward.css`.
pub(crate) async fn style() -> Response {
    let about = [(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, KEPT)];
    (about, page::CSS).into_response()
}

/// `GET /assets/live.js`.
pub(crate) async fn script() -> Response {
    let about = [(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, KEPT)];
    (about, page::LIVE).into_response()
}
