//! What changes something: where it comes from, and whether it carries the key of the session (W9).

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest as _, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use tokio::time::timeout;

use super::{Caller, Kind, secret};
use crate::serve::error::WebError;
use crate::serve::limits::BODY_TIME_MAX;
use crate::serve::state::App;

/// The field of every form, and the header of what is no form.
const FORM_KEY: &str = "form_key";
const FORM_KEY_HEADER: &str = "x-form-key";

/// Reads the body, in time and up to the limit, and checks where it comes from.
///
/// # Errors
/// [`WebError::TooLarge`], [`WebError::TooSlow`], [`WebError::Forged`].
pub(crate) async fn checked(
    app: &App,
    request: Request,
    body_max: usize,
) -> Result<Request, WebError> {
    let (parts, body) = request.into_parts();
    let by_token = matches!(parts.extensions.get::<Caller>(), Some(it) if it.kind == Kind::Token);
    if !by_token && !is_from_us(&parts.headers, app.identity.is_some()) {
        return Err(WebError::Forged);
    }
    let read = timeout(BODY_TIME_MAX, to_bytes(body, body_max)).await;
    let bytes = read.map_err(|_| WebError::TooSlow)?.map_err(|_| WebError::TooLarge)?;
    let key = match parts.extensions.get::<Caller>().map(|it| &it.kind) {
        Some(Kind::Session { form_key, .. }) => Some(form_key.clone()),
        // Nobody has signed in: there is no session to be used by others.
        Some(Kind::Token) | None => None,
    };
    if let Some(key) = key {
        let headers = parts.headers.clone();
        let given = given_key(&headers, bytes.clone()).await.unwrap_or_default();
        if !secret::same(&given, &key) {
            return Err(WebError::Forged);
        }
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// The key that a request carries.
async fn given_key(headers: &HeaderMap, bytes: axum::body::Bytes) -> Option<String> {
    if let Some(key) = headers.get(FORM_KEY_HEADER) {
        return key.to_str().ok().map(str::to_owned);
    }
    let mut request = Request::post("/").body(Body::from(bytes)).ok()?;
    let kind = headers.get(CONTENT_TYPE)?.clone();
    request.headers_mut().insert(CONTENT_TYPE, kind);
    let Form(mut fields) =
        Form::<BTreeMap<String, String>>::from_request(request, &()).await.ok()?;
    fields.remove(FORM_KEY)
}

/// Whether a browser says that a page of this server sends it. Browsers say so in `Sec-Fetch-Site` (all since
/// 2023) and in `Origin` (with every POST); something that sends neither is no browser, and has no session that
/// others could use.
fn is_from_us(headers: &HeaderMap, is_tls: bool) -> bool {
    let text = |name: &str| headers.get(name).map(|it| it.to_str().unwrap_or_default());
    if text("sec-fetch-site").is_some_and(|it| it != "same-origin" && it != "none") {
        return false;
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    // Under `Referrer-Policy: no-referrer`, which is ours, browsers send `null` with forms of our own pages
    // (Fetch standard, "append a request Origin header"); then the other header has to say it.
    if origin == "null" {
        return text("sec-fetch-site") == Some("same-origin");
    }
    let scheme = if is_tls { "https" } else { "http" };
    let host = text(HOST.as_str()).unwrap_or_default();
    origin.eq_ignore_ascii_case(&format!("{scheme}://{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], want: bool) {
        let mut map = HeaderMap::new();
        map.insert(HOST, "exward.example:7878".parse().unwrap());
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        assert_eq!(is_from_us(&map, true), want, "{headers:?}");
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        check(&[], true);
        check(&[("origin", "https://exward.example:7878")], true);
        check(
            &[("origin", "https://exward.example:7878"), ("sec-fetch-site", "same-origin")],
            true,
        );
        check(&[("origin", "http://exward.example:7878")], false);
        check(&[("origin", "https://exward.example")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "null"), ("sec-fetch-site", "none")], false);
        check(&[("origin", "null"), ("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("sec-fetch-site", "none")], true);
    }
}
