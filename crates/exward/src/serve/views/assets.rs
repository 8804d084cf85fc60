//! Style and script of the pages: files of this program, the same for everybody.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

use crate::page::{CSS, LIVE};

/// A program that was replaced serves its own: they are asked for again after this.
const KEPT: &str = "public, max-age=300";

/// `GET /assets/exward.css`.
pub(crate) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, KEPT)], CSS)
}

/// `GET /assets/live.js`.
pub(crate) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, KEPT)], LIVE)
}
