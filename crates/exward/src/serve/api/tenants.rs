//! Tenants, and how the servers of one stand.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::answer;
use crate::serve::access::{Caller, Own};
use crate::serve::error::WebError;
use crate::serve::people::seen_tenants;
use crate::serve::state::App;

/// The tenants that the caller sees.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenants {
    tenants: Vec<Tenant>,
}

/// A tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tenant {
    /// As it stands in addresses.
    name: String,
    /// When it was made (RFC 3339).
    made_at: String,
}

/// How the servers of a tenant stand.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Summary {
    /// All servers.
    servers: u64,
    /// Servers by verdict; verdicts that none has are missing.
    verdicts: BTreeMap<String, u64>,
    /// Servers with an open CVE that is known to be exploited.
    kev: u64,
    /// Servers that a hunt has looked at, by what the one that speaks for them found; without those settled.
    hunted: BTreeMap<String, u64>,
    /// Servers whose alarm somebody has settled.
    settled: u64,
    /// When the server that was seen longest ago was seen. Null: there are no servers.
    oldest_seen: Option<String>,
    /// When any server was seen last.
    newest_seen: Option<String>,
}

/// `GET /api/v1/tenants`.
#[utoipa::path(get, path = "/api/v1/tenants", tag = "tenants",
    responses((status = 200, body = Tenants), (status = 304), (status = 401), (status = 429)))]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let seen = seen_tenants(&app, &caller).await?;
    let tenants =
        seen.into_iter().map(|it| Tenant { name: it.name, made_at: it.made_at.to_string() });
    answer(&headers, &Tenants { tenants: tenants.collect() })
}

/// `GET /api/v1/tenants/{tenant}/summary`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/summary", tag = "servers",
    params(("tenant" = String, Path, description = "Name of the tenant")),
    responses((status = 200, body = Summary), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn summary(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let found = app.store.summary(tenant.id).await?;
    let summary = Summary {
        servers: found.servers,
        verdicts: found.verdicts.into_iter().map(|it| (it.verdict, it.servers)).collect(),
        kev: found.kev,
        settled: found.settled,
        hunted: found.hunted.into_iter().collect(),
        oldest_seen: found.oldest_seen.map(|it| it.to_string()),
        newest_seen: found.newest_seen.map(|it| it.to_string()),
    };
    answer(&headers, &summary)
}
