//! Who else is told, and what became of the messages.
#![expect(
    unused_qualifications,
    reason = "the macro of utoipa names the type of a query by its path"
)]

use axum::extract::{Json, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use exward_store::store::{
    Delivery as DeliveryRow, DeliveryId, DeliveryState, ParseDeliveryStateError,
    Webhook as WebhookRow, WebhookId,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{answer, rows};
use crate::serve::access::{Caller, Own};
use crate::serve::activity::OfDelivery;
use crate::serve::error::WebError;
use crate::serve::limits::LIST_ROWS_MAX;
use crate::serve::state::App;
use crate::serve::webhooks::{OfWebhook, make, whom};

/// All webhooks of a tenant, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhooks {
    webhooks: Vec<Webhook>,
}

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Webhook {
    id: i64,
    /// The host of its URL; the rest of the URL is a secret with many services.
    host: String,
    /// The events that it wants. Empty: all.
    events: Vec<String>,
    made_by: String,
    made_at: String,
    /// Since when it is told nothing.
    disabled_at: Option<String>,
}

/// A webhook that somebody wants.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewWebhook {
    /// Where messages are posted.
    url: String,
    /// The events that it wants. Empty: all.
    #[serde(default)]
    events: Vec<String>,
}

/// A webhook that was made just now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FreshWebhook {
    id: i64,
    /// With what messages are signed. It stands here and nowhere else.
    secret: String,
}

/// A page of messages, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deliveries {
    deliveries: Vec<Delivery>,
    /// `before` of the next page. Null: this is the last one.
    next: Option<i64>,
}

/// A message to a webhook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Delivery {
    id: i64,
    webhook: i64,
    host: String,
    event: String,
    /// waiting, sent, dead.
    state: String,
    attempts: i64,
    due_at: String,
    /// Why it was not taken the last time.
    reason: Option<String>,
    made_at: String,
    ended_at: Option<String>,
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// Only in this state: waiting, sent, dead.
    state: Option<String>,
    /// `next` of the page before.
    before: Option<i64>,
    /// Rows of a page, 1 to 1000; 100 if it is not given.
    limit: Option<u32>,
}

impl From<WebhookRow> for Webhook {
    fn from(row: WebhookRow) -> Self {
        Self {
            id: row.id.0,
            host: whom(&row.url),
            events: row.events,
            made_by: row.made_by,
            made_at: row.made_at.to_string(),
            disabled_at: row.disabled_at.map(|it| it.to_string()),
        }
    }
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id.0,
            webhook: row.webhook.0,
            host: whom(&row.url),
            event: row.event,
            state: row.state.name().to_owned(),
            attempts: row.attempts,
            due_at: row.due_at.to_string(),
            reason: row.reason,
            made_at: row.made_at.to_string(),
            ended_at: row.ended_at.map(|it| it.to_string()),
        }
    }
}

/// `GET /api/v1/tenants/{tenant}/webhooks`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/webhooks", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant")),
    responses((status = 200, body = Webhooks), (status = 304), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn list(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
) -> Result<Response, WebError> {
    let found = app.store.webhooks(tenant.id, None, LIST_ROWS_MAX).await?;
    answer(&headers, &Webhooks { webhooks: found.into_iter().map(Webhook::from).collect() })
}

/// `POST /api/v1/tenants/{tenant}/webhooks`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/webhooks", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant")), request_body = NewWebhook,
    responses((status = 201, body = FreshWebhook), (status = 400), (status = 401), (status = 403), (status = 404),
        (status = 409)))]
pub(crate) async fn add(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Json(new): Json<NewWebhook>,
) -> Result<Response, WebError> {
    let events: Vec<&str> = new.events.iter().map(String::as_str).collect();
    let fresh = make(&app, &tenant, &caller, (&new.url, &events)).await?;
    let shown = FreshWebhook { id: fresh.id.0, secret: fresh.secret.secret_text() };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// `POST /api/v1/tenants/{tenant}/webhooks/{webhook}/test`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/webhooks/{webhook}/test", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("webhook" = i64, Path, description = "Key of the webhook")),
    responses((status = 202), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn test(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfWebhook>,
) -> Result<StatusCode, WebError> {
    app.store.test_webhook(tenant.id, WebhookId(of.webhook), &caller.name, app.now()).await?;
    Ok(StatusCode::ACCEPTED)
}

/// `POST /api/v1/tenants/{tenant}/webhooks/{webhook}/disable`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/webhooks/{webhook}/disable", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("webhook" = i64, Path, description = "Key of the webhook")),
    responses((status = 204), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn disable(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfWebhook>,
) -> Result<StatusCode, WebError> {
    app.store.disable_webhook(tenant.id, WebhookId(of.webhook), &caller.name, app.now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/tenants/{tenant}/deliveries`.
#[utoipa::path(get, path = "/api/v1/tenants/{tenant}/deliveries", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant"), Which),
    responses((status = 200, body = Deliveries), (status = 304), (status = 400), (status = 401), (status = 404)))]
pub(crate) async fn deliveries(
    State(app): State<App>,
    Own(tenant): Own,
    headers: HeaderMap,
    Query(which): Query<Which>,
) -> Result<Response, WebError> {
    let limit = rows(which.limit)?;
    let state = which.state.as_deref().map(str::parse::<DeliveryState>).transpose();
    let state = state.map_err(|it: ParseDeliveryStateError| WebError::Bad(it.to_string()))?;
    // One more than is shown: whether there is a next page.
    let (before, asked) = (which.before.map(DeliveryId), limit.saturating_add(1));
    let mut found = app.store.deliveries(tenant.id, state, before, asked).await?;
    let shown = usize::try_from(limit).unwrap_or(usize::MAX);
    let is_more = found.len() > shown;
    found.truncate(shown);
    let next = found.last().filter(|_| is_more).map(|it| it.id.0);
    let deliveries = found.into_iter().map(Delivery::from).collect();
    answer(&headers, &Deliveries { deliveries, next })
}

/// `POST /api/v1/tenants/{tenant}/deliveries/{delivery}/retry`.
#[utoipa::path(post, path = "/api/v1/tenants/{tenant}/deliveries/{delivery}/retry", tag = "webhooks",
    params(("tenant" = String, Path, description = "Name of the tenant"),
        ("delivery" = i64, Path, description = "Key of the message")),
    responses((status = 202), (status = 401), (status = 403), (status = 404)))]
pub(crate) async fn send_again(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfDelivery>,
) -> Result<StatusCode, WebError> {
    let delivery = DeliveryId(of.delivery);
    app.store.retry_delivery(tenant.id, delivery, &caller.name, app.now()).await?;
    Ok(StatusCode::ACCEPTED)
}
