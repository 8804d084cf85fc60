//! Answers with an entity tag: whoever has the same already gets 304 and no body.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::serve::access::secret::hex;
use crate::serve::error::WebError;

/// A value as JSON with its tag; 304 where the request says that it has that.
///
/// # Errors
/// [`WebError::Internal`]: it is no JSON.
pub(crate) fn answer<T: Serialize>(headers: &HeaderMap, value: &T) -> Result<Response, WebError> {
    let text = serde_json::to_string(value).map_err(|_| WebError::Internal)?;
    let tag = format!("\"{}\"", hex(&Sha256::digest(text.as_bytes())));
    // To be asked about each time, and kept by the client only.
    let about = [(ETAG, tag.clone()), (CACHE_CONTROL, "private, no-cache".to_owned())];
    if has(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    Ok((about, [(CONTENT_TYPE, "application/json")], text).into_response())
}

/// Whether one of the tags that the client has is this one (RFC 9110, 13.1.2: compared weakly).
fn has(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).iter().filter_map(|it| it.to_str().ok());
    let mut tags = lines.flat_map(|it| it.split(',')).map(str::trim);
    tags.any(|it| it == "*" || it.strip_prefix("W/").unwrap_or(it) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, want: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, sent.parse().unwrap());
        assert_eq!(has(&headers, "\"abc\""), want, "{sent}");
    }

    #[test]
    fn tags_are_compared_weakly() {
        check("\"abc\"", true);
        check("W/\"abc\"", true);
        check("\"x\", \"abc\"", true);
        check("*", true);
        check("\"abcd\"", false);
        check("abc", false);
    }
}
