//! `exward serve`: the pages and the API, over HTTPS or on loopback.
//!
//! A request passes, from outside to inside: the door (TLS, places), [`headers::around`] (names, time, headers,
//! counts), what turns a panic into an answer, the router made of the table, the guard of its route, its handler.

mod access;
mod activity;
mod api;
mod assets;
mod error;
mod headers;
mod limits;
mod listen;
mod live;
mod metrics;
mod patient;
mod people;
mod rollouts;
mod routes;
mod runs;
mod schedules;
mod setup;
mod shown;
mod sign_in;
mod state;
mod tls;
mod tokens;
mod views;
mod webhooks;

use std::any::Any;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse as _, Response};
use exward_reach::outbound::{Outbound, OutboundRules};
use exward_store::{Store, StoreError, StoreUrl};
use jiff::SignedDuration;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use listen::ListenError;
pub(crate) use tls::TlsError;

use self::access::secret;
use self::error::WebError;
use self::limits::{FINISH_MAX, JOB_DAYS};
pub(crate) use self::listen::{Door, Peer};
use self::state::App;
use self::tls::Identity;
use crate::cli::Clock;
use crate::error::CommandError;
use crate::probing::ProbingArgs;
use crate::work::{Current, Workshop};
use crate::{interrupt, output};

/// How often what has run out is forgotten.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// What `exward serve` was told.
pub(crate) struct Serving {
    pub(crate) store: StoreUrl,
    pub(crate) listen: SocketAddr,
    /// Certificate chain and key.
    pub(crate) identity: Option<(PathBuf, PathBuf)>,
    /// Further names that it answers to.
    pub(crate) names: Vec<String>,
    pub(crate) catalog: Current,
    /// How hosts may be asked.
    pub(crate) probing: Arc<ProbingArgs>,
    /// Where files are dropped.
    pub(crate) folder: Option<PathBuf>,
    /// For how many days observations are remembered; `None`: for good.
    pub(crate) keep_days: Option<u16>,
    /// The link of the first start signs in as an admin, so that nobody has to make an account.
    pub(crate) demo: bool,
    /// Whom webhooks may reach.
    pub(crate) hooks: OutboundRules,
}

/// Serves until it is told to stop.
///
/// # Errors
/// What keeps it from serving.
pub(crate) async fn run(serving: Serving, clock: Clock) -> Result<(), CommandError> {
    let read = |(chain, key): &(PathBuf, PathBuf)| Identity::read(chain, key);
    let identity = serving.identity.as_ref().map(read).transpose();
    let identity = identity.map_err(|source| CommandError::Certificate { source })?;
    let door = Door::open(serving.listen, identity.as_ref()).await.map_err(not_listening)?;
    let address = door.address().map_err(|source| CommandError::Runtime { source })?;
    let place = serving.store.to_string();
    let memory = |source| CommandError::Memory { place: place.clone(), source };
    let store = Store::open(&serving.store).await.map_err(memory)?;
    let (end, ending) = watch::channel(false);
    let scheme = if identity.is_some() { "https" } else { "http" };
    let workshop = Workshop {
        store: store.clone(),
        catalog: serving.catalog.clone(),
        clock,
        probing: serving.probing,
        folder: serving.folder,
        outbound: outbound(serving.hooks),
        owner: owner(address),
        ending: ending.clone(),
    };
    let demo = serving.demo.then(secret::draw_short).transpose().map_err(|it| not_set_up(&it))?;
    let app = App::new(
        (store.clone(), serving.catalog),
        (demo, serving.keep_days),
        clock,
        (address, identity),
        serving.names,
        ending,
    );
    output::line(&format!("exward serves {scheme}://{address}; the store is {}", store.place()))?;
    if let Some(path) = setup::link(&app).await.map_err(|it| not_set_up(&it))? {
        output::line(&match &app.demo {
            None => {
                "Nobody can sign in yet. This link makes the first admin, once, within 24 hours:"
                    .into()
            }
            Some(password) => format!(
                "This link signs you in, once; later sign in as {} with the password {password}",
                setup::DEMO
            ),
        })?;
        output::line(&format!("{scheme}://{address}{path}"))?;
    }
    let sweeping = tokio::spawn(sweep(app.clone()));
    let working = tokio::spawn(workshop.run());
    let served = until_told(door, &app, end).await;
    sweeping.abort();
    // A job at hand is given back, or ends with what it was about to write.
    if tokio::time::timeout(FINISH_MAX, working).await.is_err() {
        output::warn("a job did not end in time; it is done again later");
    }
    store.close().await;
    served
}

