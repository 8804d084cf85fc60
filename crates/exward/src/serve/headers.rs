//! What stands around every answer, errors included: headers that keep a browser careful, the names this server
//! answers to, an end to long work, and a count.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header::{self, CACHE_CONTROL, HOST, HeaderName, HeaderValue};
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::{Instant, timeout};

use super::error::{Asking, WebError, shaped};
use super::limits::REQUEST_MAX;
use super::listen::Peer;
use super::state::App;

/// On every answer. No page has an inline script or style, so none is allowed.
const HEADERS: [(HeaderName, &str); 8] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

/// A year: a browser that has seen the certificate does not go back to plain HTTP (RFC 6797).
const STRICT_TRANSPORT: &str = "max-age=31536000";

/// Around everything.
pub(crate) async fn around(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let asking = Asking::of(request.uri().path());
    let route = request.extensions().get::<MatchedPath>().map(|it| it.as_str().to_owned());
    let method = request.method().clone();
    let peer = request.extensions().get::<ConnectInfo<Peer>>();
    // Until the answer begins, the client owes nothing.
    let beat = peer.map(|it| it.0.pulse.begin());
    let answer = if is_ours(&app, request.uri(), request.headers()) {
        let worked = timeout(REQUEST_MAX, next.run(request)).await;
        worked.unwrap_or_else(|_| WebError::Overrun.into_response())
    } else {
        WebError::Misdirected.into_response()
    };
    drop(beat);
    let mut response = shaped(answer, asking);
    careful(response.headers_mut(), app.identity.is_some());
    let route = route.as_deref().unwrap_or("none");
    app.metrics.answered(&method, route, response.status(), began.elapsed());
    response
}

fn careful(headers: &mut HeaderMap, is_tls: bool) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if is_tls {
        let strict = HeaderValue::from_static(STRICT_TRANSPORT);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, strict);
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Whether the request names this server. A page elsewhere can make a browser ask a loopback address under a name of
/// its own (DNS rebinding), and would be of the same origin then.
fn is_ours(app: &App, uri: &Uri, headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    let Some(name) = name_of(host) else { return false };
    // A target in absolute form must name the same.
    if uri.host().is_some_and(|it| !it.eq_ignore_ascii_case(name)) {
        return false;
    }
    answers_to(app, name)
}

fn answers_to(app: &App, name: &str) -> bool {
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        // An address cannot be rebound.
        return address.is_loopback() || !app.address.ip().is_loopback();
    }
    let name = name.to_ascii_lowercase();
    name == "localhost"
        || app.names.contains(&name)
        || app.identity.as_ref().is_some_and(|it| it.is_for(&name))
}

/// The name of `name:port`.
fn name_of(host: &str) -> Option<&str> {
    let (name, port) = match host.rfind(']') {
        Some(_) => host.split_once("]:").map_or((host, None), |(name, port)| (name, Some(port))),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let is_port = port.is_none_or(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()));
    (is_port && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, want: Option<&str>) {
        assert_eq!(name_of(host), want, "{host}");
    }

    #[test]
    fn a_host_is_a_name_and_perhaps_a_port() {
        check("localhost", Some("localhost"));
        check("localhost:7878", Some("localhost"));
        check("[::1]", Some("[::1]"));
        check("[::1]:7878", Some("[::1"));
        check("localhost:", None);
        check("localhost:78x", None);
        check("a:b:1", None);
        check("", None);
    }
}
