//! What monitoring asks for: how the server fares, and how the servers stand. Text of Prometheus (OpenMetrics).
//!
//! Labels are routes of the table, methods, status codes, tenants and verdicts; nothing that a client chooses.

use std::fmt;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tokio::time::{Duration, timeout};

use super::error::WebError;
use super::state::App;

/// How long the health check waits for the store.
const HEALTH_MAX: Duration = Duration::from_secs(2);

/// Seconds. Most answers take a millisecond or two, a sign-in fifty.
const BUCKETS: [f64; 8] = [0.001, 0.005, 0.02, 0.05, 0.2, 1.0, 5.0, 30.0];

type MakeHistogram = fn() -> Histogram;

/// Counts since the start.
pub(crate) struct Metrics {
    requests: Family<Asked, Counter>,
    durations: Family<Took, Histogram, MakeHistogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Standing {
    tenant: String,
    verdict: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Work {
    state: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let histogram: MakeHistogram = || Histogram::new(BUCKETS);
        Self { requests: Family::default(), durations: Family::new_with_constructor(histogram) }
    }

    /// A request has got its answer.
    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        // A method is whatever a client sends.
        let method = match *method {
            Method::GET => "GET",
            Method::HEAD => "HEAD",
            Method::POST => "POST",
            _ => "other",
        };
        let asked = Asked { method, route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&asked).inc();
        let took_of = Took { route: route.to_owned() };
        self.durations.get_or_create(&took_of).observe(took.as_secs_f64());
    }
}

/// What cannot be written down.
impl From<fmt::Error> for WebError {
    fn from(_: fmt::Error) -> Self {
        Self::Internal
    }
}

/// `GET /metrics`.
pub(crate) async fn show(State(app): State<App>) -> Result<Response, WebError> {
    let mut registry = Registry::with_prefix("exward");
    let metrics = &app.metrics;
    registry.register("http_requests", "Requests by route and status", metrics.requests.clone());
    let help = "Time until the answer began, in seconds";
    registry.register("http_duration_seconds", help, metrics.durations.clone());
    let servers = Family::<Standing, Gauge>::default();
    for tenant in app.store.tenants().await? {
        for count in app.store.summary(tenant.id).await?.verdicts {
            let standing = Standing { tenant: tenant.name.clone(), verdict: count.verdict };
            let servers = servers.get_or_create(&standing);
            servers.set(i64::try_from(count.servers).unwrap_or(i64::MAX));
        }
    }
    registry.register("servers", "Exchange servers by verdict", servers);
    let jobs = Family::<Work, Gauge>::default();
    for count in app.store.job_counts(None).await? {
        let state = count.state.name();
        jobs.get_or_create(&Work { state }).set(i64::try_from(count.jobs).unwrap_or(i64::MAX));
    }
    registry.register("jobs", "Jobs by state", jobs);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(CONTENT_TYPE, kind)], text).into_response())
}

/// `GET /healthz`: whether requests can be answered, the store included. 503 if not, or once it stops.
pub(crate) async fn health(State(app): State<App>) -> Result<&'static str, WebError> {
    let looked = timeout(HEALTH_MAX, app.store.is_set_up()).await;
    looked.map_err(|_| WebError::Away)??;
    // Whoever spreads requests over several servers sends no more to this one.
    if *app.ending.borrow() { Err(WebError::Away) } else { Ok("ok\n") }
}
