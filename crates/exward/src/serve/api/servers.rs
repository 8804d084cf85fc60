//! Servers of a tenant, worst first.
#![expect(
    unused_qualifications,
    reason = "the macro of utoipa names the type of a query by its path"
)]

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use exward_store::store::{Cursor, ServerFilter, ServerId, ServerRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{answer, rows};
use crate::serve::access::Own;
use crate::serve::error::WebError;
use crate::serve::state::App;

/// Which servers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// With this verdict.
    verdict: Option<String>,
    /// With this text in target or name.
    text: Option<String>,
    /// With this tag.
    tag: Option<String>,
    /// Of this site.
    site: Option<String>,
    /// Only with an open CVE that is known to be exploited.
    #[serde(default)]
    kev: bool,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows of a page, 1 to 1000; 100 if it is not given.
    limit: Option<u32>,
}

/// Which server.
#[derive(Debug, Deserialize)]
pub(crate) struct One {
    id: i64,
}

/// A page of servers, worst first, then by target.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Servers {
    servers: Vec<Server>,
    /// `after` of the next page. Null: this is the last one.
    next: Option<String>,
}

/// A server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Server {
    id: i64,
    /// How it is reached or called.
    target: String,
    name: Option<String>,
    site: Option<String>,
    tags: Vec<String>,
    first_seen: String,
    last_seen: String,
    verdict: String,
    /// How bad it is: higher is worse.
    rank: i64,
    product: Option<String>,
    cu: Option<String>,
    update: Option<String>,
    build: Option<String>,
    /// CVEs that are open.
    open: u32,
    /// Those of them that are known to be exploited.
    kev_open: u32,
    /// Since when one of them has been open (a day).
    exposed_since: Option<String>,
    /// What to do next.
    next_step: String,
    /// State of the Emergency Mitigation service. Null: no evidence says. "Applied" is no proof.
    mitigation: Option<String>,
    /// What the hunt that speaks for it has found: the loudest alarm that nobody has settled, or else the newest
    /// hunt. Null: none has looked.
    hunt: Option<Hunt>,
}

/// What a hunt has found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hunt {
    verdict: String,
    /// It asked to act, and somebody has settled that.
    settled: bool,
    /// The time that its logs cover.
    from: Option<String>,
    to: Option<String>,
}

impl From<ServerRow> for Server {
    fn from(row: ServerRow) -> Self {
        let standing = row.standing;
        Self {
            id: row.id.0,
            target: row.target,
            name: row.name,
            site: row.site,
            tags: row.tags,
            first_seen: row.first_seen.to_string(),
            last_seen: row.last_seen.to_string(),
            verdict: standing.verdict,
            rank: standing.rank,
            product: standing.product,
            cu: standing.cu,
            update: standing.update,
            build: standing.build,
            open: standing.open,
            kev_open: standing.kev_open,
            exposed_since: standing.exposed_since.map(|it| it.to_string()),
            next_step: standing.next_step,
            mitigation: standing.mitigation,
            hunt: row.hunt.map(|it| Hunt {
                verdict: it.verdict,
                settled: it.is_settled,
                from: it.from.map(|it| it.to_string()),
                to: it.to.map(|it| it.to_string()),
            }),
        }
    }
}

/// `GET /api/v1/tenants/{tenant}/servers`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/servers", tag = "servers",
    params(("tenant" = String, Path, description = "Name of the tenant"), Which),
    responses((status = 200, body = Servers), (status = 304), (status = 400), (status = 401), (status = 404)))]
pub(crate) async fn list(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let limit = rows(which.limit)?;
    let no_place = |_| WebError::Bad("`after` is not `next` of a page".into());
    let after: Option<Cursor> =
        which.after.as_deref().map(str::parse).transpose().map_err(no_place)?;
    let filter = ServerFilter {
        verdict: which.verdict,
        text: which.text,
        tag: which.tag,
        site: which.site,
        kev_only: which.kev,
        ..ServerFilter::default()
    };
    let page = app.store.servers(tenant.id, &filter, after.as_ref(), limit).await?;
    let servers = page.rows.into_iter().map(Server::from).collect();
    answer(&headers, &Servers { servers, next: page.next.map(|it| it.to_string()) })
}

/// `GET /api/v1/tenants/{tenant}/servers/{id}`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/servers/{id}", tag = "servers",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("id" = i64, Path, description = "Key of the server")),
    responses((status = 200, body = Server), (status = 304), (status = 401), (status = 404)))]
pub(crate) async fn one(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Path(one): Path<One>,
) -> Result<Response, WebError> {
    let server = Server::from(app.store.server(tenant.id, ServerId(one.id)).await?);
    answer(&headers, &server)
}
