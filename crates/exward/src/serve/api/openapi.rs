//! The document of the API, made from the handlers.

use axum::http::HeaderMap;
use axum::response::Response;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};

use super::{answer, servers, tenants, work};
use crate::serve::error::WebError;

/// Names every handler of the API; a test holds it against the table of routes.
#[derive(OpenApi)]
#[openapi(
    paths(document, tenants::list, tenants::summary, servers::list, servers::one, work::audit),
    info(
        title = "exward",
        description = "What exward knows about the Exchange servers of a tenant.",
        license(name = "MIT OR Apache-2.0")
    )
)]
struct Described;

/// The document.
pub(crate) fn described() -> utoipa::openapi::OpenApi {
    let mut described = Described::openapi();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = described.components.get_or_insert_default();
    components.add_security_scheme("token", token);
    described.security = Some(vec![SecurityRequirement::new("token", [""; 0])]);
    described
}

/// `GET /api/v1/openapi.json`.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "This document"), (status = 304)))]
pub(crate) async fn document(headers: HeaderMap) -> Result<Response, WebError> {
    answer(&headers, &described())
}
