//! The document of the API, made from the handlers.

use axum::http::HeaderMap;
use utoipa::OpenApi;
use utoipa::openapi::Response;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};

use super::{answer, rollouts, runs, schedules, servers, tenants, webhooks, work};
use crate::serve::error::WebError;

/// Names every handler of the API; a test holds it against the table of routes.
#[derive(OpenApi)]
#[openapi(
    paths(
        document,
        tenants::list,
        tenants::summary,
        servers::list,
        servers::one,
        work::jobs,
        work::audit,
        rollouts::list,
        rollouts::one,
        rollouts::approve,
        rollouts::command,
        work::cancel,
        work::retry,
        runs::list,
        schedules::list,
        schedules::add,
        schedules::remove,
        webhooks::list,
        webhooks::add,
        webhooks::test,
        webhooks::disable,
        webhooks::deliveries,
        webhooks::send_again,
    ),
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
    for item in described.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post].into_iter().flatten() {
            for (status, what) in EVERYWHERE {
                let told = &mut operation.responses.responses;
                told.entry(status.to_owned()).or_insert_with(|| Response::new(what).into());
            }
        }
    }
    described
}

/// What any request may be answered with.
const EVERYWHERE: [(&str, &str); 3] = [
    ("400", "A part of the request cannot be read"),
    ("429", "Too many requests; Retry-After says when to ask again"),
    ("503", "The store is away or full; Retry-After says when to ask again"),
];

/// `GET /api/v1/openapi.json`.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "about", security(()),
    responses((status = 200, description = "This document"), (status = 304)))]
pub(crate) async fn document(headers: HeaderMap) -> Result<axum::response::Response, WebError> {
    answer(&headers, &described())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::serve::routes::table;

    fn text() -> String {
        serde_json::to_string_pretty(&described()).unwrap() + "\n"
    }

    fn file() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json")
    }

    #[test]
    fn the_document_has_every_route_of_the_api_and_no_other() {
        let routes = table();
        let routed = routes.iter().filter(|it| it.path.starts_with("/api/"));
        let routed: BTreeSet<_> =
            routed.map(|it| (it.path.to_owned(), it.rule.method.as_str().to_lowercase())).collect();
        let document: serde_json::Value = serde_json::from_str(&text()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let methods = |(path, item): (&String, &serde_json::Value)| {
            let path = path.clone();
            let keys: Vec<_> = item.as_object().unwrap().keys().cloned().collect();
            keys.into_iter().map(move |method| (path.clone(), method)).collect::<Vec<_>>()
        };
        let described: BTreeSet<_> = paths.iter().flat_map(methods).collect();
        assert_eq!(described, routed);
    }

    /// With EXWARD_WRITE_OPENAPI set, writes it instead: look at the difference then.
    #[test]
    fn the_document_is_the_one_that_was_read() {
        if std::env::var_os("EXWARD_WRITE_OPENAPI").is_some() {
            std::fs::write(file(), text()).unwrap();
        }
        let kept = std::fs::read_to_string(file()).unwrap();
        assert!(
            kept == text(),
            "docs/openapi.json is not what the program says; look at the difference after \
             `EXWARD_WRITE_OPENAPI=1 cargo test -p exward openapi`"
        );
    }
}
