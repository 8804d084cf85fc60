//! What every handler may use.

use std::net::SocketAddr;
use std::sync::Arc;

use exward_store::Store;
use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};

use super::access::pace::Paces;
use super::limits::HASHES_MAX;
use super::live::{Hubs, Seats};
use super::metrics::Metrics;
use super::rollouts::look::Looks;
use super::tls::Identity;
use super::views::Estates;
use super::views::home::Verdicts;
use crate::cli::Clock;
use crate::work::Current;

/// The server's parts. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App(Arc<Parts>);

/// What [`App`] holds.
pub(crate) struct Parts {
    pub(crate) store: Store,
    pub(crate) catalog: Current,
    /// The password of the demo's admin; `None`: this is no demo.
    pub(crate) demo: Option<String>,
    /// For how many days observations are remembered; `None`: for good.
    pub(crate) keep_days: Option<u16>,
    pub(crate) clock: Clock,
    /// Where it listens; decides which names it answers to.
    pub(crate) address: SocketAddr,
    /// None: plain HTTP, on loopback.
    pub(crate) identity: Option<Identity>,
    /// Further names that it answers to.
    pub(crate) names: Vec<String>,
    pub(crate) paces: Paces,
    pub(crate) metrics: Metrics,
    /// Passwords that are being hashed.
    pub(crate) hashing: Semaphore,
    pub(crate) rollouts: Looks,
    /// What is followed, and by how many.
    pub(crate) followed: Hubs,
    pub(crate) seats: Seats,
    /// Which imprints ask to act.
    pub(crate) verdicts: Verdicts,
    /// How the servers of tenants stand.
    pub(crate) estates: Estates,
    /// True once the server stops: answers that never end by themselves end then.
    pub(crate) ending: watch::Receiver<bool>,
}

impl App {
    pub(crate) fn new(
        (store, catalog): (Store, Current),
        (demo, keep_days): (Option<String>, Option<u16>),
        clock: Clock,
        (address, identity): (SocketAddr, Option<Identity>),
        names: Vec<String>,
        ending: watch::Receiver<bool>,
    ) -> Self {
        Self(Arc::new(Parts {
            store,
            catalog,
            demo,
            keep_days,
            clock,
            address,
            identity,
            names: names.into_iter().map(|it| it.to_ascii_lowercase()).collect(),
            paces: Paces::new(),
            metrics: Metrics::new(),
            hashing: Semaphore::new(HASHES_MAX),
            rollouts: Looks::default(),
            followed: Hubs::default(),
            seats: Seats::default(),
            verdicts: Verdicts::default(),
            estates: Estates::default(),
            ending,
        }))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