/// The way to webhooks. Without one the server serves all the same, and messages wait.
fn outbound(rules: OutboundRules) -> Option<Outbound> {
    let told = |error| {
        let told = error::chain(&error);
        output::warn(&format!("webhooks are told nothing: {told}"));
    };
    Outbound::new(rules).map_err(told).ok()
}

/// Who this server is among those that share a store.
fn owner(address: SocketAddr) -> Arc<str> {
    let host = std::env::var("HOSTNAME").unwrap_or_else(|_| "this host".to_owned());
    Arc::from(format!("{host} {address} process {}", std::process::id()))
}

fn not_listening(source: ListenError) -> CommandError {
    match source {
        ListenError::InTheClear(_) => CommandError::Usage {
            what: source.to_string(),
            help: "give --cert and --key (PEM), or listen on 127.0.0.1 behind a proxy that has a certificate".into(),
        },
        source @ ListenError::Bind { .. } => CommandError::Listen { source },
    }
}

fn not_set_up(error: &WebError) -> CommandError {
    let what = "the link of the first start could not be made".into();
    CommandError::Usage { what, help: error.help() }
}

/// Serves, then lets what is at work finish.
async fn until_told(door: Door, app: &App, end: watch::Sender<bool>) -> Result<(), CommandError> {
    let mut told = end.subscribe();
    let service = service(app).into_make_service_with_connect_info::<Peer>();
    let mut heard = end.subscribe();
    let stop = async move {
        // An error means that nobody can tell any more: time to stop as well.
        let _told_or_gone = heard.wait_for(|it| *it).await;
    };
    let serving = axum::serve(door, service).with_graceful_shutdown(stop);
    let listening = tokio::spawn(async move {
        signal().await;
        // Hosts that are being asked are left alone.
        interrupt::ask();
        let _nobody_listens = end.send(true);
        output::warn("stopping: nothing new is accepted, and requests at work may finish");
    });
    let finish = async move {
        let _told_or_gone = told.wait_for(|it| *it).await;
        tokio::time::sleep(FINISH_MAX).await;
    };
    let served = tokio::select! {
        served = serving => served.map_err(|source| CommandError::Runtime { source }),
        () = finish => {
            output::warn("some requests did not end in time, and were broken off");
            Ok(())
        }
    };
    listening.abort();
    served.and_then(|()| output::line("exward has stopped"))
}

/// The router with everything around it.
fn service(app: &App) -> Router {
    within(app, routes::router(app))
}

/// What stands around every router.
fn within(app: &App, router: Router) -> Router {
    router
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), headers::around))
}

/// A panic is a mistake of ours: the thread's own message stands on standard error, the client learns nothing (W4).
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    WebError::Internal.into_response()
}

/// Waits for Ctrl-C, or for the system to say stop.
#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let stopped = async {
        match signal(SignalKind::terminate()) {
            Ok(mut stop) => drop(stop.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! { () = interrupted() => {}, () = stopped => {} }
}

/// Waits for Ctrl-C.
#[cfg(not(unix))]
async fn signal() {
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Forgets what has run out, again and again.
async fn sweep(app: App) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = forget(&app).await {
            output::warn(&format!("store: {}", error::chain(&error)));
        }
    }
}

/// Forgets sessions and links that have run out, jobs and deliveries that ended long ago, and, where a number of days was given,
/// what was seen before them: once a day for each tenant.
async fn forget(app: &App) -> Result<(), StoreError> {
    const DAY: SignedDuration = SignedDuration::from_hours(24);
    let (store, now) = (&app.store, app.now());
    let ago = |days: u16| now.checked_sub(DAY.saturating_mul(i32::from(days)));
    store.drop_expired(now).await?;
    if let Ok(before) = ago(JOB_DAYS) {
        store.drop_jobs(before).await?;
        store.drop_deliveries(before).await?;
    }
    let Some(Ok(since)) = app.keep_days.map(ago) else { return Ok(()) };
    for tenant in store.tenants().await? {
        let remembers = store.retention(tenant.id).await?;
        if remembers.is_none_or(|it| since.duration_since(it) > DAY) {
            store.drop_before(tenant.id, since).await?;
        }
    }
    Ok(())
}
