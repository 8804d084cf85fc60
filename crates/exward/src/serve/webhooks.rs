//! *Webhooks*: who else is told. The secret of one stands in the answer that makes it, and nowhere else.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse as _, Response};
use exward_reach::outbound::{OutboundUrl, WebhookSecret};
use exward_store::store::{Delivery, EventKind, NewWebhook, Tenant, Webhook, WebhookId};
use serde::Deserialize;

use super::access::{Caller, Own, secret};
use super::activity::back;
use super::error::WebError;
use super::limits::LIST_ROWS_MAX;
use super::shown::Page;
use super::state::App;
use super::views::frame;
use crate::page::badge::Badge;
use crate::page::layout::Section;
use crate::page::show::Count;
use crate::page::webhooks::{Made, Message, Row, Webhooks};

/// Messages on the page.
const MESSAGES: u32 = 20;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;

/// The form of a webhook.
#[derive(Debug, Deserialize)]
pub(crate) struct New {
    url: String,
    /// Empty: all.
    #[serde(default)]
    event: String,
}

/// A webhook of a path.
#[derive(Debug, Deserialize)]
pub(crate) struct OfWebhook {
    pub(crate) webhook: i64,
}

/// A webhook that was made just now.
pub(crate) struct Fresh {
    pub(crate) id: WebhookId,
    pub(crate) secret: WebhookSecret,
}

/// Scheme and host of a URL: path and query are secrets with many services.
pub(crate) fn whom(url: &str) -> String {
    let parsed: Option<OutboundUrl> = url.parse().ok();
    parsed.map_or_else(|| "no URL".to_owned(), |it| it.host())
}

/// Makes a webhook with a new secret.
///
/// # Errors
/// [`WebError::Bad`]: a URL or an event that is none.
pub(crate) async fn make(
    app: &App,
    tenant: &Tenant,
    caller: &Caller,
    (url, events): (&str, &[&str]),
) -> Result<Fresh, WebError> {
    let url: OutboundUrl = url
        .trim()
        .parse()
        .map_err(|it: exward_reach::outbound::OutboundUrlError| WebError::Bad(it.to_string()))?;
    for event in events {
        if !EventKind::ALL.iter().any(|it| it.name() == *event) {
            let all = EventKind::ALL.map(EventKind::name).join(", ");
            return Err(WebError::Bad(format!("There is no such event; events are {all}")));
        }
    }
    let secret = WebhookSecret::new(&secret::random::<SECRET_BYTES>()?);
    let secret = secret.map_err(|_| WebError::Internal)?;
    let (url, text) = (url.secret_text(), secret.secret_text());
    let new = NewWebhook { url: &url, secret: &text, events };
    let id = app.store.put_webhook(tenant.id, &new, &caller.name, app.now()).await?;
    Ok(Fresh { id, secret })
}

/// `GET /t/{tenant}/webhooks`.
pub(crate) async fn show(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
) -> Result<Response, WebError> {
    page(&app, &tenant, &caller, None).await
}

async fn page(
    app: &App,
    tenant: &Tenant,
    caller: &Caller,
    made: Option<Made>,
) -> Result<Response, WebError> {
    let frame = frame(app, caller, Section::Activity, Some(tenant)).await?;
    let rows = app.store.webhooks(tenant.id, None, LIST_ROWS_MAX).await?;
    let messages = app.store.deliveries(tenant.id, None, None, MESSAGES).await?;
    let kinds = EventKind::ALL.into_iter().filter(|it| *it != EventKind::Test);
    Ok(Page(Webhooks {
        frame,
        rows: rows.iter().map(row).collect(),
        kinds: kinds.map(EventKind::name).collect(),
        messages: messages.iter().map(message).collect(),
        made,
    })
    .into_response())
}

fn row(webhook: &Webhook) -> Row {
    Row {
        id: webhook.id.0,
        whom: whom(&webhook.url).into(),
        events: webhook.events.iter().map(Into::into).collect(),
        made_by: webhook.made_by.as_str().into(),
        made_at: webhook.made_at.into(),
        disabled_at: webhook.disabled_at.map(Into::into),
    }
}

fn message(it: &Delivery) -> Message {
    Message {
        event: it.event.as_str().into(),
        whom: whom(&it.url).into(),
        state: Badge::work(it.state.name()),
        attempts: Count(it.attempts.unsigned_abs()),
        reason: it.reason.as_deref().map(Into::into),
        made_at: it.made_at.into(),
    }
}

/// `POST /t/{tenant}/webhooks`. The answer is the only place where the secret ever stands.
pub(crate) async fn add(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Form(new): Form<New>,
) -> Result<Response, WebError> {
    let events: Vec<&str> =
        Some(new.event.as_str()).filter(|it| !it.is_empty()).into_iter().collect();
    let fresh = make(&app, &tenant, &caller, (&new.url, &events)).await?;
    let made = Made { whom: whom(new.url.trim()).into(), secret: fresh.secret.secret_text() };
    page(&app, &tenant, &caller, Some(made)).await
}

/// `POST /t/{tenant}/webhooks/{webhook}/test`.
pub(crate) async fn test(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfWebhook>,
) -> Result<Response, WebError> {
    app.store.test_webhook(tenant.id, WebhookId(of.webhook), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "webhooks"))
}

/// `POST /t/{tenant}/webhooks/{webhook}/disable`.
pub(crate) async fn disable(
    State(app): State<App>,
    Own(tenant): Own,
    caller: Caller,
    Path(of): Path<OfWebhook>,
) -> Result<Response, WebError> {
    app.store.disable_webhook(tenant.id, WebhookId(of.webhook), &caller.name, app.now()).await?;
    Ok(back(&tenant.name, "webhooks"))
}
